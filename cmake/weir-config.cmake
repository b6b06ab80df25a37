# find_package(weir): weir::weir and weir::weir_static, the whole library; weir::prims, weir::slp, weir::kv, weir::sched, its parts.
include(CMakeFindDependencyMacro)
find_dependency(Threads)
include(${CMAKE_CURRENT_LIST_DIR}/weir-targets.cmake)
