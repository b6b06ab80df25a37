/* Publication edges of mpmc: R2 -> A2, items; R1 -> A1, places; the close; and who gets what. */
#include "prims/mpmc.h"
#include "stress/litmus/litmus.h"

typedef struct instance {
    weir_mpmc q;
    WEIR_ALIGNED(WEIR_CACHE_LINE) char block[4096];
    WEIR_ALIGNED(WEIR_CACHE_LINE) uint64_t data;
} instance;

static void make(instance *x, uint64_t capacity) {
    if (weir_mpmc_bytes(capacity) > sizeof x->block) stress_fail("litmus: the block is too small");
    weir_mpmc_init(&x->q, capacity, x->block);
    x->data = 0;
}

static void make_empty(void *p) { make(p, 4); }

static void make_full(void *p) {
    instance *x = p;
    make(x, 1);
    weir_mpmc_try_push(&x->q, 1);
}

static void make_one(void *p) {
    instance *x = p;
    make(x, 4);
    weir_mpmc_try_push(&x->q, 1);
}

/* -- R2, A2 -- */

static unsigned send(void *p) {
    instance *x = p;
    x->data = 1;
    weir_mpmc_try_push(&x->q, 7);
    return 0;
}

static unsigned receive(void *p) {
    instance *x = p;
    uint64_t v = 0;
    if (!weir_mpmc_try_pop(&x->q, &v)) return NOTHING;
    return v == 7 ? litmus_saw(x->data) : STALE;
}

LITMUS(push_pop, NULL, "a push happens before the pop of its word", .text = "data = 1; push | pop, load data",
       .bytes = sizeof(instance), .make = make_empty, .thread = {send, receive}, .again = {[1] = true},
       .outcome = {LITMUS_MESSAGE("the item")})

static unsigned push_two(void *p) {
    instance *x = p;
    return (unsigned)weir_mpmc_try_push_n(&x->q, (const uint64_t[]){1, 2}, 2);
}

/* 10 and a word: popped out of order. */
static unsigned pop_two(void *p) {
    instance *x = p;
    uint64_t v[2] = {0, 0};
    unsigned n = 0;
    for (; n < 2 && weir_mpmc_try_pop(&x->q, &v[n]); n++)
        if (v[n] != n + 1) return 10 + (unsigned)(v[n] & 3);
    return n;
}

LITMUS(order, NULL, "one pusher's words come out in order", .text = "push 1 2 in one batch | pop, pop: how many?",
       .bytes = sizeof(instance), .make = make_empty, .thread = {push_two, pop_two}, .again = {[1] = true},
       .outcome = {ACCEPTABLE("too early", 2, 0), ACCEPTABLE("the first", 2, 1), ACCEPTABLE("both", 2, 2),
                   FORBIDDEN("the second first", 2, 12), FORBIDDEN("nobody's word", 2, 10)})

/* -- R1, A1 -- */

static unsigned empty_it(void *p) {
    instance *x = p;
    uint64_t v = 0;
    x->data = 1;
    if (!weir_mpmc_try_pop(&x->q, &v)) return NOTHING;
    return v == 1 ? SEEN : STALE;
}

static unsigned fill_again(void *p) {
    instance *x = p;
    return weir_mpmc_try_push(&x->q, 2) ? litmus_saw(x->data) : NOTHING;
}

LITMUS(pop_push, NULL, "a pop happens before the push that reuses its place",
       .text = "full with 1: data = 1; pop: 1? | push 2, load data", .bytes = sizeof(instance), .make = make_full,
       .thread = {empty_it, fill_again}, .again = {[1] = true},
       .outcome = {ACCEPTABLE("too early", SEEN, NOTHING), ACCEPTABLE("the place, and all before it", SEEN, SEEN),
                   FORBIDDEN("the place without what preceded it", SEEN, STALE),
                   FORBIDDEN("the item was overwritten before it was read", STALE, SEEN)})

/* -- who gets what -- */

static unsigned pop_one(void *p) {
    instance *x = p;
    uint64_t v = 0;
    if (!weir_mpmc_try_pop(&x->q, &v)) return 0;
    return v == 1 ? 1 : 2;
}

LITMUS(one_item, NULL, "an item is popped once", .text = "holds 1: pop | pop", .bytes = sizeof(instance),
       .make = make_one, .thread = {pop_one, pop_one},
       .outcome = {ACCEPTABLE("the first got it", 1, 0), ACCEPTABLE("the second got it", 0, 1),
                   FORBIDDEN("both got it", 1, 1), FORBIDDEN("nobody got it", 0, 0)})

static unsigned push_it(void *p) {
    instance *x = p;
    return weir_mpmc_try_push(&x->q, 1);
}

static unsigned push_and_pop(void *p) {
    instance *x = p;
    uint64_t v = 0;
    if (!weir_mpmc_try_push(&x->q, 2)) return 9;
    return weir_mpmc_try_pop(&x->q, &v) ? (unsigned)v : 0;
}

LITMUS(early_empty, NULL, "empty means empty, or what the trait `empty` says", .text = "push 1 | push 2; pop",
       .bytes = sizeof(instance), .make = make_empty, .thread = {push_it, push_and_pop},
       .outcome = {ACCEPTABLE("the other's word was first", 1, 1), ACCEPTABLE("its own was first", 1, 2),
                   ONLY_WITH("empty=early", "empty, after its own push: behind one that is not finished", 1, 0),
                   FORBIDDEN("refused, with room", 1, 9), FORBIDDEN("refused, with room", 0, 2)})

/* -- close: R3 -> A3, in scq R4 -> A4 -- */

static unsigned close_it(void *p) {
    instance *x = p;
    x->data = 1;
    weir_mpmc_close(&x->q);
    return 0;
}

static unsigned see_closed(void *p) {
    instance *x = p;
    return weir_mpmc_closed(&x->q) ? litmus_saw(x->data) : NOTHING;
}

LITMUS(close_closed, NULL, "who sees it closed sees all before the close",
       .text = "data = 1; close | closed? load data", .bytes = sizeof(instance), .make = make_empty,
       .thread = {close_it, see_closed}, .again = {[1] = true}, .outcome = {LITMUS_MESSAGE("the close")})

static unsigned close_and_drain(void *p) {
    instance *x = p;
    uint64_t v = 0;
    unsigned n = 0;
    weir_mpmc_close(&x->q);
    while (!weir_mpmc_drained(&x->q)) n += weir_mpmc_try_pop(&x->q, &v);
    return n;
}

LITMUS(close_push, NULL, "a push at the time of the close is accepted and popped, or refused and not",
       .text = "push: accepted? | close; pop until drained: how many?", .bytes = sizeof(instance), .make = make_empty,
       .thread = {push_it, close_and_drain},
       .outcome = {ACCEPTABLE("accepted", 1, 1), ACCEPTABLE("refused", 0, 0), FORBIDDEN("accepted and lost", 1, 0),
                   FORBIDDEN("refused and popped", 0, 1)})
