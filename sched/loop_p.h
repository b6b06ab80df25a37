/* loop_p - what a loop is to its crew. Private to loop.c, crew.c and roam.c. */
#ifndef WEIR_SCHED_LOOP_P_H
#define WEIR_SCHED_LOOP_P_H

#include "prims/lock_p.h"
#include "sched/co_p.h"
#include "sched/loop.h"
#include "sched/loop_pool_p.h"

/* Coroutines that have not ended, oldest first. */
typedef struct weir_co_list {
    weir_co *oldest, *newest;
    uint64_t count;
} weir_co_list;

/* What the loops of a crew have in common: those that roam. */
typedef struct weir_roam {
    weir_lock lock; /* guards the list */
    weir_co_list list;
} weir_roam;

struct weir_loop {
    weir_home home;          /* first */
    weir_post *first, *last; /* the run queue */
    weir_co_list list;       /* those that do not roam */
    weir_roam *roam;         /* of its crew; NULL: in none */
    weir_wheel wheel;
    weir_loop_driver driver;
    const char *name;
    weir_loop_pool pool;
    weir_loop_stats stats;
    weir_wait sleeper; /* the thread's node */
    weir_learned learned;
    uint64_t rounds;
    bool stopped;
    weir_post stop;
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_aptr inbox; /* changed by all */
    weir_a32 stop_posted;
};

static WEIR_ALWAYS_INLINE void weir_loop_append(weir_loop *loop, weir_post *post) {
    post->next = NULL;
    if (loop->first) loop->last->next = post;
    else loop->first = post;
    loop->last = post;
}

static inline void weir_co_list_add(weir_co_list *list, weir_co *co) {
    co->older = list->newest;
    co->newer = NULL;
    if (list->newest) list->newest->newer = co;
    else list->oldest = co;
    list->newest = co;
    list->count++;
}

static inline void weir_co_list_remove(weir_co_list *list, weir_co *co) {
    if (co->older) co->older->newer = co->newer;
    else list->oldest = co->newer;
    if (co->newer) co->newer->older = co->older;
    else list->newest = co->older;
    list->count--;
}

/* weir_co.handed of one that roams: who may queue it. It changes by exchange once it can be woken. */
enum {
    WEIR_ROAM_RUNS,    /* its loop does, after the turn */
    WEIR_ROAM_FREE,    /* who wakes it, on a loop of his own */
    WEIR_ROAM_AT_HOME, /* who wakes it, at its home: it has an alarm there */
    WEIR_ROAM_WOKEN    /* it is queued, or about to be */
};

/* roam.c. After a turn that ended in a wait: the caller may touch it no more. */
void weir_roam_settle(weir_loop *loop, weir_co *co);
void weir_roam_wake(weir_loop *here, weir_co *co);
void weir_roam_add(weir_roam *roam, weir_co *co);
void weir_roam_remove(weir_roam *roam, weir_co *co);
void weir_roam_cancel_all(weir_roam *roam); /* no loop runs */

/* loop.c. Asks all its own to end. */
void weir_loop_cancel_all(weir_loop *loop);
void weir_loop_free_all(weir_loop *loop);

#endif
