/* clock - alarms of a runtime: a wheel, and a thread that sleeps until the next one is due; or, for a runtime that a foreign loop
 * drives, no thread but a descriptor, which is readable when an alarm is due, and when the clock was told that something is to do.
 */
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
    weir_alarm *later, **later_end; /* have rung, and go on when the lock is released; under it */

    int fd;         /* a timer of the system; -1: the thread */
    uint64_t armed; /* it expires then; WEIR_FOREVER: not at all; under the lock */
    weir_a32 poked; /* something is to do, whatever the time */
} weir_clock;

void weir_clock_init(weir_clock *c);
bool weir_clock_open_fd(weir_clock *c); /* before the first alarm. False: errno */
void weir_clock_end(weir_clock *c);     /* no alarm is armed */

/* Arms it, or moves it where it is armed; its `ring` is called under the clock's lock, on the clock's thread, which is started by the
 * first alarm. False: no thread. */
bool weir_clock_add(weir_clock *c, weir_alarm *alarm, uint64_t at);

/* Within its `ring`: arms it anew. */
void weir_clock_again(weir_clock *c, weir_alarm *alarm, uint64_t at);

/* Within its `ring`: has `ring`, which may be another by then, called once more without the lock: for what may have to wait, as for room of
 * the scheduler. Until then it is not cancelled, and who arms it arms nothing. */
void weir_clock_later(weir_clock *c, weir_alarm *alarm);

/* Afterwards `ring` is not running and will not run. */
void weir_clock_cancel(weir_clock *c, weir_alarm *alarm);

/* -- with a descriptor -- */

/* Something is to do: it is readable from now on. Any thread, also within `ring`. */
void weir_clock_poke(weir_clock *c);

/* A round of the one thread that drives. Begun: what is due has rung, and all that was told before is about to be done; true: there
 * was some of either. Again: something was told meanwhile. Rest: the descriptor is readable no longer, unless something was told. */
bool weir_clock_round_begin(weir_clock *c);
bool weir_clock_round_again(weir_clock *c);
void weir_clock_rest(weir_clock *c);

#endif
