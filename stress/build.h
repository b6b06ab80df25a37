/* build - how this program was built; build.c is written by CMake. */
#ifndef WEIR_STRESS_BUILD_H
#define WEIR_STRESS_BUILD_H

extern const char stress_compiler[], stress_flags[], stress_build_type[];
extern const char stress_commit[]; /* empty when it was not built from a git checkout */

#endif
