# What is installed beside libraries and headers: what find_package(weir) reads, the manual, examples.
include(CMakePackageConfigHelpers)
set(weir_package ${CMAKE_INSTALL_LIBDIR}/cmake/weir)
install(EXPORT weir-targets NAMESPACE weir:: DESTINATION ${weir_package})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/weir-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES cmake/weir-config.cmake ${PROJECT_BINARY_DIR}/weir-config-version.cmake DESTINATION ${weir_package})

install(FILES slp/slp.5 DESTINATION ${CMAKE_INSTALL_MANDIR}/man5)
if(WEIR_WITH_KV)
  install(FILES bench/bench.1 runtime/program/weir.1 stress/stress.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
  install(FILES runtime/weir.3 DESTINATION ${CMAKE_INSTALL_MANDIR}/man3)
  install(DIRECTORY runtime/examples DESTINATION ${CMAKE_INSTALL_DOCDIR})
endif()
