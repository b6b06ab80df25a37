# What find_package(weir) reads.
include(CMakePackageConfigHelpers)
set(weir_package ${CMAKE_INSTALL_LIBDIR}/cmake/weir)
install(EXPORT weir-targets NAMESPACE weir:: DESTINATION ${weir_package})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/weir-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES cmake/weir-config.cmake ${PROJECT_BINARY_DIR}/weir-config-version.cmake DESTINATION ${weir_package})
