/* Publication edges of deque: R2 -> A2, items; R1 -> A1, places; and X, which orders the owner's pop with every thief. */
#include "prims/deque.h"
#include "stress/litmus/litmus.h"

typedef struct instance {
    weir_deque q;
    WEIR_ALIGNED(WEIR_CACHE_LINE) uint64_t block[8];
    WEIR_ALIGNED(WEIR_CACHE_LINE) uint64_t data;
} instance;

static void make(instance *x, uint64_t capacity, unsigned items) {
    weir_deque_init(&x->q, capacity, x->block);
    for (unsigned i = 1; i <= items; i++) weir_deque_try_push(&x->q, i);
    x->data = 0;
}

static void make_empty(void *p) { make(p, 4, 0); }
static void make_full(void *p) { make(p, 1, 1); }
static void make_one(void *p) { make(p, 4, 1); }
static void make_two(void *p) { make(p, 4, 2); }

static unsigned send(void *p) {
    instance *x = p;
    x->data = 1;
    weir_deque_try_push(&x->q, 7);
    return 0;
}

static unsigned receive(void *p) {
    instance *x = p;
    uint64_t v = 0;
    if (weir_deque_try_steal(&x->q, &v) != WEIR_OK) return NOTHING;
    return v == 7 ? litmus_saw(x->data) : STALE;
}

LITMUS(push_steal, NULL, "a push happens before the steal of its word", .text = "data = 1; push | steal, load data",
       .bytes = sizeof(instance), .make = make_empty, .thread = {send, receive}, .again = {[1] = true},
       .outcome = {LITMUS_MESSAGE("the item")})

static unsigned steal_it(void *p) {
    instance *x = p;
    uint64_t v = 0;
    x->data = 1;
    if (weir_deque_try_steal(&x->q, &v) != WEIR_OK) return NOTHING;
    return v == 1 ? SEEN : STALE;
}

static unsigned fill_again(void *p) {
    instance *x = p;
    return weir_deque_try_push(&x->q, 2) ? litmus_saw(x->data) : NOTHING;
}

LITMUS(steal_push, NULL, "a steal happens before the push that reuses its place",
       .text = "full with 1: data = 1; steal: 1? | push 2, load data", .bytes = sizeof(instance), .make = make_full,
       .thread = {steal_it, fill_again}, .again = {[1] = true},
       .outcome = {ACCEPTABLE("too early", SEEN, NOTHING), ACCEPTABLE("the place, and all before it", SEEN, SEEN),
                   FORBIDDEN("the place without what preceded it", SEEN, STALE),
                   FORBIDDEN("the item was overwritten before it was read", STALE, SEEN)})

/* -- X: the last items, the owner against thieves -- */

static unsigned pop_one(void *p) {
    instance *x = p;
    uint64_t v;
    return weir_deque_try_pop(&x->q, &v) ? (unsigned)v : 0;
}

static unsigned steal_one(void *p) {
    instance *x = p;
    uint64_t v;
    return weir_deque_try_steal(&x->q, &v) == WEIR_OK ? (unsigned)v : 0;
}

LITMUS(last_item, NULL, "the owner and a thief do not both take the last item", .text = "holds 1: pop | steal",
       .bytes = sizeof(instance), .make = make_one, .thread = {pop_one, steal_one},
       .outcome = {ACCEPTABLE("the owner got it", 1, 0), ACCEPTABLE("the thief got it", 0, 1),
                   FORBIDDEN("both got it", 1, 1), FORBIDDEN("nobody got it", 0, 0)})

static unsigned pop_two(void *p) {
    instance *x = p;
    uint64_t a = 0, b = 0;
    weir_deque_try_pop(&x->q, &a);
    weir_deque_try_pop(&x->q, &b);
    return (unsigned)(4 * a + b);
}

/* The owner answers 4 times its first word and its second. */
LITMUS(two_items, NULL, "each of two items goes to one", .text = "holds 1 2: pop, pop | steal",
       .bytes = sizeof(instance), .make = make_two, .thread = {pop_two, steal_one},
       .outcome = {ACCEPTABLE("the owner got both", 9, 0), ACCEPTABLE("one each", 8, 1),
                   FORBIDDEN("the first went twice", 9, 1), FORBIDDEN("the second went twice", 8, 2),
                   FORBIDDEN("the second went twice", 9, 2), FORBIDDEN("one was lost", 8, 0)})

static unsigned steal_two(void *p) {
    instance *x = p;
    uint64_t a = 0, b = 0;
    weir_deque_try_steal(&x->q, &a);
    weir_deque_try_steal(&x->q, &b);
    return (unsigned)(4 * a + b);
}

/* The thief answers 4 times its first word and its second. */
LITMUS(two_steals, NULL, "each of two items goes to one", .text = "holds 1 2: pop | steal, steal",
       .bytes = sizeof(instance), .make = make_two, .thread = {pop_one, steal_two},
       .outcome = {ACCEPTABLE("one each", 2, 4), ACCEPTABLE("one each, the thief gave way once", 2, 1),
                   ACCEPTABLE("the thief got both", 0, 6), ACCEPTABLE("the owner got one, the thief gave way", 2, 0),
                   ACCEPTABLE("one each, the owner late", 0, 4), FORBIDDEN("the second went twice", 2, 6),
                   FORBIDDEN("the first went to both", 1, 4), FORBIDDEN("the first went to both", 1, 6)})

LITMUS(two_thieves, NULL, "each of two items goes to one", .text = "holds 1 2: pop, pop | steal | steal",
       .bytes = sizeof(instance), .make = make_two, .thread = {pop_two, steal_one, steal_one},
       .outcome = {ACCEPTABLE("the owner got both", 9, 0, 0), ACCEPTABLE("one each", 8, 1, 0),
                   ACCEPTABLE("one each", 8, 0, 1), ACCEPTABLE("the thieves got both", 0, 1, 2),
                   ACCEPTABLE("the thieves got both", 0, 2, 1), FORBIDDEN("the first went twice", 9, 1, 0),
                   FORBIDDEN("the first went twice", 9, 0, 1), FORBIDDEN("the second went twice", 8, 1, 2),
                   FORBIDDEN("the second went twice", 8, 2, 1), FORBIDDEN("one was lost", 8, 0, 0)})
