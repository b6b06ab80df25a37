/* deps_p - dependencies: what an event waits for, and who waits for it. Private to sched.
 *
 * An edge is the dependent's weir_dep on the `dependents` stack of what it waits for (an event or a join). The stack is
 * closed by one exchange when that is over, and then says how: whoever pushes later reads the answer there. Entries of the
 * library's own on the same stack say what else is to be done when an event is over (names, subtrees), so that an event
 * without name and place pays nothing for them.
 * `unmet` counts the edges, and one more until the event is resolved. Who takes the last calls class->ready.
 * What has not ended well passes its status on to all who wait for it, also through joins and subtrees: they end with it
 * and do not run. */
#ifndef WEIR_SCHED_DEPS_P_H
#define WEIR_SCHED_DEPS_P_H

#include "sched/sched_p.h"

weir_sched_status weir_deps_open(weir_sched *s, weir_sched_error *error); /* makes s->deps */
void weir_deps_close(weir_sched *s);                                      /* s->deps may be NULL */
void weir_deps_stats(weir_sched *s, weir_sched_stats *out);               /* adds exact_looks, filtered */

/* -- submitting ----------------------------------------------------------------------------------------------------- */

weir_sched_status weir_deps_enter_all(weir_sched *s, weir_event *e);
void weir_deps_resolve_all(weir_worker *w, weir_event *e);

/* The number of an event in its stream is rank[1] (seq may be 0, the caller's), its stream is stream, unless it is a child
 * (weir_event_is_child), which has no name.
 *
 * The submitter's thread, before anybody else can see e: checks its dependencies as far as that is possible now, makes the
 * edges (but those by id in the order family), and makes it known: in its join, in subtrees, in the table of names. OK;
 * SELF; BAD; UNKNOWN; DISORDER; NOMEM: then nothing has changed. */
static inline weir_sched_status weir_deps_enter(weir_sched *s, weir_event *e) {
    if (!e->ndeps && !e->join && !e->levels && !e->flags) return WEIR_SCHED_OK;
    return weir_deps_enter_all(s, e);
}

/* Counts what is left of e's dependencies; calls class->ready at once when none are unmet. Order: ids are looked up here, so that
 * all that may be named should have been entered before; UNKNOWN and DISORDER are then how e ends. */
static inline void weir_deps_resolve(weir_worker *w, weir_event *e) {
    if (!e->ndeps) w->sched->class->ready(w, e);
    else weir_deps_resolve_all(w, e);
}

/* -- ending --------------------------------------------------------------------------------------------------------- */

/* e is over: its state becomes ENDED (or LOST, with that status), those who wait for it are told, joins, subtrees and names
 * count it no more. Its memory stays in use until weir_event_finish. Those that end by it without having run are finished,
 * too (pool); order: they are over, and weir_deps_outcome says how. */
void weir_deps_ended(weir_worker *w, weir_event *e, weir_sched_status status);

/* Over and finished in one: pools. */
static inline void weir_event_ended(weir_worker *w, weir_event *e, weir_sched_status status) {
    weir_deps_ended(w, e, status);
    weir_event_finish(w, e, status);
}

/* Pool: e was entered and will not be resolved. It ends so when what it waits for has ended, at once if that is nothing. */
void weir_deps_abandon(weir_worker *w, weir_event *e, weir_sched_status status);

/* The same for an event that its class has never seen: then it is finished, too, in the order family as well. */
void weir_deps_drop(weir_worker *w, weir_event *e, weir_sched_status status);

/* Pool, for close: what waits for joins waits no longer, and will end as CLOSED. */
void weir_deps_abandon_waiting(weir_worker *w);

/* With which status is e over? It is. */
static inline weir_sched_status weir_deps_outcome(const weir_event *e) {
    return (weir_sched_status)((uintptr_t)weir_aptr_load(&e->dependents) >> 1);
}

/* Tells those who waited for joins that were sealed outside of any worker. True: there were some. When there is nothing
 * else to do. */
bool weir_deps_drain(weir_worker *w);
bool weir_deps_pending(const weir_sched *s); /* would it find some? */

/* Nothing is ready and nothing runs, and so it stays until it returns: ends the members of cycles, after a report, with CYCLE. How
 * many cycles there were; SIZE_MAX: there is no memory to look for them, as has been told, and nothing has changed. */
size_t weir_deps_cycles(weir_worker *w);

/* The same for order: nothing is ready, nothing runs, there is no cycle, and still `first`, the first event that has not retired,
 * waits, through others, for the data part of one behind it: the last of them that waits ends with DISORDER, after a report.
 * each: calls start(graph, e) for all events that have not retired and have a place. True: there was one. */
typedef void weir_deps_each(void *arg, void (*start)(void *graph, weir_event *e), void *graph);
bool weir_deps_disorder(weir_worker *w, const weir_event *first, weir_deps_each *each, void *arg);

/* -- between deps.c and its parts ----------------------------------------------------------------------------------- */

/* weir_event.unmet: how many, and above that the status it will end with instead of running, if not OK. */
enum { WEIR_UNMET_BITS = 24, WEIR_UNMET_MASK = (1 << WEIR_UNMET_BITS) - 1, WEIR_DEPS_MAX = WEIR_UNMET_MASK - 1 };

/* Entries of the library's own: of names.c, of subtree.c. */
enum { WEIR_DEP_NAME = WEIR_DEP_SUBTREE + 1, WEIR_DEP_PLACE };

/* A closed stack: an odd pointer that carries the status. */
static inline void *weir_deps_closed(weir_sched_status st) { return (void *)((uintptr_t)st << 1 | 1); }
static inline bool weir_deps_is_closed(const void *head) { return (uintptr_t)head & 1; }

/* Puts d on the stack; false: it was closed, *st says how. */
bool weir_deps_push(weir_aptr *dependents, weir_dep *d, weir_sched_status *st);

/* What these edges waited for is over; `zero` of each says how. */
void weir_deps_pass_on(weir_worker *w, weir_dep *first);

typedef struct weir_deps weir_deps;
struct weir_subtree *weir_deps_subtree(weir_sched *s);
struct weir_names *weir_deps_names(weir_sched *s);

#endif
