/* Publication edges of idset: R1 -> A1 and A3, the insert; R2 -> A1 and A2, the remove; and neighbours in one word. */
#include "prims/idset.h"
#include "stress/litmus/litmus.h"

enum { CAPACITY = 128, A = 5, B = 6 };

typedef struct instance {
    weir_idset s;
    WEIR_ALIGNED(WEIR_CACHE_LINE) uint64_t block[64];
    WEIR_ALIGNED(WEIR_CACHE_LINE) uint64_t data;
} instance;

static void make(void *p) {
    instance *x = p;
    if (weir_idset_bytes(CAPACITY) > sizeof x->block) stress_fail("litmus: the block is too small");
    weir_idset_init(&x->s, CAPACITY, x->block);
    x->data = 0;
}

static void make_with(void *p) {
    instance *x = p;
    make(p);
    weir_idset_insert(&x->s, A);
}

static unsigned insert_after(void *p) {
    instance *x = p;
    x->data = 1;
    weir_idset_insert(&x->s, A);
    return 0;
}

static unsigned see_it(void *p) {
    instance *x = p;
    return weir_idset_contains(&x->s, A) ? litmus_saw(x->data) : NOTHING;
}

static unsigned find_it(void *p) {
    instance *x = p;
    return weir_idset_next(&x->s, 0) == A ? litmus_saw(x->data) : NOTHING;
}

static unsigned take_it(void *p) {
    instance *x = p;
    return weir_idset_remove(&x->s, A) ? litmus_saw(x->data) : NOTHING;
}

LITMUS(insert_contains, NULL, "an insert happens before the contains that sees it",
       .text = "data = 1; insert | contains? load data", .bytes = sizeof(instance), .make = make,
       .thread = {insert_after, see_it}, .again = {[1] = true}, .outcome = {LITMUS_MESSAGE("the id")})
LITMUS(insert_next, NULL, "an insert happens before the next that finds it",
       .text = "data = 1; insert | next? load data", .bytes = sizeof(instance), .make = make,
       .thread = {insert_after, find_it}, .again = {[1] = true}, .outcome = {LITMUS_MESSAGE("the id")})
LITMUS(insert_remove, NULL, "an insert happens before the remove of its id",
       .text = "data = 1; insert | remove? load data", .bytes = sizeof(instance), .make = make,
       .thread = {insert_after, take_it}, .again = {[1] = true}, .outcome = {LITMUS_MESSAGE("the id")})

static unsigned remove_after(void *p) {
    instance *x = p;
    x->data = 1;
    weir_idset_remove(&x->s, A);
    return 0;
}

static unsigned see_it_gone(void *p) {
    instance *x = p;
    return weir_idset_contains(&x->s, A) ? NOTHING : litmus_saw(x->data);
}

static unsigned insert_again(void *p) {
    instance *x = p;
    return weir_idset_insert(&x->s, A) ? litmus_saw(x->data) : NOTHING;
}

LITMUS(remove_contains, NULL, "a remove happens before the contains that misses its id",
       .text = "holds it: data = 1; remove | not contains? load data", .bytes = sizeof(instance), .make = make_with,
       .thread = {remove_after, see_it_gone}, .again = {[1] = true}, .outcome = {LITMUS_MESSAGE("the gap")})
LITMUS(remove_insert, NULL, "a remove happens before the next insert of its id",
       .text = "holds it: data = 1; remove | insert anew? load data", .bytes = sizeof(instance), .make = make_with,
       .thread = {remove_after, insert_again}, .again = {[1] = true}, .outcome = {LITMUS_MESSAGE("the gap")})

/* -- two who change one word -- */

static unsigned insert_a(void *p) {
    instance *x = p;
    return weir_idset_insert(&x->s, A);
}

static unsigned insert_b(void *p) {
    instance *x = p;
    weir_idset_insert(&x->s, B);
    return weir_idset_contains(&x->s, B);
}

static unsigned remove_a(void *p) {
    instance *x = p;
    return weir_idset_remove(&x->s, A);
}

LITMUS(same_id, NULL, "of two inserts of one id one is new", .text = "insert: new? | insert: new?",
       .bytes = sizeof(instance), .make = make, .thread = {insert_a, insert_a},
       .outcome = {ACCEPTABLE("the first", 1, 0), ACCEPTABLE("the second", 0, 1), FORBIDDEN("both", 1, 1),
                   FORBIDDEN("neither", 0, 0)})
LITMUS(neighbours, NULL, "changes of neighbours at the same time do not undo each other",
       .text = "holds a: remove a: there? | insert b; contains b?", .bytes = sizeof(instance), .make = make_with,
       .thread = {remove_a, insert_b},
       .outcome = {ACCEPTABLE("both", 1, 1), FORBIDDEN("b was lost", 1, 0), FORBIDDEN("a was not there", 0, 1)})
