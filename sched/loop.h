/* loop - one thread that runs coroutines: first come, first served, and asleep when there is nothing to do.
 *
 * When to use      For coroutines (co.h). Several threads: a crew, a loop each; a coroutine stays on the loop where it
 *                  was spawned, and meets those of other loops, and threads, at cubbies, channels and futures.
 * Order            One queue, FIFO: what can run runs before anything runs twice. What other threads wake comes to an
 *                  inbox, and from there to the queue's end, at least after every 64 turns. So for equal input a loop
 *                  by itself runs the same way each time.
 * Shape, units     Time is ns of CLOCK_MONOTONIC.
 * Ownership        A coroutine's memory is the caller's until its `end`; from weir_loop_alloc, with weir_loop_end_free
 *                  as its `end`, the loop's.
 * Threads          The thread within weir_loop_run is the loop's (of a crew's, see below); with none inside, any one at a
 *                  time. spawn, post and stop: any thread at any time; all else: the loop's.
 * Progress         A wake from another thread is one CAS, and a futex wake only if the loop sleeps. Lock-free.
 * Memory order     All that happened before a spawn, post or wake happens before what it brings about.
 * Errors           See each function.
 * Deadlock         weir_loop_run_quiet answers how many are left when nothing of the loop's own can go on;
 *                  weir_loop_each names them, with line and level. Circles of requests are found when they close:
 *                  request.h.
 * Source           Run queue and inbox as in any event loop; FIFO for the fairness that LIFO queues lack.
 * Checked by       sched/loop_test.c, TSan. stress: model. Spin: stress/promela, inbox.
 */
#ifndef WEIR_SCHED_LOOP_H
#define WEIR_SCHED_LOOP_H

#include <stddef.h>

#include "co.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_loop weir_loop;

/* How a loop sleeps when it shall wait for descriptors as well. Without one it sleeps as a thread does (wait.h). */
typedef struct weir_loop_driver {
    void *arg;
    /* Sleeps until poke, until_ns, or something of its own, for which it has posts run or wakes called; 0: only looks.
     * True: by a poke, which is over: it touches nothing any more. */
    bool (*wait)(void *arg, uint64_t until_ns);
    void (*poke)(void *arg); /* ends a wait, or the next one. Any thread */
    bool (*busy)(void *arg); /* something outside is waited for: the loop is not quiet */
} weir_loop_driver;

typedef struct weir_loop_options {
    const weir_loop_driver *driver; /* copied; NULL: none */
    const char *name;               /* for reports; NULL: "loop" */
} weir_loop_options;

/* Makes a loop. options NULL: all defaults. OK, NOMEM. */
weir_status weir_loop_open(const weir_loop_options *options, weir_loop **out);

/* Cancels its coroutines, runs until they have ended, frees it. Nobody is inside it, or will call. How many are left,
 * for an operation of theirs can neither be withdrawn nor end: then the loop stays, and close may be called again. */
size_t weir_loop_close(weir_loop *loop);

/* Runs until weir_loop_stop. */
void weir_loop_run(weir_loop *loop);

/* Runs until nothing can run, no alarm is armed, and the driver is not busy, or until weir_loop_stop. How many
 * coroutines have not ended: they wait for other threads, or nobody. */
size_t weir_loop_run_quiet(weir_loop *loop);

/* Makes the run that is under way, or the next, return, after what is in the queue now has had its turn. Any thread. */
void weir_loop_stop(weir_loop *loop);

/* The loop that the calling thread is inside; NULL: none. */
weir_loop *weir_loop_here(void);

/* Runs post->run on the loop's thread, in the queue's order. Any thread. post is the loop's until then. */
void weir_loop_post(weir_loop *loop, weir_post *post);

/* Starts a coroutine, at the end of the queue. Any thread. *co has been cleared but for what the body will look at. */
void weir_loop_spawn(weir_loop *loop, weir_co *co, const weir_co_type *type);

/* The same with its struct, which begins with a weir_co, filled first: WEIR_SPAWN(loop, count, &mine, .from =
 * &chan). */
#define WEIR_SPAWN(...) WEIR_SPAWN_(__VA_ARGS__, .co.frame.at = 0)
#define WEIR_SPAWN_(loop, name, memory, ...) \
    (*(memory) = (struct name){__VA_ARGS__}, weir_loop_spawn(loop, &(memory)->co, &name##_type))

/* Memory for coroutines, aligned to 16 bytes, from the loop's pool; NULL: the system refused. What is given back is
 * used again for the same size. */
void *weir_loop_alloc(weir_loop *loop, size_t bytes);
void weir_loop_free(weir_loop *loop, void *p, size_t bytes);

/* WEIR_SPAWN with memory from the pool, to which it goes back at its end. The struct, or NULL: no memory. */
#define WEIR_SPAWN_NEW(...) WEIR_SPAWN_NEW_(__VA_ARGS__, .co.end = weir_loop_end_free)
#define WEIR_SPAWN_NEW_(loop, name, ...) \
    ((struct name *)weir_loop_spawn_new_(loop, &name##_type, &(struct name){__VA_ARGS__}))
void weir_loop_end_free(weir_co *co, int status);

/* Calls fn of each coroutine that has not ended, oldest first; fn must not run any. */
void weir_loop_each(weir_loop *loop, void (*fn)(void *arg, const weir_co *co), void *arg);

/* Writes what weir_loop_each finds to standard error, a line each: name, what it does, levels. */
void weir_loop_report(weir_loop *loop);

typedef struct weir_loop_stats {
    uint64_t spawned, ended;
    uint64_t sleeps; /* times it had nothing to do */
} weir_loop_stats;
void weir_loop_stats_get(const weir_loop *loop, weir_loop_stats *out);

/* -- a crew: loops on threads of their own
 * -------------------------------------------------------------------------- *
 *
 * A coroutine stays on the loop where it was spawned, and all of one loop run one after the other. Which thread runs
 * the loop changes: one that sleeps, without an alarm, is run by the thread of the loop that wakes it, when that has
 * nothing else to do. So a hand-off between two loops that do little beside costs what it costs on one thread. A loop
 * that has work of its own is run by its own thread, and so is one whose waker has work, or whose turns take long; that
 * is measured now and then. So a coroutine of a crew keeps nothing in variables of its thread over a wait; and one that
 * blocks its thread (which no coroutine should) may hold up any loop of its crew. */

typedef struct weir_crew weir_crew;

/* Starts n threads with a loop each. OK, BAD_ZERO, NOMEM: nothing is left behind. */
weir_status weir_crew_open(unsigned n, weir_crew **out);

/* Loop i, 0 .. n-1. */
weir_loop *weir_crew_loop(weir_crew *crew, unsigned i);

/* Stops all, cancels what has not ended, joins the threads, frees all: 0. Or how many coroutines could not be ended;
 * see weir_loop_close. */
size_t weir_crew_close(weir_crew *crew);

void *weir_loop_spawn_new_(weir_loop *loop, const weir_co_type *type, const void *filled);

#ifdef __cplusplus
}
#endif
#endif
