# Installs the build into a folder of its own, then builds the README's first handler outside the tree with what is there,
# starts it and asks it.
function(run)
    execute_process(COMMAND ${ARGV} RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
    if(NOT status EQUAL 0)
        list(JOIN ARGV " " command)
        message(FATAL_ERROR "${command}\nended with ${status}:\n${output}")
    endif()
    set(output "${output}" PARENT_SCOPE)
endfunction()

# The text between the README's fences, on any free port: tests run beside each other.
function(write_program file)
    file(READ "${CMAKE_CURRENT_LIST_DIR}/../../README.md" text)
    string(REGEX MATCH "```cpp\n(.*return app\\.run.*)\n```" found "${text}")
    set(program "${CMAKE_MATCH_1}")
    string(REPLACE ".port = 8080" ".port = 0" program_on_any_port "${program}")
    if(program_on_any_port STREQUAL program)
        message(FATAL_ERROR "README.md has no first handler on port 8080 any more")
    endif()
    file(WRITE "${file}" "${program_on_any_port}\n")
endfunction()

set(prefix "${work}/prefix")
file(REMOVE_RECURSE "${work}")
file(COPY "${CMAKE_CURRENT_LIST_DIR}/consumer" DESTINATION "${work}")
write_program("${work}/consumer/main.cpp")
run("${CMAKE_COMMAND}" --install "${build}" --prefix "${prefix}")
run("${CMAKE_COMMAND}" -G Ninja -S "${work}/consumer" -B "${work}/build"
    "-DCMAKE_PREFIX_PATH=${prefix}" "-DCMAKE_BUILD_TYPE=${build_type}" "-DCMAKE_CXX_COMPILER=${compiler}"
    "-DCMAKE_CXX_COMPILER_LAUNCHER=${launcher}" "-DCMAKE_CXX_FLAGS=${flags}" "-DRINGLET_VERSION=${version}")
run("${CMAKE_COMMAND}" --build "${work}/build")

run("${prefix}/bin/ringlet" --version)
if(NOT output MATCHES "${version}")
    message(FATAL_ERROR "ringlet --version printed no ${version}, but: ${output}")
endif()
run(bash "${CMAKE_CURRENT_LIST_DIR}/ask.sh" "${work}/build/first" "${work}")
if(NOT output MATCHES "hello, world")
    message(FATAL_ERROR "the first handler answered: ${output}")
endif()
