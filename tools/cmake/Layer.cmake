# ringlet_layer(NAME SOURCES ... USES layer ...): the library of one folder of src.
#
# Headers of a layer are included as "NAME/header.hpp". Only the layers named after USES are on the include path,
# and links are PRIVATE, so an include against the arrows of docs/ARCHITECTURE.md does not compile.
add_library(ringlet_flags INTERFACE)
target_compile_features(ringlet_flags INTERFACE cxx_std_20)
target_include_directories(ringlet_flags INTERFACE "${PROJECT_SOURCE_DIR}/include")
target_compile_definitions(ringlet_flags INTERFACE
    BOOST_ALL_NO_LIB
    BOOST_ASIO_SEPARATE_COMPILATION # Asio's own code is compiled once, in src/io/asio.cpp
    BOOST_ASIO_NO_DEPRECATED
    BOOST_ASIO_DISABLE_STD_ALIGNED_ALLOC # memory comes from operator new, and so from memory_reserve when there is none
    BOOST_ASIO_DISABLE_BOOST_ALIGN)
target_compile_options(ringlet_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow
    $<$<BOOL:${RINGLET_WERROR}>:-Werror>
    -ffunction-sections -fdata-sections) # so that a program can leave out what it does not use
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # False alarms of g++ 12 in its own <string>, and in <regex> under sanitizers.
    target_compile_options(ringlet_flags INTERFACE -Wno-restrict)
    if(RINGLET_SANITIZE)
        target_compile_options(ringlet_flags INTERFACE -Wno-maybe-uninitialized)
    endif()
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND RINGLET_SANITIZE STREQUAL "thread")
    target_compile_options(ringlet_flags INTERFACE -Wno-tsan) # Asio's fences come with locks that TSan does see
endif()
target_link_libraries(ringlet_flags INTERFACE Boost::headers Threads::Threads)
if(RINGLET_SANITIZE)
    # UBSan's vptr check reads memory through a pipe, and takes a lack of descriptors, which tests bring about, for a bug.
    target_compile_options(ringlet_flags INTERFACE
        -fsanitize=${RINGLET_SANITIZE} -fno-sanitize=vptr -fno-sanitize-recover=all -fno-omit-frame-pointer -g1)
    target_link_options(ringlet_flags INTERFACE -fsanitize=${RINGLET_SANITIZE})
endif()

function(ringlet_layer name)
    cmake_parse_arguments(LAYER "" "" "SOURCES;USES" ${ARGN})
    set(target ringlet_${name})
    set(root "${PROJECT_BINARY_DIR}/layers/${name}")
    file(MAKE_DIRECTORY "${root}")
    file(CREATE_LINK "${CMAKE_CURRENT_SOURCE_DIR}" "${root}/${name}" SYMBOLIC)

    add_library(${target} OBJECT ${LAYER_SOURCES})
    target_include_directories(${target} PUBLIC "${root}")
    target_link_libraries(${target} PRIVATE ringlet_flags)
    foreach(used IN LISTS LAYER_USES)
        target_link_libraries(${target} PRIVATE ringlet_${used})
    endforeach()
endfunction()
