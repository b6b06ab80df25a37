/* deque.steal: an owner, and thieves or none. */
#include <stdlib.h>

#include "bench/cases/steal.h"
#include "prims/deque.h"
#include "prims/variant.h"

typedef struct subject {
    weir_deque q;
    void *block;
} subject;

static void *make(const bench_params *p) {
    subject *d = aligned_alloc(WEIR_CACHE_LINE, (sizeof *d + WEIR_CACHE_LINE - 1) / WEIR_CACHE_LINE * WEIR_CACHE_LINE);
    if (!d) return NULL;
    d->block = aligned_alloc(WEIR_CACHE_LINE, weir_deque_bytes(p->capacity));
    if (d->block && weir_deque_init(&d->q, p->capacity, d->block) == WEIR_OK) return d;
    free(d->block);
    free(d);
    return NULL;
}

static void destroy(void *object) {
    subject *d = object;
    free(d->block);
    free(d);
}

static bool push(void *d, uint64_t v) { return weir_deque_try_push(&((subject *)d)->q, v); }
static bool pop(void *d, uint64_t *v) { return weir_deque_try_pop(&((subject *)d)->q, v); }

static bench_steal steal(void *d, uint64_t *v) {
    weir_status st = weir_deque_try_steal(&((subject *)d)->q, v);
    return st == WEIR_OK ? BENCH_STOLEN : st == WEIR_ABORT ? BENCH_LOST : BENCH_NOTHING;
}

static void own(void *d, bench_owner *o, unsigned batch, double seconds) {
    bench_own_try(d, o, batch, seconds, push, pop);
}

static void measure(void *d, const bench_params *p, bench_sample *s) { bench_steal_measure(d, p, s, own, steal); }

static const bench_row row = {
    .name = "deque.steal",
    .variant = WEIR_STRING(WEIR_DEQUE),
    .unit = "ns/op",
    .axes = bench_axes_deque_steal,
    .make = make,
    .destroy = destroy,
    .measure = measure,
};
BENCH_ROW(row)
