/* Each side alone: wherever the other stops, a try returns, and in as many steps as ever. */
#include "prims/spsc.h"
#include "stress/model/model.h"

static weir_spsc q;
static WEIR_ALIGNED(WEIR_CACHE_LINE) uint64_t block[2];

static void init(void) {
    weir_spsc_init(&q, 2, block);
    weir_spsc_try_push(&q, 0);
}

static void push_2(void) {
    weir_spsc_try_push(&q, 1);
    weir_spsc_try_push(&q, 2);
}

static void pop_2(void) {
    uint64_t v;
    weir_spsc_try_pop(&q, &v);
    weir_spsc_try_pop(&q, &v);
}

MODEL_PROGRESS(stopped_producer, "a producer that stops holds up its consumer as the trait progress says",
               .setup = init, .thread = {push_2, pop_2}, .victim = 0, .expect = MODEL_AS_TRAIT)
MODEL_PROGRESS(stopped_consumer, "a consumer that stops holds up its producer as the trait progress says",
               .setup = init, .thread = {push_2, pop_2}, .victim = 1, .expect = MODEL_AS_TRAIT)

#define STEPS_cached 10 /* of two operations: index, the other's index, its copy twice, place, index */
#define STEPS_plain 10
#define STEPS_lock 0
#define STEPS__(variant) STEPS_##variant
#define STEPS_(variant) STEPS__(variant)
#if STEPS_(WEIR_SPSC)
MODEL_PROGRESS(steps, "an operation takes a fixed number of steps, whatever the other side does", .setup = init,
               .thread = {push_2, pop_2}, .own_steps = STEPS_(WEIR_SPSC))
#endif
