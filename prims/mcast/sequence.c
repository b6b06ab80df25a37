#include "prims/mcast/sequence.h"

/* A slot without a cursor. A cursor is odd. */
enum { FREE = 0, JOINING = 2 };

size_t weir_mcast_sequence_bytes(uint64_t capacity, unsigned readers) {
    return weir_mcast_block_bytes(capacity, readers, sizeof(weir_mcast_sequence_reader));
}

weir_status weir_mcast_sequence_init_at(weir_mcast_sequence *q, uint64_t capacity, unsigned readers, void *block,
                                        uint64_t start) {
    weir_status bad = weir_mcast_check(q, capacity, readers, block);
    if (bad) return bad;
    q->readers = block;
    q->items = (uint64_t *)(q->readers + readers);
    q->slots = readers;
    q->mask = capacity - 1;
    q->limit = 2 * (start + capacity) + 1;
    weir_a64_store(&q->tail, 2 * start + 1);
    weir_a64_store(&q->looks, 0);
    for (unsigned i = 0; i < readers; i++) weir_a64_store(&q->readers[i].cursor, FREE);
    return WEIR_OK;
}

weir_status weir_mcast_sequence_init(weir_mcast_sequence *q, uint64_t capacity, unsigned readers, void *block) {
    return weir_mcast_sequence_init_at(q, capacity, readers, block, 0);
}

/* The slot is ours and says JOINING. */
static void enter(weir_mcast_sequence *q, weir_mcast_sequence_reader *r) {
    weir_a64_add_acq_rel(&q->looks, 1); /* RA: pairs with RA in look; see the top of sequence.h */
    uint64_t tail = weir_a64_load(&q->tail), seen = JOINING;
    if (!weir_a64_cas_acquire(&r->cursor, &seen, tail)) /* A3: pairs with R3; the reader before us has left the slot */
        tail = seen;                                    /* and with R4: tail is as far as the place we were given */
    r->tail_seen = tail;
}

weir_mcast_sequence_reader *weir_mcast_sequence_join(weir_mcast_sequence *q) {
    for (unsigned i = 0; i < q->slots; i++) {
        weir_mcast_sequence_reader *r = &q->readers[i];
        uint64_t seen = FREE;
        if (weir_a64_load(&r->cursor) != FREE || !weir_a64_cas(&r->cursor, &seen, JOINING))
            continue; /* relaxed: it claims; A3 acquires, for this passes R3 on */
        enter(q, r);
        return r;
    }
    return NULL;
}

void weir_mcast_sequence_leave(weir_mcast_sequence *q, weir_mcast_sequence_reader *r) {
    (void)q;
    weir_a64_store_release(&r->cursor, FREE); /* R3: pairs with A2 and A3; this reader has read what it wanted */
}

/* The position that the writer must not write over for this slot: tail, when that is none. */
static uint64_t held(weir_a64 *cursor, uint64_t tail) {
    uint64_t seen = weir_a64_load_acquire(cursor); /* A2: pairs with R2, R3; the items before it have been read */
    if (seen == JOINING && weir_a64_cas_acq_rel(cursor, &seen, tail)) return tail; /* R4: pairs with A3; tail */
    return seen & 1 ? seen : tail;
}

void weir_mcast_sequence_look(weir_mcast_sequence *q) {
    uint64_t tail = weir_a64_load(&q->tail), slowest = tail;
    weir_a64_add_acq_rel(&q->looks, 1); /* RA: pairs with RA in enter; gives tail, gets JOINING */
    for (unsigned i = 0; i < q->slots; i++) {
        uint64_t position = held(&q->readers[i].cursor, tail);
        if ((int64_t)(slowest - position) > 0) slowest = position;
    }
    q->limit = slowest + 2 * (q->mask + 1);
}

size_t weir_mcast_sequence_lag(const weir_mcast_sequence *q, const weir_mcast_sequence_reader *r) {
    uint64_t cursor = weir_a64_load_acquire(&r->cursor), lag = (weir_a64_load_acquire(&q->tail) - cursor) / 2;
    return lag <= q->mask ? (size_t)lag : (size_t)q->mask + 1;
}
