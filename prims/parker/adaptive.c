/* How the budget is learned. A spin that ends in a wake moves `spin_ns` a quarter of the way to what it took and forgives
 * all misses; MISSES in a row without one end all hope. With hope, a wait spins up to four times the average, within
 * SPIN_MIN and SPIN_MAX: MAX is about what waking a sleeper costs, so that spinning at most doubles the price of a wait;
 * MIN outlasts the small stops that an interrupt or a hypervisor makes (with 2 us instead of 10, one hand-off in a hundred
 * slept, which tripled the mean). Without hope it sleeps at once, but for a probe, one wait in 64, that spins up to
 * SPIN_MAX: where everybody sleeps, a partner needs that long to answer, and the one that answers finds somebody spinning,
 * and so on. The first probes that fail halve their rate, down to one in 256: then SPIN_MAX / 256 a wait, 160 ns, is all
 * that spinning costs where it never pays (all on one processor: 5 % of a hand-off). Rarer probes were cheaper there, and
 * slower to find back to spinning where it does pay (8p1c: twice the time). */
#include "prims/parker/sleep_p.h"

enum { SPIN_MIN = 10000, SPIN_MAX = 40000, MISSES = 4, PROBE = 64, BACKOFF = 2, POLLS = WEIR_LOOKS(16) };

static WEIR_THREAD_LOCAL unsigned hopeless; /* waits of this thread without hope since its last probe */

static uint64_t budget(const weir_learned *l) {
    uint32_t misses = weir_a32_load(&l->misses);
    if (misses >= MISSES) return ++hopeless % ((uint32_t)PROBE << (misses - MISSES)) ? 0 : SPIN_MAX;
    uint64_t four = 4 * (uint64_t)weir_a32_load(&l->spin_ns);
    return four < SPIN_MIN ? SPIN_MIN : four > SPIN_MAX ? SPIN_MAX : four;
}

static void paid(weir_learned *l, uint64_t took_ns) {
    if (took_ns > SPIN_MAX) took_ns = SPIN_MAX; /* it was preempted meanwhile */
    uint32_t mean = weir_a32_load(&l->spin_ns), next = (uint32_t)(mean - mean / 4 + took_ns / 4);
    if (next / 64 != mean / 64) weir_a32_store(&l->spin_ns, next);
    if (weir_a32_load(&l->misses)) weir_a32_store(&l->misses, 0);
}

static void failed(weir_learned *l) {
    uint32_t misses = weir_a32_load(&l->misses);
    if (misses < MISSES + BACKOFF) weir_a32_store(&l->misses, misses + 1);
}

static bool spin(weir_wait *w, uint64_t budget_ns, weir_learned *l) {
    uint64_t start = 0, took = 0;
    do {
        for (int i = 0; i < POLLS; i++) {
            if (weir_thread_woken(w)) {
                paid(l, took);
                return true;
            }
            weir_pause();
        }
        if (!start) start = weir_now_ns(); /* not before: most spins that succeed are over by then */
        took = weir_now_ns() - start;
    } while (took < budget_ns);
    failed(l);
    return false;
}

bool weir_parker_adaptive_wait(weir_wait *w, uint64_t deadline_ns, weir_learned *learned) {
    weir_count(&weir_wait_counts_own()->waits);
    uint64_t budget_ns = deadline_ns == WEIR_FOREVER || deadline_ns > weir_now_ns() ? budget(learned) : 0;
    return (budget_ns && spin(w, budget_ns, learned)) || weir_thread_sleep(w, deadline_ns);
}
