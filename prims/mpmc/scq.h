/* mpmc.scq - lock-free: a producer or consumer that stops anywhere never keeps the others from their items. Contract:
 * prims/mpmc.h.
 *
 * From SCQ (Nikolaev, DISC 2019) come the entry that packs lap and index into one word, changed by single-width CAS only,
 * and the consumer that gives a late producer a few looks and then takes the cell away from it. Instead of SCQ's second
 * ring, of free indices, each entry keeps the index of its own value cell; it changes only when a cell is taken away,
 * against a spare one. So a push is two CAS and a pop is one, where the pair of rings needs four and a threshold each.
 *
 *     push   claim position p by CAS on tail, when its entry is empty in the lap of p; write the value where the entry
 *            says; CAS the entry to full.
 *     pop    go to the first position p not consumed. Full: read the value, CAS the entry to the next lap. head is
 *            only a hint where to begin, stored after. Empty and tail is not beyond p: the ring is empty. Empty and tail is
 *            beyond p: a producer is late. Look again a few times, then take the cell away: CAS the entry to the next lap
 *            with a spare value cell. The producer's CAS fails when it comes; until then it may write its old value cell,
 *            which nobody else uses; it gives that back as a spare and pushes again.
 *
 *     entry  lap | taken away | full | index of the value cell
 */
#ifndef WEIR_PRIMS_MPMC_SCQ_H
#define WEIR_PRIMS_MPMC_SCQ_H

#include "../ring_p.h"

#ifdef __cplusplus
extern "C" {
#endif

/* So many producers may stand between claim and publication with their cells taken away; with more, pop says empty. */
#ifdef WEIR_MODEL
#define WEIR_MPMC_SCQ_SPARES 4u
#else
#define WEIR_MPMC_SCQ_SPARES 64u
#endif

typedef struct weir_mpmc_scq_cell {
    weir_a64 entry; /* unused in the cells beyond capacity */
    weir_a64 value; /* belongs to whoever owns its index; the next spare while it is one */
} weir_mpmc_scq_cell;

typedef struct weir_mpmc_scq {
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a64 tail; /* 2 * next position to claim, + 1 when closed; changed by producers */
    /* 2 * a position with only consumed ones before it, a hint; by consumers */
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a64 head;
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a64 spares; /* number of changes << 32 | index + 1 of the first spare, or 0 */
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_mpmc_scq_cell *cells; /* constant from here on: capacity + SPARES cells */
    uint64_t mask;                                           /* capacity - 1 */
    uint64_t full, taken, lap; /* the flags, and one lap, in an entry; full - 1 masks the index */
    unsigned lap_shift;        /* from a doubled position to its entry's lap */
} weir_mpmc_scq;

size_t weir_mpmc_scq_bytes(uint64_t capacity);
weir_status weir_mpmc_scq_init(weir_mpmc_scq *q, uint64_t capacity, void *block);
/* For tests: the first item has number `start` (modulo 2^63), so that positions and laps can be seen to wrap. */
weir_status weir_mpmc_scq_init_at(weir_mpmc_scq *q, uint64_t capacity, void *block, uint64_t start);
size_t weir_mpmc_scq_size(const weir_mpmc_scq *q);
bool weir_mpmc_scq_drained(const weir_mpmc_scq *q);

/* Out of line because rare. give_back: makes a spare of an index the caller owns. late: position p was seen empty; true
 * when pop should look again, false when the ring was empty at a moment within the call. */
void weir_mpmc_scq_give_back(weir_mpmc_scq *q, uint64_t index);
bool weir_mpmc_scq_late(weir_mpmc_scq *q, uint64_t p);

/* Positions count in twos (the low bit of tail says closed); so does every p below. */
static inline weir_a64 *weir_mpmc_scq_entry(const weir_mpmc_scq *q, uint64_t p) {
    return &q->cells[p / 2 & q->mask].entry;
}

/* Laps that entry e is ahead of position p, in units of q->lap: 0 when e belongs to p, more when p is consumed. */
static inline int64_t weir_mpmc_scq_ahead(const weir_mpmc_scq *q, uint64_t e, uint64_t p) {
    uint64_t lap = (p & ~(2 * q->mask + 1)) << q->lap_shift;
    return (int64_t)((e & ~(q->lap - 1)) - lap);
}

/* The position to look at after p, which entry e is `ahead` of: all up to p's cell in the lap before e's are consumed. */
static inline uint64_t weir_mpmc_scq_after(const weir_mpmc_scq *q, uint64_t p, int64_t ahead) {
    return p + 2 + (((uint64_t)ahead - q->lap) >> q->lap_shift);
}

/* Two lines of cells ahead, so that the CAS on the entry finds its line here: the other side had it last. */
static inline void weir_mpmc_scq_prefetch(const weir_mpmc_scq *q, uint64_t p) {
    __builtin_prefetch(weir_mpmc_scq_entry(q, p + 2 * 2 * WEIR_CACHE_LINE / sizeof(weir_mpmc_scq_cell)), 1);
}

/* A plain store, though consumers may overtake each other here and head go back: who finds it behind steps forward. */
static inline void weir_mpmc_scq_raise_head(weir_mpmc_scq *q, uint64_t p) {
    if ((int64_t)(p - weir_a64_load(&q->head)) > 0)
        weir_a64_store_release(&q->head, p); /* R3: pairs with A3; those before p are consumed */
}

/* The position of entry e was claimed by this thread, so the value cell is its own, even if the entry is taken away. */
static inline bool weir_mpmc_scq_publish(weir_mpmc_scq *q, uint64_t p, uint64_t e, uint64_t v) {
    uint64_t index = e & (q->full - 1);
    weir_a64_store(&q->cells[index].value, v);
    if (weir_a64_cas_release(weir_mpmc_scq_entry(q, p), &e, (e | q->full) & ~q->taken)) return true; /* R2: with A2 */
    weir_mpmc_scq_give_back(q, index);
    return false;
}

/* Claims up to n positions from *p on whose entries are empty; the entries go to e. 0: full or closed. */
static inline size_t weir_mpmc_scq_claim(weir_mpmc_scq *q, uint64_t *p, uint64_t *e, size_t n) {
    uint64_t tail = weir_a64_load(&q->tail); /* relaxed: the entries, not tail, say what may be touched */
    weir_mpmc_scq_prefetch(q, tail);
    for (;;) {
        if (tail & 1) return 0;
        int64_t ahead = 0;
        size_t k = 0;
        for (; k < n; k++) {
            e[k] = weir_a64_load_acquire(weir_mpmc_scq_entry(q, tail + 2 * k)); /* A1: pairs with R1; it was emptied */
            ahead = weir_mpmc_scq_ahead(q, e[k], tail + 2 * k);
            if (ahead != 0 || (e[k] & q->full)) break;
        }
        *p = tail;
        if (k > 0) {
            if (weir_a64_cas_weak(&q->tail, &tail, tail + 2 * k)) return k; /* relaxed: it publishes nothing */
        } else {
            if (ahead < 0) return 0;
            tail = weir_a64_load(&q->tail);
        }
    }
}

static inline bool weir_mpmc_scq_try_push(weir_mpmc_scq *q, uint64_t v) {
    uint64_t p, e;
    while (weir_mpmc_scq_claim(q, &p, &e, 1))
        if (WEIR_LIKELY(weir_mpmc_scq_publish(q, p, e, v))) return true;
    return false;
}

/* A value whose cell is taken away moves to the next claimed position, so they stay in order. */
static inline size_t weir_mpmc_scq_try_push_n(weir_mpmc_scq *q, const uint64_t *v, size_t n) {
    uint64_t p, e[16];
    size_t done = 0, k;
    while (done < n && (k = weir_mpmc_scq_claim(q, &p, e, n - done < 16 ? n - done : 16)) != 0)
        for (size_t i = 0; i < k; i++) done += weir_mpmc_scq_publish(q, p + 2 * i, e[i], v[done]);
    return done;
}

/* Takes the first item at or after position *p and steps beyond it. */
static inline bool weir_mpmc_scq_take(weir_mpmc_scq *q, uint64_t *p, uint64_t *v) {
    weir_mpmc_scq_prefetch(q, *p);
    for (;;) {
        uint64_t e = weir_a64_load_acquire(weir_mpmc_scq_entry(q, *p)); /* A2: pairs with R2; the value is in */
        int64_t ahead = weir_mpmc_scq_ahead(q, e, *p);
        if (ahead > 0) {
            *p = weir_mpmc_scq_after(q, *p, ahead);
        } else if (e & q->full) {
            uint64_t got = weir_a64_load(&q->cells[e & (q->full - 1)].value); /* ours if the CAS finds e unchanged */
            if (!weir_a64_cas_release(weir_mpmc_scq_entry(q, *p), &e, e - q->full + q->lap)) continue; /* R1: with A1 */
            *v = got;
            *p += 2;
            return true;
        } else if (!weir_mpmc_scq_late(q, *p)) {
            return false;
        }
    }
}

static inline bool weir_mpmc_scq_try_pop(weir_mpmc_scq *q, uint64_t *v) {
    uint64_t p = weir_a64_load_acquire(&q->head); /* A3: pairs with R3; no entry before p is seen unconsumed */
    if (!weir_mpmc_scq_take(q, &p, v)) return false;
    weir_mpmc_scq_raise_head(q, p);
    return true;
}

static inline size_t weir_mpmc_scq_try_pop_n(weir_mpmc_scq *q, uint64_t *v, size_t n) {
    uint64_t p = weir_a64_load_acquire(&q->head); /* A3 */
    size_t k = 0;
    while (k < n && weir_mpmc_scq_take(q, &p, &v[k])) k++;
    if (k) weir_mpmc_scq_raise_head(q, p);
    return k;
}

/* R4 release: pairs with A4; what the closer did before is seen by whoever sees the ring closed. */
static inline void weir_mpmc_scq_close(weir_mpmc_scq *q) { weir_a64_or_release(&q->tail, 1); }

static inline bool weir_mpmc_scq_closed(const weir_mpmc_scq *q) {
    return weir_a64_load_acquire(&q->tail) & 1; /* A4: pairs with R4 */
}

#ifdef __cplusplus
}
#endif
#endif
