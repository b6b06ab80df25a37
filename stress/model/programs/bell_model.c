/* Client programs of the bell: who listens, looks once more and sleeps, against who brings something and rings. */
#include "sched/bell_p.h"
#include "stress/model/model.h"

static weir_bell bell;
static weir_a32 brought; /* relaxed: the bell alone makes sure that it is seen */
static bool before[1];   /* plain: by who brings */

/* Has learned that spinning does not pay. */
static void init(void) { weir_a32_store(&bell.learned.misses, 6); }

static void bring(void) {
    if (!before[0]) before[0] = true;
    weir_a32_add_release(&brought, 1);
    weir_bell_ring(&bell, 1);
}

static void bring_twice(void) {
    bring();
    bring();
}

static bool wait_for_one(uint64_t deadline_ns) {
    for (;;) {
        uint32_t heard = weir_bell_listen(&bell);
        bool there = weir_a32_load(&brought), rung = there || weir_bell_wait(&bell, heard, deadline_ns);
        weir_bell_leave(&bell);
        if (there) return true;
        if (!rung) return weir_a32_load(&brought);
    }
}

static void sleeper(void) {
    model_require(wait_for_one(WEIR_FOREVER), "a wait for ever is over");
    model_require(weir_a32_load_acquire(&brought) && before[0], "woken without what was brought");
}

static void timed(void) {
    if (!wait_for_one(weir_now_ns() + 1)) model_count("times timed out");
}

static void nobody_listens(void) {
    model_require(!weir_bell_listeners(&bell), "%u still listen", weir_bell_listeners(&bell));
}

MODEL_PROGRAM(one, "nobody sleeps while there is something", .setup = init, .thread = {sleeper, bring},
              .check = nobody_listens)
MODEL_PROGRAM(two, "the same with two who sleep, rung one at a time", .setup = init,
              .thread = {sleeper, sleeper, bring_twice}, .check = nobody_listens)
MODEL_PROGRAM(timed, "one whose time is over takes nobody's ring away for good", .setup = init,
              .thread = {sleeper, timed, bring_twice}, .check = nobody_listens)

/* What was heard by listening is what a look may rely on. */
static void look_once(void) {
    uint32_t heard = weir_bell_listen(&bell);
    model_require(heard == 0 || before[0], "a ring was heard without what was brought before it");
    weir_bell_leave(&bell);
}
MODEL_PROGRAM(heard, "what precedes a ring happens before who listens after it", .setup = init,
              .thread = {look_once, bring})
