/* What filters publish: an insert that has returned, to whoever is synchronised with the return; R1 -> A1 of counting. */
#include "prims/filter.h"
#include "stress/litmus/litmus.h"

enum { KEYS = 8, BITS = 8, A = 3, B = 1000003 };

typedef struct instance {
    weir_filter f;
    WEIR_ALIGNED(WEIR_CACHE_LINE) uint64_t block[256];
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a32 flag;
    WEIR_ALIGNED(WEIR_CACHE_LINE) uint64_t data;
} instance;

static void make(void *p) {
    instance *x = p;
    if (weir_filter_bytes(KEYS, BITS) > sizeof x->block) stress_fail("litmus: the block is too small");
    weir_filter_init(&x->f, KEYS, BITS, 1, x->block);
    weir_a32_store(&x->flag, 0);
    x->data = 0;
}

static void make_with(void *p) {
    instance *x = p;
    make(p);
    weir_filter_insert(&x->f, A);
}

static unsigned insert_a(void *p) {
    instance *x = p;
    weir_filter_insert(&x->f, A);
    weir_a32_store_release(&x->flag, 1);
    return 0;
}

static unsigned look_for_a(void *p) {
    instance *x = p;
    if (!weir_a32_load_acquire(&x->flag)) return NOTHING;
    return weir_filter_may_contain(&x->f, A) ? SEEN : STALE;
}

LITMUS(insert_query, NULL, "an insert that has returned is seen by whoever is synchronised with the return",
       .text = "insert; flag =release 1 | load acquire flag; may_contain", .bytes = sizeof(instance), .make = make,
       .thread = {insert_a, look_for_a}, .again = {[1] = true}, .outcome = {LITMUS_MESSAGE("the flag")})

/* Whoever comes second looks: both have been inserted then. */
static unsigned insert_and_look(instance *x, uint64_t id) {
    weir_filter_insert(&x->f, id);
    if (weir_a32_add_acq_rel(&x->flag, 1) == 0) return NOTHING;
    return weir_filter_may_contain(&x->f, A) && weir_filter_may_contain(&x->f, B) ? SEEN : STALE;
}

static unsigned insert_a_and_look(void *p) { return insert_and_look(p, A); }
static unsigned insert_b_and_look(void *p) { return insert_and_look(p, B); }

LITMUS(two_inserts, NULL, "of inserts at the same time no bit is lost",
       .text = "insert a | insert b; the second of the two: may_contain a and b", .bytes = sizeof(instance),
       .make = make, .thread = {insert_a_and_look, insert_b_and_look},
       .outcome = {ACCEPTABLE("both are in", NOTHING, SEEN), ACCEPTABLE("both are in", SEEN, NOTHING),
                   FORBIDDEN("one is missing", NOTHING, STALE), FORBIDDEN("one is missing", STALE, NOTHING)})

static unsigned remove_it(void *p) {
    instance *x = p;
    x->data = 1;
    return weir_filter_remove(&x->f, A) == WEIR_OK ? 0 : 9;
}

static unsigned see_it_gone(void *p) {
    instance *x = p;
    return weir_filter_may_contain(&x->f, A) ? NOTHING : litmus_saw(x->data);
}

LITMUS(remove_query, "remove=yes", "all before a remove happens before the `surely not` that it makes possible",
       .text = "data = 1; remove | surely not? load data", .bytes = sizeof(instance), .make = make_with,
       .thread = {remove_it, see_it_gone}, .again = {[1] = true}, .outcome = {LITMUS_MESSAGE("surely not")})

static unsigned insert_b_alone(void *p) {
    instance *x = p;
    weir_filter_insert(&x->f, B);
    weir_a32_add_acq_rel(&x->flag, 1);
    return 0;
}

static unsigned remove_a_and_look(void *p) {
    instance *x = p;
    if (weir_filter_remove(&x->f, A) != WEIR_OK) return 9;
    if (weir_a32_load_acquire(&x->flag) == 0) return NOTHING;
    return weir_filter_may_contain(&x->f, B) ? SEEN : STALE;
}

LITMUS(remove_insert, "remove=yes", "a remove at the same time takes nothing from another id",
       .text = "holds a: insert b; flag = 1 | remove a; flag 1? may_contain b", .bytes = sizeof(instance),
       .make = make_with, .thread = {insert_b_alone, remove_a_and_look},
       .outcome = {ACCEPTABLE("too early", 0, NOTHING), ACCEPTABLE("b is in", 0, SEEN),
                   FORBIDDEN("b is missing", 0, STALE), FORBIDDEN("a was not there", 0, 9)})
