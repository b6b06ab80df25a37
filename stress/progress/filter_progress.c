/* Two threads put ids into one word (block: the same four) and ask. */
#include "prims/filter.h"
#include "stress/model/model.h"

static weir_filter filter;
static WEIR_ALIGNED(WEIR_CACHE_LINE) uint64_t block[64];

static void init(void) { weir_filter_init(&filter, 1, 1, 1, block); }

/* Ids 3 and 5 share a word in every variant: model/programs/filter_model.c. */
static void insert_and_ask(void) {
    weir_filter_insert(&filter, 3 + 2 * (uint64_t)model_self());
    weir_filter_may_contain(&filter, 3);
    weir_filter_may_contain(&filter, 5);
}

MODEL_PROGRESS(stopped, "who stops holds up nobody", .setup = init, .thread = {insert_and_ask, insert_and_ask},
               .victim = 0, .expect = MODEL_LOCK_FREE)

#define STEPS_block 16 /* insert: four looks, four ors; each answer: four looks */
#define STEPS_word 4   /* a look, an or; two looks */
#define STEPS_classic 4
#define STEPS_counting 0 /* a lost CAS is tried again */
#define STEPS__(variant) STEPS_##variant
#define STEPS_(variant) STEPS__(variant)
#if STEPS_(WEIR_FILTER)
MODEL_PROGRESS(steps, "each operation takes a fixed number of steps", .setup = init,
               .thread = {insert_and_ask, insert_and_ask}, .own_steps = STEPS_(WEIR_FILTER))
#endif
