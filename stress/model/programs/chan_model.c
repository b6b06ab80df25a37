/* Client programs of chan: blocking pushes and pops of threads, timeouts, cancel and close. Who is left asleep for ever is a
 * deadlock to the model, so most programs need no more law than that all their threads end. */
#define WEIR_PARKER futex /* the other's spinning would only add steps; it has programs of its own: wait_model.c */
#include "prims/chan.h"
#include "stress/model/model.h"

enum { CAPACITY_MAX = 2, THREADS = 6, EACH = 4, VALUES = THREADS * EACH };

static weir_chan c;
static WEIR_ALIGNED(WEIR_CACHE_LINE) char block[2048];
static bool accepted[VALUES];       /* by the thread of the value */
static uint64_t sent[VALUES];       /* plain: written before the push of that value, read after its pop */
static uint64_t got[THREADS][EACH]; /* by each thread; the last is check's */
static unsigned pushes[THREADS], pops[THREADS];
static uint64_t closing; /* plain: written before close, read after CLOSED */

static void init(uint64_t capacity) { weir_chan_init(&c, capacity, block); }
static void init_1(void) { init(1); }
static void init_2(void) { init(2); }

/* In check too, which is thread -1. */
static unsigned self(void) { return model_self() < 0 ? THREADS - 1 : (unsigned)model_self(); }

/* -- operations that keep the books -- */

static uint64_t next_value_of(unsigned thread) {
    uint64_t v = thread * EACH + pushes[thread]++;
    sent[v] = v + 1;
    return v;
}

static uint64_t next_value(void) { return next_value_of(self()); }

static void note_closed(weir_status st) {
    if (st == WEIR_CLOSED) model_require(closing == 1, "CLOSED without what came before close");
}

static weir_status pushed(weir_status st, uint64_t v) {
    accepted[v] = st == WEIR_OK;
    note_closed(st);
    return st;
}

static weir_status popped(weir_status st, uint64_t v) {
    if (st == WEIR_OK) {
        model_require(v < VALUES && sent[v] == v + 1, "popped %lu, whose push does not happen before", v);
        model_require(pops[self()] < EACH, "popped more than was ever pushed");
        got[self()][pops[self()]++] = v;
    }
    note_closed(st);
    return st;
}

static weir_status push_until(uint64_t deadline) {
    uint64_t v = next_value();
    return pushed(weir_chan_push_until(&c, v, deadline), v);
}

static weir_status pop_until(uint64_t deadline) {
    uint64_t v = VALUES;
    weir_status st = weir_chan_pop_until(&c, &v, deadline);
    return popped(st, v);
}

static weir_status try_pop(void) {
    uint64_t v = VALUES;
    weir_status st = weir_chan_try_pop(&c, &v);
    return popped(st, v);
}

static void push(void) { push_until(WEIR_FOREVER); }
static void pop(void) { pop_until(WEIR_FOREVER); }

static void push_2(void) {
    push();
    push();
}

static void pop_2(void) {
    pop();
    pop();
}

/* Every accepted value once, no other, and each consumer has each producer's in order. */
static void nothing_lost(void) {
    unsigned times[VALUES] = {0};
    while (try_pop() == WEIR_OK) {}
    for (unsigned t = 0; t < THREADS; t++)
        for (unsigned i = 0; i < pops[t]; i++) {
            times[got[t][i]]++;
            for (unsigned k = 0; k < i; k++)
                model_require(got[t][k] / EACH != got[t][i] / EACH || got[t][k] < got[t][i], "%lu popped before %lu",
                              got[t][k], got[t][i]);
        }
    for (uint64_t v = 0; v < VALUES; v++)
        model_require(times[v] == accepted[v], "value %lu accepted %d times, popped %u times", v, accepted[v],
                      times[v]);
}

/* -- all are served -- */

MODEL_PROGRAM(turns, "one and one through a channel of one", .setup = init_1, .thread = {push_2, pop_2},
              .check = nothing_lost)
MODEL_PROGRAM(one_two, "two poppers of one producer's items", .setup = init_1, .thread = {push_2, pop, pop},
              .check = nothing_lost)
MODEL_PROGRAM(two_one, "two producers wait for room", .setup = init_1, .thread = {push, push, pop_2},
              .check = nothing_lost)
MODEL_PROGRAM(two_two, "two and two", .setup = init_2, .thread = {push, push, pop, pop}, .check = nothing_lost)

/* Two poppers are parked before anybody pushes. P1 claims its place and stalls; P2 publishes behind it and wakes one, which
 * sees nothing and parks again; P1's wake is then one for two items, so who is woken must hand on. */
static weir_chan_op parked[2];

static void park_popper(weir_chan_op *op) {
    weir_chan_op_init(op, VALUES, weir_thread_wake);
    weir_thread_arm(&op->wait);
    model_require(weir_chan_pop_step(&c, op) == WEIR_PARKED, "an empty channel does not park a popper");
}

static weir_status pop_on(weir_chan_op *op) {
    weir_status st;
    do weir_thread_wait(&op->wait, WEIR_FOREVER, &c.pop_learned);
    while ((st = weir_chan_pop_step(&c, op)) == WEIR_PARKED);
    return popped(st, op->value);
}

static void pop_on_0(void) { pop_on(&parked[0]); }
static void pop_on_1(void) { pop_on(&parked[1]); }

static void park_poppers(void) {
    init_2();
    park_popper(&parked[0]);
    park_popper(&parked[1]);
}

MODEL_PROGRAM(parked_poppers, "one wake for two items is handed on", .setup = park_poppers,
              .thread = {push, push, pop_on_0, pop_on_1}, .check = nothing_lost)

/* The same on the other side: a place freed behind one that is not yet, and then one wake for two places. */
static void park_pusher(weir_chan_op *op, unsigned thread) {
    weir_chan_op_init(op, next_value_of(thread), weir_thread_wake);
    weir_thread_arm(&op->wait);
    model_require(weir_chan_push_step(&c, op) == WEIR_PARKED, "a full channel does not park a pusher");
}

static void push_on(weir_chan_op *op) {
    weir_status st;
    do weir_thread_wait(&op->wait, WEIR_FOREVER, &c.push_learned);
    while ((st = weir_chan_push_step(&c, op)) == WEIR_PARKED);
    pushed(st, op->value);
}

static void push_on_0(void) { push_on(&parked[0]); }
static void push_on_1(void) { push_on(&parked[1]); }

static void park_pushers(void) {
    init_2();
    push_2();
    park_pusher(&parked[0], 2);
    park_pusher(&parked[1], 3);
}

MODEL_PROGRAM(parked_pushers, "one wake for two places is handed on", .setup = park_pushers,
              .thread = {pop, pop, push_on_0, push_on_1}, .check = nothing_lost)

/* -- timeouts: what was not moved stays, and a wake that comes too late goes on -- */

static void pop_timed(void) {
    weir_status st = pop_until(weir_now_ns() + 1);
    if (st == WEIR_TIMEOUT) model_count("times timed out");
    model_require(st == WEIR_OK || st == WEIR_TIMEOUT, "a timed pop answers %d", st);
}

static void push_timed(void) {
    weir_status st = push_until(weir_now_ns() + 1);
    if (st == WEIR_TIMEOUT) model_count("times timed out");
    model_require(st == WEIR_OK || st == WEIR_TIMEOUT, "a timed push answers %d", st);
}

/* Leaves one for the other popper. */
static void pop_timed_then_push(void) {
    if (pop_until(weir_now_ns() + 1) == WEIR_OK) push();
}

static void push_full(void) {
    init_1();
    push();
}

MODEL_PROGRAM(timed_pop, "a timed pop beside a push: one of both", .setup = init_1, .thread = {pop_timed, push},
              .check = nothing_lost)
MODEL_PROGRAM(timed_push, "a timed push beside a pop: one of both", .setup = push_full, .thread = {push_timed, pop},
              .check = nothing_lost)
MODEL_PROGRAM(timed_beside, "a wake that a timed pop has taken reaches the other popper", .setup = init_2,
              .thread = {pop_timed_then_push, pop, push}, .check = nothing_lost)

static void park_one(void) {
    init_2();
    park_popper(&parked[0]);
}

/* Withdrawn, or woken: then there is an item, for nobody else pops. */
static void cancel_or_pop(void) {
    if (weir_chan_cancel(&c, &parked[0])) model_retire(&parked[0], sizeof parked[0]);
    else model_require(pop_on(&parked[0]) == WEIR_OK, "a woken popper without an item");
}

MODEL_PROGRAM(cancel, "a parked pop beside a push: withdrawn for good, or woken to its item", .setup = park_one,
              .thread = {cancel_or_pop, push}, .check = nothing_lost)

/* -- close -- */

static void close_it(void) {
    closing = 1;
    weir_chan_close(&c);
    uint64_t v = next_value();
    model_require(pushed(weir_chan_try_push(&c, v), v) == WEIR_CLOSED, "a push after close is not refused");
}

static void pop_until_closed(void) {
    while (pop_until(WEIR_FOREVER) != WEIR_CLOSED) {}
    model_require(try_pop() == WEIR_CLOSED, "CLOSED was not final");
}

static void drained(void) {
    nothing_lost();
    model_require(try_pop() == WEIR_CLOSED, "closed and empty, and not drained");
}

MODEL_PROGRAM(close_poppers, "close ends two poppers", .setup = init_1,
              .thread = {pop_until_closed, pop_until_closed, close_it}, .check = drained)
MODEL_PROGRAM(close_last, "the last pop ends who still waits", .setup = push_full,
              .thread = {pop_until_closed, pop_until_closed, close_it}, .check = drained)
MODEL_PROGRAM(close_push, "a push beside close keeps to its answer, and the popper sees all", .setup = init_1,
              .thread = {push, pop_until_closed, close_it}, .check = drained)
MODEL_PROGRAM(close_pushers, "close ends pushers that wait for room", .setup = push_full,
              .thread = {push, push, close_it}, .check = drained)

/* The push may be under way all through the close: then its wake is the last, and who takes it must tell the other. */
MODEL_PROGRAM(close_parked, "close beside a push ends two poppers that were parked", .setup = park_poppers,
              .thread = {push, close_it, pop_on_0, pop_on_1}, .check = drained)
MODEL_PROGRAM(close_overtaken, "the same when one who never slept takes the item", .setup = park_poppers,
              .thread = {push, close_it, pop_on_0, pop_on_1, pop}, .check = drained)
