/* Publication edges of mcast: R1 -> A1, items; R2 -> A2, places; and joins while the writer writes. */
#include "prims/mcast.h"
#include "stress/litmus/litmus.h"

enum { READERS = 2 };

typedef struct instance {
    weir_mcast q;
    WEIR_ALIGNED(WEIR_CACHE_LINE) char block[4096];
    WEIR_ALIGNED(WEIR_CACHE_LINE) uint64_t data;
    weir_mcast_reader *reader[READERS];
} instance;

static void make(instance *x, uint64_t capacity, unsigned readers) {
    if (weir_mcast_bytes(capacity, READERS) > sizeof x->block) stress_fail("litmus: the block is too small");
    weir_mcast_init(&x->q, capacity, READERS, x->block);
    for (unsigned i = 0; i < readers; i++) x->reader[i] = weir_mcast_join(&x->q);
    x->data = 0;
}

static void make_empty(void *p) { make(p, 4, 2); }
static void make_alone(void *p) { make(p, 2, 0); }

static void make_full(void *p) {
    instance *x = p;
    make(x, 1, 1);
    weir_mcast_try_push(&x->q, 1);
}

static unsigned send(void *p) {
    instance *x = p;
    x->data = 1;
    weir_mcast_try_push(&x->q, 7);
    return 0;
}

static unsigned receive(instance *x, unsigned reader) {
    uint64_t v = 0;
    if (!weir_mcast_try_pop(&x->q, x->reader[reader], &v)) return NOTHING;
    return v == 7 ? litmus_saw(x->data) : STALE;
}

static unsigned receive_first(void *p) { return receive(p, 0); }
static unsigned receive_second(void *p) { return receive(p, 1); }

LITMUS(push_pop, NULL, "a push happens before each reader's pop of its word",
       .text = "data = 1; push | pop, load data | pop, load data", .bytes = sizeof(instance), .make = make_empty,
       .thread = {send, receive_first, receive_second}, .again = {[1] = true, [2] = true},
       .outcome = {ACCEPTABLE("too early, both", 0, NOTHING, NOTHING), ACCEPTABLE("the first reader", 0, SEEN, NOTHING),
                   ACCEPTABLE("the second reader", 0, NOTHING, SEEN), ACCEPTABLE("both", 0, SEEN, SEEN)})

static unsigned send_batch(void *p) {
    instance *x = p;
    return (unsigned)weir_mcast_try_push_n(&x->q, (const uint64_t[]){1, 2, 3}, 3);
}

static unsigned receive_batch(void *p) {
    instance *x = p;
    uint64_t v[4] = {0};
    size_t n = weir_mcast_try_pop_n(&x->q, x->reader[0], v, 4);
    for (size_t i = 0; i < n; i++)
        if (v[i] != i + 1) return 9;
    return (unsigned)n;
}

LITMUS(batch, NULL, "a batch is seen whole or not at all", .text = "push 1 2 3 in one batch | pop up to 4: how many?",
       .bytes = sizeof(instance), .make = make_empty, .thread = {send_batch, receive_batch}, .again = {[1] = true},
       .outcome = {ACCEPTABLE("too early", 3, 0), ACCEPTABLE("all three", 3, 3), FORBIDDEN("a part of it", 3, 1),
                   FORBIDDEN("a part of it", 3, 2), FORBIDDEN("other words", 3, 9)})

static unsigned empty_it(void *p) {
    instance *x = p;
    uint64_t v = 0;
    x->data = 1;
    if (!weir_mcast_try_pop(&x->q, x->reader[0], &v)) return NOTHING;
    return v == 1 ? SEEN : STALE;
}

static unsigned fill_again(void *p) {
    instance *x = p;
    return weir_mcast_try_push(&x->q, 2) ? litmus_saw(x->data) : NOTHING;
}

LITMUS(pop_push, NULL, "the last reader's pop happens before the push that reuses its place",
       .text = "full with 1: data = 1; pop: 1? | push 2, load data", .bytes = sizeof(instance), .make = make_full,
       .thread = {empty_it, fill_again}, .again = {[1] = true},
       .outcome = {ACCEPTABLE("too early", SEEN, NOTHING), ACCEPTABLE("the place, and all before it", SEEN, SEEN),
                   FORBIDDEN("the place without what preceded it", SEEN, STALE),
                   FORBIDDEN("the item was overwritten before it was read", STALE, SEEN)})

/* -- joins -- */

/* Until refused. */
static unsigned push_six(void *p) {
    instance *x = p;
    uint64_t v = 1;
    while (v <= 6 && weir_mcast_try_push(&x->q, v)) v++;
    return v > 6;
}

/* 0: nothing yet; 1: each word the one after; 2: a gap, a repeat or nobody's word. */
static unsigned join_and_pop(void *p) {
    instance *x = p;
    weir_mcast_reader *r = weir_mcast_join(&x->q);
    uint64_t v = 0, before = 0;
    for (unsigned i = 0; i < 3 && weir_mcast_try_pop(&x->q, r, &v); before = v, i++)
        if (v < 1 || v > 6 || (before && v != before + 1)) return 2;
    return before != 0;
}

LITMUS(join, NULL, "a reader who joins while the writer goes round sees word after word, and is not overrun",
       .text = "room for 2, no reader: push 1 .. 6: all? | join; pop, pop, pop: in order?", .bytes = sizeof(instance),
       .make = make_alone, .thread = {push_six, join_and_pop},
       .outcome = {ACCEPTABLE("joined after", 1, 0), ACCEPTABLE("held the writer up, saw nothing yet", 0, 0),
                   ACCEPTABLE("in order", 1, 1), ACCEPTABLE("in order, and held the writer up", 0, 1),
                   FORBIDDEN("overrun", 1, 2), FORBIDDEN("overrun", 0, 2)})
