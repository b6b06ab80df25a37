/* The calls of chan that do not wait are as its ring, but for the wake of a sleeper, which takes a short lock. */
#define WEIR_PARKER futex
#include "prims/chan.h"
#include "stress/model/model.h"

static weir_chan c;
static WEIR_ALIGNED(WEIR_CACHE_LINE) char block[2048];
static weir_a32 pushed;

static void init(void) { weir_chan_init(&c, 4, block); }

static void push_1(void) { weir_chan_try_push(&c, 1); }

static void push_2(void) {
    if (weir_chan_try_push(&c, 2) == WEIR_OK) weir_a32_store_release(&pushed, 1);
}

/* Takes 2, which may be behind the victim's 1. */
static void pop_until_2(void) {
    uint64_t v = 0;
    while (!weir_a32_load_acquire(&pushed)) weir_pause();
    do
        while (weir_chan_try_pop(&c, &v) != WEIR_OK) weir_pause();
    while (v != 2);
}

MODEL_PROGRESS(try, "while nobody sleeps, the try forms are as the ring", .setup = init,
               .thread = {push_1, push_2, pop_until_2}, .victim = 0, .expect = MODEL_AS_TRAIT)

static void pop(void) {
    uint64_t v;
    weir_chan_pop(&c, &v);
}

MODEL_PROGRESS(wake, "a popper that stops while it parks holds up the push that wakes it", .setup = init,
               .thread = {pop, push_1}, .victim = 0, .expect = MODEL_BLOCKING)
