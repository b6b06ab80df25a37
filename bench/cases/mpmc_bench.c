/* ring.mpmc: teams on both sides, single items. */
#include <stdlib.h>

#include "bench/cases/axes.h"
#include "prims/mpmc.h"
#include "prims/variant.h"

typedef struct ring {
    weir_mpmc q;
    void *block;
} ring;

static void *make(const bench_params *p) {
    ring *r = aligned_alloc(WEIR_CACHE_LINE, (sizeof *r + WEIR_CACHE_LINE - 1) / WEIR_CACHE_LINE * WEIR_CACHE_LINE);
    if (!r) return NULL;
    r->block = aligned_alloc(WEIR_CACHE_LINE, weir_mpmc_bytes(p->capacity));
    if (r->block && weir_mpmc_init(&r->q, p->capacity, r->block) == WEIR_OK) return r;
    free(r->block);
    free(r);
    return NULL;
}

static void destroy(void *object) {
    ring *r = object;
    free(r->block);
    free(r);
}

static bool push(void *q, uint64_t v) { return weir_mpmc_try_push(&((ring *)q)->q, v); }
static bool pop(void *q, uint64_t *v) { return weir_mpmc_try_pop(&((ring *)q)->q, v); }

static void work(bench_worker *w) { bench_team_try(w, push, pop); }

static void push_last(void *q) {
    while (!push(q, BENCH_LAST)) bench_retry();
}

static const bench_row row = {
    .name = "ring.mpmc",
    .variant = WEIR_STRING(WEIR_MPMC),
    .unit = "ns/op",
    .axes = bench_axes_ring_mpmc,
    .make = make,
    .destroy = destroy,
    .work = work,
    .push_last = push_last,
};
BENCH_ROW(row)
