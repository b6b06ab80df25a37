/* due_p - real time: events whose dependencies have ended wait here until their key has come. Private to sched.
 *
 * For classes without an epoch, whose ready() asks first; when the time has come they get the event by ready() again. Workers
 * look here at each tick, and sleep no longer than until the next is due. One short lock; who finds nothing due reads one word
 * and the clock. */
#ifndef WEIR_SCHED_DUE_P_H
#define WEIR_SCHED_DUE_P_H

#include "sched/sched_p.h"

typedef struct weir_due {
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a64 next; /* least key that waits; WEIR_KEY_NONE: none */
    weir_lock lock;
    weir_sort_item *heap; /* by key; guarded by lock */
    size_t n, room;
} weir_due;

weir_sched_status weir_due_open(weir_sched *s, weir_sched_error *error); /* makes s->due; NULL in virtual time */
void weir_due_close(weir_sched *s);

/* One that waits; NULL: none. For close. */
weir_event *weir_due_take(weir_sched *s);

bool weir_due_hold(weir_sched *s, weir_event *e);
void weir_due_release_slow(weir_worker *w);

/* True: its key has not come, and it is kept until then. */
static inline bool weir_due_holds(weir_sched *s, weir_event *e) {
    return WEIR_UNLIKELY(s->due != NULL) && weir_due_hold(s, e);
}

/* Makes ready what is due. */
static inline void weir_due_release(weir_worker *w) {
    weir_due *d = w->sched->due;
    if (WEIR_UNLIKELY(d != NULL) && weir_a64_load(&d->next) != WEIR_KEY_NONE) weir_due_release_slow(w);
}

/* When the next event will be due, on the clock of deadlines; WEIR_FOREVER: none waits. */
uint64_t weir_due_next(weir_sched *s);

#endif
