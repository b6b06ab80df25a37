/* sched_p - what the parts of the scheduler are to each other.
 *
 * The walk of one event:
 *
 *     submit (source.c, turn.c)   checked; deps: entered; numbered; counted. A source's go to its inbox
 *     admit                       the class has it: it holds up all behind it (order), its dependencies are resolved
 *     (pool) resolve (deps.c)            its dependencies counted; at the last that ends: class->ready
 *     ready -> run -> data        the class's: where, when, in which order; weir_worker_run, weir_worker_data
 *     over (deps.c)               state, dependents told, joins and subtrees counted down: weir_deps_ended
 *     finish (worker.c)           `end` called, counted. Order: only when its turn in the total order has come, for
 *                                 until then its children hang on it; an event without data part may be over long
 *                                 before
 *
 * Who is quiet: each thread counts what it submits before anybody can see it, and what has ended after `end` has
 * returned (release). Who reads all `ended` first and all `submitted` after, and finds the same, has seen a quiet
 * moment.
 */
#ifndef WEIR_SCHED_SCHED_P_H
#define WEIR_SCHED_SCHED_P_H

#include "prims/atomic.h"
#include "prims/lock_p.h"
#include "prims/sort.h"
#include "prims/spsc.h"
#include "sched/bell_p.h"
#include "sched/sched.h"

#include <pthread.h>

typedef struct weir_worker weir_worker;

/* state of an event: each step is taken once (I3) */
enum {
    WEIR_EVENT_IDLE,    /* never submitted, or reset */
    WEIR_EVENT_PENDING, /* submitted */
    WEIR_EVENT_CLAIMED, /* a worker has it; weir_event.worker says who */
    WEIR_EVENT_RAN,     /* run is over (or there is none, and all dependencies have ended), data is not */
    WEIR_EVENT_DONE,    /* order: data is over, too, but nobody has been told: its turn to retire has not come */
    WEIR_EVENT_ENDED,
    WEIR_EVENT_LOST,
    WEIR_EVENT_DROPPED /* it will end without having been seen by its class */
};

/* What a variant supplies. All but open, close and lost are called on the worker given. */
typedef struct weir_sched_class {
    const char *name;
    bool order;         /* of the family WEIR_ORDER */
    size_t size;        /* bytes of its own part of a weir_sched, zeroed before open */
    size_t worker_size; /* of its part of each worker; zeroed before open, kept when the worker's place is used again */
    weir_sched_status (*open)(weir_sched *s, weir_sched_error *error); /* after a refusal, close is not called */
    void (*close)(weir_sched *s); /* no worker is left: weir_event_drop for each event it has not ended, then frees */
    void (*admit)(weir_worker *w,
                  weir_event *e); /* e is PENDING and not resolved yet: weir_deps_resolve is the class's to call */
    void (*ready)(weir_worker *w, weir_event *e); /* all its dependencies have ended; any worker, once an event */
    void (*work)(weir_worker *w);                 /* until weir_worker_tick answers false */
    void (*leave)(weir_worker *w);                /* gives what it still holds to the others; NULL: nothing to do */
    void (*lost)(weir_sched *s,
                 weir_worker *w); /* on any thread: w is dead, do not wait for it; NULL: nobody ever does */
} weir_sched_class;

extern const weir_sched_class weir_order_epoch, weir_order_double, weir_order_horizon, weir_order_phase,
    weir_pool_counters, weir_pool_lock;
const weir_sched_class *weir_sched_class_find(const char *name); /* NULL: none */

/* What a handler sees, and what the library knows of the thread that runs it. */
struct weir_turn {
    weir_worker *worker;
    weir_event *event;
    bool in_data;
    uint32_t children; /* submitted by this event so far */
    uint64_t key;      /* of the event: weir_turn_now; the event may be gone when it has been declared lost */
    weir_event *made;  /* order: its children, newest first, linked by rank[0] */
    uint64_t digest;   /* of its domain so far; set and taken by the class round a data part */
    uint32_t domain;
};

/* dry of a source that is pulled: it may have something; pull has answered NULL and nobody has called weir_source_ready
 * since; it is being asked, so it is not quiet yet. */
enum { WEIR_SOURCE_MAY, WEIR_SOURCE_DRY, WEIR_SOURCE_ASKED };

/* A stream; made when it is opened first, there until the scheduler is closed. The source's thread writes the first
 * part. */
struct weir_source {
    weir_sched *sched;
    uint32_t stream;
    bool open;
    bool feeds;          /* it is a replay's: what is pulled says itself of which stream it is */
    uint64_t seq;        /* the last */
    uint64_t capacity;   /* of the inbox, which pulled events do not pass */
    weir_a64 limit;      /* events under way */
    uint64_t ended_seen; /* of `ended`, when it was last looked at */
    weir_event *(*pull)(weir_source *source, void *arg);
    void *arg;
    weir_spsc inbox;   /* of events: the source's thread to a worker. Under way never exceeds its capacity */
    void *inbox_block; /* NULL: never opened */
    weir_a64 submitted;
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a64 promise; /* no key below it will come; WEIR_KEY_NONE: holds nothing up */
    weir_a64 last_seq;                              /* = seq, for others to read */
    weir_a32 listed;                                /* it is among the arrivals, or about to be */
    weir_source *arrival;                           /* the next of them */
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a64 ended;   /* of those submitted; written by the workers, some at a time */
    weir_a64 refill;                                /* pull when fewer than this are under way; 0: it is not pulled */
    weir_a32 over;                                  /* it has been told that its limit is too small */
    weir_a64 granted; /* so many it may have submitted in all, whatever its limit: see weir_sources_let_in */
    weir_a32 credits; /* ended events that a worker may keep to itself before it tells the source */
    weir_a32 dry;     /* one of the below */
    weir_bell room;
};

/* handler of a worker: 4 * handlers begun + one of these. Its thread begins by a store and ends by a CAS, which fails
 * when the worker was declared lost meanwhile: then `running` is not that thread's any more. */
enum { WEIR_HANDLER_NONE, WEIR_HANDLER_RUNS, WEIR_HANDLER_LOST, WEIR_HANDLER_WATCHED };

#define WEIR_WORKERS_MAX 256

/* status of a worker's place */
enum { WEIR_WORKER_FREE, WEIR_WORKER_WORKS, WEIR_WORKER_LEAVES, WEIR_WORKER_LOST };

struct weir_worker {
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_sched *sched;
    void *part; /* the class's own */
    unsigned index;
    bool guest; /* works on behalf of weir_sched_wait only: goes when it is quiet */
    bool guest_done;
    uint32_t guest_looks;
    uint64_t guest_until;
    weir_turn turn;
    weir_a64 handler;    /* written by its thread, and by who declares it lost */
    weir_aptr running;   /* the event of the handler; valid while `handler` says that it runs */
    weir_source *credit; /* events of this source that have ended and are not told to it yet */
    uint64_t credits;
    weir_a64 submitted, ended, lost, late, data_parts, exact_looks, filtered, steals, sleeps; /* its thread counts */
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a32 status; /* changed under the scheduler's lock, but WORKS to LEAVES */
    pthread_t thread;
    weir_a32 grave; /* 1: lost, and its event is not over yet; who makes it 0 ends it */
    bool own;       /* the thread is the scheduler's */
};

struct weir_sched {
    const weir_sched_class *class;
    void *part;               /* the class's own */
    struct weir_deps *deps;   /* of deps.c */
    struct weir_ready *ready; /* of ready.c; NULL: this class has none */
    struct weir_due *due;     /* of due.c; NULL: virtual time */
    weir_aptr replay;         /* weir_replay, that feeds it; NULL: none */
    weir_sched_options o;     /* with defaults filled in; its strings are static */
    weir_status (*sort)(weir_sort_item *items, size_t sorted, size_t n, weir_sort_item *scratch);
    weir_worker *workers; /* o.workers_max of them */
    char *worker_parts;
    size_t worker_part_size;
    weir_source **sources; /* by stream; NULL: never opened. Under the lock, but for the stream's own source */
    uint64_t opened_ns;
    weir_a64 now; /* the latest that the clock has shown, ns since open */
    weir_a32 clock_told;
    weir_lock lock; /* places of workers, streams */

    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a32 workers_top; /* places ever used: all are below it */
    weir_a32 workers_now;
    weir_a32 guests_now; /* of these, who work on behalf of weir_sched_wait */
    weir_a32 closing;
    weir_a32 streams_open; /* entries of `listed`, published by a release */
    weir_source **listed;  /* every source ever opened, in the order of that */
    weir_a64 floor;        /* order: the key of what was retired last; only a hint outside the retirer */
    weir_a32 late_ran;
    weir_a32 graves; /* lost workers whose event nobody has ended yet */

    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_aptr arrivals; /* sources that may have something, linked by arrival */
    weir_bell idle;                                   /* workers without work */
    weir_bell quiet;                                  /* those who wait until it is quiet */
    weir_bell dog;                                    /* the watchdog's sleep */
    pthread_t watchdog;
    bool watched;
    weir_a32 closing_dog;

    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a64 epochs, digest, spilled, window_max; /* order: the retirer counts */
};

/* Adds to a counter that only the calling thread writes. */
static inline void weir_tally(weir_a64 *counter, uint64_t n) { weir_a64_store(counter, weir_a64_load(counter) + n); }

static inline weir_worker *weir_sched_worker(weir_sched *s, unsigned index) { return &s->workers[index]; }
static inline unsigned weir_sched_top(weir_sched *s) { return weir_a32_load_acquire(&s->workers_top); }

/* -- sched.c, fault.c, clock.c -- */

/* Fills *error, which may be NULL, and returns status. */
weir_sched_status weir_sched_refuse(weir_sched_error *error, weir_sched_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
bool weir_sched_is_quiet(weir_sched *s);
/* Order: an epoch has ended, which went up to `horizon`. */
void weir_sched_edge(weir_sched *s, uint64_t horizon, uint64_t digest);
/* Tells options.fault, or standard error. */
void weir_sched_tell(weir_sched *s, weir_sched_status status, unsigned worker, const weir_event *const *events,
                     size_t count, const char *format, ...) __attribute__((format(printf, 6, 7)));
/* "event 3:17 at key 12", for texts of faults; returns text. */
const char *weir_event_describe(const weir_event *e, char *text, size_t size);
uint64_t weir_sched_now(weir_sched *s); /* ns since open */
void *weir_lines_alloc(size_t bytes);   /* whole cache lines, zeroed; for free() */

/* -- worker.c -- */

/* Between two handlers, on w: what is due becomes ready. False: w must stop, for it leaves, is lost, or the scheduler
 * closes. */
bool weir_worker_tick_slow(weir_worker *w);
static inline bool weir_worker_tick(weir_worker *w) {
    const weir_sched *s = w->sched;
    bool simple = weir_a32_load(&w->status) == WEIR_WORKER_WORKS && !weir_a32_load(&s->graves) && !s->due && !w->guest;
    return WEIR_LIKELY(simple) || weir_worker_tick_slow(w);
}

/* In a handler of w whose place does not simply work: may it still submit? Leaving, yes; lost or closing, no. */
bool weir_worker_may_submit(const weir_worker *w);

/* Without work: listen, look once more, and sleep; or not. Between them the worker may find something:
 * weir_worker_listen_end. Returns at a ring of s->idle, at the deadline or when something is due, or at once when it is
 * to stop. Tells the waiting when it is quiet. */
uint32_t weir_worker_listen(weir_worker *w);
void weir_worker_listen_end(weir_worker *w);
/* Without work: is w to go? It was told to, or is a guest whose deadline has passed, or whom others have relieved. */
bool weir_worker_goes(weir_worker *w);
/* The part of listen that tells those who wait; a guest that finds it quiet is done. */
void weir_worker_rest(weir_worker *w);
void weir_worker_sleep(weir_worker *w, uint32_t heard, uint64_t deadline_ns);

/* Does its thread run a handler? Asked on it. */
static inline bool weir_worker_in_handler(const weir_worker *w) { return weir_a64_load(&w->handler) & 3; }

/* Runs e's run part (may be NULL) or data part on w. e is PENDING and ready, or RAN. False: w was declared lost in the
 * handler and must stop; it may not touch e or what hangs on it. After true, order: its children hang on e->next,
 * newest first, linked by rank[0] (weir_event_sibling), those made by this part before those that were there; and after
 * run e is still CLAIMED, until weir_retire_ran says otherwise. */
bool weir_worker_run(weir_worker *w, weir_event *e);
bool weir_worker_data(weir_worker *w, weir_event *e);

/* Events of lost workers: over, with LOST. */
void weir_worker_bury(weir_worker *w);

/* The last step of every event, after weir_deps_ended: calls `end`, counts. It may not be touched any more. */
void weir_event_finish(weir_worker *w, weir_event *e, weir_sched_status status);

/* For close: ends e with CLOSED, without a worker; its dependents are left alone, for they are dropped, too. */
void weir_event_drop(weir_event *e);

weir_sched_status weir_worker_start(weir_sched *s);       /* a thread of its own. OK, NOMEM */
void weir_workers_stop(weir_sched *s);                    /* closing from now on; joins the threads */
void weir_worker_guest(weir_sched *s, uint64_t until_ns); /* the caller works until it is quiet */

weir_sched_status weir_watchdog_start(weir_sched *s);
void weir_watchdog_stop(weir_sched *s);

/* -- source.c -- */

/* For a replay: a promise that may also go back, on a worker in a pull or at the edge of an epoch. */
void weir_source_replay_promise(weir_source *source, uint64_t key);

/* Takes what has come from sources (and pulls) and admits it, streams in order. Any worker; one at a time in the order
 * family, whose caller excludes others. How many. */
size_t weir_sources_drain(weir_worker *w);
/* Least key that open sources may still submit; WEIR_KEY_NONE: all are closed or hold nothing up. Read before a drain,
 * it is true of what the drain has left. */
uint64_t weir_sources_promise(weir_sched *s);
/* Order: all that is left stands at the horizon or behind it. If that is what sources have promised that wait for room, for more
 * than that they cannot promise, they may bring more than their limit: pulled ones as much again, others one event. The first time
 * it is told. True: some may, who could not. By whoever drains. */
bool weir_sources_let_in(weir_worker *w, uint64_t horizon);
/* Checks what is the same for all submits; SELF, BAD. */
weir_sched_status weir_event_check(weir_sched *s, const weir_event *e);
/* One of source's events has ended on w: told to the source some at a time; flush: now. */
void weir_worker_credit(weir_worker *w, weir_source *source);
void weir_worker_flush(weir_worker *w);
/* For the close of a pool: abandons what is in the inboxes, as CLOSED. */
void weir_sources_abandon(weir_worker *w);
/* Drops what is in the inboxes; frees the sources. */
void weir_sources_close(weir_sched *s);

/* -- ranks: an event's place behind its key. Sources: {stream, seq}. Children: {CHILD + parent's place in the total
 * order, index} */
#define WEIR_RANK_CHILD ((uint64_t)1 << 16)

/* The child of the same parent made before e, which is not placed in the total order yet; NULL: it is the first. */
static inline weir_event *weir_event_sibling(const weir_event *e) {
    return e->rank[0] == WEIR_RANK_CHILD ? NULL : (weir_event *)(uintptr_t)e->rank[0];
}

static inline bool weir_event_is_child(const weir_event *e) { return e->rank[0] >= WEIR_RANK_CHILD; }

/* Does a stand before b in the total order? Both are numbered. */
static inline bool weir_event_before(const weir_event *a, const weir_event *b) {
    if (a->key != b->key) return a->key < b->key;
    if (a->rank[0] != b->rank[0]) return a->rank[0] < b->rank[0];
    return a->rank[1] < b->rank[1];
}

#endif
