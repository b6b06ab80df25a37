/* joins - counts of what has not ended. Private to sched.
 *
 * A join does not know who counts in it, and nobody knows which events wait. So that cycles can be found, the first who waits for
 * a join stands in the table of waiters: its place is in its weir_dep, in `levels`, and is cleared by whoever ends the join,
 * before the one that waits is told. The table grows and never shrinks; without memory there are some that it does not know.
 * A join that ends at weir_join_seal has no worker at hand: its edges lie in `sealed` until a worker fetches them. */
#ifndef WEIR_SCHED_JOINS_P_H
#define WEIR_SCHED_JOINS_P_H

#include "sched/sched_p.h"

typedef struct weir_joins weir_joins;
weir_joins *weir_deps_joins(weir_sched *s);

weir_joins *weir_joins_open(void); /* NULL: no memory */
void weir_joins_close(weir_joins *all);

/* Is `join` this one, or does it count in it through its parents? join may be NULL. */
bool weir_joins_counts_in(const weir_join *join, const weir_join *in);

/* One more counts in it. By someone who counts in it already, or before it is sealed. */
void weir_joins_count(weir_join *join);

/* Puts d on the join that it names: true. False: that has ended, *st says how. */
bool weir_joins_wait(weir_joins *all, weir_dep *d, weir_sched_status *st);

/* Takes back an edge that waits. */
void weir_joins_withdraw(weir_joins *all, weir_dep *d);

/* One of those that count in the join has ended so. A join that ends by it counts down in its parent. Returns, linked by
 * `next`, the edges whose joins have ended; `zero` of each says how. */
weir_dep *weir_joins_drop(weir_joins *all, weir_join *join, weir_sched_status st);

/* Takes all edges off all joins, and gives them as weir_joins_drop does. No worker is left. */
weir_dep *weir_joins_take_all(weir_joins *all, weir_sched_status st);

/* Keeps seals from ending joins; calls see for the first edge of each join that somebody waits for. Only while no event ends. */
void weir_joins_freeze(weir_joins *all);
void weir_joins_thaw(weir_joins *all);
void weir_joins_waiters(weir_joins *all, void (*see)(void *arg, weir_dep *edge), void *arg);

#endif
