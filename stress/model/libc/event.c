/* Events as the model has them: ordinary code under the model, a word and the futex for each thread. */
#include "prims/platform.h"
#include "stress/model/model.h"

static weir_a32 signals[MODEL_THREADS_MAX];

int weir_event_mine(void) { return model_self(); }

void weir_event_signal(int event) {
    weir_a32_add_release(&signals[event], 1); /* R1: pairs with A1 */
    weir_futex_wake(&signals[event], 1);
}

bool weir_event_wait(int event, uint64_t deadline_ns) {
    while (weir_a32_xchg_acquire(&signals[event], 0) == 0) /* A1: as the lock of the kernel's counter does */
        if (!weir_futex_wait(&signals[event], 0, deadline_ns)) return false;
    return true;
}
