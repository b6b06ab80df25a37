/* mpmc.vyukov - a turn in each cell says whose move it is, so producers meet only each other (on tail), consumers only
 * each other (on head), and one of each meets in the cell. A side claims a place by CAS only when its cell is ready; it
 * never takes a ticket first and waits for the cell after. Contract: prims/mpmc.h.
 *
 * Positions count in twos, 0 2 4 ...; the cell of position p goes through the turns
 *
 *     p            free for the push of p
 *     p + 1        holds the item of p
 *     p + 2*cells  free for the push of the next lap
 *
 * which are three different numbers even with one cell. The low bit of tail is set by close: an odd tail equals no free
 * cell's turn, so a closed ring looks full to every push and the way through an open one has no extra test.
 */
#ifndef WEIR_PRIMS_MPMC_VYUKOV_H
#define WEIR_PRIMS_MPMC_VYUKOV_H

#include "../ring_p.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_mpmc_vyukov_cell {
    weir_a64 turn;
    uint64_t value; /* belongs to whoever has claimed the position that turn names */
} weir_mpmc_vyukov_cell;

typedef struct weir_mpmc_vyukov {
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a64 tail; /* next position to push, + 1 when closed; changed by producers */
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a64 head; /* next position to pop; changed by consumers */
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_mpmc_vyukov_cell *cells; /* constant from here on */
    uint64_t mask;
} weir_mpmc_vyukov;

static inline size_t weir_mpmc_vyukov_bytes(uint64_t capacity) {
    return weir_ring_bytes(capacity, sizeof(weir_mpmc_vyukov_cell));
}

static inline weir_mpmc_vyukov_cell *weir_mpmc_vyukov_at(const weir_mpmc_vyukov *q, uint64_t position) {
    return &q->cells[position / 2 & q->mask];
}

/* For tests: the first item has number `start` (modulo 2^63), so that positions can be seen to wrap. */
static inline weir_status weir_mpmc_vyukov_init_at(weir_mpmc_vyukov *q, uint64_t capacity, void *block,
                                                   uint64_t start) {
    weir_status bad = weir_ring_check(q, capacity, block);
    if (bad) return bad;
    q->cells = (weir_mpmc_vyukov_cell *)block;
    q->mask = capacity - 1;
    for (uint64_t i = 0; i < capacity; i++)
        weir_a64_store(&weir_mpmc_vyukov_at(q, 2 * (start + i))->turn, 2 * (start + i));
    weir_a64_store(&q->tail, 2 * start);
    weir_a64_store(&q->head, 2 * start);
    return WEIR_OK;
}

static inline weir_status weir_mpmc_vyukov_init(weir_mpmc_vyukov *q, uint64_t capacity, void *block) {
    return weir_mpmc_vyukov_init_at(q, capacity, block, 0);
}

static inline bool weir_mpmc_vyukov_try_push(weir_mpmc_vyukov *q, uint64_t v) {
    uint64_t p = weir_a64_load(&q->tail); /* relaxed: the turn, not tail, says what may be touched */
    for (;;) {
        weir_mpmc_vyukov_cell *cell = weir_mpmc_vyukov_at(q, p);
        int64_t ahead = (int64_t)(weir_a64_load_acquire(&cell->turn) - p); /* A1: pairs with R1; the cell was emptied */
        if (ahead == 0) {
            if (!weir_a64_cas_weak(&q->tail, &p, p + 2)) continue; /* relaxed: it claims, and publishes nothing */
            cell->value = v;
            weir_a64_store_release(&cell->turn, p + 1); /* R2: pairs with A2; publishes the value */
            return true;
        }
        if (ahead < 0) return false;
        p = weir_a64_load(&q->tail);
    }
}

static inline bool weir_mpmc_vyukov_try_pop(weir_mpmc_vyukov *q, uint64_t *v) {
    uint64_t p = weir_a64_load(&q->head);
    for (;;) {
        weir_mpmc_vyukov_cell *cell = weir_mpmc_vyukov_at(q, p);
        /* A2: pairs with R2; the value is in */
        int64_t ahead = (int64_t)(weir_a64_load_acquire(&cell->turn) - (p + 1));
        if (ahead == 0) {
            if (!weir_a64_cas_weak(&q->head, &p, p + 2)) continue;
            *v = cell->value;
            weir_a64_store_release(&cell->turn, p + 2 * (q->mask + 1)); /* R1: pairs with A1; the cell is empty */
            return true;
        }
        if (ahead < 0) return false;
        p = weir_a64_load(&q->head);
    }
}

/* How many cells from position p on show their turn as p + 2*i + item, at most n. */
static inline size_t weir_mpmc_vyukov_ready(const weir_mpmc_vyukov *q, uint64_t p, unsigned item, size_t n) {
    size_t k = 0;
    if (n > q->mask + 1) n = (size_t)q->mask + 1;
    /* A1, A2 */
    while (k < n && weir_a64_load_acquire(&weir_mpmc_vyukov_at(q, p + 2 * k)->turn) == p + 2 * k + item) k++;
    return k;
}

/* One CAS claims all the cells that are ready. A cell that is ready stays so until its position is claimed. */
static inline size_t weir_mpmc_vyukov_try_push_n(weir_mpmc_vyukov *q, const uint64_t *v, size_t n) {
    uint64_t p = weir_a64_load(&q->tail), now;
    size_t k;
    for (;; p = now) {
        k = weir_mpmc_vyukov_ready(q, p, 0, n);
        now = p;
        if (k && weir_a64_cas_weak(&q->tail, &now, p + 2 * k)) break;
        if (k == 0 && (now = weir_a64_load(&q->tail)) == p) return 0;
    }
    for (size_t i = 0; i < k; i++) {
        weir_mpmc_vyukov_cell *cell = weir_mpmc_vyukov_at(q, p + 2 * i);
        cell->value = v[i];
        weir_a64_store_release(&cell->turn, p + 2 * i + 1); /* R2 */
    }
    return k;
}

static inline size_t weir_mpmc_vyukov_try_pop_n(weir_mpmc_vyukov *q, uint64_t *v, size_t n) {
    uint64_t p = weir_a64_load(&q->head), now;
    size_t k;
    for (;; p = now) {
        k = weir_mpmc_vyukov_ready(q, p, 1, n);
        now = p;
        if (k && weir_a64_cas_weak(&q->head, &now, p + 2 * k)) break;
        if (k == 0 && (now = weir_a64_load(&q->head)) == p) return 0;
    }
    for (size_t i = 0; i < k; i++) {
        weir_mpmc_vyukov_cell *cell = weir_mpmc_vyukov_at(q, p + 2 * i);
        v[i] = cell->value;
        weir_a64_store_release(&cell->turn, p + 2 * i + 2 * (q->mask + 1)); /* R1 */
    }
    return k;
}

static inline size_t weir_mpmc_vyukov_size(const weir_mpmc_vyukov *q) {
    uint64_t head = weir_a64_load(&q->head), tail = weir_a64_load(&q->tail); /* relaxed: nothing is read by them */
    int64_t n = (int64_t)(tail - head) / 2;
    if (n < 0) return 0;
    return (uint64_t)n <= q->mask ? (size_t)n : (size_t)q->mask + 1;
}

/* R3 release: pairs with A3; what the closer did before is seen by whoever sees the ring closed. */
static inline void weir_mpmc_vyukov_close(weir_mpmc_vyukov *q) { weir_a64_or_release(&q->tail, 1); }

static inline bool weir_mpmc_vyukov_closed(const weir_mpmc_vyukov *q) {
    return weir_a64_load_acquire(&q->tail) & 1; /* A3: pairs with R3 */
}

/* A closed tail stays what it is; head reaches it when the last claimed position has been popped. */
static inline bool weir_mpmc_vyukov_drained(const weir_mpmc_vyukov *q) {
    uint64_t tail = weir_a64_load_acquire(&q->tail); /* A3 */
    return (tail & 1) && weir_a64_load(&q->head) == tail - 1;
}

#ifdef __cplusplus
}
#endif
#endif
