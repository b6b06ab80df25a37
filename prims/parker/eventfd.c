#include "prims/parker/sleep_p.h"

int weir_parker_eventfd_begin(weir_wait *w) {
    int event = weir_event_mine();
    if (event < 0) return -1;
    uint32_t seen = WEIR_THREAD_ARMED, asleep = WEIR_THREAD_EVENT + (uint32_t)event;
    /* ER release: pairs with EA in weir_thread_wake; the event is open. It fails when the wake has come, or it was announced
     * before. */
    return weir_a32_cas_release(&w->word, &seen, asleep) || seen == asleep ? event : -1;
}

bool weir_parker_eventfd_end(weir_wait *w) {
    weir_event_wait(weir_event_mine(), 0); /* so that the next poll sleeps */
    return weir_thread_woken(w);
}

bool weir_parker_eventfd_wait(weir_wait *w, uint64_t deadline_ns, weir_learned *learned) {
    (void)learned;
    const weir_block_hooks *hooks = weir_thread_hooks_own();
    weir_wait_counts *counts = weir_wait_counts_own();
    weir_count(&counts->waits);
    int event = weir_parker_eventfd_begin(w);
    if (event < 0) return weir_thread_woken(w) || weir_thread_sleep(w, deadline_ns);
    weir_count(&counts->sleeps);
    if (hooks->before) hooks->before(hooks->arg);
    bool in_time = true;
    while (in_time && weir_a32_load(&w->word) !=
                          WEIR_THREAD_WOKEN) /* relaxed: the signal brings the wake, and weir_thread_woken acquires */
        in_time = weir_event_wait(event, deadline_ns);
    if (hooks->after) hooks->after(hooks->arg);
    return weir_thread_woken(w);
}
