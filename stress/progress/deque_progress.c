/* What a stopped thread means to the others: wherever one stands still, everybody else gets all items but the one it may be
 * about to take. */
#include "prims/deque.h"
#include "stress/model/model.h"

enum { CAPACITY = 4, ITEMS = 3 };

static weir_deque q;
static WEIR_ALIGNED(WEIR_CACHE_LINE) uint64_t block[CAPACITY];
static weir_a32 taken; /* by those who are not stopped */

static void with_3(void) {
    weir_deque_init(&q, CAPACITY, block);
    for (uint64_t v = 0; v < ITEMS; v++) weir_deque_try_push(&q, v);
}

static void empty(void) { weir_deque_init(&q, CAPACITY, block); }

static void steal_once(void) {
    uint64_t v;
    weir_deque_try_steal(&q, &v);
}

static void pop_once(void) {
    uint64_t v;
    weir_deque_try_pop(&q, &v);
}

static void push_pop_push(void) {
    weir_deque_try_push(&q, ITEMS);
    pop_once();
    weir_deque_try_push(&q, ITEMS + 1);
}

/* Until all others' shares together make up what the victim cannot be about to take. */
static bool enough(void) { return weir_a32_load_acquire(&taken) >= ITEMS - 1; }

static void pop_the_rest(void) {
    uint64_t v;
    while (!enough()) {
        if (weir_deque_try_pop(&q, &v)) weir_a32_add_release(&taken, 1);
        else weir_pause();
    }
}

static void steal_the_rest(void) {
    uint64_t v;
    while (!enough()) {
        weir_status st = weir_deque_try_steal(&q, &v);
        if (st == WEIR_OK) weir_a32_add_release(&taken, 1);
        else if (st == WEIR_AGAIN) weir_pause();
    }
}

MODEL_PROGRESS(stopped_thief, "a thief that stops holds up owner and thieves as the trait progress says",
               .setup = with_3, .thread = {steal_once, pop_the_rest, steal_the_rest}, .victim = 0,
               .expect = MODEL_AS_TRAIT)
MODEL_PROGRESS(stopped_pop, "an owner that stops in a pop holds up thieves as the trait progress says", .setup = with_3,
               .thread = {pop_once, steal_the_rest, steal_the_rest}, .victim = 0, .expect = MODEL_AS_TRAIT)
MODEL_PROGRESS(stopped_owner, "the same between pushes and pops: what was there before can be stolen", .setup = with_3,
               .thread = {push_pop_push, steal_the_rest, steal_the_rest}, .victim = 0, .expect = MODEL_AS_TRAIT)

/* Waiting for a mutex is no step. */
enum { STEPS = 20 };
MODEL_PROGRESS(bounded, "no call takes more than a fixed number of steps of its own", .setup = empty,
               .thread = {push_pop_push, steal_once, steal_once}, .own_steps = STEPS)
