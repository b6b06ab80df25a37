#include "kv/reclaim_p.h"

#include <assert.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "kv/lane_p.h"
#include "kv/rcu.h"
#include "prims/lock_p.h"

enum { BATCH = 64, BATCH_BYTES = 64 << 10 }; /* a batch is handed to RCU when it has so many objects or bytes */

typedef struct object {
    weir_reclaim_fn *free_it;
    void *arg, *at;
    size_t bytes;
} object;

/* What goes through one grace period together. */
typedef struct batch {
    weir_rcu_head head; /* first */
    weir_reclaim *owner;
    uint64_t begun_ns; /* when its first object was retired */
    size_t n, bytes;
    object of[BATCH];
} batch;

/* Where some of the threads gather. */
typedef struct gathering {
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_lock lock; /* guards `now`; held for a few instructions */
    batch *now;                                   /* NULL: none begun */
    weir_aptr spare;                              /* made by admit, so that retire finds one when memory is out */
    weir_a64 bytes;                               /* in `now` */
} gathering;

struct weir_reclaim {
    gathering lane[WEIR_LANES];
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a64 retired; /* bytes handed to RCU and not yet freed, or lost: see gather */
    weir_a32 freed; /* changes with every batch freed, in steps of 2; bit 0: somebody sleeps on it */
    weir_a64 helps, waits, fulls, age[WEIR_KV_AGES];
    WEIR_ALIGNED(WEIR_CACHE_LINE) uint64_t max, full_after_ns;
};

weir_reclaim *weir_reclaim_new(size_t retired_max, uint64_t full_after_ns) {
    weir_reclaim *r = aligned_alloc(WEIR_CACHE_LINE, sizeof *r);
    if (!r) return NULL;
    memset(r, 0, sizeof *r);
    for (unsigned i = 0; i < WEIR_LANES; i++) weir_lock_init(&r->lane[i].lock);
    r->max = retired_max;
    r->full_after_ns = full_after_ns;
    return r;
}

void weir_reclaim_free(weir_reclaim *r) {
    if (!r) return;
    weir_reclaim_drain(r);
    for (unsigned i = 0; i < WEIR_LANES; i++) free(weir_aptr_load(&r->lane[i].spare));
    free(r);
}

/* -- from the handing over to the end ----------------------------------------------------------------------------- */

static unsigned age_of(uint64_t ns) {
    uint64_t us = ns / 1000;
    unsigned log = us ? 63 - (unsigned)__builtin_clzll(us) : 0;
    return log < WEIR_KV_AGES ? log : WEIR_KV_AGES - 1;
}

static void tell_freed(weir_reclaim *r, size_t bytes) {
    weir_a64_sub(&r->retired, bytes);
    uint32_t seen = weir_a32_load(&r->freed);
    while (!weir_a32_cas_weak_release(&r->freed, &seen, (seen & ~1u) + 2)) {
    } /* RF release: pairs with RW in wait_room */
    if (seen & 1) weir_futex_wake(&r->freed, INT_MAX);
}

/* A grace period has passed. */
static void free_batch(weir_rcu_head *head) {
    batch *b = (batch *)head;
    for (size_t i = 0; i < b->n; i++) b->of[i].free_it(b->of[i].arg, b->of[i].at, b->of[i].bytes);
    weir_a64_add(&b->owner->age[age_of(weir_now_ns() - b->begun_ns)], b->n);
    tell_freed(b->owner, b->bytes);
    free(b);
}

static void hand_over(batch *b) {
    weir_a64_add(&b->owner->retired, b->bytes);
    weir_rcu_call(&b->head, free_batch);
}

/* -- gathering ---------------------------------------------------------------------------------------------------- */

static batch *take_batch(weir_reclaim *r, gathering *g) {
    batch *b = malloc(sizeof *b);
    if (!b) b = weir_aptr_xchg_acquire(&g->spare, NULL); /* RT acquire: pairs with RS in provide */
    if (!b) return NULL;
    b->owner = r;
    b->begun_ns = weir_now_ns();
    b->n = b->bytes = 0;
    return b;
}

/* Under the lane's lock. The batch to be handed over now, or NULL. */
static batch *gather(weir_reclaim *r, gathering *g, object o) {
    if (!g->now) g->now = take_batch(r, g);
    batch *b = g->now;
    if (!b) { /* no memory, and no spare either: it is never freed, and counts for ever */
        weir_a64_add(&r->retired, o.bytes);
        return NULL;
    }
    b->of[b->n++] = o;
    b->bytes += o.bytes;
    bool full = b->n == BATCH || b->bytes >= BATCH_BYTES;
    weir_a64_store(&g->bytes, full ? 0 : b->bytes);
    if (full) g->now = NULL;
    return full ? b : NULL;
}

void weir_reclaim_retire(weir_reclaim *r, weir_reclaim_fn *free_it, void *arg, void *at, size_t bytes) {
    gathering *g = &r->lane[weir_lane()];
    weir_lock_acquire(&g->lock);
    batch *full = gather(r, g, (object){free_it, arg, at, bytes});
    weir_lock_release(&g->lock);
    if (full) hand_over(full);
}

static void hand_over_lane(gathering *g) {
    weir_lock_acquire(&g->lock);
    batch *b = g->now;
    g->now = NULL;
    weir_a64_store(&g->bytes, 0);
    weir_lock_release(&g->lock);
    if (b) hand_over(b);
}

/* -- the budget --------------------------------------------------------------------------------------------------- */

static void provide(gathering *g) {
    if (WEIR_LIKELY(weir_aptr_load(&g->spare))) return;
    void *none = NULL, *made = malloc(sizeof(batch));
    if (!weir_aptr_cas_release(&g->spare, &none, made)) free(made); /* RS release: pairs with RT in take_batch */
}

static weir_kv_status wait_room(weir_reclaim *r) {
    uint64_t deadline = weir_now_ns() + r->full_after_ns;
    weir_a64_add(&r->waits, 1);
    for (;;) {
        uint32_t seen = weir_a32_load_acquire(&r->freed); /* RW acquire: pairs with RF in tell_freed */
        if (weir_a64_load(&r->retired) <= r->max) return WEIR_KV_OK;
        if (weir_now_ns() >= deadline) break;
        if (!(seen & 1) && !weir_a32_cas(&r->freed, &seen, seen | 1)) continue;
        weir_rcu_offline();
        weir_futex_wait(&r->freed, seen | 1, deadline);
        weir_rcu_online();
    }
    weir_a64_add(&r->fulls, 1);
    return WEIR_KV_FULL;
}

weir_kv_status weir_reclaim_admit(weir_reclaim *r) {
    assert(!weir_rcu_inside());
    gathering *g = &r->lane[weir_lane()];
    provide(g);
    uint64_t out = weir_a64_load(&r->retired);
    if (WEIR_LIKELY(out <= r->max / 2)) return WEIR_KV_OK;
    weir_a64_add(&r->helps, 1);
    hand_over_lane(g);
    return out <= r->max ? WEIR_KV_OK : wait_room(r);
}

void weir_reclaim_drain(weir_reclaim *r) {
    assert(!weir_rcu_inside());
    for (unsigned i = 0; i < WEIR_LANES; i++) hand_over_lane(&r->lane[i]);
    weir_rcu_barrier();
}

void weir_reclaim_stats(weir_reclaim *r, weir_kv_stats *stats) {
    stats->retired = weir_a64_load(&r->retired);
    for (unsigned i = 0; i < WEIR_LANES; i++) stats->retired += weir_a64_load(&r->lane[i].bytes);
    stats->retired_max = r->max;
    stats->helps = weir_a64_load(&r->helps);
    stats->waits = weir_a64_load(&r->waits);
    stats->fulls = weir_a64_load(&r->fulls);
    for (unsigned i = 0; i < WEIR_KV_AGES; i++) stats->age[i] = weir_a64_load(&r->age[i]);
}
