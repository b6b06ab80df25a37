/* vectoring.ring - a ring of bytes with one word a side, which says all: how far the side has come, that it is over, and
 * that the other side sleeps. Contract: prims/vectoring.h.
 *
 *   a side's word    position << 2 | over << 1 | asleep
 *
 * A side publishes what it did by one addition to its own word, which at the same time tells it whether the other side
 * sleeps; the other side sleeps by setting `asleep` in that word, looking once more, and parking on the word while it has
 * the value seen. Both are read-modify-writes of one word, so either the sleeper sees the addition or the addition sees
 * the sleeper. Because position and `over` are one word, an end can be seen neither before the bytes in front of it nor
 * without them. Each side has a copy of the other's word, and the block's address, on its own line: two lines in all. */
#ifndef WEIR_PRIMS_VECTORING_RING_H
#define WEIR_PRIMS_VECTORING_RING_H

#include <assert.h>

#include "../vectoring_p.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { WEIR_VECTORING_ASLEEP = 1, WEIR_VECTORING_OVER = 2, WEIR_VECTORING_SHIFT = 2 };

typedef struct weir_vectoring_ring_side {
    weir_a32 word;  /* changed by read-modify-writes alone: `asleep` set by the other side, all else by this one */
    uint32_t other; /* the other side's word as this side last saw it */
    int32_t error;  /* why this side is over; published by `over` */
    weir_a32 high;  /* the writer's: most bytes inside so far */
    weir_learned learned;
    unsigned char *block; /* constant, like capacity */
    uint32_t capacity;
} weir_vectoring_ring_side;

typedef struct weir_vectoring_ring {
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_vectoring_ring_side writer;
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_vectoring_ring_side reader;
} weir_vectoring_ring;

/* For tests: positions begin at `start`, so that they can be seen to wrap. */
static inline weir_status weir_vectoring_ring_init_at(weir_vectoring_ring *v, uint64_t capacity, void *block,
                                                      uint64_t start) {
    weir_status bad = weir_vectoring_check(v, capacity, block);
    if (bad) return bad;
    uint32_t word = (uint32_t)start << WEIR_VECTORING_SHIFT;
    weir_vectoring_ring_side side = {
        {word}, word, WEIR_VECTORING_EOF, {0}, {{0}, {0}}, (unsigned char *)block, (uint32_t)capacity};
    v->writer = v->reader = side;
    return WEIR_OK;
}

static inline weir_status weir_vectoring_ring_init(weir_vectoring_ring *v, uint64_t capacity, void *block) {
    return weir_vectoring_ring_init_at(v, capacity, block, 0);
}

/* Bytes from one position to another, whatever the marks. */
static inline uint32_t weir_vectoring_ring_between(uint32_t from, uint32_t to) {
    return ((to & ~(uint32_t)3) - (from & ~(uint32_t)3)) >> WEIR_VECTORING_SHIFT;
}

static inline uint32_t weir_vectoring_ring_room(const weir_vectoring_ring_side *writer, uint32_t tail) {
    return writer->capacity - weir_vectoring_ring_between(writer->other, tail);
}

static inline size_t weir_vectoring_ring_writable(weir_vectoring_ring *v, size_t want, struct iovec iov[2]) {
    weir_vectoring_ring_side *w = &v->writer;
    uint32_t tail = weir_a32_load(&w->word); /* relaxed: only this side moves it */
    if (weir_vectoring_ring_room(w, tail) < want)
        w->other = weir_a32_load_acquire(&v->reader.word); /* A1: pairs with R1; the reader is done with those places */
    bool over = (tail | w->other) & WEIR_VECTORING_OVER;
    return weir_vectoring_view(w->block, w->capacity, tail >> WEIR_VECTORING_SHIFT,
                               over ? 0 : weir_vectoring_ring_room(w, tail), iov);
}

static inline size_t weir_vectoring_ring_readable(weir_vectoring_ring *v, size_t want, struct iovec iov[2]) {
    weir_vectoring_ring_side *r = &v->reader;
    uint32_t head = weir_a32_load(&r->word); /* relaxed: only this side moves it */
    if (weir_vectoring_ring_between(head, r->other) < want)
        r->other = weir_a32_load_acquire(&v->writer.word); /* A2: pairs with R2; the bytes, and the end behind them */
    return weir_vectoring_view(r->block, r->capacity, head >> WEIR_VECTORING_SHIFT,
                               head & WEIR_VECTORING_OVER ? 0 : weir_vectoring_ring_between(head, r->other), iov);
}

/* Wakes whoever sleeps on a side's word. Who has announced itself, but not parked yet, finds the word changed. */
static inline void weir_vectoring_ring_wake(weir_a32 *word) {
    weir_a32_and(word, ~(uint32_t)WEIR_VECTORING_ASLEEP); /* relaxed: what there is to see was released before */
    weir_unpark(word, 1, 1);
}

static inline void weir_vectoring_ring_move(weir_vectoring_ring_side *side, size_t n) {
    uint32_t was = weir_a32_add_release(&side->word, (uint32_t)n << WEIR_VECTORING_SHIFT); /* R1, R2 */
    if (WEIR_UNLIKELY(was & WEIR_VECTORING_ASLEEP)) weir_vectoring_ring_wake(&side->word);
}

/* A new high mark needs the reader's true place; below the old mark the copy, which is never ahead of it, will do. */
static inline void weir_vectoring_ring_mark(weir_vectoring_ring *v, uint32_t tail) {
    weir_vectoring_ring_side *w = &v->writer;
    uint32_t high = weir_a32_load(&w->high);
    if (WEIR_LIKELY(weir_vectoring_ring_between(w->other, tail) <= high)) return;
    w->other = weir_a32_load_acquire(&v->reader.word); /* A1: `other` must always be acquired */
    uint32_t inside = weir_vectoring_ring_between(w->other, tail);
    if (inside > high) weir_a32_store(&w->high, inside);
}

static inline void weir_vectoring_ring_wrote(weir_vectoring_ring *v, size_t n) {
    if (n == 0) return;
    uint32_t tail = weir_a32_load(&v->writer.word); /* relaxed: only this side moves it */
    assert(n <= weir_vectoring_ring_room(&v->writer, tail) && !(tail & WEIR_VECTORING_OVER));
    weir_vectoring_ring_mark(v, tail + ((uint32_t)n << WEIR_VECTORING_SHIFT));
    weir_vectoring_ring_move(&v->writer, n); /* R2: pairs with A2; publishes the bytes */
}

static inline void weir_vectoring_ring_consumed(weir_vectoring_ring *v, size_t n) {
    if (n == 0) return;
    assert(n <= weir_vectoring_ring_between(weir_a32_load(&v->reader.word), v->reader.other));
    weir_vectoring_ring_move(&v->reader, n); /* R1: pairs with A1; the places may be written again */
}

/* -- ends -------------------------------------------------------------------------------------------------------- */

static inline void weir_vectoring_ring_finish(weir_vectoring_ring_side *side, int error) {
    if (weir_a32_load(&side->word) & WEIR_VECTORING_OVER) return; /* relaxed: only this side sets it */
    side->error = error;
    uint32_t was = weir_a32_or_release(&side->word, WEIR_VECTORING_OVER); /* R1, R2: publishes the error as well */
    if (was & WEIR_VECTORING_ASLEEP) weir_vectoring_ring_wake(&side->word);
}

static inline void weir_vectoring_ring_end(weir_vectoring_ring *v, int error) {
    weir_vectoring_ring_finish(&v->writer, error);
}

static inline void weir_vectoring_ring_close(weir_vectoring_ring *v, int error) {
    weir_vectoring_ring_finish(&v->reader, error);
}

static inline int weir_vectoring_ring_ended(weir_vectoring_ring *v) {
    uint32_t tail = weir_a32_load_acquire(&v->writer.word); /* A2 */
    uint32_t head = weir_a32_load(&v->reader.word);
    bool drained = weir_vectoring_ring_between(head, tail) == 0;
    return (tail & WEIR_VECTORING_OVER) && drained ? v->writer.error : WEIR_VECTORING_OPEN;
}

static inline int weir_vectoring_ring_closed(weir_vectoring_ring *v) {
    uint32_t head = weir_a32_load_acquire(&v->reader.word); /* A1 */
    return head & WEIR_VECTORING_OVER ? v->reader.error : WEIR_VECTORING_OPEN;
}

/* -- waiting ----------------------------------------------------------------------------------------------------- */

/* Looks at the other side's word; from the second time on it also announces a sleeper there. */
static inline uint32_t weir_vectoring_ring_look(weir_a32 *word, weir_vectoring_op *op) {
    if (!op->wait.at) return weir_a32_load_acquire(word);                            /* A1, A2 */
    return weir_a32_or_acquire(word, WEIR_VECTORING_ASLEEP) | WEIR_VECTORING_ASLEEP; /* A1, A2 */
}

static inline weir_status weir_vectoring_ring_room_step(weir_vectoring_ring *v, weir_vectoring_op *op) {
    weir_vectoring_ring_side *w = &v->writer;
    uint32_t tail = weir_a32_load(&w->word), want = weir_vectoring_want(op->want, w->capacity);
    for (;; op->wait.at = 1) {
        w->other = weir_vectoring_ring_look(&v->reader.word, op);
        if ((tail | w->other) & WEIR_VECTORING_OVER) return WEIR_CLOSED;
        if (weir_vectoring_ring_room(w, tail) >= want) return WEIR_OK;
        if (op->wait.at && weir_park(&op->wait, &v->reader.word, w->other, 1)) return WEIR_PARKED;
    }
}

static inline weir_status weir_vectoring_ring_bytes_step(weir_vectoring_ring *v, weir_vectoring_op *op) {
    weir_vectoring_ring_side *r = &v->reader;
    uint32_t head = weir_a32_load(&r->word), want = weir_vectoring_want(op->want, r->capacity);
    for (;; op->wait.at = 1) {
        r->other = weir_vectoring_ring_look(&v->writer.word, op);
        uint32_t ready = weir_vectoring_ring_between(head, r->other);
        if (head & WEIR_VECTORING_OVER) return WEIR_CLOSED;
        if (ready >= want) return WEIR_OK;
        if (r->other & WEIR_VECTORING_OVER) return ready ? WEIR_OK : WEIR_CLOSED;
        if (op->wait.at && weir_park(&op->wait, &v->writer.word, r->other, 1)) return WEIR_PARKED;
    }
}

static inline bool weir_vectoring_ring_cancel(weir_vectoring_ring *v, weir_vectoring_op *op) {
    (void)v;
    return weir_park_cancel(&op->wait);
}

static inline size_t weir_vectoring_ring_size(const weir_vectoring_ring *v) {
    uint32_t head = weir_a32_load_acquire(&v->reader.word); /* A1: so the tail is not behind it */
    uint32_t n = weir_vectoring_ring_between(head, weir_a32_load(&v->writer.word));
    return n < v->writer.capacity ? n : v->writer.capacity;
}

static inline size_t weir_vectoring_ring_high(const weir_vectoring_ring *v) { return weir_a32_load(&v->writer.high); }

static inline weir_learned *weir_vectoring_ring_learned(weir_vectoring_ring *v, bool writer) {
    return writer ? &v->writer.learned : &v->reader.learned;
}

#ifdef __cplusplus
}
#endif
#endif
