# cmake --install: the program, the library, its headers, and what find_package(ringlet) reads.
if(NOT PROJECT_IS_TOP_LEVEL)
    return() # who builds ringlet as a part of another project installs that one
endif()
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/ringlet")

install(TARGETS ringlet_program RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
install(TARGETS ringlet EXPORT ringlet
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
    INCLUDES DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(EXPORT ringlet NAMESPACE ringlet:: FILE ringletTargets.cmake DESTINATION "${package_dir}")

configure_package_config_file(
    "${CMAKE_CURRENT_LIST_DIR}/ringletConfig.cmake.in" "${PROJECT_BINARY_DIR}/ringletConfig.cmake"
    INSTALL_DESTINATION "${package_dir}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/ringletConfigVersion.cmake"
    COMPATIBILITY SameMinorVersion) # below 1.0 every minor version may change the interface
install(
    FILES "${PROJECT_BINARY_DIR}/ringletConfig.cmake" "${PROJECT_BINARY_DIR}/ringletConfigVersion.cmake"
    DESTINATION "${package_dir}")
