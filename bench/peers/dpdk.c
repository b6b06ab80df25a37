/* DPDK: rte_ring in memory of our own, so that no environment of DPDK is needed. One slot of a power of two stays
 * empty. This file alone is compiled with DPDK's flags. */
#include <rte_ring.h>

#include "bench/peers/peer.h"

static bool spsc_column(const bench_params *p) { return peer_one_by_one(p) && peer_power_of_two(p); }

static void *make_ring(const bench_params *p, unsigned flags) {
    ssize_t bytes = rte_ring_get_memsize((unsigned)p->capacity);
    struct rte_ring *r = bytes > 0 ? peer_alloc((size_t)bytes) : NULL;
    if (r && rte_ring_init(r, "weir", (unsigned)p->capacity, flags) == 0) return r;
    free(r);
    return NULL;
}

static void *make_spsc(const bench_params *p) { return make_ring(p, RING_F_SP_ENQ | RING_F_SC_DEQ); }
static void *make_mpmc(const bench_params *p) { return make_ring(p, 0); }
static void *make_hts(const bench_params *p) { return make_ring(p, RING_F_MP_HTS_ENQ | RING_F_MC_HTS_DEQ); }

/* Each mode through the function that names it, as the library recommends for speed; HTS has bulk functions only. */
static bool push_spsc(void *q, uint64_t v) { return rte_ring_sp_enqueue_elem(q, &v, sizeof v) == 0; }
static bool push_mpmc(void *q, uint64_t v) { return rte_ring_mp_enqueue_elem(q, &v, sizeof v) == 0; }
static bool push_hts(void *q, uint64_t v) { return rte_ring_mp_hts_enqueue_bulk_elem(q, &v, sizeof v, 1, NULL) == 1; }

static bool pop_spsc(void *q, uint64_t *v) { return rte_ring_sc_dequeue_elem(q, v, sizeof *v) == 0; }
static bool pop_mpmc(void *q, uint64_t *v) { return rte_ring_mc_dequeue_elem(q, v, sizeof *v) == 0; }
static bool pop_hts(void *q, uint64_t *v) { return rte_ring_mc_hts_dequeue_bulk_elem(q, v, sizeof *v, 1, NULL) == 1; }

static size_t push_n(void *q, const uint64_t *from, size_t n) {
    return rte_ring_sp_enqueue_burst_elem(q, from, sizeof *from, (unsigned)n, NULL);
}
static size_t pop_n(void *q, uint64_t *to, size_t n) {
    return rte_ring_sc_dequeue_burst_elem(q, to, sizeof *to, (unsigned)n, NULL);
}

static void work_spsc(bench_worker *w) {
    if (w->params->batch == 1) {
        bench_team_try(w, push_spsc, pop_spsc);
    } else {
        bench_team_batch(w, push_n, pop_n);
    }
}
static void work_mpmc(bench_worker *w) { bench_team_try(w, push_mpmc, pop_mpmc); }
static void work_hts(bench_worker *w) { bench_team_try(w, push_hts, pop_hts); }

static void last_spsc(void *q) {
    while (!push_spsc(q, BENCH_LAST)) bench_retry();
}
static void last_mpmc(void *q) {
    while (!push_mpmc(q, BENCH_LAST)) bench_retry();
}
static void last_hts(void *q) {
    while (!push_hts(q, BENCH_LAST)) bench_retry();
}

static const bench_row spsc =
    PEER_ROW_SPSC("rte_spsc", 0, "holds one less", spsc_column, make_spsc, free, work_spsc, last_spsc);
static const bench_row mpmc =
    PEER_ROW_MPMC("rte_mpmc", 0, "holds one less; both sides spin for their turn without yielding", peer_power_of_two,
                  make_mpmc, free, work_mpmc, last_mpmc);
static const bench_row hts =
    PEER_ROW_MPMC("rte_hts", 0, "holds one less", peer_power_of_two, make_hts, free, work_hts, last_hts);
BENCH_ROW(spsc)
BENCH_ROW(mpmc)
BENCH_ROW(hts)
