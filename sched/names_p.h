/* names - which event is (stream, seq)? For dependencies by id. Private to sched.
 *
 * A NAMED event has an entry from its submit until it has ended; then its id is known by being at most the stream's last.
 * The entry hangs on the event's own `dependents`, so that nobody has to look for it at the end. An event that ended badly
 * leaves its entry behind, for those who name it later.
 * Entries are spread over shards with a lock each, in which stand a hash table and, in front of it, a filter (front_p.h).
 * An id can be looked up, and an edge be put on its event, only while the entry is there: so the event's memory is. */
#ifndef WEIR_SCHED_NAMES_P_H
#define WEIR_SCHED_NAMES_P_H

#include "sched/sched_p.h"

typedef struct weir_names weir_names;

/* OK, BAD: no such filter, NOMEM. */
weir_sched_status weir_names_open(weir_names **out, uint32_t streams, const char *filter);
void weir_names_close(weir_names *n);

/* Could e wait for d? OK; BAD: no such stream; SELF; UNKNOWN: above the last NAMED of its stream, if it may not come yet. */
weir_sched_status weir_names_check(const weir_names *n, const weir_event *e, const weir_dep *d, bool may_come);

/* Gets an entry for e, which nobody can find yet. OK, NOMEM. Then it is entered, or not. Entered, it hangs on e's dependents.
 * Those of one stream are entered one after another, seq rising. */
weir_sched_status weir_names_reserve(weir_names *n, weir_event *e, weir_dep **entry);
void weir_names_enter(weir_names *n, weir_event *e, weir_dep *entry);
void weir_names_unreserve(weir_names *n, weir_dep *entry);

/* The event that d names, which stays there until weir_names_let_go(d). NULL: it has ended, *st says how, and there is nothing to
 * let go; UNKNOWN. */
weir_event *weir_names_hold(weir_names *n, const weir_dep *d, weir_sched_status *st);
void weir_names_let_go(weir_names *n, const weir_dep *d);

/* The event of this entry has ended so. */
void weir_names_forget(weir_names *n, weir_dep *entry, weir_sched_status st);

/* Calls see for each event that is in the table. */
void weir_names_each(weir_names *n, void (*see)(void *arg, weir_event *e), void *arg);

void weir_names_stats(weir_names *n, weir_sched_stats *out);

#endif
