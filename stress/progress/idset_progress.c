/* Two threads change one word and look at it. */
#include "prims/idset.h"
#include "stress/model/model.h"

static weir_idset set;
static WEIR_ALIGNED(WEIR_CACHE_LINE) uint64_t block[8];

static void init(void) { weir_idset_init(&set, 64, block); }

static void change(void) {
    uint64_t id = (uint64_t)model_self();
    weir_idset_insert(&set, id);
    weir_idset_contains(&set, 1 - id);
    weir_idset_next(&set, 0);
    weir_idset_remove(&set, id);
}

MODEL_PROGRESS(stopped, "who stops holds up the others as the trait progress says", .setup = init,
               .thread = {change, change}, .victim = 0, .expect = MODEL_AS_TRAIT)

#define STEPS_bitmap 6 /* insert: look, or; contains: look; next: look; remove: look, and */
#define STEPS_lock 0
#define STEPS__(variant) STEPS_##variant
#define STEPS_(variant) STEPS__(variant)
#if STEPS_(WEIR_IDSET)
MODEL_PROGRESS(steps, "each operation takes a fixed number of steps", .setup = init, .thread = {change, change},
               .own_steps = STEPS_(WEIR_IDSET))
#endif
