/* gbench - Google Benchmark as one C function: n operations on one thread, timed once. */
#ifndef WEIR_BENCH_GBENCH_H
#define WEIR_BENCH_GBENCH_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef void gbench_loop(void *object, uint64_t n);

/* How many operations take about this long. Runs them, so that caches and predictors are warm afterwards. */
uint64_t gbench_iterations(gbench_loop *loop, void *object, double seconds);

/* Runs loop(object, n) once; wall and processor time of all n together. False when the library reported nothing. Prints
 * nothing. */
bool gbench_run(gbench_loop *loop, void *object, uint64_t n, double *wall_ns, double *cpu_ns);

/* True when the installed library was built without optimisation of its own checks ("library was built as DEBUG"). */
bool gbench_is_debug_build(void);

#ifdef __cplusplus
}
#endif
#endif
