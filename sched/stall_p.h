/* stall_p - how workers without barriers sleep, and find out that all that is left waits for itself. Private to sched.
 *
 * Idle workers listen to s->idle, look once more everywhere, and sleep. When all of them sleep though not all that was
 * submitted has ended, for STALL_NS, one looks for cycles. Nothing may run meanwhile: whoever stops listening passes
 * `gate`, and the search holds it, after which it has seen that all others listen. */
#ifndef WEIR_SCHED_STALL_P_H
#define WEIR_SCHED_STALL_P_H

#include "sched/sched_p.h"

typedef struct weir_stall {
    weir_lock gate;
    weir_a64 searched; /* what had happened when cycles were looked for last */
    bool (*disorder)(
        weir_worker *w); /* order: looks, without a cycle, for what waits for what comes behind it; or NULL */
} weir_stall;

void weir_stall_init(weir_stall *stall);

/* Before a worker begins, and after each weir_worker_listen_end. */
void weir_stall_pass(weir_stall *stall);

/* w has found nothing to do: it listens, and sleeps unless `anything` says that there is something, or until the deadline. */
void weir_stall_idle(weir_stall *stall, weir_worker *w, uint64_t deadline_ns, bool (*anything)(weir_worker *w));

#endif
