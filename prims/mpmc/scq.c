#include "prims/mpmc/scq.h"

enum { LOOKS = WEIR_LOOKS(16) }; /* at a late producer's entry before it is taken away */

size_t weir_mpmc_scq_bytes(uint64_t capacity) {
    if (weir_ring_capacity_check(capacity) != WEIR_OK) return 0;
    return (size_t)(capacity + WEIR_MPMC_SCQ_SPARES) * sizeof(weir_mpmc_scq_cell);
}

static void init_layout(weir_mpmc_scq *q, uint64_t capacity, void *block) {
    unsigned order = (unsigned)__builtin_ctzll(capacity), index_bits = order;
    while ((uint64_t)1 << index_bits < capacity + WEIR_MPMC_SCQ_SPARES) index_bits++;
    q->cells = block;
    q->mask = capacity - 1;
    q->full = (uint64_t)1 << index_bits;
    q->taken = q->full << 1;
    q->lap = q->full << 2;
    q->lap_shift = index_bits + 2 - (order + 1);
}

weir_status weir_mpmc_scq_init_at(weir_mpmc_scq *q, uint64_t capacity, void *block, uint64_t start) {
    weir_status bad = weir_ring_check(q, capacity, block);
    if (bad) return bad;
    init_layout(q, capacity, block);
    weir_a64_store(&q->tail, 2 * start);
    weir_a64_store(&q->head, 2 * start);
    weir_a64_store(&q->spares, 0);
    for (uint64_t i = 0; i < capacity; i++) {
        uint64_t p = 2 * (start + i), lap = (uint64_t)weir_mpmc_scq_ahead(q, 0, p);
        weir_a64_store(weir_mpmc_scq_entry(q, p), (0 - lap) | (p / 2 & q->mask));
    }
    for (uint64_t i = 0; i < WEIR_MPMC_SCQ_SPARES; i++) weir_mpmc_scq_give_back(q, capacity + i);
    return WEIR_OK;
}

weir_status weir_mpmc_scq_init(weir_mpmc_scq *q, uint64_t capacity, void *block) {
    return weir_mpmc_scq_init_at(q, capacity, block, 0);
}

/* The spares are a Treiber stack of indices; the number of changes keeps a late CAS from finding an old first again. */
static uint64_t spares_word(uint64_t before, uint64_t first) { return ((before >> 32) + 1) << 32 | first; }

void weir_mpmc_scq_give_back(weir_mpmc_scq *q, uint64_t index) {
    uint64_t word = weir_a64_load(&q->spares);
    do weir_a64_store(&q->cells[index].value, word & UINT32_MAX);
    /* R5: pairs with A5; the link */
    while (!weir_a64_cas_weak_release(&q->spares, &word, spares_word(word, index + 1)));
}

static bool take_spare(weir_mpmc_scq *q, uint64_t *index) {
    uint64_t word = weir_a64_load_acquire(&q->spares); /* A5: pairs with R5; link, and the end of the giver's writes */
    for (;;) {
        if ((word & UINT32_MAX) == 0) return false;
        *index = (word & UINT32_MAX) - 1;
        uint64_t next = weir_a64_load(&q->cells[*index].value) & UINT32_MAX; /* nonsense if somebody was faster */
        if (weir_a64_cas_weak_acquire(&q->spares, &word, spares_word(word, next))) return true; /* A5 */
    }
}

/* False when there is no spare. The entry may have changed before: the caller looks again. */
static bool take_away(weir_mpmc_scq *q, uint64_t p, uint64_t e) {
    uint64_t index, fresh = (e & ~(q->lap - 1)) + q->lap;
    if (!take_spare(q, &index)) return false;
    /* R1: pairs with A1; the spare */
    if (weir_a64_cas_release(weir_mpmc_scq_entry(q, p), &e, fresh | q->taken | index))
        weir_mpmc_scq_raise_head(q, p + 2);
    else weir_mpmc_scq_give_back(q, index);
    return true;
}

/* relaxed: what it answers is compared only, by take_away's CAS or by pop, which looks again. */
static uint64_t look(const weir_mpmc_scq *q, uint64_t p) {
    uint64_t e = weir_a64_load(weir_mpmc_scq_entry(q, p));
    for (int i = 1; i < LOOKS && weir_mpmc_scq_ahead(q, e, p) == 0 && !(e & q->full); i++) {
        weir_pause();
        e = weir_a64_load(weir_mpmc_scq_entry(q, p));
    }
    return e;
}

/* If all that was claimed when tail was read has been taken away, by whomever, the ring was empty then. If anything else
 * happened meanwhile, somebody's operation succeeded, and pop looks again: so this is no loop without progress. */
bool weir_mpmc_scq_late(weir_mpmc_scq *q, uint64_t p) {
    /* relaxed: at least p, which is coherent with how p was found */
    uint64_t end = weir_a64_load(&q->tail) & ~(uint64_t)1;
    for (bool none = false; p != end && !none;) {
        uint64_t e = look(q, p);
        int64_t ahead = weir_mpmc_scq_ahead(q, e, p);
        if (ahead == (int64_t)q->lap && (e & q->taken)) p += 2;
        else if (ahead != 0 || (e & q->full)) return true;
        else none = !take_away(q, p, e);
    }
    return false;
}

/* The first position not consumed, as far as `end`. relaxed: what is consumed stays so, and nothing is read by it. */
static uint64_t front(const weir_mpmc_scq *q, uint64_t end) {
    uint64_t p = weir_a64_load(&q->head);
    while ((int64_t)(end - p) > 0) {
        int64_t ahead = weir_mpmc_scq_ahead(q, weir_a64_load(weir_mpmc_scq_entry(q, p)), p);
        if (ahead <= 0) break;
        p = weir_mpmc_scq_after(q, p, ahead);
    }
    return p;
}

size_t weir_mpmc_scq_size(const weir_mpmc_scq *q) {
    uint64_t tail = weir_a64_load(&q->tail);
    int64_t n = (int64_t)(tail - front(q, tail)) / 2;
    if (n < 0) return 0;
    return (uint64_t)n <= q->mask ? (size_t)n : (size_t)q->mask + 1;
}

bool weir_mpmc_scq_drained(const weir_mpmc_scq *q) {
    uint64_t tail = weir_a64_load_acquire(&q->tail); /* A4 */
    return (tail & 1) && (int64_t)(tail - 1 - front(q, tail - 1)) <= 0;
}
