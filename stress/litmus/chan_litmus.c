/* Publication edges of chan: the ring's, through waiting (R1 R2 R3 -> A1 A2 A3 on a side's word) and close (R4 -> A4). */
#include "prims/chan.h"
#include "stress/litmus/litmus.h"

typedef struct instance {
    weir_chan c;
    WEIR_ALIGNED(WEIR_CACHE_LINE) char block[4096];
    WEIR_ALIGNED(WEIR_CACHE_LINE) uint64_t data;
} instance;

static void make(instance *x, uint64_t capacity) {
    if (weir_chan_bytes(capacity) > sizeof x->block) stress_fail("litmus: the block is too small");
    weir_chan_init(&x->c, capacity, x->block);
    x->data = 0;
}

static void make_empty(void *p) { make(p, 4); }

static void make_full(void *p) {
    instance *x = p;
    make(x, 1);
    weir_chan_try_push(&x->c, 1);
}

static unsigned send(void *p) {
    instance *x = p;
    x->data = 1;
    return weir_chan_push(&x->c, 7) == WEIR_OK ? 0 : 9;
}

static unsigned wait_for_it(void *p) {
    instance *x = p;
    uint64_t v = 0;
    if (weir_chan_pop(&x->c, &v) != WEIR_OK) return NOTHING;
    return v == 7 ? litmus_saw(x->data) : STALE;
}

LITMUS(push_wake, NULL, "a push happens before the pop that waited for it",
       .text = "data = 1; push | pop, waiting; load data", .bytes = sizeof(instance), .make = make_empty,
       .thread = {send, wait_for_it},
       .outcome = {ACCEPTABLE("the item, and all before it", 0, SEEN), FORBIDDEN("the item without it", 0, STALE),
                   FORBIDDEN("refused", 0, NOTHING)})

static unsigned empty_it(void *p) {
    instance *x = p;
    uint64_t v = 0;
    x->data = 1;
    if (weir_chan_pop(&x->c, &v) != WEIR_OK) return NOTHING;
    return v == 1 ? SEEN : STALE;
}

static unsigned wait_for_room(void *p) {
    instance *x = p;
    return weir_chan_push(&x->c, 2) == WEIR_OK ? litmus_saw(x->data) : NOTHING;
}

LITMUS(pop_wake, NULL, "a pop happens before the push that waited for its place",
       .text = "full with 1: data = 1; pop | push 2, waiting; load data", .bytes = sizeof(instance), .make = make_full,
       .thread = {empty_it, wait_for_room},
       .outcome = {ACCEPTABLE("the place, and all before it", SEEN, SEEN),
                   FORBIDDEN("the place without it", SEEN, STALE), FORBIDDEN("the item was overwritten", STALE, SEEN),
                   FORBIDDEN("refused", SEEN, NOTHING)})

static unsigned close_it(void *p) {
    instance *x = p;
    x->data = 1;
    weir_chan_close(&x->c);
    return 0;
}

static unsigned try_until_closed(void *p) {
    instance *x = p;
    uint64_t v;
    return weir_chan_try_pop(&x->c, &v) == WEIR_CLOSED ? litmus_saw(x->data) : NOTHING;
}

LITMUS(close_closed, NULL, "close happens before every CLOSED", .text = "data = 1; close | try_pop: CLOSED? load data",
       .bytes = sizeof(instance), .make = make_empty, .thread = {close_it, try_until_closed}, .again = {[1] = true},
       .outcome = {LITMUS_MESSAGE("CLOSED")})

static unsigned wait_for_close(void *p) {
    instance *x = p;
    uint64_t v;
    return weir_chan_pop(&x->c, &v) == WEIR_CLOSED ? litmus_saw(x->data) : NOTHING;
}

LITMUS(close_wake, NULL, "close wakes whoever waits, and happens before its CLOSED",
       .text = "data = 1; close | pop, waiting: CLOSED? load data | pop, waiting", .bytes = sizeof(instance),
       .make = make_empty, .thread = {close_it, wait_for_close, wait_for_close},
       .outcome = {ACCEPTABLE("both", 0, SEEN, SEEN), FORBIDDEN("CLOSED without what preceded it", 0, STALE, SEEN),
                   FORBIDDEN("CLOSED without what preceded it", 0, SEEN, STALE),
                   FORBIDDEN("an item from nowhere", 0, NOTHING, SEEN)})

static unsigned push_it(void *p) {
    instance *x = p;
    return weir_chan_push(&x->c, 1) == WEIR_OK;
}

static unsigned close_and_drain(void *p) {
    instance *x = p;
    uint64_t v;
    unsigned n = 0;
    weir_chan_close(&x->c);
    while (weir_chan_pop(&x->c, &v) == WEIR_OK) n++;
    return n;
}

LITMUS(close_push, NULL, "a value is accepted and popped, or refused and not",
       .text = "push: accepted? | close; pop until CLOSED: how many?", .bytes = sizeof(instance), .make = make_empty,
       .thread = {push_it, close_and_drain},
       .outcome = {ACCEPTABLE("accepted", 1, 1), ACCEPTABLE("refused", 0, 0), FORBIDDEN("accepted and lost", 1, 0),
                   FORBIDDEN("refused and popped", 0, 1)})
