/* build - how this program was built; build.c is written by CMake. */
#ifndef WEIR_RUNTIME_BUILD_H
#define WEIR_RUNTIME_BUILD_H

extern const char weir_build[]; /* commit (none when not built from a git checkout), type of build, compiler */

#endif
