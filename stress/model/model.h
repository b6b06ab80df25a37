/* model - a program of a few threads, run under every order and every choice that the memory model leaves open.
 *
 * When to use      Client programs of a primitive, in ordinary C: model/programs/<kind>_model.c, progress/<kind>_progress.c.
 *                  Two to four threads with one to three operations each; small capacities, so that everything wraps.
 *
 *     static weir_spsc q;                          plain statics; each schedule begins with what they hold at the beginning
 *     static void init(void)     { ... }           runs alone first
 *     static void producer(void) { ... }
 *     static void consumer(void) { model_require(v == 1, "popped %d, pushed 1", v); }
 *     static void whole(void)    { model_require(...); }    runs alone last; all threads happen before it
 *     MODEL_PROGRAM(handover, "what was pushed is popped, once", .setup = init, .thread = {producer, consumer}, .check = whole)
 *
 * What breaks      Besides model_require, a program is convicted of: a data race on plain memory; a deadlock (all threads
 * a program        wait: a lost wake-up); a livelock (only threads that spin are left, or .steps are exceeded); an access to
 *                  the stack frame of a thread that has left it, or to memory that there is not.
 * What is modelled Atomic operations of 4 and 8 bytes in all orders: C11 as repaired by Lahav et al. (RC11, PLDI 2017), so
 *                  loads may be stale and stores may enter the modification order late. No load buffering: a store is never
 *                  seen before it was executed. No fences: the program is refused. seq_cst operations take the order in
 *                  which they were executed.
 *                  weir_futex_wait and _wake, weir_now_ns, weir_pause, weir_yield, pthread_mutex_lock, _trylock and _unlock, the same of rwlocks (readers one at a time). Timed
 *                  waits may time out whenever the strategy likes: time is what the model says it is.
 *                  Thread-locals are each thread's own and fresh. A weak compare-exchange may fail for no reason, a futex
 *                  may wake for none: a few times a schedule.
 * Bounds           Not more than 8 threads. A spin loop must call weir_pause or weir_yield; it is run again when a word it
 *                  looked at has changed, or left to spin until it gives up. No thread reads the same stale store for ever.
 * Strategies       A few schedules by dice. Then exhaustive: all execution graphs; if these are too many, all orders of steps
 *                  with at most 0, 1, 2 ... preemptions, where states reached before are left out, known by a hash of the
 *                  graph. Complete is a proof for this program. What time is left goes to PCT (Burckhardt et al., ASPLOS
 *                  2010) and to dice. See model/README.md.
 */
#ifndef WEIR_STRESS_MODEL_H
#define WEIR_STRESS_MODEL_H

#include "stress/check.h"

enum { MODEL_THREADS_MAX = 8 };

/* What a stopped thread means to the others (progress). */
typedef enum model_progress {
    MODEL_LOCK_FREE = 1, /* wherever `victim` stops for good, the others finish */
    MODEL_BLOCKING,      /* it holds them up at one point at least, and that is what the header says */
    MODEL_AS_TRAIT /* LOCK_FREE when the variant has the trait progress=lock-free or wait-free, otherwise BLOCKING */
} model_progress;

typedef struct model_program {
    void (*setup)(void);                     /* may be NULL */
    void (*thread[MODEL_THREADS_MAX])(void); /* up to the first NULL */
    void (*check)(void);                     /* may be NULL */
    int preemptions;                         /* the exhaustive search ends with this bound; 0: goes on as time allows */
    int steps;                               /* of all threads together; more is a livelock. 0: 2000 */
    int own_steps;                           /* wait-free: no thread takes more steps of its own; 0: no such claim */
    int victim;                              /* progress: the thread that is stopped before each of its steps in turn */
    model_progress expect;                   /* progress: what that does to the others */
    const char *traits;                      /* of the variant; set by the macros */
} model_program;

/* Registers model.<kind>.<variant>.<name>. Inside the braces: designated members of model_program. */
#define MODEL_PROGRAM(name, claim, ...) MODEL_REGISTER_(model, name, claim, __VA_ARGS__)

/* Registers progress.<kind>.<variant>.<name>; .victim and .expect say what is claimed, or .own_steps alone. */
#define MODEL_PROGRESS(name, claim, ...) MODEL_REGISTER_(progress, name, claim, __VA_ARGS__)

#define MODEL_REGISTER_(rung, name, claim, ...)                                                \
    static const model_program model_##rung##_##name = {.traits = MODEL_TRAITS_, __VA_ARGS__}; \
    STRESS_CHECK_ARG(rung, name, claim, model_run_##rung, &model_##rung##_##name)

#ifdef STRESS_TRAITS
#define MODEL_TRAITS_ STRESS_TRAITS
#else
#define MODEL_TRAITS_ ""
#endif

stress_verdict model_run_model(const stress_check *check, const stress_request *request);
stress_verdict model_run_progress(const stress_check *check, const stress_request *request);

/* A law of the program, by any of its functions: broken unless `holds`. What the message prints must not be shared memory
 * that others may be writing. */
#define model_require(holds, ...) ((holds) ? (void)0 : model_violation(__VA_ARGS__))
void model_violation(const char *law, ...) __attribute__((format(printf, 1, 2), noreturn));

/* The thread that runs: 0 .. as in .thread; -1 in setup and check. */
int model_self(void);

/* Evidence: this happened in so many schedules or steps ("times full"). `what` is a literal; see stress_count. */
void model_count(const char *what);

/* The memory at p is given back (an op after its wake, a freed node): whoever touches it later, unordered or not, is
 * convicted, until model_renew. */
void model_retire(void *p, unsigned long bytes);
void model_renew(void *p, unsigned long bytes);

#endif
