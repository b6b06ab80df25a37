/* sort.events, one row a variant: one thread, one array. */
#include <string.h>

#include "bench/cases/axes.h"
#include "bench/cases/sort_data.h"

static void sort(weir_sort_item *items, size_t sorted, size_t n, weir_sort_item *scratch) {
    weir_sort(items, sorted, n, scratch);
}

static void measure(void *data, const bench_params *p, bench_sample *s) { bench_sort_measure(data, p, s, sort); }

/* A variant without scratch is quadratic: on a large array in disorder it would take minutes. */
static bool supports(const bench_params *p) {
    return weir_sort_scratch(1) > 0 || p->size <= 4096 || strncmp(p->order, "random", 6) != 0;
}

static const bench_row row = {.name = "sort.events",
                              .variant = WEIR_STRING(WEIR_SORT),
                              .note = "knows the sorted part of sorted90",
                              .unit = "ns/event",
                              .axes = bench_axes_sort_events,
                              .supports = supports,
                              .make = bench_sort_make,
                              .destroy = bench_sort_destroy,
                              .measure = measure};
BENCH_ROW(row)
