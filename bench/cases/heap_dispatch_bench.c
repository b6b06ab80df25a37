/* heap.dispatch: a heap of `size` pages entered, a word of each page touched, and left: what protection costs a turn. */
#include <stdlib.h>

#include "bench/cases/axes.h"
#include "prims/heap.h"

static void *make_protected(const bench_params *p, weir_heap_protection protection) {
    weir_heap *h = malloc(sizeof *h);
    weir_heap_options o = {.pages = (uint32_t)p->size, .protection = protection};
    if (h && weir_heap_open(h, &o) == WEIR_OK) {
        for (size_t i = 0; i < p->size; i++) ((volatile char *)h->base.at)[i * WEIR_HEAP_PAGE] |= 0;
        if (weir_heap_leave(h) == WEIR_OK) return h;
        weir_heap_close(h);
    }
    free(h);
    return NULL;
}

static void *make_anybody(const bench_params *p) { return make_protected(p, WEIR_HEAP_ANYBODY); }
static void *make_mprotect(const bench_params *p) { return make_protected(p, WEIR_HEAP_MPROTECT); }
static void *make_pkey(const bench_params *p) { return make_protected(p, WEIR_HEAP_PKEY); }

static bool has_keys(const bench_params *p) {
    (void)p;
    return weir_heap_probe() == WEIR_HEAP_PKEY;
}

static void close_one(void *object) {
    weir_heap_close(object);
    free(object);
}

static void dispatch(void *object, uint64_t n) {
    weir_heap *h = object;
    while (n--) {
        if (weir_heap_enter(h) != WEIR_OK) abort();
        for (uint32_t i = 0; i < h->base.pages; i++) ((volatile char *)h->base.at)[(size_t)i * WEIR_HEAP_PAGE + 8] |= 0;
        if (weir_heap_leave(h) != WEIR_OK) abort();
    }
}

#define DISPATCH(protection, maker)                                                                                   \
    .name = "heap.dispatch", .variant = protection, .unit = "ns/op", .axes = bench_axes_heap_dispatch, .make = maker, \
    .destroy = close_one, .loop = dispatch

static const bench_row row_anybody = {DISPATCH("anybody", make_anybody), .note = "no protection"};
static const bench_row row_mprotect = {DISPATCH("mprotect", make_mprotect)};
static const bench_row row_pkey = {DISPATCH("pkey", make_pkey), .supports = has_keys, .note = "needs protection keys"};
BENCH_ROW(row_anybody)
__attribute__((constructor)) static void register_others(void) {
    bench_register(&row_mprotect, false);
    bench_register(&row_pkey, false);
}
