# What every folder of Weir is built with: the mechanism of variants, unit tests, warnings.
#
#   weir_kind(prims spsc)                       prims/spsc/variants.def -> flag WEIR_SPSC, checked; sources; config.h
#   weir_require(prims cubby contract=kept)     refuse a choice whose traits lack this, naming those that have it
#   weir_config(prims)                          write prims/config.h from the kinds so far
#   weir_kind_table(prims)                      write prims_kinds.inc, the table of the kinds so far, for kinds.c
#   weir_per_variant(prims spsc LIST FILE.c)    one object library a variant, -DWEIR_SPSC=<variant>; names in LIST;
#                                               the build's own choice is told so by -DWEIR_CHOSEN=1
#   weir_test(prims atomic)                     prims/atomic_test.c
#   weir_test_per_variant(prims spsc)           prims/spsc_test.c, once a variant; target weir-tests builds all tests
#   weir_examples(sched weir-sched FILE.c ...)  programs, and tests whether each prints what its head says
#   weir_build_info(bench)                      bench/build.c.in -> ${bench_build_info}, made by target bench-build-info
#   weir_man_test(bench.1 PROGRAM)              a test that the page says what the program's --help says
#   weir_program(bench)                         links the program with the allocator WEIR_ALLOC
#   weir_install(slp "what it is" slp.h ...)    library weir-slp, these headers (none named: all public ones), weir-slp.pc, weir::slp

add_library(weir-flags INTERFACE)
target_include_directories(weir-flags INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_definitions(weir-flags INTERFACE _GNU_SOURCE)
target_compile_options(weir-flags INTERFACE -Wall -Wextra -Wshadow -Wpointer-arith -Wundef
  $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes -Wmissing-prototypes -pedantic> $<$<BOOL:${WEIR_WERROR}>:-Werror>)
if(WEIR_SANITIZE) # which confuse the flow analysis of gcc; the plain build has those warnings
  target_compile_options(weir-flags INTERFACE -fsanitize=${WEIR_SANITIZE} -fno-omit-frame-pointer -g
    $<$<C_COMPILER_ID:GNU>:-Wno-maybe-uninitialized -Wno-format-truncation>)
  target_link_options(weir-flags INTERFACE -fsanitize=${WEIR_SANITIZE})
  if(WEIR_SANITIZE MATCHES "undefined")
    target_compile_options(weir-flags INTERFACE -fno-sanitize-recover=undefined)
  endif()
endif()
find_package(Threads REQUIRED)
target_link_libraries(weir-flags INTERFACE Threads::Threads)

# One line a variant: WEIR_VARIANT(kind, name, "key=value key=value", "source", "summary")
function(weir_read_variants folder kind)
  set(def ${PROJECT_SOURCE_DIR}/${folder}/${kind}/variants.def)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${def})
  set(names "")
  file(STRINGS ${def} lines REGEX "^WEIR_VARIANT\\(")
  foreach(line IN LISTS lines)
    if(NOT line MATCHES "^WEIR_VARIANT\\(${kind}, ([a-z0-9_]+), \"([^\"]*)\"")
      message(FATAL_ERROR "${def}: cannot read: ${line}")
    endif()
    list(APPEND names ${CMAKE_MATCH_1})
    set(weir_${kind}_${CMAKE_MATCH_1}_traits "${CMAKE_MATCH_2}" PARENT_SCOPE)
  endforeach()
  set(weir_${kind}_variants ${names} PARENT_SCOPE)
endfunction()

macro(weir_kind folder kind)
  weir_read_variants(${folder} ${kind})
  string(TOUPPER "WEIR_${kind}" weir_flag)
  list(GET weir_${kind}_variants 0 weir_first)
  set(${weir_flag} ${weir_first} CACHE STRING "variant of ${kind}: ${weir_${kind}_variants}")
  set_property(CACHE ${weir_flag} PROPERTY STRINGS ${weir_${kind}_variants})
  if(NOT ${weir_flag} IN_LIST weir_${kind}_variants)
    string(REPLACE ";" " " weir_choices "${weir_${kind}_variants}")
    message(FATAL_ERROR "${weir_flag}=${${weir_flag}} is not a variant of ${kind}. Choose one of: ${weir_choices}")
  endif()
  list(APPEND weir_${folder}_kinds ${kind})
  foreach(weir_v IN LISTS weir_${kind}_variants)
    if(EXISTS ${PROJECT_SOURCE_DIR}/${folder}/${kind}/${weir_v}.c)
      list(APPEND weir_${folder}_sources ${kind}/${weir_v}.c)
    endif()
  endforeach()
endmacro()

# A layer states what it needs of a kind; a choice that lacks it is refused at configure time.
function(weir_require folder kind trait)
  string(TOUPPER "WEIR_${kind}" flag)
  foreach(v IN LISTS weir_${kind}_variants)
    if(" ${weir_${kind}_${v}_traits} " MATCHES " ${trait} ")
      list(APPEND have ${v})
    endif()
  endforeach()
  if(NOT ${flag} IN_LIST have)
    string(REPLACE ";" " " have "${have}")
    message(FATAL_ERROR "${flag}=${${flag}} lacks the trait ${trait}, which ${folder} needs. Choose one of: ${have}")
  endif()
endfunction()

# build/<preset>/include/<folder>/config.h: the choices, each guarded, and the name of the link-time check.
function(weir_config folder)
  set(body "")
  set(choices "")
  set(abi "weir_${folder}_abi__line_##line")
  set(params "line")
  set(args "WEIR_CACHE_LINE")
  foreach(kind IN LISTS weir_${folder}_kinds)
    string(TOUPPER "WEIR_${kind}" flag)
    string(APPEND body "#ifndef ${flag}\n#define ${flag} ${${flag}}\n#endif\n")
    string(APPEND choices " \" ${kind}=\" WEIR_STRING(${flag})")
    string(APPEND abi "##__${kind}_##${kind}_v")
    list(APPEND params "${kind}_v")
    list(APPEND args "${flag}")
  endforeach()
  string(REPLACE ";" ", " params "${params}")
  string(REPLACE ";" ", " args "${args}")
  string(TOUPPER ${folder} FOLDER)
  set(weir_config_body "${body}")
  set(weir_config_abi "${abi}")
  set(weir_config_choices "${choices}")
  set(weir_config_params "${params}")
  set(weir_config_args "${args}")
  set(weir_${folder}_config ${PROJECT_BINARY_DIR}/include/${folder}/config.h PARENT_SCOPE)
  configure_file(${PROJECT_SOURCE_DIR}/cmake/config.h.in ${PROJECT_BINARY_DIR}/include/${folder}/config.h @ONLY)
  # Public headers say "../prims/config.h", relative to themselves, which is right once installed. In the build tree the
  # file is found through this folder: include/prims/../prims/config.h.
  target_include_directories(weir-flags INTERFACE ${PROJECT_BINARY_DIR}/include/${folder})
endfunction()

function(weir_kind_table folder)
  set(arrays "")
  set(all "")
  foreach(kind IN LISTS weir_${folder}_kinds)
    string(TOUPPER "WEIR_${kind}" flag)
    string(APPEND arrays "static const weir_variant_info ${kind}_variants[] = {\n#include \"${folder}/${kind}/variants.def\"\n};\n")
    string(APPEND all "  {\"${kind}\", \"${flag}\", WEIR_STRING(${flag}), ${kind}_variants, sizeof ${kind}_variants / sizeof *${kind}_variants},\n")
  endforeach()
  file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/${folder}_kinds.inc @ONLY
    CONTENT "/* Generated by CMake. */\n${arrays}static const weir_kind_info all[] = {\n${all}};\n")
  set_source_files_properties(kinds.c PROPERTIES INCLUDE_DIRECTORIES ${CMAKE_CURRENT_BINARY_DIR})
endfunction()

function(weir_per_variant folder kind out source)
  string(TOUPPER "WEIR_${kind}" flag)
  get_filename_component(base ${source} NAME_WE)
  if(NOT weir_${kind}_variants) # another folder than the kind's own
    weir_read_variants(${folder} ${kind})
  endif()
  foreach(v IN LISTS weir_${kind}_variants)
    set(t ${base}.${v})
    add_library(${t} OBJECT ${source})
    target_compile_definitions(${t} PRIVATE ${flag}=${v} WEIR_PER_VARIANT $<$<STREQUAL:${${flag}},${v}>:WEIR_CHOSEN=1>)
    target_link_libraries(${t} PRIVATE weir-flags)
    list(APPEND targets ${t})
  endforeach()
  set(${out} ${${out}} ${targets} PARENT_SCOPE)
endfunction()

# A sanitizer's report fails its test, whatever the program answers. (Left alone, a program that ends with a thread of liburcu
# beside it sleeps a second for late reports, which tests that start programs by the hundred cannot afford.)
set(weir_test_environment
  ASAN_OPTIONS=detect_stack_use_after_return=1:strict_init_order=1:check_initialization_order=1
  UBSAN_OPTIONS=print_stacktrace=1
  TSAN_OPTIONS=halt_on_error=1:exitcode=66:second_deadlock_stack=1:atexit_sleep_ms=0)

function(weir_test_program target name library source)
  add_executable(${target} ${source})
  target_link_libraries(${target} PRIVATE ${library} weir-flags cmocka)
  add_dependencies(weir-tests ${target})
  add_test(NAME ${name} COMMAND ${target})
  set_property(GLOBAL APPEND PROPERTY weir_unit_tests ${name}@${CMAKE_CURRENT_BINARY_DIR}/${target})
  set_tests_properties(${name} PROPERTIES TIMEOUT 300 ENVIRONMENT "${weir_test_environment}")
endfunction()

# Tests of what one thread does, which ThreadSanitizer need not watch: its lane leaves out this label.
function(weir_one_thread)
  set_tests_properties(${ARGN} PROPERTIES LABELS one-thread)
endfunction()

# Its allocations come by prims/nomem_test_p.h.
function(weir_nomem target)
  target_link_options(${target} PRIVATE -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=aligned_alloc)
endfunction()

# One more test of a program that takes arguments.
function(weir_test_case name target)
  add_test(NAME ${name} COMMAND ${target} ${ARGN})
  set_tests_properties(${name} PROPERTIES TIMEOUT 300 ENVIRONMENT "${weir_test_environment}")
endfunction()

function(weir_test folder name)
  if(WEIR_TESTS)
    weir_test_program(${name}_test ${folder}.${name} weir-${folder} ${name}_test.c)
  endif()
endfunction()

# Programs that say in their head what they print, and tests that they do. They include as a stranger does: <weir/slp/slp.h>.
function(weir_examples folder libraries)
  if(WEIR_TESTS)
    file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/installed)
    file(CREATE_LINK ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR}/installed/weir SYMBOLIC)
    foreach(source IN LISTS ARGN)
      get_filename_component(name ${source} NAME_WE)
      add_executable(${name} ${source})
      target_include_directories(${name} PRIVATE ${PROJECT_BINARY_DIR}/installed)
      target_link_libraries(${name} PRIVATE ${libraries} weir-flags)
      add_dependencies(weir-tests ${name})
      add_test(NAME ${folder}.${name} COMMAND ${CMAKE_COMMAND} -Dprogram=$<TARGET_FILE:${name}>
               -Dsource=${CMAKE_CURRENT_SOURCE_DIR}/${source} -P ${PROJECT_SOURCE_DIR}/cmake/example.cmake)
      set_tests_properties(${folder}.${name} PROPERTIES TIMEOUT 300 ENVIRONMENT "${weir_test_environment}")
    endforeach()
  endif()
endfunction()

# A third argument names what is tested when it is not the kind itself: weir_test_per_variant(prims mpmc chan)
function(weir_test_per_variant folder kind)
  if(WEIR_TESTS)
    string(TOUPPER "WEIR_${kind}" flag)
    set(name ${kind})
    if(ARGC GREATER 2)
      set(name ${ARGV2})
    endif()
    foreach(v IN LISTS weir_${kind}_variants)
      weir_test_program(${name}_test.${v} ${folder}.${name}.${v} weir-${folder} ${name}_test.c)
      target_compile_definitions(${name}_test.${v} PRIVATE ${flag}=${v} WEIR_PER_VARIANT)
    endforeach()
  endif()
endfunction()

# What a report says of the build. The commit may change with every build, so it is looked up by each.
function(weir_build_info folder)
  string(TOUPPER "${CMAKE_BUILD_TYPE}" type)
  string(STRIP "${CMAKE_C_FLAGS} ${CMAKE_C_FLAGS_${type}}" flags)
  if(WEIR_SANITIZE)
    string(APPEND flags " -fsanitize=${WEIR_SANITIZE}")
  endif()
  set(to ${CMAKE_CURRENT_BINARY_DIR}/build.c)
  add_custom_target(${folder}-build-info BYPRODUCTS ${to} VERBATIM
    COMMAND ${CMAKE_COMMAND} -Dsource=${CMAKE_CURRENT_SOURCE_DIR} -Dto=${to} -Dbuild_type=${CMAKE_BUILD_TYPE}
            "-Dcompiler=${CMAKE_C_COMPILER_ID} ${CMAKE_C_COMPILER_VERSION}" "-Dflags=${flags}"
            -P ${PROJECT_SOURCE_DIR}/cmake/build_info.cmake)
  set(${folder}_build_info ${to} PARENT_SCOPE)
endfunction()

# Public headers of a folder: those named, or all on its top that are not private; with those of the folder that they include.
function(weir_public_headers folder out)
  set(from ${PROJECT_SOURCE_DIR}/${folder})
  set(queue ${ARGN})
  if(NOT queue)
    file(GLOB queue RELATIVE ${from} CONFIGURE_DEPENDS ${from}/*.h)
    list(FILTER queue EXCLUDE REGEX "_p\\.h$")
  endif()
  set(all "")
  while(queue)
    list(POP_FRONT queue header)
    list(APPEND all ${header})
    get_filename_component(beside ${header} DIRECTORY)
    file(STRINGS ${from}/${header} lines REGEX "^#include \"")
    foreach(line IN LISTS lines)
      string(REGEX REPLACE "^#include \"(.*)\"" "\\1" included "${line}")
      cmake_path(APPEND beside ${included} OUTPUT_VARIABLE included)
      cmake_path(NORMAL_PATH included)
      if(EXISTS ${from}/${included} AND NOT included MATCHES "^\\.\\./" AND NOT included IN_LIST all AND NOT included IN_LIST queue)
        list(APPEND queue ${included})
      endif()
    endforeach()
  endwhile()
  set(${out} ${all} PARENT_SCOPE)
endfunction()

# The public headers of a folder and its config.h. They say which symbols libweir shows: cmake/library.cmake.
function(weir_install_headers folder)
  weir_public_headers(${folder} headers ${ARGN})
  foreach(header IN LISTS headers)
    get_filename_component(beside ${folder}/${header} DIRECTORY)
    install(FILES ${header} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/weir/${beside})
    set_property(GLOBAL APPEND PROPERTY weir_headers ${PROJECT_SOURCE_DIR}/${folder}/${header})
  endforeach()
  install(FILES ${weir_${folder}_config} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/weir/${folder})
endfunction()

# <name>.pc, found from wherever the tree is moved to. `links` are the names of libraries of others.
function(weir_pkg_config name description requires links private_links)
  foreach(kind links private_links)
    list(TRANSFORM ${kind} PREPEND -l)
    list(JOIN ${kind} " " ${kind})
  endforeach()
  list(JOIN requires " " requires)
  file(RELATIVE_PATH up /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
  configure_file(${PROJECT_SOURCE_DIR}/cmake/weir.pc.in ${PROJECT_BINARY_DIR}/${name}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/${name}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endfunction()

# A library as target weir::<as> of the CMake package.
function(weir_export target as)
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${as})
  target_include_directories(${target} INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_link_libraries(${target} PUBLIC Threads::Threads)
  install(TARGETS ${target} EXPORT weir-targets)
endfunction()

# Library, headers, weir-<folder>.pc and target weir::<folder>. A folder whose public headers bind variants needs all of them;
# another names those that are public. What it stands on is said before, in weir_<folder>_requires (libraries of ours) and
# weir_<folder>_links (of others).
function(weir_install folder description)
  weir_install_headers(${folder} ${ARGN})
  set(name weir-${folder})
  set(links ${name} ${weir_${folder}_links})
  weir_pkg_config(${name} ${description} "${weir_${folder}_requires}" "${links}" "")
  foreach(link IN LISTS weir_${folder}_links)
    target_link_libraries(${name} PRIVATE $<INSTALL_INTERFACE:${link}>)
  endforeach()
  weir_export(${name} ${folder})
endfunction()

# A page of the manual names what the program's --help, or the header, has, and nothing else.
function(weir_man_test page)
  if(WEIR_TESTS)
    add_test(NAME man.${page} COMMAND ${PROJECT_SOURCE_DIR}/cmake/man_test.sh ${CMAKE_CURRENT_SOURCE_DIR}/${page} ${ARGN})
    set_tests_properties(man.${page} PROPERTIES TIMEOUT 60 ENVIRONMENT "${weir_test_environment}")
  endif()
endfunction()

# The allocator of programs; libraries never choose one. Sanitizers bring their own.
set(WEIR_ALLOC "" CACHE STRING "allocator of programs: jemalloc, libc; empty: jemalloc where it is installed")
set_property(CACHE WEIR_ALLOC PROPERTY STRINGS jemalloc libc)
set(weir_allocs "" jemalloc libc)
if(NOT WEIR_ALLOC IN_LIST weir_allocs)
  message(FATAL_ERROR "WEIR_ALLOC=${WEIR_ALLOC} is not an allocator. Choose one of: jemalloc libc")
endif()
find_library(WEIR_LIBJEMALLOC jemalloc)
mark_as_advanced(WEIR_LIBJEMALLOC)
if(WEIR_ALLOC STREQUAL "jemalloc" AND NOT WEIR_LIBJEMALLOC)
  message(FATAL_ERROR "WEIR_ALLOC=jemalloc needs libjemalloc-dev. Choose libc, or install it")
endif()
function(weir_program target)
  if(WEIR_LIBJEMALLOC AND NOT WEIR_SANITIZE AND NOT WEIR_ALLOC STREQUAL "libc")
    target_link_libraries(${target} PRIVATE ${WEIR_LIBJEMALLOC})
    target_link_options(${target} PRIVATE LINKER:--no-as-needed)
  endif()
endfunction()
