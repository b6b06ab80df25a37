/* What a stopped thread means to the others: nothing for scq, its place for vyukov, everything for lock. A try always returns;
 * so the others try until they have what is theirs. */
#include "prims/mpmc.h"
#include "stress/model/model.h"

static weir_mpmc q;
static WEIR_ALIGNED(WEIR_CACHE_LINE) char block[2048];
static weir_a32 pushed;

static void init_4(void) { weir_mpmc_init(&q, 4, block); }

static void init_1_full(void) {
    weir_mpmc_init(&q, 1, block);
    weir_mpmc_try_push(&q, 0);
}

static void push_1(void) { weir_mpmc_try_push(&q, 1); }

static void pop_1(void) {
    uint64_t v;
    weir_mpmc_try_pop(&q, &v);
}

static void push_2(void) {
    if (weir_mpmc_try_push(&q, 2)) weir_a32_store_release(&pushed, 1);
}

/* Takes 2, which may be behind the victim's 1. */
static void pop_until_2(void) {
    uint64_t v = 0;
    while (!weir_a32_load_acquire(&pushed)) weir_pause();
    do
        while (!weir_mpmc_try_pop(&q, &v)) weir_pause();
    while (v != 2);
}

MODEL_PROGRESS(stopped_producer, "an item behind a producer that stops is reached as the trait progress says",
               .setup = init_4, .thread = {push_1, push_2, pop_until_2}, .victim = 0, .expect = MODEL_AS_TRAIT)

/* One place, which is full. Empties it unless the victim does, and finds room. */
static void pop_then_push(void) {
    uint64_t v;
    weir_mpmc_try_pop(&q, &v);
    while (!weir_mpmc_try_push(&q, 2)) weir_pause();
}

MODEL_PROGRESS(stopped_consumer, "the place of a consumer that stops is found again as the trait progress says",
               .setup = init_1_full, .thread = {pop_1, pop_then_push}, .victim = 0, .expect = MODEL_AS_TRAIT)
