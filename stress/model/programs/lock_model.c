/* Client programs of the short lock inside waiting: a plain counter, which only the lock keeps whole. */
#include "prims/lock_p.h"
#include "stress/model/model.h"

static weir_lock lock;
static unsigned counter;

static void init(void) { weir_lock_init(&lock); }

static void once(void) {
    weir_lock_acquire(&lock);
    counter++;
    weir_lock_release(&lock);
}

static void twice(void) {
    once();
    once();
}

static void check(unsigned n) {
    model_require(counter == n, "%u critical sections counted %u", n, counter);
    model_require(weir_a32_load(&lock.state) == WEIR_LOCK_FREE, "left in state %u", weir_a32_load(&lock.state));
}

static void check_3(void) { check(3); }
static void check_4(void) { check(4); }

MODEL_PROGRAM(two, "critical sections exclude and follow each other; nobody is left asleep", .setup = init,
              .thread = {twice, twice}, .check = check_4)
MODEL_PROGRAM(three, "the same with two that wait", .setup = init, .thread = {once, once, once}, .check = check_3)
