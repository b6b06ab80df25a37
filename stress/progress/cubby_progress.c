/* What a stopped thread means to the others: each variant says that it holds them up, by the lock, the turn, or the pair it is
 * one of. Threads sleep at once (WEIR_PARKER). */
#define WEIR_PARKER futex
#include "prims/cubby.h"
#include "stress/model/model.h"

static weir_cubby c;

static void empty(void) { weir_cubby_init(&c); }

static void filled(void) {
    weir_cubby_init(&c);
    weir_cubby_push(&c, 0);
}

static void push_1(void) { weir_cubby_push(&c, 1); }
static void push_2(void) { weir_cubby_push(&c, 2); }

static void pop(void) {
    uint64_t v;
    weir_cubby_pop(&c, &v);
}

/* 2 may be behind the victim's. */
static void pop_until_2(void) {
    for (uint64_t v = 0; v != 2;) weir_cubby_pop(&c, &v);
}

MODEL_PROGRESS(stopped_pusher, "a pusher that stops holds up the others as the trait progress says", .setup = empty,
               .thread = {push_1, push_2, pop_until_2}, .victim = 0, .expect = MODEL_AS_TRAIT)
MODEL_PROGRESS(stopped_popper, "a popper that stops holds up the others as the trait progress says", .setup = filled,
               .thread = {pop, push_2, pop}, .victim = 0, .expect = MODEL_AS_TRAIT)
