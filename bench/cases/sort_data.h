/* sort_data - the arrays of sort.events, and the one way in which every row of it is timed and checked, ours and the
 * libraries': fresh copies of several arrays are made, then sorted inside the timed region, then looked at. Several, so
 * that the branch predictor cannot learn one by heart. A row is then:
 *
 *   static void sort(weir_sort_item *items, size_t sorted, size_t n, weir_sort_item *scratch) { ... }
 *   static void measure(void *data, const bench_params *p, bench_sample *s) { bench_sort_measure(data, p, s, sort); }
 *   .make = bench_sort_make, .destroy = bench_sort_destroy, .measure = measure, .unit = "ns/event"
 *
 * Keys, by order: random - 32 bits; random64 - 64 bits; sorted90 - 32 bits, nine tenths in order and then a tenth new;
 * displaced - each item at most 16 places from its own; sorted. */
#ifndef WEIR_BENCH_CASES_SORT_DATA_H
#define WEIR_BENCH_CASES_SORT_DATA_H

#include "bench/case.h"
#include "prims/sort.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Sorts items[0..n), of which [0..sorted) are in order: 0 but for sorted90. A library must not use `sorted`: it gets
 * the same array, not our knowledge. scratch: n items. */
typedef void bench_sort_fn(weir_sort_item *items, size_t sorted, size_t n, weir_sort_item *scratch);

void *bench_sort_make(const bench_params *p);
void bench_sort_destroy(void *data);
void bench_sort_measure(void *data, const bench_params *p, bench_sample *s, bench_sort_fn *sort);

#ifdef __cplusplus
}
#endif
#endif
