/* Client programs of cubby. Items are 0, 1, 2 ...; sent[v] is plain data written before the push of v and read by whoever
 * pops it, at_pop[] plain data written before a pop and read by a pusher whose push says that the pop has begun.
 *
 * cells has one or two cells, so that laps follow each other; tickets, laps and turns wrap at the second push of each program.
 * Threads sleep at once: spinning before is the parker's affair, and has programs of its own. */
#define WEIR_PARKER futex
#include <string.h>

#include "prims/cubby.h"
#include "stress/model/model.h"

enum { ITEMS = 8, SOON = 100 };

static weir_cubby c;
static uint64_t sent[ITEMS], at_pop[4];
static weir_status pushed[ITEMS]; /* what the push has answered; AGAIN: there was none */
static weir_a32 popped[ITEMS];    /* how often */
static bool closed;               /* by the program, in the end */

static bool timed(void) { return stress_has("timed=yes") || stress_has("timed=bounded"); }

static void init(uint32_t log2_m) {
    uint64_t start = ((uint64_t)1 << (29 + log2_m)) - 1;
    if (!strcmp(STRESS_VARIANT, "cells")) weir_cubby_cells_init_small((weir_cubby_cells *)(void *)&c, start, log2_m);
    else WEIR_BIND(cubby, WEIR_CUBBY, _init_at)(&c, start);
    for (int v = 0; v < ITEMS; v++) pushed[v] = WEIR_AGAIN;
}

/* -- operations, each with its laws -- */

static weir_status sends(uint64_t v, weir_status st) {
    if (st == WEIR_TIMEOUT) model_count("timeouts");
    if (st == WEIR_CLOSED) model_count("times refused");
    return pushed[v] = st;
}

static weir_status push_until(uint64_t v, uint64_t deadline) {
    sent[v] = v + 10;
    return sends(v, weir_cubby_push_until(&c, v, deadline));
}

static void push(uint64_t v) { push_until(v, WEIR_FOREVER); }

static void try_push(uint64_t v) {
    sent[v] = v + 10;
    sends(v, weir_cubby_try_push(&c, v));
}

/* Whoever has no deadlines tries instead. */
static void push_soon(uint64_t v) {
    if (timed()) push_until(v, SOON);
    else try_push(v);
}

static bool came(weir_status st, uint64_t v) {
    if (st != WEIR_OK) return false;
    model_require(v < ITEMS && sent[v] == v + 10, "popped %lu, which was not sent before", v);
    weir_a32_add(&popped[v], 1);
    return true;
}

static weir_status pop_until(uint64_t deadline) {
    uint64_t v = ITEMS;
    weir_status st = weir_cubby_pop_until(&c, &v, deadline);
    if (st == WEIR_TIMEOUT) model_count("timeouts");
    came(st, v);
    return st;
}

static void pop(void) { pop_until(WEIR_FOREVER); }

static bool try_pop(void) {
    uint64_t v = ITEMS;
    weir_status st = weir_cubby_try_pop(&c, &v);
    return came(st, v);
}

static bool pops_soon(void) { return timed() ? pop_until(SOON) == WEIR_OK : try_pop(); }
static void pop_soon(void) { pops_soon(); }

/* At rest: what was accepted has come out once and nothing else has; the cubby works on. */
static void rest(void) {
    while (try_pop()) {}
    for (int v = 0; v < ITEMS; v++) {
        uint32_t times = weir_a32_load(&popped[v]);
        model_require(times == (pushed[v] == WEIR_OK), "item %d: its push answered %d, it was popped %u times", v,
                      pushed[v], times);
    }
    model_require(weir_cubby_pressure(&c) == 0, "empty, and the pressure is %ld", weir_cubby_pressure(&c));
    weir_status st = weir_cubby_try_push(&c, 1);
    model_require(st == (closed ? WEIR_CLOSED : WEIR_OK), "empty, and a push answers %d", st);
    if (closed) return;
    model_require(weir_cubby_pressure(&c) == 1, "filled, and the pressure is %ld", weir_cubby_pressure(&c));
    model_require(weir_cubby_try_push(&c, 2) == WEIR_AGAIN, "takes a second item");
    uint64_t v = 0;
    model_require(weir_cubby_try_pop(&c, &v) == WEIR_OK && v == 1, "the item of a full cubby does not come out");
}

static void rest_closed(void) {
    closed = true;
    uint64_t v = 0;
    rest();
    model_require(weir_cubby_pop(&c, &v) == WEIR_CLOSED, "a pop of a drained and closed cubby is not refused");
}

/* -- setups -- */

static void one_cell(void) { init(0); }
static void two_cells(void) { init(1); }

static void filled(uint32_t log2_m) {
    init(log2_m);
    push(7);
}

static void one_filled(void) { filled(0); }
static void two_filled(void) { filled(1); }
static void four_filled(void) { filled(2); }

/* -- hand-offs -- */

static void push_0(void) { push(0); }
static void push_1(void) { push(1); }
static void push_2(void) { push(2); }
static void pop_twice(void) { pop(), pop(); }
static void pop_thrice(void) { pop_twice(), pop(); }

MODEL_PROGRAM(two_by_two, "each item is popped once, and happens after its push", .setup = one_cell,
              .thread = {push_0, push_1, pop, pop}, .check = rest)
MODEL_PROGRAM(two_by_two_filled, "the same, with two cells and an item before", .setup = two_filled,
              .thread = {push_0, push_1, pop, pop}, .check = rest)
MODEL_PROGRAM(two_by_one, "each item is popped once, and happens after its push", .setup = two_cells,
              .thread = {push_0, push_1, pop_twice}, .check = rest)
MODEL_PROGRAM(three_by_one, "three pushers through one place", .setup = one_cell,
              .thread = {push_0, push_1, push_2, pop_thrice}, .check = rest)

/* -- what a push that returns says of pops: all that happened before pop i began happens before the return of push i+1 -- */

static void pop_and_tell(unsigned i) {
    at_pop[i] = 1;
    pop();
}

static void pop_telling_0(void) { pop_and_tell(0); }
static void pop_telling_1(void) { pop_and_tell(1); }

static void told(unsigned i) { model_require(at_pop[i] == 1, "a push returned before pop %u began", i); }

static void push_two_told(void) {
    push(0), push(1);
    told(0);
}

static void push_three_told(void) {
    push(0), push(1), push(2);
    told(0), told(1);
}

static void pop_telling_twice(void) {
    pop_and_tell(0);
    pop_and_tell(1);
}

MODEL_PROGRAM(begun_one, "push 1 returns after pop 0 has begun", .setup = one_cell,
              .thread = {push_two_told, pop_telling_0}, .check = rest)
MODEL_PROGRAM(begun_two, "push 2 returns after both pops have begun", .setup = two_cells,
              .thread = {push_three_told, pop_telling_0, pop_telling_1}, .check = rest)
MODEL_PROGRAM(begun_other, "the same, when another pusher was second of its pair", .setup = two_cells,
              .thread = {push_two_told, push_2, pop_telling_twice}, .check = rest)

/* -- deadlines. Who has moved an item where it might have timed out moves one back, so that the untimed never lack one;
 * one is left inside, so that no later pop makes good what an earlier has missed -- */

static void push_0_soon(void) { push_soon(0); }
static void push_1_soon(void) { push_soon(1); }

static void push_soon_and_back(uint64_t v) {
    push_soon(v);
    if (pushed[v] == WEIR_OK) pop();
}

static void push_2_soon(void) { push_soon(2); }
static void push_1_soon_and_back(void) { push_soon_and_back(1); }

static void push_twice_soon_and_back(void) {
    push_soon_and_back(0);
    push_soon_and_back(1);
}

static void pop_soon_and_back(void) {
    if (pops_soon()) push(3);
}

static void pop_twice_soon_and_back(void) {
    pop_soon_and_back();
    if (pops_soon()) push(4);
}

MODEL_PROGRAM(timed, "an item whose push timed out is never popped, any other once; two cells", .setup = two_cells,
              .thread = {push_0_soon, push_1_soon, pop_soon, pop_soon}, .check = rest)
MODEL_PROGRAM(timed_gate, "the same with one cell: the second of a side waits at the gate", .setup = one_cell,
              .thread = {push_0_soon, push_1_soon, pop_soon, pop_soon}, .check = rest)
MODEL_PROGRAM(timed_push_between, "a push that leaves the queue holds up nobody behind", .setup = four_filled,
              .thread = {push_0, push_1_soon_and_back, push_2, pop_twice}, .check = rest)
MODEL_PROGRAM(timed_pushes_between, "nor do two in a row", .setup = four_filled,
              .thread = {push_twice_soon_and_back, push_2, pop}, .check = rest)
MODEL_PROGRAM(timed_pop_beside, "a pop that leaves the queue holds up nobody behind", .setup = two_cells,
              .thread = {push_2, pop_soon_and_back, pop}, .check = rest)
MODEL_PROGRAM(timed_pops_beside, "nor do two in a row; one cell", .setup = one_cell,
              .thread = {push_2, pop_twice_soon_and_back, pop}, .check = rest)
MODEL_PROGRAM(timed_begun, "what a push that returns says of pops holds across a push that timed out",
              .setup = two_cells, .thread = {push_two_told, push_2_soon, pop_telling_twice}, .check = rest)

static weir_a32 beginning[2];
static uint64_t got[2]; /* by each popper */
static uint32_t saw[2]; /* of their beginnings, by the pusher of 0 */

static void pop_noting(unsigned i) {
    weir_a32_store(&beginning[i], 1);
    weir_status st = weir_cubby_pop(&c, &got[i]);
    came(st, got[i]);
}

static void pop_noting_0(void) { pop_noting(0); }
static void pop_noting_1(void) { pop_noting(1); }

static void look(void) {
    for (unsigned i = 0; i < 2; i++) saw[i] = weir_a32_load(&beginning[i]);
}

static void push_0_looking(void) {
    push(0);
    look();
}

static void push_0_soon_looking(void) {
    push_soon(0);
    look();
}

/* So that neither pop lacks an item. */
static void push_0_soon_or_2_looking(void) {
    push_0_soon_looking();
    if (pushed[0] != WEIR_OK) push(2);
}

/* With nothing between them, 0 was let in by whoever popped 7. */
static void rest_and_looks(void) {
    bool next = pushed[0] == WEIR_OK && pushed[2] != WEIR_OK;
    for (unsigned i = 0; i < 2; i++)
        model_require(!next || got[i] != 7 || saw[i], "push 1 returned before pop 0 began");
    rest();
}

MODEL_PROGRAM(timed_skipped, "a pop that meets what has timed out speaks for the pops before it", .setup = two_filled,
              .thread = {push_0_looking, push_2_soon, pop_noting_0, pop_noting_1}, .check = rest_and_looks)
MODEL_PROGRAM(timed_too_late, "a push whose time is over when its pop has come knows of the pops before it",
              .setup = two_filled, .thread = {push_0_soon_or_2_looking, pop_noting_0, pop_noting_1},
              .check = rest_and_looks)

static void push_2_told(void) {
    push(2);
    told(0);
}

static void push_0_soon_and_back(void) { push_soon_and_back(0); }

MODEL_PROGRAM(timed_passed_on, "a push that times out hands on what it was let in by", .setup = four_filled,
              .thread = {push_0_soon_and_back, push_2_told, pop_telling_0}, .check = rest)

/* -- close -- */

static void shut(void) {
    model_require(weir_cubby_close(&c) == WEIR_OK, "close failed");
    model_require(weir_cubby_try_push(&c, 6) == WEIR_CLOSED, "closed, and a push was not refused");
}

static void pop_until_closed(void) {
    while (pop_until(WEIR_FOREVER) == WEIR_OK) {}
}

/* 7 is inside, and nobody has popped: a push can only be refused. */
static void shut_full(void) {
    shut();
    model_require(pop_until(WEIR_FOREVER) == WEIR_OK && weir_a32_load(&popped[7]), "closed full, and 7 does not come");
    uint64_t v = 0;
    model_require(weir_cubby_try_pop(&c, &v) == WEIR_CLOSED, "what was not accepted when it was closed came out");
    model_require(weir_cubby_pop(&c, &v) == WEIR_CLOSED, "a second item came out");
}

static void push_refused(uint64_t v) {
    push(v);
    model_require(pushed[v] == WEIR_CLOSED, "full, never popped, closed: a push answers %d", pushed[v]);
}

static void push_0_refused(void) { push_refused(0); }
static void push_1_refused(void) { push_refused(1); }
static void push_0_and_1(void) { push(0), push(1); }

MODEL_PROGRAM(close_parked_pushers, "close refuses whoever waits for room, and the item inside stays",
              .setup = two_filled, .thread = {push_0_refused, push_1_refused, shut_full}, .check = rest_closed)
MODEL_PROGRAM(close_lapped_pushers, "the same with one cell", .setup = one_filled,
              .thread = {push_0_refused, push_1_refused, shut_full}, .check = rest_closed)
MODEL_PROGRAM(close_parked_poppers, "close sends home whoever waits for an item", .setup = two_cells,
              .thread = {pop_until_closed, pop_until_closed, shut}, .check = rest_closed)
MODEL_PROGRAM(close_lapped_poppers, "the same with one cell", .setup = one_cell,
              .thread = {pop_until_closed, pop_until_closed, shut}, .check = rest_closed)
MODEL_PROGRAM(close_hand_off, "close beside a hand-off: accepted is popped, refused is not", .setup = two_cells,
              .thread = {push_0_and_1, pop_until_closed, shut}, .check = rest_closed)
MODEL_PROGRAM(close_lapped, "the same with one cell and more threads", .setup = one_cell,
              .thread = {push_0, push_1, pop_until_closed, shut}, .check = rest_closed)
MODEL_PROGRAM(close_two_poppers, "the same with two poppers, of which one goes without", .setup = one_cell,
              .thread = {push_0, pop_until_closed, pop_until_closed, shut}, .check = rest_closed)
MODEL_PROGRAM(close_timed, "close beside a push and a pop with deadlines", .setup = two_filled,
              .thread = {push_0_soon, pop_soon, shut}, .check = rest_closed)
MODEL_PROGRAM(close_timed_gate, "the same at the gate", .setup = one_filled,
              .thread = {push_0_soon, push_1_soon, pop_soon, shut}, .check = rest_closed)

static void shut_and_look(void) {
    uint64_t v = ITEMS;
    shut();
    if (pop_until(WEIR_FOREVER) == WEIR_CLOSED) return;
    model_require(weir_cubby_try_pop(&c, &v) == WEIR_CLOSED, "closed and drained, and a pop was not refused");
}

MODEL_PROGRAM(close_twice, "whoever closes second finds it closed", .setup = two_cells,
              .thread = {push_0, shut, shut_and_look}, .check = rest_closed)

/* -- try_ forms, beside those that wait -- */

static void try_push_1(void) { try_push(1); }
static void try_push_two(void) { try_push(0), try_push(1); }
static void try_pop_two(void) { try_pop(), try_pop(); }

MODEL_PROGRAM(try, "forms that try beside a pop, and skip it when it has timed out", .setup = one_cell,
              .thread = {try_push_two, pop_soon, try_pop_two}, .check = rest)
MODEL_PROGRAM(try_full, "forms that try beside a push, and skip it when it has timed out", .setup = two_filled,
              .thread = {push_2_soon, try_push_1, try_pop_two}, .check = rest)
MODEL_PROGRAM(try_close, "forms that try beside close", .setup = two_filled,
              .thread = {try_push_two, try_pop_two, shut}, .check = rest_closed)

static void try_push_0_told(void) {
    try_push(0);
    if (pushed[0] == WEIR_OK) told(0);
}

MODEL_PROGRAM(try_begun, "a push that need not wait returns after the pop before it has begun", .setup = two_filled,
              .thread = {try_push_0_told, pop_telling_0}, .check = rest)

static void try_pop_noting(unsigned i) {
    weir_a32_store(&beginning[i], 1);
    weir_status st = weir_cubby_try_pop(&c, &got[i]);
    came(st, got[i]);
}

static void try_pop_noting_0(void) { try_pop_noting(0); }
static void try_pop_noting_1(void) { try_pop_noting(1); }

MODEL_PROGRAM(try_ahead, "a pop that need not wait speaks for the pops before it", .setup = two_filled,
              .thread = {push_0_soon_looking, try_pop_noting_0, try_pop_noting_1}, .check = rest_and_looks)

/* -- steps: a waiter that is no thread gives its op back after the wake, or after a cancel that answers true -- */

typedef struct waiter {
    weir_cubby_op op; /* first */
    weir_a32 woken;
    uint64_t value; /* the op's, in the end */
} waiter;

static void wake(weir_wait *w) {
    weir_a32 *woken = &((waiter *)(void *)w)->woken;
    weir_a32_add_release(woken, 1); /* R1: pairs with A1 */
    weir_futex_wake(woken, 1);
}

static WEIR_ALIGNED(WEIR_CACHE_LINE) waiter waiters[4];

/* Begins, and goes on after each wake. `cancel`: first tries to take it back. */
static weir_status run(waiter *w, weir_status (*step)(weir_cubby *, weir_cubby_op *), uint64_t v, bool cancel) {
    weir_status st;
    uint32_t parks = 0;
    weir_cubby_op_init(&w->op, v, wake);
    while ((st = step(&c, &w->op)) == WEIR_PARKED) {
        if (cancel && weir_cubby_cancel(&c, &w->op)) {
            st = WEIR_TIMEOUT;
            break;
        }
        for (parks++; weir_a32_load_acquire(&w->woken) < parks;) /* A1 */
            weir_futex_wait(&w->woken, parks - 1, WEIR_FOREVER);
    }
    w->value = w->op.value;
    model_retire(&w->op, sizeof w->op);
    model_require(weir_a32_load(&w->woken) == parks, "parked %u times, woken %u times", parks,
                  weir_a32_load(&w->woken));
    if (st == WEIR_OK && step == weir_cubby_pop_step) came(st, w->value);
    return st;
}

static weir_status step_and_cancel(waiter *w, weir_status (*step)(weir_cubby *, weir_cubby_op *), uint64_t v) {
    return stress_has("async=yes") ? run(w, step, v, true) : WEIR_TIMEOUT;
}

static void push_step(uint64_t v) {
    sent[v] = v + 10;
    sends(v, step_and_cancel(&waiters[v], weir_cubby_push_step, v));
}

static void push_step_0(void) { push_step(0); }

static void push_step_and_back(uint64_t v) {
    push_step(v);
    if (pushed[v] == WEIR_OK) pop();
}

static void push_step_0_and_back(void) { push_step_and_back(0); }
static void push_step_1_and_back(void) { push_step_and_back(1); }
static void pop_step(void) { step_and_cancel(&waiters[2], weir_cubby_pop_step, 0); }

static void pop_step_and_back(void) {
    if (step_and_cancel(&waiters[2], weir_cubby_pop_step, 0) == WEIR_OK) push(3);
}

MODEL_PROGRAM(steps, "an op is woken once for each time it parks, and is its owner's after that", .setup = two_cells,
              .thread = {push_step_0, pop_step_and_back, push_1, pop}, .check = rest)
MODEL_PROGRAM(steps_gate, "the same with one cell, full", .setup = one_filled,
              .thread = {push_step_0_and_back, push_step_1_and_back, pop}, .check = rest)
MODEL_PROGRAM(steps_close, "the same beside close", .setup = two_filled, .thread = {push_step_0, pop_step, shut},
              .check = rest_closed)

/* Never taken back: with one cell the second of a side waits at the gate for the first. */
static void push_through(uint64_t v) {
    sent[v] = v + 10;
    if (stress_has("async=yes")) sends(v, run(&waiters[v], weir_cubby_push_step, v, false));
    else push(v);
}

static void push_0_through(void) { push_through(0); }
static void push_1_through(void) { push_through(1); }

static void pop_through(waiter *w) {
    if (stress_has("async=yes")) run(w, weir_cubby_pop_step, 0, false);
    else pop();
}

static void pop_through_2(void) { pop_through(&waiters[2]); }
static void pop_through_3(void) { pop_through(&waiters[3]); }

MODEL_PROGRAM(gate_pushes, "who waits at the gate gets in", .setup = one_cell,
              .thread = {push_0_through, push_1_through, pop_twice}, .check = rest)
MODEL_PROGRAM(gate_pops, "who waits at the gate gets in", .setup = one_cell,
              .thread = {push_0_and_1, pop_through_2, pop_through_3}, .check = rest)
MODEL_PROGRAM(gate_close, "who waits at the gate is sent home", .setup = one_cell,
              .thread = {push_0_through, pop_through_2, pop_through_3, shut}, .check = rest_closed)
MODEL_PROGRAM(gate_close_pushes, "the same for pushers", .setup = one_filled,
              .thread = {push_0_through, push_1_through, shut}, .check = rest_closed)

static void pop_through_noting(unsigned i) {
    if (!stress_has("async=yes")) {
        pop_noting(i);
        return;
    }
    weir_a32_store(&beginning[i], 1);
    run(&waiters[i], weir_cubby_pop_step, 0, false);
    got[i] = waiters[i].value;
}

static void pop_through_noting_0(void) { pop_through_noting(0); }
static void pop_through_noting_1(void) { pop_through_noting(1); }

MODEL_PROGRAM(gate_ahead, "a pop that came through the gate speaks for the pops before it", .setup = two_filled,
              .thread = {push_0_looking, pop_through_noting_0, pop_through_noting_1}, .check = rest_and_looks)
