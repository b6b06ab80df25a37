/* deps_p - dependencies: what an event waits for, and who waits for it. */
#ifndef WEIR_SCHED_DEPS_P_H
#define WEIR_SCHED_DEPS_P_H

#include "sched/sched_p.h"

weir_sched_status weir_deps_open(weir_sched *s, weir_sched_error *error); /* makes s->deps */
void weir_deps_close(weir_sched *s);                                      /* s->deps may be NULL */

/* The submitter's thread, before anybody else can see e: checks its dependencies as far as that is possible now, and makes it
 * known: in the table of names, in its joins and subtrees. OK; SELF; BAD; UNKNOWN (pool); NOMEM: then nothing has changed. */
weir_sched_status weir_deps_enter(weir_sched *s, weir_event *e);

/* Counts e's dependencies; calls class->ready at once when none are unmet. */
void weir_deps_resolve(weir_worker *w, weir_event *e);

/* e is over: its state becomes ENDED or LOST, those who wait for it are told, and it is finished. */
void weir_event_ended(weir_worker *w, weir_event *e, weir_sched_status status);

/* Nothing is ready and nothing runs: ends the members of cycles, after a report, with CYCLE. How many were ended. */
size_t weir_deps_cycles(weir_worker *w);

#endif
