/* chan - bounded FIFO channel of 64-bit words: an mpmc ring at whose ends threads and coroutines can wait, and a close.
 *
 * When to use      Producers and consumers that should sleep while there is nothing to do. Capacity 1 and strict turns:
 *                  cubby. Nobody waits: mpmc.
 * Shape, units     As mpmc; capacity in items, a power of two, 1 .. 2^31. Deadlines are absolute ns of CLOCK_MONOTONIC,
 *                  WEIR_FOREVER is none.
 * Ownership        The caller gives the memory: sizeof(weir_chan) and weir_chan_bytes(capacity), both aligned to
 *                  WEIR_CACHE_LINE, and takes it back when nobody is inside any call or wait and none will come. Nothing is
 *                  allocated; there is no destroy. An op belongs to the channel from PARKED until its wake, or until
 *                  weir_chan_cancel answers true; it must stay where it is.
 * Threads          Everything by anyone at any time; init excludes all others. One op: one owner.
 * Order            Items: as the ring (mpmc.h); FIFO per producer and consumer. Waiters: woken longest parked first, but
 *                  whoever is awake may overtake, and *a woken waiter may find its item or its place gone, or not yet to
 *                  be seen behind an unfinished one, and park again*: steps answer PARKED as often as that happens.
 * Progress         try_ forms: as the ring, but for the wake of a sleeper, which takes a short lock (wait.h). Others wait.
 *                  No lost wake-up: while an item can be popped and a popper sleeps, somebody is on the way to it: a push
 *                  that has not returned, or a woken popper that has not finished its step. Symmetric for pushers.
 * Linearizes at    As the ring. close: when it closes the ring. CLOSED of a pop: the close, or the last pop if later.
 * Memory order     As the ring: a push happens before the pop of its word. close happens before every CLOSED.
 * Close            A value is accepted when its push answers OK, and is popped exactly once if poppers go on until CLOSED. A
 *                  value whose push answered CLOSED or TIMEOUT is never delivered. After close returned every push answers
 *                  CLOSED; one under way meanwhile answers either, and keeps to what it answered. Pops take what was
 *                  accepted, then answer CLOSED, which is final: no item can come after it.
 * Errors           Each status at the functions. What was not moved is still the caller's; *v is written on OK only.
 * Limits           Not for signal handlers. A waiter that stays 2^30 wakes of its side between two instructions of its step
 *                  may take an old word for the present one and sleep through a wake: minutes at the fastest.
 * Source           The ring's. Waiting after event counts (Vyukov; folly EventCount), with the announcement and the change
 *                  in one word, so that no store-load order is needed; who was woken wakes the next, as in Go's scheduler.
 * Checked by       prims/chan_test.c for every variant of mpmc; TSan; sum check of every bench run. stress: unit litmus
 *                  model lin laws progress fault fuzz.
 */
#ifndef WEIR_PRIMS_CHAN_H
#define WEIR_PRIMS_CHAN_H

#include "mpmc.h"
#include "wait.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How each side sleeps. Its word: wakes so far << 2 | closed << 1 | asleep.
 *
 *   to sleep    set `asleep` by RMW, try once more, park on the word while it has the value seen.
 *   to wake     having moved an item, read the other side's word by RMW. If `asleep`: clear it and count a wake, in one CAS,
 *               and unpark one. There may be more asleep, so
 *   when woken  set `asleep` again, try, and having moved an item wake another of one's own side if it finds work too.
 *
 * The mover's RMW and the sleeper's are ordered by the word they share. Mover first: the sleeper's last try sees the item.
 * Sleeper first: the mover sees `asleep`, or that somebody has cleared it, who woke one that will set it again before it
 * tries. Between the sleeper's RMW and its park, the wake's count makes the park fail. So nothing is seq_cst. That who was
 * woken hands on is needed even with one wake an item: a wake may hit a popper that does not see its item yet, behind an
 * earlier, unfinished push; when that push finishes it wakes one for two items. */
enum { WEIR_CHAN_ASLEEP = 1, WEIR_CHAN_CLOSED = 2, WEIR_CHAN_WAKE = 4 };

typedef struct weir_chan {
    weir_mpmc ring;
    /* the poppers' word: changed by every push, and by poppers to sleep */
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a32 poppers;
    weir_learned push_learned;                      /* on the line that pushers have anyway */
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a32 pushers; /* the pushers' word: changed by every pop */
    weir_learned pop_learned;
    WEIR_ALIGNED(WEIR_CACHE_LINE) uint64_t capacity; /* constant */
} weir_chan;

/* One push or pop that may wait: weir_chan_op_init, then steps. */
typedef struct weir_chan_op {
    weir_wait wait; /* first */
    uint64_t value; /* to push; or popped, after OK */
    bool announced; /* has set `asleep` */
} weir_chan_op;

/* Bytes of the block for this capacity; 0 when init would refuse the capacity. */
static inline size_t weir_chan_bytes(uint64_t capacity) { return weir_mpmc_bytes(capacity); }

/* Makes an empty open channel in *c and block. Answers as weir_mpmc_init; after a refusal nothing has been written. */
static inline weir_status weir_chan_init(weir_chan *c, uint64_t capacity, void *block) {
    weir_status bad = weir_ring_check(c, capacity, block);
    if (!bad) bad = weir_mpmc_init(&c->ring, capacity, block);
    if (bad) return bad;
    weir_learned fresh = {{0}, {0}};
    weir_a32_store(&c->poppers, 0);
    weir_a32_store(&c->pushers, 0);
    c->push_learned = c->pop_learned = fresh;
    c->capacity = capacity;
    return WEIR_OK;
}

/* Items inside, counting those of pushes under way; see weir_mpmc_size. */
static inline size_t weir_chan_size(const weir_chan *c) { return weir_mpmc_size(&c->ring); }

/* Items inside, + 1 while the channel is full and pushers may be asleep; - 1 while it is empty and poppers may be. */
static inline int64_t weir_chan_pressure(const weir_chan *c) {
    uint64_t n = weir_mpmc_size(&c->ring);
    if (n == c->capacity) return (int64_t)n + (weir_a32_load(&c->pushers) & WEIR_CHAN_ASLEEP);
    return n == 0 ? -(int64_t)(weir_a32_load(&c->poppers) & WEIR_CHAN_ASLEEP) : (int64_t)n;
}

/* -- inner part -------------------------------------------------------------------------------------------------- */

/* Each side's word is changed by RMW alone, so whoever reads it with acquire has all that any earlier RMW released. */

/* Wakes a sleeper of a side; `seen` is what an RMW found in its word. */
static inline void weir_chan_wake_(weir_a32 *word, uint32_t seen) {
    do {
        if (!(seen & WEIR_CHAN_ASLEEP)) return; /* none, or whoever cleared it has woken one that goes on from there */
        /* relaxed: what there is to go on for has been released by the RMW that `seen` comes from */
    } while (!weir_a32_cas_weak(word, &seen, (seen & ~(uint32_t)WEIR_CHAN_ASLEEP) + WEIR_CHAN_WAKE));
    weir_unpark(word, 1, 1);
}

/* Wakes all of a side, also if `asleep` was cleared for one: that one will find the end, and not wake the others. */
static inline void weir_chan_wake_all_(weir_a32 *word) {
    weir_a32_add_release(word, WEIR_CHAN_WAKE); /* R2: pairs with A1; the end, and how it was found */
    weir_unpark(word, 1, UINT32_MAX);
}

/* Reads a side's word by RMW. R1 release: pairs with A1; what the mover did to the ring. A mover needs nothing that a sleeper
 * did. Nor, for `drained` in weir_chan_popped_, the closer's doings: a push under way at the close wakes a sleeper when it
 * ends, and that one, by A1, knows the close and all that was popped before. */
static inline uint32_t weir_chan_read_(weir_a32 *word) { return weir_a32_read_release(word); }

/* A1 acquire: pairs with R1, R2, R3; the last try sees what all movers before did to the ring. */
static inline uint32_t weir_chan_announce_(weir_a32 *word) {
    return weir_a32_or_acquire(word, WEIR_CHAN_ASLEEP) | WEIR_CHAN_ASLEEP;
}

/* After a push: a popper may go on. */
static inline void weir_chan_pushed_(weir_chan *c) {
    uint32_t seen = weir_chan_read_(&c->poppers);
    if (WEIR_UNLIKELY(seen & WEIR_CHAN_ASLEEP)) weir_chan_wake_(&c->poppers, seen);
}

/* After a pop: a pusher may go on; and if it was the last item ever, all poppers. */
static inline void weir_chan_popped_(weir_chan *c) {
    uint32_t seen = weir_chan_read_(&c->pushers);
    if (WEIR_LIKELY(!(seen & (WEIR_CHAN_ASLEEP | WEIR_CHAN_CLOSED)))) return;
    weir_chan_wake_(&c->pushers, seen);
    if ((seen & WEIR_CHAN_CLOSED) && weir_mpmc_drained(&c->ring)) weir_chan_wake_all_(&c->poppers);
}

/* Each side looks for the closed mark in the word that its own side changes: the other's would be far away. */
static inline bool weir_chan_closed_(const weir_a32 *word) {
    return weir_a32_load_acquire(word) & WEIR_CHAN_CLOSED; /* A3: pairs with R3 in close */
}

/* -- calls that do not wait -------------------------------------------------------------------------------------- */

/* OK: accepted. AGAIN: full. CLOSED. */
static inline weir_status weir_chan_try_push(weir_chan *c, uint64_t v) {
    if (WEIR_UNLIKELY(!weir_mpmc_try_push(&c->ring, v)))
        return weir_chan_closed_(&c->poppers) ? WEIR_CLOSED : WEIR_AGAIN;
    weir_chan_pushed_(c);
    return WEIR_OK;
}

/* OK: *v is the word. AGAIN: empty. CLOSED: and drained. */
static inline weir_status weir_chan_try_pop(weir_chan *c, uint64_t *v) {
    if (WEIR_LIKELY(weir_mpmc_try_pop(&c->ring, v))) {
        weir_chan_popped_(c);
        return WEIR_OK;
    }
    if (!weir_chan_closed_(&c->pushers) || !weir_mpmc_drained(&c->ring)) return WEIR_AGAIN;
    weir_chan_wake_all_(&c->poppers); /* the others have nothing to wait for either */
    return WEIR_CLOSED;
}

/* Closes it for ever, as the contract says, and wakes all who wait; again does nothing more. OK. */
static inline weir_status weir_chan_close(weir_chan *c) {
    weir_mpmc_close(&c->ring);
    weir_a32_or(&c->pushers,
                WEIR_CHAN_CLOSED); /* relaxed: poppers then ask the ring, whose `drained` carries the close */
    weir_a32_or_release(&c->poppers, WEIR_CHAN_CLOSED); /* R3: pairs with A3; what precedes the close */
    weir_chan_wake_all_(&c->pushers); /* after both marks: who parks in between is woken to see them */
    weir_chan_wake_all_(&c->poppers);
    return WEIR_OK;
}

/* -- steps ------------------------------------------------------------------------------------------------------- */

/* Makes *op ready for its first step; `wake` is called once after each PARKED. `value`: what a push puts in. */
static inline void weir_chan_op_init(weir_chan_op *op, uint64_t value, void (*wake)(weir_wait *)) {
    weir_wait_init(&op->wait, wake);
    op->value = value;
    op->announced = false;
}

/* Begins or continues a push of op->value. OK: accepted. PARKED: step again after the wake. CLOSED: never delivered. */
static inline weir_status weir_chan_push_step(weir_chan *c, weir_chan_op *op) {
    for (;; op->announced = true) {
        uint32_t seen = op->announced ? weir_chan_announce_(&c->pushers) : 0;
        weir_status st = weir_chan_try_push(c, op->value);
        if (st == WEIR_OK && op->announced && weir_mpmc_size(&c->ring) < c->capacity)
            weir_chan_wake_(&c->pushers, weir_chan_read_(&c->pushers));
        if (st != WEIR_AGAIN) return st;
        if (op->announced && weir_park(&op->wait, &c->pushers, seen, 1)) return WEIR_PARKED;
    }
}

/* Begins or continues a pop. OK: op->value is the word. PARKED: step again after the wake. CLOSED: and drained. */
static inline weir_status weir_chan_pop_step(weir_chan *c, weir_chan_op *op) {
    for (;; op->announced = true) {
        uint32_t seen = op->announced ? weir_chan_announce_(&c->poppers) : 0;
        weir_status st = weir_chan_try_pop(c, &op->value);
        if (st == WEIR_OK && op->announced && weir_mpmc_size(&c->ring) > 0)
            weir_chan_wake_(&c->poppers, weir_chan_read_(&c->poppers));
        if (st != WEIR_AGAIN) return st;
        if (op->announced && weir_park(&op->wait, &c->poppers, seen, 1)) return WEIR_PARKED;
    }
}

/* Withdraws a parked op. True: nothing has moved and no wake will come. False: the wake has come or is coming, and the op
 * must be stepped on after it, for the wake it took may be meant to go further. */
static inline bool weir_chan_cancel(weir_chan *c, weir_chan_op *op) {
    (void)c;
    return weir_park_cancel(&op->wait);
}

/* -- threads ----------------------------------------------------------------------------------------------------- */

static inline weir_status weir_chan_push_step_(void *c, weir_wait *w) {
    return weir_chan_push_step((weir_chan *)c, (weir_chan_op *)w);
}
static inline weir_status weir_chan_pop_step_(void *c, weir_wait *w) {
    return weir_chan_pop_step((weir_chan *)c, (weir_chan_op *)w);
}
static inline bool weir_chan_cancel_(void *c, weir_wait *w) {
    return weir_chan_cancel((weir_chan *)c, (weir_chan_op *)w);
}

/* Appends v, waiting for room until the deadline. OK, CLOSED, or TIMEOUT: nothing moved. A deadline in the past tries. */
static inline weir_status weir_chan_push_until(weir_chan *c, uint64_t v, uint64_t deadline_ns) {
    weir_status st = weir_chan_try_push(c, v);
    if (WEIR_LIKELY(st != WEIR_AGAIN)) return st;
    weir_chan_op op;
    op.value = v;
    op.announced = true;
    return weir_thread_run(weir_chan_push_step_, weir_chan_cancel_, c, &op.wait, deadline_ns, &c->push_learned);
}

/* Removes the oldest word into *v, waiting for one until the deadline. OK, CLOSED, or TIMEOUT: nothing moved. */
static inline weir_status weir_chan_pop_until(weir_chan *c, uint64_t *v, uint64_t deadline_ns) {
    weir_status st = weir_chan_try_pop(c, v);
    if (WEIR_LIKELY(st != WEIR_AGAIN)) return st;
    weir_chan_op op;
    op.value = 0;
    op.announced = true;
    st = weir_thread_run(weir_chan_pop_step_, weir_chan_cancel_, c, &op.wait, deadline_ns, &c->pop_learned);
    if (st == WEIR_OK) *v = op.value;
    return st;
}

/* Appends v, waiting for room as long as it takes. OK or CLOSED. */
static inline weir_status weir_chan_push(weir_chan *c, uint64_t v) { return weir_chan_push_until(c, v, WEIR_FOREVER); }

/* Removes the oldest word into *v, waiting for one as long as it takes. OK or CLOSED. */
static inline weir_status weir_chan_pop(weir_chan *c, uint64_t *v) { return weir_chan_pop_until(c, v, WEIR_FOREVER); }

#ifdef __cplusplus
}
#endif
#endif
