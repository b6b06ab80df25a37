# Writes build.c, which says how the program was built; leaves it alone when nothing has changed.
execute_process(COMMAND git describe --always --dirty --abbrev=12 WORKING_DIRECTORY ${source}
  OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
configure_file(${source}/build.c.in ${to} @ONLY)
