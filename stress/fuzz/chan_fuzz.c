/* Sequences of operations of chan on one thread: calls that do not wait, and ops that park, are woken, are stepped on late,
 * or taken back. Items against a plain array. Waiters may be overtaken and woken in vain, so of them holds what the contract
 * says: while one sleeps that could go on, another of its side has been woken and has not stepped yet. */
#include "prims/chan.h"
#include "stress/fuzz/ring_p.h"

#define RING_INIT_AT WEIR_BIND(mpmc, WEIR_MPMC, _init_at)

enum { OPS = 6 };
typedef enum op_state { FREE, PARKED, WOKEN } op_state;

typedef struct waiter {
    weir_chan_op op; /* first */
    op_state state;
    bool pusher, twice; /* twice: woken although it was not parked */
} waiter;

static waiter waiters[OPS];
static ring model;
static bool closed;
static uint64_t next; /* value to push */

static void wake(weir_wait *w) {
    waiter *x = (waiter *)(void *)w;
    if (x->state != PARKED) x->twice = true;
    x->state = WOKEN;
}

/* What a push or pop is to answer now; `full` stands for what one that cannot go on answers. */
static weir_status push_answer(weir_status full) {
    return closed ? WEIR_CLOSED : model.count == model.capacity ? full : WEIR_OK;
}
static weir_status pop_answer(weir_status empty) { return model.count ? WEIR_OK : closed ? WEIR_CLOSED : empty; }

static bool pushed(weir_status got, weir_status want, uint64_t v, const char *how) {
    fuzz_say("%s %lu: %s", how, v, weir_status_text(got));
    if (got != want)
        return fuzz_wrong("%s answered \"%s\" instead of \"%s\"", how, weir_status_text(got), weir_status_text(want));
    if (got == WEIR_OK) ring_push(&model, &v, 1);
    return true;
}

static bool popped(weir_status got, weir_status want, uint64_t v, const char *how) {
    fuzz_say("%s: %s", how, weir_status_text(got));
    if (got != want)
        return fuzz_wrong("%s answered \"%s\" instead of \"%s\"", how, weir_status_text(got), weir_status_text(want));
    return got != WEIR_OK || ring_popped(&model, &v, 1, how);
}

static bool step(weir_chan *c, waiter *w) {
    weir_status want = w->pusher ? push_answer(WEIR_PARKED) : pop_answer(WEIR_PARKED);
    w->state = PARKED;
    weir_status got = w->pusher ? weir_chan_push_step(c, &w->op) : weir_chan_pop_step(c, &w->op);
    if (got != WEIR_PARKED) w->state = FREE;
    return w->pusher ? pushed(got, want, w->op.value, "push step") : popped(got, want, w->op.value, "pop step");
}

/* The next thing this op can do: begin, be taken back, or go on. */
static bool advance(weir_chan *c, waiter *w, bool pusher) {
    if (w->state == PARKED) {
        fuzz_say("take back %s %ld", w->pusher ? "pusher" : "popper", (long)(w - waiters));
        w->state = FREE;
        return weir_chan_cancel(c, &w->op) || fuzz_wrong("a parked op could not be taken back");
    }
    if (w->state == WOKEN)
        return weir_chan_cancel(c, &w->op) ? fuzz_wrong("an op could be taken back after its wake") : step(c, w);
    w->pusher = pusher;
    weir_chan_op_init(&w->op, pusher ? ++next : 0, wake);
    return step(c, w);
}

static bool nobody_forgotten(void) {
    unsigned asleep[2] = {0, 0}, awake[2] = {0, 0};
    for (int i = 0; i < OPS; i++) {
        if (waiters[i].twice) return fuzz_wrong("an op was woken that was not parked");
        asleep[waiters[i].pusher] += waiters[i].state == PARKED;
        awake[waiters[i].pusher] += waiters[i].state == WOKEN;
    }
    if (asleep[0] && !awake[0] && model.count)
        return fuzz_wrong("a popper sleeps, an item is in, and nobody has been woken");
    if (asleep[1] && !awake[1] && model.count < model.capacity)
        return fuzz_wrong("a pusher sleeps, a place is free, and nobody has been woken");
    if (closed && asleep[1]) return fuzz_wrong("closed, and a pusher sleeps");
    return !(closed && asleep[0] && !model.count) || fuzz_wrong("closed and drained, and a popper sleeps");
}

static bool one_op(weir_chan *c, fuzz_input *in) {
    uint8_t op = fuzz_byte(in);
    uint64_t v = 0;
    weir_status st;
    if (op == 255) {
        fuzz_say("close");
        weir_chan_close(c);
        closed = true;
        return true;
    }
    switch (op & 7) {
    case 0: st = weir_chan_try_push(c, ++next); return pushed(st, push_answer(WEIR_AGAIN), next, "try_push");
    case 1: st = weir_chan_try_pop(c, &v); return popped(st, pop_answer(WEIR_AGAIN), v, "try_pop");
    case 2:
        st = weir_chan_push_until(c, ++next, op & 8);
        return pushed(st, push_answer(WEIR_TIMEOUT), next, "push until long ago");
    case 3:
        st = weir_chan_pop_until(c, &v, op & 8);
        return popped(st, pop_answer(WEIR_TIMEOUT), v, "pop until long ago");
    default: return advance(c, &waiters[(op >> 4) % OPS], op & 1);
    }
}

/* Whoever is woken goes on until nobody is; then close, and all come to an end. */
static bool wind_up(weir_chan *c) {
    for (int i = 0; i < OPS; i++)
        if (waiters[i].state == WOKEN) {
            if (!step(c, &waiters[i]) || !nobody_forgotten()) return false;
            i = -1;
        }
    if (closed) return true;
    fuzz_say("close");
    weir_chan_close(c);
    closed = true;
    return nobody_forgotten() && wind_up(c);
}

static bool ops(fuzz_input *in) {
    static WEIR_ALIGNED(WEIR_CACHE_LINE) unsigned char block[4096];
    weir_chan c;
    memset(waiters, 0, sizeof waiters);
    model = (ring){.capacity = (size_t)1 << fuzz_below(in, 4)};
    uint64_t start = fuzz_start(in);
    closed = false;
    fuzz_say("capacity %zu, first number %#lx", model.capacity, start);
    if (weir_chan_init(&c, model.capacity, block) != WEIR_OK) return fuzz_wrong("init refused");
    if (RING_INIT_AT(&c.ring, model.capacity, block, start) != WEIR_OK) return fuzz_wrong("init_at refused");
    bool same = true;
    while (same && fuzz_more(in)) {
        same = one_op(&c, in) && nobody_forgotten();
        if (same && weir_chan_size(&c) != model.count)
            same = fuzz_wrong("size is %zu instead of %zu", weir_chan_size(&c), model.count);
    }
    same = same && wind_up(&c);
    for (int i = 0; i < OPS; i++)
        if (waiters[i].state == PARKED)
            weir_chan_cancel(&c, &waiters[i].op); /* of a failure: the next sequence is not to see it */
    return same;
}

FUZZ_TARGET(ops, "any sequence of calls, steps and withdrawals: items as in a plain array, and no sleeper is forgotten")
