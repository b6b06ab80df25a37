/* spsc.plain - Lamport's ring: two shared indices, each read by the other side on every call. The reference that shows
 * what caching the indices buys. Contract: prims/spsc.h. */
#ifndef WEIR_PRIMS_SPSC_PLAIN_H
#define WEIR_PRIMS_SPSC_PLAIN_H

#include "../ring_p.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_spsc_plain {
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a64 tail;   /* next to write; stored by the producer */
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a64 head;   /* next to read; stored by the consumer */
    WEIR_ALIGNED(WEIR_CACHE_LINE) uint64_t *items; /* constant from here on */
    uint64_t mask;
} weir_spsc_plain;

static inline size_t weir_spsc_plain_bytes(uint64_t capacity) { return weir_ring_bytes(capacity, sizeof(uint64_t)); }

/* For tests: counters begin at `start`, so that they can be seen to wrap. */
static inline weir_status weir_spsc_plain_init_at(weir_spsc_plain *q, uint64_t capacity, void *block, uint64_t start) {
    weir_status bad = weir_ring_check(q, capacity, block);
    if (bad) return bad;
    weir_a64_store(&q->tail, start);
    weir_a64_store(&q->head, start);
    q->items = (uint64_t *)block;
    q->mask = capacity - 1;
    return WEIR_OK;
}

static inline weir_status weir_spsc_plain_init(weir_spsc_plain *q, uint64_t capacity, void *block) {
    return weir_spsc_plain_init_at(q, capacity, block, 0);
}

static inline size_t weir_spsc_plain_try_push_n(weir_spsc_plain *q, const uint64_t *v, size_t n) {
    uint64_t tail = weir_a64_load(&q->tail);                                /* relaxed: only this thread writes it */
    uint64_t room = q->mask + 1 - (tail - weir_a64_load_acquire(&q->head)); /* A1: pairs with R1 */
    if (n > room) n = (size_t)room;
    for (size_t i = 0; i < n; i++) q->items[(tail + i) & q->mask] = v[i];
    if (n) weir_a64_store_release(&q->tail, tail + n); /* R2: pairs with A2; the items */
    return n;
}

static inline size_t weir_spsc_plain_try_pop_n(weir_spsc_plain *q, uint64_t *v, size_t n) {
    uint64_t head = weir_a64_load(&q->head);                 /* relaxed: only this thread writes it */
    uint64_t ready = weir_a64_load_acquire(&q->tail) - head; /* A2: pairs with R2 */
    if (n > ready) n = (size_t)ready;
    for (size_t i = 0; i < n; i++) v[i] = q->items[(head + i) & q->mask];
    if (n) weir_a64_store_release(&q->head, head + n); /* R1: pairs with A1; the places */
    return n;
}

static inline bool weir_spsc_plain_try_push(weir_spsc_plain *q, uint64_t v) {
    return weir_spsc_plain_try_push_n(q, &v, 1) == 1;
}

static inline bool weir_spsc_plain_try_pop(weir_spsc_plain *q, uint64_t *v) {
    return weir_spsc_plain_try_pop_n(q, v, 1) == 1;
}

static inline size_t weir_spsc_plain_size(const weir_spsc_plain *q) {
    uint64_t head = weir_a64_load_acquire(&q->head); /* A1: pairs with R1; so tail is not behind it */
    uint64_t tail = weir_a64_load(&q->tail);
    return tail - head <= q->mask + 1 ? (size_t)(tail - head) : (size_t)(q->mask + 1);
}

#ifdef __cplusplus
}
#endif
#endif
