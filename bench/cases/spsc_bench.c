/* ring.spsc: one producer, one consumer, single items or batches. */
#include <stdlib.h>

#include "bench/cases/axes.h"
#include "bench/cases/batch.h"
#include "prims/spsc.h"
#include "prims/variant.h"

typedef struct ring {
    weir_spsc q;
    void *block;
} ring;

static void *make(const bench_params *p) {
    ring *r = aligned_alloc(WEIR_CACHE_LINE, (sizeof *r + WEIR_CACHE_LINE - 1) / WEIR_CACHE_LINE * WEIR_CACHE_LINE);
    if (!r) return NULL;
    r->block = aligned_alloc(WEIR_CACHE_LINE, weir_spsc_bytes(p->capacity));
    if (r->block && weir_spsc_init(&r->q, p->capacity, r->block) == WEIR_OK) return r;
    free(r->block);
    free(r);
    return NULL;
}

static void destroy(void *object) {
    ring *r = object;
    free(r->block);
    free(r);
}

static bool push(void *q, uint64_t v) { return weir_spsc_try_push(&((ring *)q)->q, v); }
static bool pop(void *q, uint64_t *v) { return weir_spsc_try_pop(&((ring *)q)->q, v); }
static size_t push_n(void *q, const uint64_t *v, size_t n) { return weir_spsc_try_push_n(&((ring *)q)->q, v, n); }
static size_t pop_n(void *q, uint64_t *v, size_t n) { return weir_spsc_try_pop_n(&((ring *)q)->q, v, n); }

static void work(bench_worker *w) {
    if (w->params->batch > 1) bench_team_batch(w, push_n, pop_n);
    else bench_team_try(w, push, pop);
}

static void push_last(void *q) {
    while (!push(q, BENCH_LAST)) bench_retry();
}

static bool supports(const bench_params *p) {
    return p->producers == 1 && p->consumers == 1 && p->batch <= BENCH_BATCH_MAX;
}

static const bench_row row = {
    .name = "ring.spsc",
    .variant = WEIR_STRING(WEIR_SPSC),
    .unit = "ns/op",
    .axes = bench_axes_ring_spsc,
    .supports = supports,
    .make = make,
    .destroy = destroy,
    .work = work,
    .push_last = push_last,
};
BENCH_ROW(row)
