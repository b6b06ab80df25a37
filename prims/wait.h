/* wait - how threads and coroutines wait at the same cubby, channel or future.
 *
 * When to use      Inside a primitive that must wait, and by whoever drives its steps. A blocking operation is an *op* in
 *                  memory of the caller, which begins with a weir_wait. A step of the op answers PARKED or its result;
 *                  after each PARKED, `wake` is called exactly once, perhaps on another thread and before the step has
 *                  returned. Then the caller steps again. An op may park more than once.
 *                  How to wait is the waiter's own choice: a thread sleeps by weir_thread_wait, a coroutine yields.
 * Parking          weir_park, weir_unpark and weir_park_cancel are a futex in user space: nodes queued by the address of
 *                  a word, which is compared under the lock of the queue's bucket. A primitive with a lock of its own
 *                  may keep a weir_wait_list of its own instead.
 * Shape, units     Deadlines are absolute ns of CLOCK_MONOTONIC; WEIR_FOREVER is none.
 * Ownership        A node belongs to its primitive from PARKED to wake, or to a cancel that answers true; it must stay
 *                  where it is. wake is the waker's last touch of the structure and of the op: the memory of both may
 *                  be reused from that moment.
 * Threads          park, thread_wait, park_cancel: the owner of the node. unpark and every function without a node: any.
 * Progress         Blocking: 256 buckets with a short lock each, shared by all words of the process.
 * Memory order     All that happened before unpark (or wake) happens before the return of the wait it ended. A failed
 *                  weir_park orders nothing: look at the word again, with acquire.
 * No lost wake-up  The caller announces itself on the word (a bit), then parks while the word still has that value; the
 *                  waker changes the word first and unparks after. Whichever takes the bucket's lock second sees the
 *                  other.
 * Errors           See each function. Nothing allocates.
 * Limits           Not for signal handlers. After fork only the calling thread's waits exist in the child. Words in
 *                  shared memory wake waiters of this process only.
 * Source           Linux futex; the parking lot of WebKit (Pizlo, Locking in WebKit, 2016); spin budget learned per side
 *                  as in folly's TurnSequencer, here in time and shrinking to nothing.
 * Checked by       prims/wait_test.c; all of cubby and chan stand on it. stress: unit litmus model laws progress fault
 *                  fuzz. Spin: stress/promela.
 */
#ifndef WEIR_PRIMS_WAIT_H
#define WEIR_PRIMS_WAIT_H

#include <stddef.h>

#include "platform.h"
#include "status.h"
#include "variant.h"

#ifdef __cplusplus
extern "C" {
#endif

/* First member of every op. The caller sets `wake` (weir_wait_init, weir_thread_arm); all else is the library's. */
typedef struct weir_wait weir_wait;
struct weir_wait {
    void (*wake)(weir_wait *);
    weir_wait *next, *prev; /* in the list it is queued in; guarded by that list's lock */
    weir_a32 *key;          /* the word it is parked on; written by its owner only */
    uint32_t mask;          /* wakes that concern it */
    weir_a32 word;          /* a thread's own: armed, sleeping, woken. Free for other kinds of waiter */
    void *owner;            /* free for whoever waits: which coroutine it is. Nobody else looks at it */
    uint32_t at, status;    /* the primitive's own: how far the op has come; 0 is its beginning */
};

static inline void weir_wait_init(weir_wait *w, void (*wake)(weir_wait *)) {
    w->wake = wake;
    w->prev = NULL;
    w->at = 0;
}

/* -- lists of waiters, for primitives with a lock of their own: FIFO, all under that lock ------------------------ */

typedef struct weir_wait_list {
    weir_wait *first, *last;
} weir_wait_list;

void weir_wait_append(weir_wait_list *list, weir_wait *w);
void weir_wait_remove(weir_wait_list *list, weir_wait *w); /* w is in it */

/* Removes and returns the first; NULL when empty. Does not touch it when it is alone: its owner may be spinning on it. */
weir_wait *weir_wait_take(weir_wait_list *list);

/* Is w in this list? It is in no other. */
static inline bool weir_wait_queued(const weir_wait_list *list, const weir_wait *w) {
    return w->prev || list->first == w;
}

/* Empties the list; returns the first, for weir_wait_wake_all. */
weir_wait *weir_wait_take_all(weir_wait_list *list);

/* Calls wake of `first` and of all that follow it, which are in no list any more. */
void weir_wait_wake_all(weir_wait *first);

/* -- the futex in user space ------------------------------------------------------------------------------------- */

/* Queues w at `word` when *word == seen. True: parked, and w->wake will be called once, or w cancelled.
 * False: the word has another value, nothing happened. mask: which unparks concern it, not 0. */
bool weir_park(weir_wait *w, weir_a32 *word, uint32_t seen, uint32_t mask);

/* Wakes at most `max` of those parked on word whose mask meets `mask`, longest parked first; returns how many. Uses the
 * address only: the word may already be gone. */
unsigned weir_unpark(weir_a32 *word, uint32_t mask, unsigned max);

/* Takes w back. True: it is out, and wake will not be called. False: wake has been called or is about to be. */
bool weir_park_cancel(weir_wait *w);

/* -- how a thread waits ------------------------------------------------------------------------------------------ */

/* What one side of one primitive has learned about spinning; all zero is the beginning. Any thread may read or write it
 * at any time: it is advice. Keep each side's on a cache line that the other side seldom touches. */
typedef struct weir_learned {
    weir_a32 spin_ns; /* average that a wait took which ended while spinning */
    weir_a32 misses;  /* spins in a row that ended without a wake */
} weir_learned;

static inline void weir_learned_init(weir_learned *l) {
    weir_a32_store(&l->spin_ns, 0);
    weir_a32_store(&l->misses, 0);
}

/* Called round each sleep of the calling thread in the kernel: a QSBR reader goes offline. before and after may be NULL. */
typedef struct weir_block_hooks {
    void (*before)(void *arg);
    void (*after)(void *arg);
    void *arg;
} weir_block_hooks;

/* Sets the calling thread's hooks and returns those it had; none at first. */
weir_block_hooks weir_thread_hooks(weir_block_hooks hooks);

/* What one thread has counted since it began, by itself. */
typedef struct weir_wait_counts {
    weir_a64 waits;  /* weir_thread_wait calls */
    weir_a64 sleeps; /* of these, that slept in the kernel */
    weir_a64 wakes;  /* futex wakes it made for others, locks excluded */
} weir_wait_counts;

/* The calling thread's counts. Any thread may read them while that thread lives. */
const weir_wait_counts *weir_wait_counts_mine(void);

/* Makes w a thread's node: its wake is weir_thread_wake. Once before the first step of an op. */
void weir_thread_arm(weir_wait *w);
void weir_thread_wake(weir_wait *w);

/* Waits for the wake of a node that a step left parked. True: woken, and armed for the next park.
 * False: deadline_ns has passed. The node is still parked: cancel the op, and when that fails wait again with
 * WEIR_FOREVER. `learned` belongs to the caller's side of the primitive. */
static inline bool weir_thread_wait(weir_wait *w, uint64_t deadline_ns, weir_learned *learned);

#ifdef __cplusplus
}
#endif

#include "parker/adaptive.h"
#include "parker/eventfd.h"
#include "parker/futex.h"

#ifdef __cplusplus
extern "C" {
#endif

static inline bool weir_thread_wait(weir_wait *w, uint64_t deadline_ns, weir_learned *learned) {
    return WEIR_BIND(parker, WEIR_PARKER, _wait)(w, deadline_ns, learned);
}

/* An op as its thread sees it: `step` begins and continues it, `cancel` withdraws it, both get the same object and op. */
typedef weir_status weir_step(void *object, weir_wait *op);
typedef bool weir_cancel(void *object, weir_wait *op);

/* The thread's shell of any op, whole: step, wait, step ... Returns what the last step answered, or TIMEOUT when the op
 * was withdrawn after the deadline: then nothing has moved. Deadlines in the past step once. */
static WEIR_ALWAYS_INLINE weir_status weir_thread_run(weir_step *step, weir_cancel *cancel, void *object, weir_wait *op,
                                                      uint64_t deadline_ns, weir_learned *learned) {
    weir_status st;
    weir_thread_arm(op);
    while ((st = step(object, op)) == WEIR_PARKED)
        if (!weir_thread_wait(op, deadline_ns, learned)) {
            if (cancel(object, op)) return WEIR_TIMEOUT;
            weir_thread_wait(op, WEIR_FOREVER, learned); /* the wake has come or is coming */
        }
    return st;
}

#ifdef __cplusplus
}
#endif
#endif
