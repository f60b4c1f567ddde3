# Finds what ringlet stands on. Whatever is missing is named in one line, with the way to get it.
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)

function(ringlet_require found what package)
    if(NOT ${found})
        message(FATAL_ERROR "${what} is missing: apt-get install ${package} (tools/serve installs everything)")
    endif()
endfunction()

find_package(Boost 1.81 QUIET CONFIG)
ringlet_require(Boost_FOUND "Boost 1.81 or newer" "libboost1.81-dev, or libboost-dev on newer releases")

find_package(PkgConfig QUIET)
ringlet_require(PKG_CONFIG_FOUND "pkg-config" "pkg-config")

pkg_check_modules(liburing QUIET IMPORTED_TARGET liburing>=2.3)
ringlet_require(liburing_FOUND "liburing 2.3 or newer" "liburing-dev")

pkg_check_modules(zlib QUIET IMPORTED_TARGET zlib)
ringlet_require(zlib_FOUND "zlib" "zlib1g-dev")

pkg_check_modules(libbrotlienc QUIET IMPORTED_TARGET libbrotlienc)
ringlet_require(libbrotlienc_FOUND "Brotli" "libbrotli-dev")

pkg_check_modules(libcrypt QUIET IMPORTED_TARGET libcrypt>=4.4) # libxcrypt
ringlet_require(libcrypt_FOUND "libcrypt 4.4 or newer" "libcrypt-dev")

find_package(CLI11 QUIET)
ringlet_require(CLI11_FOUND "CLI11" "libcli11-dev")

if(RINGLET_TESTS)
    find_package(Catch2 QUIET)
    ringlet_require(Catch2_FOUND "Catch2" "catch2")
    include(Catch)
    pkg_check_modules(libbrotlidec REQUIRED QUIET IMPORTED_TARGET libbrotlidec) # comes with the encoder
endif()

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_CXX_COMPILER_LAUNCHER "${CCACHE}")
endif()
