/* loop_p - what a loop is to its crew. Private to loop.c, crew.c and lend.c. */
#ifndef WEIR_SCHED_LOOP_P_H
#define WEIR_SCHED_LOOP_P_H

#include "prims/atomic.h"
#include "sched/co_p.h"
#include "sched/loop.h"
#include "sched/loop_pool_p.h"

/* Coroutines that have not ended, oldest first. */
typedef struct weir_co_list {
    weir_co *oldest, *newest;
    uint64_t count;
} weir_co_list;

/* The loops that a thread has taken from their own, which sleep, and has still to run. */
typedef struct weir_lent {
    weir_loop *first, *last;
    uint64_t since;          /* when one was woken, sometimes; 0: not noted */
    uint32_t wakes;          /* of such loops, ever */
    uint32_t refuses, grows; /* so many it leaves to their own threads; how many after the next that takes too long */
    bool doubt;              /* the last that was measured took too long */
} weir_lent;

struct weir_loop {
    weir_home home;          /* first */
    weir_post *first, *last; /* the run queue */
    weir_co_list list;
    const weir_crew *crew; /* NULL: in none */
    weir_wheel wheel;
    weir_loop_driver driver;
    const char *name;
    char text[WEIR_CO_TEXT]; /* home.text */
    weir_loop_pool pool;
    weir_loop_stats stats;
    weir_wait sleeper; /* the thread's node */
    weir_learned learned;
    uint64_t rounds;
    bool stopped;
    weir_post stop;
    weir_lent lent;                                /* of its thread */
    weir_loop *next_lent;                          /* in the list of who runs it */
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_aptr inbox; /* changed by all */
    weir_a32 stop_posted;
    weir_aptr keeper; /* the loop whose thread runs it; NULL: none does, it sleeps */
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

/* weir_loop.inbox of one that sleeps without an alarm: who takes that word away may run the loop. */
extern weir_post weir_loop_free_;
#define WEIR_LOOP_FREE (&weir_loop_free_)

/* lend.c. For the loop of a crew. */
void weir_lend_init(weir_lent *lent);
/* loop sleeps; true: keeper's thread has it now, and will run it. */
bool weir_lend_take(weir_loop *keeper, weir_loop *loop);
void weir_lend_run(weir_loop *keeper);        /* those that it has; after a round of its own queue */
void weir_lend_return_all(weir_loop *keeper); /* to their own threads, which wake up */

/* loop.c. A round of the queue. */
void weir_loop_turns(weir_loop *loop);
/* A round of one that is lent. True: there is nothing more to do, and nothing that its own thread must do. */
bool weir_loop_run_lent(weir_loop *loop);

/* loop.c. Asks all its own to end. */
void weir_loop_cancel_all(weir_loop *loop);
void weir_loop_free_all(weir_loop *loop);

#endif
