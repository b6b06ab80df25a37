/* late - what cases share that measure by the clock themselves. */
#ifndef WEIR_BENCH_CASES_LATE_H
#define WEIR_BENCH_CASES_LATE_H

#include "bench/case.h"

#ifdef __cplusplus
extern "C" {
#endif

double bench_cpu_ns(void);   /* of this process */
double bench_resident(void); /* bytes of it in memory */

/* How long after due[i] at[i] was, of n: quantile q as the value, p50, p99, p99.9 and max beside. Sorts `at`. */
void bench_late(const uint64_t *due, uint64_t *at, uint64_t n, double q, bench_sample *s);

/* Calls op(object, n), n operations that answer whether they were right, for about p->seconds; how many at a time is found by
 * doubling, which warms up. The value is ns an operation. */
void bench_timed(bool (*op)(void *object, uint32_t n), void *object, const bench_params *p, bench_sample *s);

#ifdef __cplusplus
}
#endif
#endif
