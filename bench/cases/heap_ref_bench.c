/* heap.alloc by allocators of a whole program, which have no bound, no protection, and are for all threads: the program's own, and that
 * of glibc. */
#include <stdlib.h>

#include "bench/cases/heap_data.h"

/* Under these names whatever allocator is linked. */
void *__libc_malloc(size_t size);
void __libc_free(void *p);

static void *make(const bench_params *p) { return bench_heap_new(p); }

static void *take_own(void *none, size_t size) {
    (void)none;
    return malloc(size);
}
static void give_own(void *none, void *p) {
    (void)none;
    free(p);
}
static void *take_glibc(void *none, size_t size) {
    (void)none;
    return __libc_malloc(size);
}
static void give_glibc(void *none, void *p) {
    (void)none;
    __libc_free(p);
}
static void play_own(void *none, bench_heap *h) { bench_heap_play(none, h, take_own, give_own); }
static void play_glibc(void *none, bench_heap *h) { bench_heap_play(none, h, take_glibc, give_glibc); }

static void measure_own(void *h, const bench_params *p, bench_sample *s) {
    bench_heap_measure(NULL, h, p, s, play_own);
}
static void measure_glibc(void *h, const bench_params *p, bench_sample *s) {
    bench_heap_measure(NULL, h, p, s, play_glibc);
}

static const bench_row own = {
    .name = "heap.alloc",
    .variant = "ref.malloc",
    .flags = BENCH_REFERENCE,
    .note = "the allocator of this program, for all threads and without a bound",
    .unit = "ns/op",
    .axes = bench_axes_heap_alloc,
    .supports = bench_heap_supports,
    .make = make,
    .destroy = free,
    .measure = measure_own,
};
static const bench_row glibc = {
    .name = "heap.alloc",
    .variant = "ref.glibc_malloc",
    .flags = BENCH_REFERENCE,
    .note = "for all threads and without a bound",
    .unit = "ns/op",
    .axes = bench_axes_heap_alloc,
    .supports = bench_heap_supports,
    .make = make,
    .destroy = free,
    .measure = measure_glibc,
};
BENCH_ROW(own)
BENCH_ROW(glibc)
