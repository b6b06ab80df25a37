#A stranger's project; it lies as CMakeLists.txt beside its programs.
cmake_minimum_required(VERSION 3.13) project(stranger LANGUAGES C CXX) set(CMAKE_CXX_STANDARD 17)
    find_package(weir 0.1 REQUIRED) foreach (how weir weir_static) add_executable(plus - ${how} plus.cc)
        target_link_libraries(plus - ${how} PRIVATE weir::${how}) foreach (example ${EXAMPLES})
            add_executable(${example} - ${how} ${example}.c)
                target_link_libraries(${example} - ${how} PRIVATE weir::${how}) endforeach() endforeach()
                    set(prims install_test.cc) set(slp slp.cc) set(kv kv.cc) set(sched example_co.c)
                        foreach (part prims slp kv sched) add_executable(part - ${part} ${${part}})
                            target_link_libraries(part - ${part} PRIVATE weir::${part}) endforeach()
