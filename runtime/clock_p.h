/* clock - alarms of a runtime: a wheel, and a thread that sleeps until the next one is due. */
#ifndef WEIR_RUNTIME_CLOCK_P_H
#define WEIR_RUNTIME_CLOCK_P_H

#include <pthread.h>

#include "prims/lock_p.h"
#include "sched/timer.h"

typedef struct weir_clock {
    weir_lock lock;
    weir_wheel wheel;
    pthread_t thread;
    bool started;
    weir_a32 changed; /* an earlier alarm has come, or it ends: the thread looks again */
    uint64_t until;   /* it sleeps until then; under the lock */
    bool ending;
} weir_clock;

void weir_clock_init(weir_clock *c);
void weir_clock_end(weir_clock *c); /* no alarm is armed */

/* Arms it; its `ring` is called under the clock's lock, on the clock's thread, which is started by the first alarm. False: no
 * thread. */
bool weir_clock_add(weir_clock *c, weir_alarm *alarm);

/* Afterwards `ring` is not running and will not run. */
void weir_clock_cancel(weir_clock *c, weir_alarm *alarm);

#endif
