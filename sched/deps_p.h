/* deps_p - dependencies: what an event waits for, and who waits for it. */
#ifndef WEIR_SCHED_DEPS_P_H
#define WEIR_SCHED_DEPS_P_H

#include "sched/sched_p.h"

weir_sched_status weir_deps_open(weir_sched *s, weir_sched_error *error); /* makes s->deps */
void weir_deps_close(weir_sched *s);                                      /* s->deps may be NULL */

/* The number of an event in its stream is rank[1] (seq may be 0, the caller's), its stream is stream, unless it is a child
 * (weir_event_is_child), which has no name.
 *
 * The submitter's thread, before anybody else can see e: checks its dependencies as far as that is possible now, and makes it
 * known: in the table of names, in its joins and subtrees. OK; SELF; BAD; UNKNOWN (pool); NOMEM: then nothing has changed. */
weir_sched_status weir_deps_enter(weir_sched *s, weir_event *e);

/* Counts e's dependencies; calls class->ready at once when none are unmet. */
void weir_deps_resolve(weir_worker *w, weir_event *e);

/* e is over: its state becomes ENDED (or LOST, with that status), those who wait for it are told, joins, subtrees and names
 * count it no more. Its memory stays in use until weir_event_finish. */
void weir_deps_ended(weir_worker *w, weir_event *e, weir_sched_status status);

/* Over and finished in one: pools. */
static inline void weir_event_ended(weir_worker *w, weir_event *e, weir_sched_status status) {
    weir_deps_ended(w, e, status);
    weir_event_finish(w, e, status);
}

/* Nothing is ready and nothing runs: ends the members of cycles, after a report, with CYCLE. How many were ended. */
size_t weir_deps_cycles(weir_worker *w);

#endif
