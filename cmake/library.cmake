# libweir.so and libweir.a: all parts in one. They show what the installed headers name and nothing else, so that a program
# may call its own functions as it likes, whichever of the two it links.
find_program(WEIR_LD NAMES ${CMAKE_LINKER} ld REQUIRED)
mark_as_advanced(WEIR_LD)
set(weir_parts weir-prims weir-slp weir-sched weir-kv weir-runtime)
set(weir_parts_files "")
foreach(part IN LISTS weir_parts)
  list(APPEND weir_parts_files $<TARGET_FILE:${part}>)
endforeach()
get_property(weir_headers GLOBAL PROPERTY weir_headers)
set(weir_object ${CMAKE_CURRENT_BINARY_DIR}/weir.o)
add_custom_command(OUTPUT ${weir_object} VERBATIM
  COMMAND ${CMAKE_COMMAND} -Dld=${WEIR_LD} -Dnm=${CMAKE_NM} -Dobjcopy=${CMAKE_OBJCOPY} "-Dheaders=${weir_headers}"
          "-Dparts=${weir_parts_files}" -Dto=${weir_object} -P ${PROJECT_SOURCE_DIR}/cmake/one_object.cmake
  DEPENDS ${weir_parts} ${weir_headers} ${PROJECT_SOURCE_DIR}/cmake/one_object.cmake)

set(weir_map ${PROJECT_SOURCE_DIR}/cmake/weir.map)
add_library(weir-static STATIC ${weir_object})
add_library(weir-shared SHARED ${weir_object})
foreach(library weir-static weir-shared)
  set_target_properties(${library} PROPERTIES OUTPUT_NAME weir LINKER_LANGUAGE C LINK_DEPENDS ${weir_map}
    VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR})
  target_link_libraries(${library} PRIVATE "$<BUILD_INTERFACE:weir-flags;${weir_kv_libraries}>")
endforeach()
foreach(link IN LISTS weir_kv_links)
  target_link_libraries(weir-static PRIVATE $<INSTALL_INTERFACE:${link}>)
endforeach()
# Left as it is: with -ftls-model=initial-exec a get of kv takes 37 instead of 44 ns, as fast as from libweir.a, but a program cannot
# load the library any more, as the words of liburcu do not fit what the loader keeps free for that.
# A thread that has used a store leaves through code of the library, and liburcu keeps threads: it stays once it is loaded.
target_link_options(weir-shared PRIVATE LINKER:--version-script=${weir_map} LINKER:-Bsymbolic-functions LINKER:-z,nodelete)
if(NOT WEIR_SANITIZE) # whose runtime is the program's
  target_link_options(weir-shared PRIVATE LINKER:-z,defs)
endif()
weir_export(weir-shared weir)
weir_export(weir-static weir_static)
weir_pkg_config(weir "Commands over an ordered store, and events, on lock-free parts" "" weir "${weir_kv_links}")
