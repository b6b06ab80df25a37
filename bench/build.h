/* build - how this program was built; build.c is written by CMake. */
#ifndef WEIR_BENCH_BUILD_H
#define WEIR_BENCH_BUILD_H

extern const char bench_compiler[], bench_flags[], bench_build_type[];
extern const char bench_commit[]; /* empty when it was not built from a git checkout */

#endif
