/* ref.futex_pair: what the kernel's part of a hand-off costs. One place, one thread a side; each side sleeps on the word the
 * other changes and wakes it after every item, without a spin and without asking whether anybody sleeps. The reference for
 * every figure of a thread that parks. */
#include <stdlib.h>

#include "bench/cases/axes.h"

typedef struct pair {
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a32 full; /* 0 or 1; set by the producer, cleared by the consumer */
    uint64_t value;
} pair;

static void *make(const bench_params *p) {
    (void)p;
    pair *f = aligned_alloc(WEIR_CACHE_LINE, sizeof *f);
    if (f) *f = (pair){.full = {0}};
    return f;
}

static void wait_for(pair *f, uint32_t state) {
    while (weir_a32_load_acquire(&f->full) != state) /* A1: pairs with R1; the value, or its place, is ours */
        weir_futex_wait(&f->full, !state, WEIR_FOREVER);
}

static void pass_on(pair *f, uint32_t state) {
    weir_a32_store_release(&f->full, state); /* R1: pairs with A1 */
    weir_futex_wake(&f->full, 1);
}

static void push(void *object, uint64_t v) {
    pair *f = object;
    wait_for(f, 0);
    f->value = v;
    pass_on(f, 1);
}

static uint64_t pop(void *object) {
    pair *f = object;
    wait_for(f, 1);
    uint64_t v = f->value;
    pass_on(f, 0);
    return v;
}

static void work(bench_worker *w) { bench_team_wait(w, push, pop); }
static void push_last(void *object) { push(object, BENCH_LAST); }
static bool supports(const bench_params *p) { return p->producers == 1 && p->consumers == 1; }

static const bench_row row = {
    .name = "cubby.handoff",
    .variant = "ref.futex_pair",
    .flags = BENCH_REFERENCE | BENCH_WAITS,
    .note = "a futex wake for every item and every place, no spin",
    .unit = "ns/op",
    .axes = bench_axes_cubby_handoff,
    .supports = supports,
    .make = make,
    .destroy = free,
    .work = work,
    .push_last = push_last,
};
BENCH_ROW(row)
