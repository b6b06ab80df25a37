/* What a stopped producer means to the others: nothing for scq, its place for vyukov, all for lock. */
#include "prims/mpmc.h"
#include "stress/model/model.h"

static WEIR_ALIGNED(WEIR_CACHE_LINE) weir_mpmc q;
static WEIR_ALIGNED(WEIR_CACHE_LINE) unsigned char block[128 * 16];
static weir_a32 pushed;

static void init(void) { weir_mpmc_init(&q, 4, block); }

static void victim(void) { weir_mpmc_try_push(&q, 1); }

static void producer(void) {
    if (weir_mpmc_try_push(&q, 2)) weir_a32_store_release(&pushed, 1);
}

/* Takes the other's item, which may be behind the victim's. */
static void consumer(void) {
    uint64_t v = 0;
    while (!weir_a32_load_acquire(&pushed)) weir_pause();
    do
        while (!weir_mpmc_try_pop(&q, &v)) weir_pause();
    while (v != 2);
}

MODEL_PROGRESS(stopped_producer, "a producer that stops holds up the others as the trait progress says", .setup = init,
               .thread = {victim, producer, consumer}, .victim = 0, .expect = MODEL_AS_TRAIT)
