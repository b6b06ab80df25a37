/* mcast.sequence - a cursor for each reader on a line of its own. The writer keeps a limit, the first position that it may
 * not write, and looks at the cursors only when it has come to the limit; a reader keeps a copy of tail. Contract:
 * prims/mcast.h.
 *
 * Positions count in twos and are odd, so that even numbers say what a slot is that has no cursor:
 *
 *     FREE      nobody's
 *     JOINING   somebody's who has no position yet
 *     odd       the next position to read; the writer waits for it
 *
 * The danger is in joining. A reader that reads tail and then shows its cursor may be overrun in between: the writer has
 * looked, seen no cursor, and gone once round. Here a join first shows JOINING, and then both sides count up one word,
 * `looks`: the reader in join, the writer in each look, before it reads the cursors. Those two steps have an order:
 *
 *     join first   the look that comes after it sees JOINING, or more. It puts the reader at tail itself, if the reader
 *                  has not yet done so, and keeps within a lap of it.
 *     look first   the join sees tail as it was at that look, or later, and begins there or later. The limit from that
 *                  look is at most a lap beyond that tail; and the next look comes after the join.
 *
 * So a limit never lies more than a lap beyond a cursor, which also means that it never falls.
 */
#ifndef WEIR_PRIMS_MCAST_SEQUENCE_H
#define WEIR_PRIMS_MCAST_SEQUENCE_H

#include <string.h>

#include "../mcast_p.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_mcast_sequence_reader {
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a64 cursor; /* next to read, FREE or JOINING; the reader's, once it has joined */
    uint64_t tail_seen;                            /* reader's copy of tail, at most tail */
} weir_mcast_sequence_reader;

typedef struct weir_mcast_sequence {
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a64 tail;  /* next to write; stored by the writer */
    uint64_t limit;                               /* writer's; at least tail */
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a64 looks; /* looks and joins so far, which it puts in order */
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_mcast_sequence_reader *readers; /* constant from here on */
    uint64_t *items;
    uint64_t mask;
    unsigned slots;
} weir_mcast_sequence;

size_t weir_mcast_sequence_bytes(uint64_t capacity, unsigned readers);
weir_status weir_mcast_sequence_init(weir_mcast_sequence *q, uint64_t capacity, unsigned readers, void *block);
/* For tests: the first item has number `start` (modulo 2^63), so that positions can be seen to wrap. */
weir_status weir_mcast_sequence_init_at(weir_mcast_sequence *q, uint64_t capacity, unsigned readers, void *block,
                                        uint64_t start);
weir_mcast_sequence_reader *weir_mcast_sequence_join(weir_mcast_sequence *q);
void weir_mcast_sequence_leave(weir_mcast_sequence *q, weir_mcast_sequence_reader *r);
size_t weir_mcast_sequence_lag(const weir_mcast_sequence *q, const weir_mcast_sequence_reader *r);

/* Out of line because rare: looks at all cursors and sets the limit. */
void weir_mcast_sequence_look(weir_mcast_sequence *q);

static inline uint64_t *weir_mcast_sequence_at(const weir_mcast_sequence *q, uint64_t position) {
    return &q->items[position / 2 & q->mask];
}

/* Places free for the writer as it knows them, looking again only when it knows of fewer than `want`. */
static inline uint64_t weir_mcast_sequence_room(weir_mcast_sequence *q, uint64_t tail, uint64_t want) {
    if (WEIR_UNLIKELY((q->limit - tail) / 2 < want)) weir_mcast_sequence_look(q);
    return (q->limit - tail) / 2;
}

static inline uint64_t weir_mcast_sequence_ready(const weir_mcast_sequence *q, weir_mcast_sequence_reader *r,
                                                 uint64_t cursor, uint64_t want) {
    if (WEIR_UNLIKELY((r->tail_seen - cursor) / 2 < want))
        r->tail_seen = weir_a64_load_acquire(&q->tail); /* A1: pairs with R1; the items up to tail are written */
    return (r->tail_seen - cursor) / 2;
}

static inline bool weir_mcast_sequence_try_push(weir_mcast_sequence *q, uint64_t v) {
    uint64_t tail = weir_a64_load(&q->tail); /* relaxed: only the writer writes tail */
    if (weir_mcast_sequence_room(q, tail, 1) == 0) return false;
    *weir_mcast_sequence_at(q, tail) = v;
    weir_a64_store_release(&q->tail, tail + 2); /* R1: pairs with A1; publishes the item */
    return true;
}

static inline bool weir_mcast_sequence_try_pop(weir_mcast_sequence *q, weir_mcast_sequence_reader *r, uint64_t *v) {
    uint64_t cursor = weir_a64_load(&r->cursor); /* relaxed: only the reader writes it once it has joined */
    if (weir_mcast_sequence_ready(q, r, cursor, 1) == 0) return false;
    *v = *weir_mcast_sequence_at(q, cursor);
    weir_a64_store_release(&r->cursor, cursor + 2); /* R2: pairs with A2; this reader has read the item */
    return true;
}

static inline size_t weir_mcast_sequence_try_push_n(weir_mcast_sequence *q, const uint64_t *v, size_t n) {
    uint64_t tail = weir_a64_load(&q->tail), room = weir_mcast_sequence_room(q, tail, n);
    if (n > room) n = (size_t)room;
    if (n == 0) return 0;
    size_t at = (size_t)(tail / 2 & q->mask), first = (size_t)(q->mask + 1) - at;
    if (first > n) first = n;
    memcpy(q->items + at, v, first * sizeof *v);
    memcpy(q->items, v + first, (n - first) * sizeof *v);
    weir_a64_store_release(&q->tail, tail + 2 * n); /* R1: publishes all n items */
    return n;
}

static inline size_t weir_mcast_sequence_try_pop_n(weir_mcast_sequence *q, weir_mcast_sequence_reader *r, uint64_t *v,
                                                   size_t n) {
    uint64_t cursor = weir_a64_load(&r->cursor), ready = weir_mcast_sequence_ready(q, r, cursor, n);
    if (n > ready) n = (size_t)ready;
    if (n == 0) return 0;
    size_t at = (size_t)(cursor / 2 & q->mask), first = (size_t)(q->mask + 1) - at;
    if (first > n) first = n;
    memcpy(v, q->items + at, first * sizeof *v);
    memcpy(v + first, q->items, (n - first) * sizeof *v);
    weir_a64_store_release(&r->cursor, cursor + 2 * n); /* R2: this reader has read all n */
    return n;
}

#ifdef __cplusplus
}
#endif
#endif
