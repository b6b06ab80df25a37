#include "sched/sched_p.h"

/* The system's clock does not go back; where it does all the same (a virtual machine that was moved), that is told
 * once, and time stands still until the clock has come there again. Workers read it beside each other: that is no going
 * back. */
enum { SLACK_NS = 1000000 };

uint64_t weir_sched_now(weir_sched *s) {
    uint64_t seen = weir_a64_load(&s->now), clock = weir_now_ns();
    uint64_t now = clock > s->opened_ns ? clock - s->opened_ns : 0;
    while (now > seen)
        if (weir_a64_cas_weak(&s->now, &seen, now)) return now;
    if (seen - now > SLACK_NS && !weir_a32_xchg(&s->clock_told, 1))
        weir_sched_tell(s, WEIR_SCHED_BACKWARDS, WEIR_NO_WORKER, NULL, 0, "the clock went back by %llu ns",
                        (unsigned long long)(seen - now));
    return seen;
}
