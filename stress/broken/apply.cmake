# Makes `tree` a copy of the folder `from` with `patch` applied. Files that come out as they were keep their time.
set(new ${tree}.new)
file(REMOVE_RECURSE ${new})
file(COPY ${from} DESTINATION ${new} FILES_MATCHING PATTERN "*.c" PATTERN "*.h" PATTERN "*.def" PATTERN "*_test*" EXCLUDE)
execute_process(COMMAND patch -p1 --fuzz=0 --no-backup-if-mismatch --silent --force -d ${new} -i ${patch}
  RESULT_VARIABLE status OUTPUT_VARIABLE out ERROR_VARIABLE out)
if(status)
  message(FATAL_ERROR "${patch} does not apply to ${from} as it is now; bring it up to date.\n${out}")
endif()
file(GLOB_RECURSE files RELATIVE ${new} ${new}/*)
foreach(f IN LISTS files)
  configure_file(${new}/${f} ${tree}/${f} COPYONLY)
endforeach()
file(REMOVE_RECURSE ${new})
cmake_path(GET from PARENT_PATH beside) # public headers name prims from where they lie
if(NOT from STREQUAL ${beside}/prims)
  file(CREATE_LINK ${beside}/prims ${tree}/prims SYMBOLIC)
endif()
file(TOUCH ${tree}.stamp)
