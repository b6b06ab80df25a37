/* ready_p - events that may run at once: a deque a worker, whose oldest others steal. Private to sched.
 *
 * A deque is bounded; what does not fit lies in the worker's overflow, a list with a lock, until its deque is empty, or half so when the
 * oldest is asked for, or a thief comes. Nothing of it is private to a worker's thread: what one who has died left there, others take.
 * Sleepers are woken one at a time: who has been woken looks first, and wakes the next if there is more. A push may miss
 * a worker that goes to sleep at that very moment; nothing is lost by it, since the pusher takes what it has pushed. */
#ifndef WEIR_SCHED_READY_P_H
#define WEIR_SCHED_READY_P_H

#include "sched/sched_p.h"

typedef struct weir_ready weir_ready;

/* The set of all workers, for a class's open and close. */
weir_sched_status weir_ready_open(weir_sched *s, weir_sched_error *error);
void weir_ready_close(weir_sched *s);

/* Never refuses. Wakes a sleeper, if there seems to be one. */
void weir_ready_push(weir_worker *w, weir_event *e);

/* The same, but wakes nobody. */
void weir_ready_put(weir_worker *w, weir_event *e);

/* w's newest, else another's oldest; NULL: nothing found. */
weir_event *weir_ready_take(weir_worker *w);

/* w's oldest; NULL: its deque is empty. Now and then instead of the newest, so that nothing waits for ever behind what is pushed
 * again and again. */
weir_event *weir_ready_take_oldest(weir_worker *w);

/* How many are in w's own deque? */
size_t weir_ready_own(weir_worker *w);

/* Is there anything to take? To be asked between weir_worker_listen and weir_worker_sleep. */
bool weir_ready_some(weir_worker *w);

#endif
