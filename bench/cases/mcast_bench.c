/* ring.mcast: one writer, every consumer gets every item. One op is one item at one reader, so the writer's items count
 * once a reader. The readers have joined before the team starts. */
#include <stdlib.h>

#include "bench/cases/axes.h"
#include "prims/mcast.h"
#include "prims/variant.h"

enum { READERS_MAX = 16 };

typedef struct ring {
    weir_mcast q;
    unsigned readers, lasts; /* lasts: written by the last producer alone */
    weir_mcast_reader *reader[READERS_MAX];
    void *block;
} ring;

static bool supports(const bench_params *p) { return p->producers == 1 && p->consumers <= READERS_MAX; }

static void *make(const bench_params *p) {
    ring *r = aligned_alloc(WEIR_CACHE_LINE, (sizeof *r + WEIR_CACHE_LINE - 1) / WEIR_CACHE_LINE * WEIR_CACHE_LINE);
    if (!r) return NULL;
    r->readers = p->consumers;
    r->lasts = 0;
    r->block = aligned_alloc(WEIR_CACHE_LINE, weir_mcast_bytes(p->capacity, r->readers));
    if (r->block && weir_mcast_init(&r->q, p->capacity, r->readers, r->block) == WEIR_OK) {
        for (unsigned i = 0; i < r->readers; i++) r->reader[i] = weir_mcast_join(&r->q);
        return r;
    }
    free(r->block);
    free(r);
    return NULL;
}

static void destroy(void *object) {
    ring *r = object;
    free(r->block);
    free(r);
}

static void write_all(bench_worker *w, ring *r) {
    uint64_t n = 0, sum = 0;
    for (; !weir_a32_load(w->stop); n++) {
        uint64_t v = bench_value(w, n);
        while (!weir_mcast_try_push(&r->q, v)) bench_retry();
        sum += v;
    }
    w->items = n * r->readers;
    w->sum = sum * r->readers;
}

static void read_all(bench_worker *w, ring *r) {
    weir_mcast_reader *me = r->reader[w->role_index];
    uint64_t n = 0, sum = 0;
    for (uint64_t v;; n++, sum += v) {
        while (!weir_mcast_try_pop(&r->q, me, &v)) bench_retry();
        if (v == BENCH_LAST) break;
    }
    w->items = n;
    w->sum = sum;
}

static void work(bench_worker *w) {
    if (w->producer) write_all(w, w->object);
    else read_all(w, w->object);
}

/* Called once a reader, and one BENCH_LAST ends them all. */
static void push_last(void *object) {
    ring *r = object;
    if (++r->lasts % r->readers) return;
    while (!weir_mcast_try_push(&r->q, BENCH_LAST)) bench_retry();
}

static const bench_row row = {
    .name = "ring.mcast",
    .variant = WEIR_STRING(WEIR_MCAST),
    .unit = "ns/op",
    .axes = bench_axes_ring_mcast,
    .supports = supports,
    .make = make,
    .destroy = destroy,
    .work = work,
    .push_last = push_last,
};
BENCH_ROW(row)
