/* Publication edges of spsc: R2 -> A2, items; R1 -> A1, places. */
#include "prims/spsc.h"
#include "stress/litmus/litmus.h"

typedef struct instance {
    weir_spsc q;
    WEIR_ALIGNED(WEIR_CACHE_LINE) uint64_t block[8];
    WEIR_ALIGNED(WEIR_CACHE_LINE) uint64_t data;
} instance;

static void make_empty(void *p) {
    instance *x = p;
    weir_spsc_init(&x->q, 4, x->block);
    x->data = 0;
}

static void make_full(void *p) {
    instance *x = p;
    weir_spsc_init(&x->q, 1, x->block);
    weir_spsc_try_push(&x->q, 1);
    x->data = 0;
}

/* -- R2, A2 -- */

static unsigned send(void *p) {
    instance *x = p;
    x->data = 1;
    weir_spsc_try_push(&x->q, 7);
    return 0;
}

static unsigned receive(void *p) {
    instance *x = p;
    uint64_t v = 0;
    if (!weir_spsc_try_pop(&x->q, &v)) return NOTHING;
    return v == 7 ? litmus_saw(x->data) : STALE;
}

LITMUS(push_pop, NULL, "a push happens before the pop of its word", .text = "data = 1; push | pop, load data",
       .bytes = sizeof(instance), .make = make_empty, .thread = {send, receive}, .again = {[1] = true},
       .outcome = {LITMUS_MESSAGE("the item")})

static unsigned send_batch(void *p) {
    instance *x = p;
    return (unsigned)weir_spsc_try_push_n(&x->q, (const uint64_t[]){1, 2, 3}, 3);
}

static unsigned receive_batch(void *p) {
    instance *x = p;
    uint64_t v[4] = {0};
    size_t n = weir_spsc_try_pop_n(&x->q, v, 4);
    for (size_t i = 0; i < n; i++)
        if (v[i] != i + 1) return 9;
    return (unsigned)n;
}

LITMUS(batch, NULL, "a batch is seen whole or not at all", .text = "push 1 2 3 in one batch | pop up to 4: how many?",
       .bytes = sizeof(instance), .make = make_empty, .thread = {send_batch, receive_batch}, .again = {[1] = true},
       .outcome = {ACCEPTABLE("too early", 3, 0), ACCEPTABLE("all three", 3, 3), FORBIDDEN("a part of it", 3, 1),
                   FORBIDDEN("a part of it", 3, 2), FORBIDDEN("other words", 3, 9)})

/* -- R1, A1 -- */

static unsigned empty_it(void *p) {
    instance *x = p;
    uint64_t v = 0;
    x->data = 1;
    if (!weir_spsc_try_pop(&x->q, &v)) return NOTHING;
    return v == 1 ? SEEN : STALE;
}

static unsigned fill_again(void *p) {
    instance *x = p;
    return weir_spsc_try_push(&x->q, 2) ? litmus_saw(x->data) : NOTHING;
}

LITMUS(pop_push, NULL, "a pop happens before the push that reuses its place",
       .text = "full with 1: data = 1; pop: 1? | push 2, load data", .bytes = sizeof(instance), .make = make_full,
       .thread = {empty_it, fill_again}, .again = {[1] = true},
       .outcome = {ACCEPTABLE("too early", SEEN, NOTHING), ACCEPTABLE("the place, and all before it", SEEN, SEEN),
                   FORBIDDEN("the place without what preceded it", SEEN, STALE),
                   FORBIDDEN("the item was overwritten before it was read", STALE, SEEN)})
