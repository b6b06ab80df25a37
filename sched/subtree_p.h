/* subtree - dependencies on all that was submitted before below a prefix. Private to sched.
 *
 * A node for each prefix below which something is pending; an event counts in the nodes of all its prefixes, the empty one
 * included. A node counts in generations: a dependency closes the current one and waits for it, and it ends only after
 * all older ones; who comes later counts in the next. So nobody waits for who comes later, nor for itself.
 *
 *     node "a"      oldest <- closed <- closed <- current         events count in current; waiters hang on the closed
 *
 * Nodes vanish with the last event below them. One lock for all: held for 1 + levels short steps. */
#ifndef WEIR_SCHED_SUBTREE_P_H
#define WEIR_SCHED_SUBTREE_P_H

#include "sched/sched_p.h"

enum { WEIR_LEVELS_MAX = 8 };

typedef struct weir_subtree weir_subtree;

weir_subtree *weir_subtree_open(void); /* NULL: no memory */
void weir_subtree_close(weir_subtree *t);

/* e waits for the subtrees among its dependencies, those that are empty are taken off its `unmet`; then it has its own place, if
 * it has levels. NOMEM: nothing has changed. */
weir_sched_status weir_subtree_enter(weir_subtree *t, weir_event *e);

/* The event of this place has ended so. Returns, linked by `next`, the edges that nothing holds back any more; `zero` of each
 * says how what it waited for has ended. */
weir_dep *weir_subtree_leave(weir_subtree *t, weir_dep *place, weir_sched_status st);

/* Calls see for each edge that waits for the event of this place, which does not end meanwhile. */
void weir_subtree_waiters(weir_subtree *t, const weir_dep *place, void (*see)(void *arg, weir_dep *edge), void *arg);

/* Takes back an edge that waits. */
void weir_subtree_withdraw(weir_subtree *t, weir_dep *edge);

#endif
