/* Publication edges of cubby. In the words of cells: R3 -> A3, the value; R1 -> A1, a push returns after the pop before it
 * began; R4 -> A4, whoever comes second releases in the other's name; R2 -> A2, the lap. */
#include "prims/cubby.h"
#include "stress/litmus/litmus.h"

typedef struct instance {
    weir_cubby c;
    WEIR_ALIGNED(WEIR_CACHE_LINE) uint64_t data;
} instance;

static void make(void *p) {
    instance *x = p;
    weir_cubby_init(&x->c);
    x->data = 0;
}

/* In cells with one cell, so that each push begins a lap. */
static void make_small(void *p) {
    instance *x = p;
    make(p);
    if (!strcmp(STRESS_VARIANT, "cells")) weir_cubby_cells_init_small((void *)&x->c, 0, 0);
}

/* -- the value -- */

static unsigned send(void *p) {
    instance *x = p;
    x->data = 1;
    return weir_cubby_try_push(&x->c, 7) == WEIR_OK ? 0 : 9;
}

static unsigned receive(void *p) {
    instance *x = p;
    uint64_t v = 0;
    if (weir_cubby_try_pop(&x->c, &v) != WEIR_OK) return NOTHING;
    return v == 7 ? litmus_saw(x->data) : STALE;
}

LITMUS(push_pop, NULL, "a push happens before the pop of its value", .text = "data = 1; try_push | try_pop, load data",
       .bytes = sizeof(instance), .make = make, .thread = {send, receive}, .again = {[1] = true},
       .outcome = {LITMUS_MESSAGE("the value")})

static unsigned wait_for_it(void *p) {
    instance *x = p;
    uint64_t v = 0;
    if (weir_cubby_pop(&x->c, &v) != WEIR_OK) return NOTHING;
    return v == 7 ? litmus_saw(x->data) : STALE;
}

LITMUS(push_wake, NULL, "a push happens before the pop that waited for it",
       .text = "data = 1; try_push | pop, waiting; load data", .bytes = sizeof(instance), .make = make,
       .thread = {send, wait_for_it},
       .outcome = {ACCEPTABLE("the value, and all before it", 0, SEEN), FORBIDDEN("the value without it", 0, STALE),
                   FORBIDDEN("refused an empty cubby's push", 9, NOTHING), FORBIDDEN("refused", 0, NOTHING)})

/* -- the release -- */

/* The second push returns only after the first pop began; the third needs the lap as well. */
static unsigned push_two(void *p) {
    instance *x = p;
    if (weir_cubby_push(&x->c, 1) != WEIR_OK || weir_cubby_push(&x->c, 2) != WEIR_OK) return 9;
    return litmus_saw(x->data);
}

static unsigned pop_two(void *p) {
    instance *x = p;
    uint64_t a = 0, b = 0;
    x->data = 1;
    if (weir_cubby_pop(&x->c, &a) != WEIR_OK || weir_cubby_pop(&x->c, &b) != WEIR_OK) return 9;
    return a == 1 && b == 2 ? SEEN : STALE;
}

#define PUSH_RETURNS                                                                                              \
    .outcome = {ACCEPTABLE("after the pop", SEEN, SEEN), FORBIDDEN("returned before the pop began", STALE, SEEN), \
                FORBIDDEN("another value", SEEN, STALE), FORBIDDEN("refused", 9, SEEN)}

LITMUS(pop_push, NULL, "all before a pop began happens before the return of the push after",
       .text = "push 1; push 2; load data | data = 1; pop: 1? pop: 2?", .bytes = sizeof(instance), .make = make,
       .thread = {push_two, pop_two}, PUSH_RETURNS)
LITMUS(lap, NULL, "a cell's value is read before the next lap writes it",
       .text = "one cell: push 1; push 2; load data | data = 1; pop: 1? pop: 2?", .bytes = sizeof(instance),
       .make = make_small, .thread = {push_two, pop_two}, PUSH_RETURNS)

static unsigned try_two(void *p) {
    instance *x = p;
    weir_cubby_try_push(&x->c, 1);
    return weir_cubby_try_push(&x->c, 2) == WEIR_OK ? litmus_saw(x->data) : NOTHING;
}

static unsigned try_one(void *p) {
    instance *x = p;
    uint64_t v = 0;
    x->data = 1;
    if (weir_cubby_try_pop(&x->c, &v) != WEIR_OK) return NOTHING;
    return v == 1 ? SEEN : STALE;
}

LITMUS(pop_try_push, NULL, "a try_push is accepted only after the pop that made room",
       .text = "try_push 1; try_push 2: accepted? load data | data = 1; try_pop: 1?", .bytes = sizeof(instance),
       .make = make, .thread = {try_two, try_one},
       .outcome = {ACCEPTABLE("too early, both", NOTHING, NOTHING), ACCEPTABLE("full still", NOTHING, SEEN),
                   ACCEPTABLE("accepted, with all before the pop", SEEN, SEEN),
                   FORBIDDEN("accepted, without it", STALE, SEEN), FORBIDDEN("accepted though full", STALE, NOTHING),
                   FORBIDDEN("accepted though full", SEEN, NOTHING), FORBIDDEN("overwritten", SEEN, STALE)})

/* -- close -- */

static unsigned close_it(void *p) {
    instance *x = p;
    weir_cubby_close(&x->c);
    return 0;
}

static unsigned wait_for_close(void *p) {
    instance *x = p;
    uint64_t v;
    return weir_cubby_pop(&x->c, &v) == WEIR_CLOSED;
}

LITMUS(close_wake, "close=yes", "close wakes whoever waits",
       .text = "close | pop, waiting: CLOSED? | pop, waiting: CLOSED?", .bytes = sizeof(instance), .make = make,
       .thread = {close_it, wait_for_close, wait_for_close},
       .outcome = {ACCEPTABLE("both closed", 0, 1, 1), FORBIDDEN("a value from nowhere", 0, 0, 1),
                   FORBIDDEN("a value from nowhere", 0, 1, 0)})

static unsigned push_it(void *p) {
    instance *x = p;
    return weir_cubby_push(&x->c, 1) == WEIR_OK;
}

static unsigned close_and_drain(void *p) {
    instance *x = p;
    uint64_t v;
    unsigned n = 0;
    weir_cubby_close(&x->c);
    while (weir_cubby_pop(&x->c, &v) == WEIR_OK) n++;
    return n;
}

LITMUS(close_push, "close=yes", "a value is accepted and popped, or refused and not",
       .text = "push: accepted? | close; pop until CLOSED: how many?", .bytes = sizeof(instance), .make = make,
       .thread = {push_it, close_and_drain},
       .outcome = {ACCEPTABLE("accepted", 1, 1), ACCEPTABLE("refused", 0, 0), FORBIDDEN("accepted and lost", 1, 0),
                   FORBIDDEN("refused and popped", 0, 1)})
