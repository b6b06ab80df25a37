/* deque.chaselev - the deque of Chase and Lev in an array of fixed size: the owner works at the bottom, whoever takes the
 * oldest item raises top by CAS. Contract: prims/deque.h.
 *
 * The classic needs a store-load order in pop: the owner lowers bottom and must then see every thief that could still
 * take the same item. A fence does that; here an atomic add of nothing to top does it (X), and no fence or seq_cst is
 * needed, because top is never changed by anything but a read-modify-write. Take a thief that has read top = t, and X:
 *
 *     it read a value at or after X    it acquires X, as any release is passed on by read-modify-writes; so it sees the
 *                                      lowered bottom (or what the owner did later) and keeps off the owner's item
 *     it read a value before X         X reads t or more; if t is the owner's item, the owner sees that it is the last
 *                                      one, and takes it by CAS as thieves do
 *
 * A cell is read before the CAS that claims it, and may be overwritten meanwhile: then the CAS fails, and the word read
 * is thrown away. Cells are therefore atomic, and relaxed.
 */
#ifndef WEIR_PRIMS_DEQUE_CHASELEV_H
#define WEIR_PRIMS_DEQUE_CHASELEV_H

#include "../ring_p.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_deque_chaselev {
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a64 top;    /* oldest item; raised by whoever takes it; only RMW after init */
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a64 bottom; /* next to push; stored by the owner */
    uint64_t top_seen;                             /* owner's copy of top, at most top */
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a64 *cells; /* constant from here on */
    uint64_t mask;
} weir_deque_chaselev;

static inline size_t weir_deque_chaselev_bytes(uint64_t capacity) {
    return weir_ring_bytes(capacity, sizeof(weir_a64));
}

/* For tests: counters begin at `start`, so that they can be seen to wrap. */
static inline weir_status weir_deque_chaselev_init_at(weir_deque_chaselev *q, uint64_t capacity, void *block,
                                                      uint64_t start) {
    weir_status bad = weir_ring_check(q, capacity, block);
    if (bad) return bad;
    weir_a64_store(&q->top, start);
    weir_a64_store(&q->bottom, start);
    q->top_seen = start;
    q->cells = (weir_a64 *)block;
    q->mask = capacity - 1;
    return WEIR_OK;
}

static inline weir_status weir_deque_chaselev_init(weir_deque_chaselev *q, uint64_t capacity, void *block) {
    return weir_deque_chaselev_init_at(q, capacity, block, 0);
}

static inline bool weir_deque_chaselev_try_push(weir_deque_chaselev *q, uint64_t v) {
    uint64_t b = weir_a64_load(&q->bottom); /* relaxed: only the owner writes bottom */
    if (WEIR_UNLIKELY(b - q->top_seen > q->mask)) {
        q->top_seen = weir_a64_load_acquire(&q->top); /* A1: pairs with R1; thieves have read the cells before it */
        if (b - q->top_seen > q->mask) return false;
    }
    weir_a64_store(&q->cells[b & q->mask], v);
    weir_a64_store_release(&q->bottom, b + 1); /* R2: pairs with A2; publishes the item */
    return true;
}

static inline bool weir_deque_chaselev_try_pop(weir_deque_chaselev *q, uint64_t *v) {
    uint64_t b = weir_a64_load(&q->bottom) - 1;
    if ((int64_t)(b - weir_a64_load(&q->top)) < 0) return false; /* top only grows: empty for sure */
    weir_a64_store_release(&q->bottom, b);                       /* R2: the items below, again */
    uint64_t t = weir_a64_read_release(&q->top); /* X: with A3; publishes bottom, finds the latest top */
    if (WEIR_UNLIKELY((int64_t)(b - t) <= 0)) {
        bool mine = t == b && weir_a64_cas(&q->top, &t, b + 1); /* relaxed: it publishes nothing; A1 is for the place */
        weir_a64_store(&q->bottom, b + 1); /* relaxed: empty; who reads an older top with it fails at its CAS */
        if (!mine) return false;
    }
    *v = weir_a64_load(&q->cells[b & q->mask]);
    return true;
}

static inline weir_status weir_deque_chaselev_try_steal(weir_deque_chaselev *q, uint64_t *v) {
    uint64_t t = weir_a64_load_acquire(&q->top);    /* A3: pairs with X; not before bottom was lowered for item t */
    uint64_t b = weir_a64_load_acquire(&q->bottom); /* A2: pairs with R2; the items up to bottom are in */
    if ((int64_t)(b - t) <= 0) return WEIR_AGAIN;
    uint64_t got = weir_a64_load(&q->cells[t & q->mask]);
    if (!weir_a64_cas_release(&q->top, &t, t + 1)) return WEIR_ABORT; /* R1: pairs with A1; the cell has been read */
    *v = got;
    return WEIR_OK;
}

static inline size_t weir_deque_chaselev_size(const weir_deque_chaselev *q) {
    uint64_t top = weir_a64_load_acquire(&q->top);
    int64_t n = (int64_t)(weir_a64_load_acquire(&q->bottom) - top);
    if (n < 0) return 0;
    return (uint64_t)n <= q->mask ? (size_t)n : (size_t)q->mask + 1;
}

#ifdef __cplusplus
}
#endif
#endif
