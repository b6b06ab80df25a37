/* heap.alloc: arrays of a heap of 1024 pages; one row a variant. */
#include <stdlib.h>

#include "bench/cases/heap_data.h"
#include "prims/heap.h"

enum { PAGES = 1024 };

typedef struct subject {
    weir_heap heap;
    bench_heap *trace;
} subject;

static void *make(const bench_params *p) {
    const weir_heap_options o = {.pages = PAGES};
    subject *s = aligned_alloc(WEIR_CACHE_LINE, (sizeof *s + WEIR_CACHE_LINE - 1) / WEIR_CACHE_LINE * WEIR_CACHE_LINE);
    if (!s) return NULL;
    s->trace = bench_heap_new(p);
    if (s->trace && weir_heap_open(&s->heap, &o) == WEIR_OK) return s;
    free(s->trace);
    free(s);
    return NULL;
}

static void destroy(void *object) {
    subject *s = object;
    weir_heap_close(&s->heap);
    free(s->trace);
    free(s);
}

static void *take(void *heap, size_t size) { return weir_heap_alloc(heap, 1, size, sizeof(uint64_t), NULL); }
static void give(void *heap, void *p) { weir_heap_free(heap, p); }
static void play(void *heap, bench_heap *h) { bench_heap_play(heap, h, take, give); }

static void measure(void *object, const bench_params *p, bench_sample *sample) {
    subject *s = object;
    bench_heap_measure(&s->heap, s->trace, p, sample, play);
}

static const bench_row row = {
    .name = "heap.alloc",
    .variant = WEIR_STRING(WEIR_HEAP),
    .unit = "ns/op",
    .axes = bench_axes_heap_alloc,
    .supports = bench_heap_supports,
    .make = make,
    .destroy = destroy,
    .measure = measure,
};
BENCH_ROW(row)
