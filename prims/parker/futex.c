#include "prims/parker/sleep_p.h"

bool weir_parker_futex_wait(weir_wait *w, uint64_t deadline_ns, weir_learned *learned) {
    (void)learned;
    weir_count(&weir_wait_counts_own()->waits);
    return weir_thread_woken(w) || weir_thread_sleep(w, deadline_ns);
}
