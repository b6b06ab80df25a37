/* ring.mcast without a multicast ring: an spsc ring for each reader, into all of which the writer puts every item. With
 * one reader it is what a multicast ring must not be much slower than. No library in Debian has such a ring for C or
 * C++; the Disruptor is Java's. */
#include <stdlib.h>

#include "bench/cases/axes.h"
#include "prims/spsc.h"

enum { READERS_MAX = 16 };

typedef struct rings {
    unsigned readers, next_last; /* by the last producer alone */
    weir_spsc_cached ring[READERS_MAX];
    void *block[READERS_MAX];
} rings;

static bool supports(const bench_params *p) { return p->producers == 1 && p->consumers <= READERS_MAX; }

static void destroy(void *object) {
    rings *r = object;
    for (unsigned i = 0; i < r->readers; i++) free(r->block[i]);
    free(r);
}

static void *make(const bench_params *p) {
    rings *r = aligned_alloc(WEIR_CACHE_LINE, sizeof *r);
    if (!r) return NULL;
    r->next_last = 0;
    for (r->readers = 0; r->readers < p->consumers; r->readers++) {
        void *block = aligned_alloc(WEIR_CACHE_LINE, weir_spsc_cached_bytes(p->capacity));
        if (!block || weir_spsc_cached_init(&r->ring[r->readers], p->capacity, block) != WEIR_OK) {
            free(block);
            destroy(r);
            return NULL;
        }
        r->block[r->readers] = block;
    }
    return r;
}

static void push(weir_spsc_cached *q, uint64_t v) {
    while (!weir_spsc_cached_try_push(q, v)) bench_retry();
}

static void write_all(bench_worker *w, rings *r) {
    uint64_t n = 0, sum = 0;
    for (; !weir_a32_load(w->stop); n++) {
        uint64_t v = bench_value(w, n);
        for (unsigned i = 0; i < r->readers; i++) push(&r->ring[i], v);
        sum += v;
    }
    w->items = n * r->readers;
    w->sum = sum * r->readers;
}

static void read_all(bench_worker *w, weir_spsc_cached *q) {
    uint64_t n = 0, sum = 0;
    for (uint64_t v;; n++, sum += v) {
        while (!weir_spsc_cached_try_pop(q, &v)) bench_retry();
        if (v == BENCH_LAST) break;
    }
    w->items = n;
    w->sum = sum;
}

static void work(bench_worker *w) {
    rings *r = w->object;
    if (w->producer) write_all(w, r);
    else read_all(w, &r->ring[w->role_index]);
}

static void push_last(void *object) {
    rings *r = object;
    push(&r->ring[r->next_last++ % r->readers], BENCH_LAST);
}

static const bench_row row = {
    .name = "ring.mcast",
    .variant = "ref.spsc",
    .flags = BENCH_REFERENCE,
    .unit = "ns/op",
    .note = "an spsc ring (cached) for each reader; readers cannot come and go",
    .axes = bench_axes_ring_mcast,
    .supports = supports,
    .make = make,
    .destroy = destroy,
    .work = work,
    .push_last = push_last,
};
BENCH_ROW(row)
