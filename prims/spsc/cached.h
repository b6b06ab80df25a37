/* spsc.cached - each side keeps a private copy of the other side's index and reloads it only when the copy says full or
 * empty. In steady flow a side touches the other's cache line once a batch of items instead of once an item, which is
 * worth five times the Lamport ring. Contract: prims/spsc.h. */
#ifndef WEIR_PRIMS_SPSC_CACHED_H
#define WEIR_PRIMS_SPSC_CACHED_H

#include <string.h>

#include "../ring_p.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_spsc_cached {
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a64 tail;      /* next to write; stored by the producer */
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a64 head;      /* next to read; stored by the consumer */
    WEIR_ALIGNED(WEIR_CACHE_LINE) uint64_t head_seen; /* producer's copy of head, at most head */
    WEIR_ALIGNED(WEIR_CACHE_LINE) uint64_t tail_seen; /* consumer's copy of tail, at most tail */
    WEIR_ALIGNED(WEIR_CACHE_LINE) uint64_t *items;    /* constant from here on */
    uint64_t mask;
} weir_spsc_cached;

static inline size_t weir_spsc_cached_bytes(uint64_t capacity) { return weir_ring_bytes(capacity, sizeof(uint64_t)); }

/* For tests: counters begin at `start`, so that they can be seen to wrap. */
static inline weir_status weir_spsc_cached_init_at(weir_spsc_cached *q, uint64_t capacity, void *block,
                                                   uint64_t start) {
    weir_status bad = weir_ring_check(q, capacity, block);
    if (bad) return bad;
    weir_a64_store(&q->tail, start);
    weir_a64_store(&q->head, start);
    q->head_seen = q->tail_seen = start;
    q->items = (uint64_t *)block;
    q->mask = capacity - 1;
    return WEIR_OK;
}

static inline weir_status weir_spsc_cached_init(weir_spsc_cached *q, uint64_t capacity, void *block) {
    return weir_spsc_cached_init_at(q, capacity, block, 0);
}

/* Free places as the producer knows them, looking again only when it knows of fewer than `want`. */
static inline uint64_t weir_spsc_cached_room(weir_spsc_cached *q, uint64_t tail, uint64_t want) {
    uint64_t room = q->mask + 1 - (tail - q->head_seen);
    if (WEIR_UNLIKELY(room < want)) {
        q->head_seen = weir_a64_load_acquire(&q->head); /* A1: pairs with R1; the consumer is done with those places */
        room = q->mask + 1 - (tail - q->head_seen);
    }
    return room;
}

static inline uint64_t weir_spsc_cached_ready(weir_spsc_cached *q, uint64_t head, uint64_t want) {
    uint64_t ready = q->tail_seen - head;
    if (WEIR_UNLIKELY(ready < want)) {
        q->tail_seen = weir_a64_load_acquire(&q->tail); /* A2: pairs with R2; the items up to tail are written */
        ready = q->tail_seen - head;
    }
    return ready;
}

static inline bool weir_spsc_cached_try_push(weir_spsc_cached *q, uint64_t v) {
    uint64_t tail = weir_a64_load(&q->tail); /* relaxed: only this thread writes tail */
    if (weir_spsc_cached_room(q, tail, 1) == 0) return false;
    q->items[tail & q->mask] = v;
    weir_a64_store_release(&q->tail, tail + 1); /* R2: pairs with A2; publishes the item */
    return true;
}

static inline bool weir_spsc_cached_try_pop(weir_spsc_cached *q, uint64_t *v) {
    uint64_t head = weir_a64_load(&q->head); /* relaxed: only this thread writes head */
    if (weir_spsc_cached_ready(q, head, 1) == 0) return false;
    *v = q->items[head & q->mask];
    weir_a64_store_release(&q->head, head + 1); /* R1: pairs with A1; the place may be written again */
    return true;
}

static inline size_t weir_spsc_cached_try_push_n(weir_spsc_cached *q, const uint64_t *v, size_t n) {
    uint64_t tail = weir_a64_load(&q->tail), room = weir_spsc_cached_room(q, tail, n);
    if (n > room) n = (size_t)room;
    if (n == 0) return 0;
    size_t at = (size_t)(tail & q->mask), first = (size_t)(q->mask + 1) - at;
    if (first > n) first = n;
    memcpy(q->items + at, v, first * sizeof *v);
    memcpy(q->items, v + first, (n - first) * sizeof *v);
    weir_a64_store_release(&q->tail, tail + n); /* R2: publishes all n items */
    return n;
}

static inline size_t weir_spsc_cached_try_pop_n(weir_spsc_cached *q, uint64_t *v, size_t n) {
    uint64_t head = weir_a64_load(&q->head), ready = weir_spsc_cached_ready(q, head, n);
    if (n > ready) n = (size_t)ready;
    if (n == 0) return 0;
    size_t at = (size_t)(head & q->mask), first = (size_t)(q->mask + 1) - at;
    if (first > n) first = n;
    memcpy(v, q->items + at, first * sizeof *v);
    memcpy(v + first, q->items, (n - first) * sizeof *v);
    weir_a64_store_release(&q->head, head + n); /* R1: frees all n places */
    return n;
}

static inline size_t weir_spsc_cached_size(const weir_spsc_cached *q) {
    uint64_t head = weir_a64_load_acquire(&q->head); /* A1: pairs with R1; so tail is not behind it */
    uint64_t tail = weir_a64_load(&q->tail);
    return tail - head <= q->mask + 1 ? (size_t)(tail - head) : (size_t)(q->mask + 1);
}

#ifdef __cplusplus
}
#endif
#endif
