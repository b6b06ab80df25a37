/* Concurrency Kit: ck_ring, one slot of a power of two stays empty. C only: its mpmc part is not C++. */
#include <ck_ring.h>

#include "bench/peers/peer.h"

typedef struct ring {
    ck_ring_t ring;
    WEIR_ALIGNED(WEIR_CACHE_LINE) ck_ring_buffer_t slots[];
} ring;

static bool spsc_column(const bench_params *p) { return peer_one_item(p) && peer_power_of_two(p); }

static void *make(const bench_params *p) {
    ring *r = peer_alloc(sizeof *r + p->capacity * sizeof r->slots[0]);
    if (r) ck_ring_init(&r->ring, (unsigned)p->capacity);
    return r;
}

static bool push_spsc(void *q, uint64_t v) {
    ring *r = q;
    return ck_ring_enqueue_spsc(&r->ring, r->slots, (void *)(uintptr_t)v);
}

static bool pop_spsc(void *q, uint64_t *v) {
    ring *r = q;
    void *item;
    if (!ck_ring_dequeue_spsc(&r->ring, r->slots, &item)) return false;
    *v = (uintptr_t)item;
    return true;
}

static bool push_mpmc(void *q, uint64_t v) {
    ring *r = q;
    return ck_ring_enqueue_mpmc(&r->ring, r->slots, (void *)(uintptr_t)v);
}

static bool pop_mpmc(void *q, uint64_t *v) {
    ring *r = q;
    void *item;
    if (!ck_ring_dequeue_mpmc(&r->ring, r->slots, &item)) return false;
    *v = (uintptr_t)item;
    return true;
}

static void work_spsc(bench_worker *w) { bench_team_try(w, push_spsc, pop_spsc); }
static void work_mpmc(bench_worker *w) { bench_team_try(w, push_mpmc, pop_mpmc); }

static void last_spsc(void *q) {
    while (!push_spsc(q, BENCH_LAST)) bench_retry();
}
static void last_mpmc(void *q) {
    while (!push_mpmc(q, BENCH_LAST)) bench_retry();
}

static const bench_row spsc =
    PEER_ROW_SPSC("ck_ring", 0, "holds one less, no batch form", spsc_column, make, free, work_spsc, last_spsc);
static const bench_row mpmc =
    PEER_ROW_MPMC("ck_ring", 0, "holds one less; producers spin for their turn without yielding", peer_power_of_two,
                  make, free, work_mpmc, last_mpmc);
BENCH_ROW(spsc)
BENCH_ROW(mpmc)
