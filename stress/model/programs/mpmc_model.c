/* Rings under the model: every item pushed is popped once, and what its pusher wrote before is seen. */
#include "prims/mpmc.h"
#include "stress/model/model.h"

enum { CAPACITY = 2, CELLS_MAX = 128 };

static WEIR_ALIGNED(WEIR_CACHE_LINE) weir_mpmc q;
static WEIR_ALIGNED(WEIR_CACHE_LINE) unsigned char block[CELLS_MAX * 16];
static uint64_t payload[4]; /* written before the push of its index */
static weir_a32 times[4];   /* popped */

static void init(void) { weir_mpmc_init(&q, CAPACITY, block); }

static void push(uint64_t v) {
    payload[v] = v + 10;
    if (weir_mpmc_try_push(&q, v)) return;
    model_count("times full");
    weir_a32_add(&times[v], 1);
}

static void pop(void) {
    uint64_t v;
    if (!weir_mpmc_try_pop(&q, &v)) {
        model_count("times empty");
        return;
    }
    model_require(v < 4, "popped %lu, which nobody pushed", v);
    model_require(payload[v] == v + 10, "popped %lu and saw %lu instead of what was written before its push", v,
                  payload[v]);
    weir_a32_add(&times[v], 1);
}

static void producer0(void) { push(0), push(1); }
static void producer1(void) { push(2); }
static void consumer0(void) { pop(), pop(); }
static void consumer1(void) { pop(); }

static void whole(void) {
    for (uint64_t v; weir_mpmc_try_pop(&q, &v);) {
        model_require(v < 4, "popped %lu, which nobody pushed", v);
        weir_a32_add(&times[v], 1);
    }
    for (uint32_t v = 0; v < 3; v++)
        model_require(weir_a32_load(&times[v]) == 1, "item %u was popped %u times", v, weir_a32_load(&times[v]));
}

MODEL_PROGRAM(two_by_two, "each item is popped once, and happens after its push", .setup = init,
              .thread = {producer0, producer1, consumer0, consumer1}, .check = whole)
