/* sched - runs events on any number of threads: in one total order, or in any order that their dependencies allow.
 *
 * When to use      Work that comes in pieces, some of which wait for others, and whose effects shall be the same whatever the
 *                  number of threads (family `order`), or need not be (family `pool`, faster). Simulations in virtual time.
 *                  For code that waits in its middle: co.h.
 * An event         {key, stream, seq} and two parts, each of which may be missing:
 *                      run    the parallel part: starts when all dependencies have ended, on any worker
 *                      data   the serial part, after run: the place to change what is shared
 *                  It has *ended* when both are over.
 * Order            Total: by key, then stream, then seq. What a handler submits (a child) stands behind the events of all
 *                  streams with the same key, by (its parent's place in the order, index among its children).
 * Promise          Both families: each part of each event runs exactly once, and the end of each of its dependencies happens
 *                  before its run part starts.
 *                  order: the data parts of a domain run one after another in the total order. Neither the number of workers
 *                  nor their speed changes it. An event that has not ended holds up the data parts of all behind it.
 *                  pool: the data parts of a domain never overlap; no order is promised.
 *                  What a run part may read of shared data is the trait `sees`: `epoch`: what data parts had written when the
 *                  epoch began, unchanged meanwhile; `dependencies`: only what its dependencies wrote, as in a pool.
 * Domains          Parts of the shared data, 0 .. domains-1: an event's data part changes its own domain only. With lookahead
 *                  L > 0 a child for another domain has a key at least L above its parent's, else it is late: epoch, double
 *                  and phase then run data parts of several domains beside each other, each domain's in the total order. A
 *                  domain stays with one worker as long as the load is even. horizon follows the one total order; so do all
 *                  with WEIR_LATE_RUN, for what runs late may touch any domain's past.
 * Shape, units     Keys are virtual time, any unit; with WEIR_TIME_REAL ns since open. Deadlines: absolute ns of
 *                  CLOCK_MONOTONIC.
 * Ownership        An event with its dependencies is memory of the caller, in which nothing may be changed from submit until
 *                  its `end` is called: Weir's last touch of it. Without `end`: until weir_sched_wait has answered OK.
 *                  weir_sched_post copies.
 * Threads          A source: one thread at a time. A turn: the handler it was given to, until it returns. All else: any.
 * Progress         See each variant. Workers without work sleep. A worker that stops within a run part holds up what depends on
 *                  it; in epoch, double and phase all. The watchdog names who does not return.
 * Memory order     All that happened before a submit happens before the event's parts. Between events: as promised above.
 * Errors           A refusal at submit changes nothing. What is found later (a cycle, a lost event) ends the event by `end`
 *                  with that status, and is told to options.fault with the names of all concerned.
 * Limits           Not for signal handlers. After fork the child may only exit or exec.
 * Source           The sort-phase ring; Chandy, Misra (1979); Blumofe, Leiserson (1999). Each variant names its own.
 * Checked by       the unit tests beside it; stress: unit model laws fault fuzz.
 */
#ifndef WEIR_SCHED_SCHED_H
#define WEIR_SCHED_SCHED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../prims/atomic.h"
#include "../prims/platform.h"
#include "../sched/config.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_sched weir_sched;   /* a scheduler */
typedef struct weir_source weir_source; /* whence events come from outside: one stream */
typedef struct weir_turn weir_turn;     /* what a handler is given: who runs it, where, when */
typedef struct weir_event weir_event;
typedef struct weir_dep weir_dep;
typedef struct weir_join weir_join;
typedef struct weir_record weir_record; /* record.h */

#define WEIR_KEY_NONE UINT64_MAX /* as a promise: no event will come; no event may have this key */

/* -- answers ------------------------------------------------------------------------------------------------------ */

typedef enum weir_sched_status {
    WEIR_SCHED_OK = 0,
    WEIR_SCHED_AGAIN,     /* the source has `limit` events under way */
    WEIR_SCHED_TIMEOUT,   /* the deadline has passed */
    WEIR_SCHED_CLOSED,    /* the source or the scheduler is closed; an event that had not begun then */
    WEIR_SCHED_NOMEM,     /* the system refused memory or a thread */
    WEIR_SCHED_NOTSUP,    /* this variant or family lacks it */
    WEIR_SCHED_BAD,       /* an argument that cannot be; weir_sched_error names it */
    WEIR_SCHED_BACKWARDS, /* a promise below an earlier one, or a clock that went back */
    WEIR_SCHED_LATE,      /* the key lies below what has run already, and late keys are rejected */
    WEIR_SCHED_DUPLICATE, /* seq is not above the stream's last */
    WEIR_SCHED_UNKNOWN,   /* a dependency that nobody has submitted */
    WEIR_SCHED_SELF,      /* a dependency on itself */
    WEIR_SCHED_DISORDER,  /* order: a dependency with a data part that stands behind its dependent in the total order */
    WEIR_SCHED_CYCLE,     /* it waits for itself through others */
    WEIR_SCHED_LOST,      /* the worker that had claimed it is dead, or it depended on an event that was lost */
    WEIR_SCHED_STUCK,     /* only told to `fault`: a handler has not returned for stuck_ns */
    WEIR_SCHED_WINDOW,    /* a window below 2 or not a power of two, or more incomplete events than spill_max */
    WEIR_SCHED_IO,        /* record or replay: the system failed */
    WEIR_SCHED_CORRUPT,   /* replay: the record is damaged, or is not of this program */
    WEIR_SCHED_STATUS_COUNT
} weir_sched_status;

/* One line in English, static. A value outside the enum gives "unknown status". */
const char *weir_sched_status_text(weir_sched_status status);

/* For a person: what was wrong, with the place and the limit. */
typedef struct weir_sched_error {
    weir_sched_status status;
    char text[256];
} weir_sched_error;

/* -- events ------------------------------------------------------------------------------------------------------- */

/* A part of an event. May submit children through its turn. Must not block; must not touch e after weir_event `end`. */
typedef void weir_event_fn(weir_turn *turn, weir_event *e);

enum { WEIR_EVENT_NAMED = 1 }; /* flags: others may depend on it by its id (stream, seq); costs a table entry */

/* The caller fills the first part and clears the rest: (weir_event){.run = f}. */
struct weir_event {
    uint64_t key;    /* virtual time; a child's below its parent's is late. May be raised by the policy for late keys */
    uint64_t seq;    /* in its stream, rising. 0: the next one. Children: ignored */
    uint32_t stream; /* set by the source; children: ignored */
    uint32_t domain; /* of the data part */
    weir_event_fn *run;  /* NULL: nothing in parallel */
    weir_event_fn *data; /* NULL: nothing in order. Both NULL: a milestone, which others depend on */
    void (*end)(weir_event *e,
                weir_sched_status status); /* NULL: none. The last touch; on a worker, or in close or submit's
                                                              caller's stead; must not block or submit. OK, or why not */
    weir_dep *deps;                        /* ndeps of them; NULL when 0 */
    weir_join *join;                       /* that waits for this event, too; NULL: none */
    uint64_t path;                         /* its place in a hierarchy: `levels` bytes from the most significant one */
    uint32_t ndeps;
    uint8_t levels; /* 0 .. 8; 0: in no hierarchy */
    uint8_t flags;

    /* the library's; all zero at submit. The same again for the next submit: weir_event_reset */
    weir_a32 state;
    weir_a32 unmet;       /* dependencies that have not ended, and one while they are being counted */
    weir_aptr dependents; /* weir_dep: those who wait for it; closed when it has ended */
    weir_event *next;     /* in the one list that it is in */
    uint64_t rank[2];     /* its place behind the key: {stream, seq} or {parent's place, index} */
    uint32_t children;    /* submitted so far */
    uint32_t worker;      /* that has claimed it */
};

/* What an event waits for. The caller fills kind and what it names. */
typedef enum weir_dep_kind {
    WEIR_DEP_EVENT, /* an event by its address; it must have been submitted, and its memory be there until it has ended */
    WEIR_DEP_ID, /* (stream, seq): a NAMED event submitted before, or in the same epoch (order). Ended long ago is fine */
    WEIR_DEP_JOIN, /* all that count in a join */
    WEIR_DEP_SUBTREE /* all events submitted before, with levels, whose path begins with the first `levels` bytes of path */
} weir_dep_kind;

struct weir_dep {
    weir_dep_kind kind;
    uint32_t stream; /* ID */
    union {
        weir_event *event;
        weir_join *join;
        uint64_t seq;  /* ID */
        uint64_t path; /* SUBTREE */
    } on;
    uint32_t levels; /* SUBTREE: 0 .. 8; 0: all that has levels */
    uint32_t zero;
    weir_dep *next;    /* the library's */
    weir_event *owner; /* the library's: who waits */
};

/* *e = (weir_event){.run = run}, several times faster: for so much, gcc takes an instruction that starts slowly, and whose stores
 * the next loads have to wait for. For events that are made by the million. */
static inline void weir_event_init(weir_event *e, weir_event_fn *run) {
    e->key = e->seq = 0;
    e->stream = e->domain = 0;
    e->run = run;
    e->data = NULL;
    e->end = NULL;
    e->deps = NULL;
    e->join = NULL;
    e->path = 0;
    e->ndeps = 0;
    e->levels = e->flags = 0;
    weir_a32_store(&e->state, 0);
    weir_a32_store(&e->unmet, 0);
    weir_aptr_store(&e->dependents, NULL);
    e->next = NULL;
    e->rank[0] = e->rank[1] = 0;
    e->children = e->worker = 0;
}

/* Makes an event that has ended ready for another submit; what the caller filled stays. */
static inline void weir_event_reset(weir_event *e) {
    weir_a32_store(&e->state, 0);
    weir_a32_store(&e->unmet, 0);
    weir_aptr_store(&e->dependents, NULL);
    e->children = 0;
}

/* A join: has ended when it is sealed and every event and join that counts in it has ended. Memory of the caller, until it
 * has ended and all that depend on it have. */
struct weir_join {
    weir_a64 open; /* events and joins that have not ended, and one until sealed */
    weir_aptr dependents;
    weir_join *parent;
};

/* Makes a join; it counts in `parent` at once, NULL: in none. The parent must not have ended. */
void weir_join_init(weir_join *join, weir_join *parent);

/* No event will be added from outside. Events that count in it and have not ended may still add others. Once. Any thread. */
void weir_join_seal(weir_sched *s, weir_join *join);

/* -- a scheduler -------------------------------------------------------------------------------------------------- */

typedef enum weir_time {
    WEIR_TIME_VIRTUAL, /* jumps to the next key */
    WEIR_TIME_REAL     /* an event runs when its key, in ns since open, has come */
} weir_time;

/* What becomes of a key below what has run already, or below the parent's. */
typedef enum weir_late {
    WEIR_LATE_HOLD,   /* it is raised to the lowest key still possible */
    WEIR_LATE_REJECT, /* refused: LATE */
    WEIR_LATE_RUN     /* it runs out of order; the run is then no longer deterministic, which weir_sched_stats says */
} weir_late;

/* Told to options.fault, on the thread that found it; must not block or submit. */
typedef struct weir_sched_fault {
    weir_sched_status status;
    unsigned worker;                 /* WEIR_NO_WORKER: none */
    const weir_event *const *events; /* those concerned: the members of a cycle in order, else at most one */
    size_t count;
    char text[256];
} weir_sched_fault;

#define WEIR_NO_WORKER UINT32_MAX

/* Zeros are the defaults. */
typedef struct weir_sched_options {
    const char *variant;  /* epoch phase double horizon counters lock; NULL: what WEIR_SCHED says */
    unsigned workers;     /* threads of its own; 0: none, threads come by weir_sched_work */
    unsigned workers_max; /* at once, its own included; 0: workers, at least 64; at most 256 */
    uint32_t streams;     /* 0: 16; at most 65536 */
    uint32_t domains;     /* 0: 1; at most 65536 */
    uint32_t window;      /* order: events sorted together, a power of two; 0: 65536 */
    uint64_t spill_max;   /* incomplete events beside the window; 0: no limit */
    weir_time time;
    weir_late late;
    uint64_t lookahead;
    const char
        *filter; /* before the exact look at a NAMED dependency: idset block word classic counting, none; `maybe`, which
                           always says so. NULL: the build's WEIR_FILTER. Results are the same, only the number of looks */
    const char *sort;  /* order: merge radix runs insertion; NULL: the build's */
    uint64_t stuck_ns; /* a handler that runs longer is told to fault; 0: 10 s; WEIR_FOREVER: no watchdog */
    void (*fault)(void *arg, const weir_sched_fault *fault); /* NULL: one line on standard error */
    void (*epoch)(void *arg, uint64_t epoch,
                  uint64_t digest); /* order: each epoch has ended; horizon: each `window` events */
    void *arg;                      /* of both */
    weir_record *record;            /* order: inputs are written to it; NULL: to none */
} weir_sched_options;

/* Makes a scheduler and starts its workers. options NULL: all defaults. OK; BAD, WINDOW, NOTSUP, NOMEM: nothing is left
 * behind, and error (may be NULL) says what was wrong. */
weir_sched_status weir_sched_open(const weir_sched_options *options, weir_sched **out, weir_sched_error *error);

/* Lets handlers that run return, ends all other events by `end` with CLOSED, joins its threads, frees it. No other call may
 * be under way; callers' workers have left. */
void weir_sched_close(weir_sched *s);

/* Waits until it is quiet: all events have ended, no source has anything under way. Open sources that only promise do not
 * count; real-time events that are not yet due do. OK, TIMEOUT. With no worker at all the caller works. Not on a worker. */
weir_sched_status weir_sched_wait(weir_sched *s, uint64_t deadline_ns);

/* The calling thread becomes a worker, until weir_sched_leave or close. OK; BAD: there are workers_max; CLOSED. */
weir_sched_status weir_sched_work(weir_sched *s);

/* Makes worker `index` leave at its next tick, with nothing of its own left behind; its work goes to others. With WEIR_NO_WORKER:
 * the caller, in a handler, after it returns. Its own threads end. OK; BAD: no such worker. */
weir_sched_status weir_sched_leave(weir_sched *s, unsigned index);

/* Declares worker `index` dead: the event it has claimed ends as LOST and is never rerun; what depends on it, too; nobody
 * waits for it any more. One that is in no handler is made to leave, and has to come to its next tick for that. Should it
 * come back after all, it finds out and leaves; what its handler submitted is refused as CLOSED. OK; BAD: no such worker. */
weir_sched_status weir_sched_lost(weir_sched *s, unsigned index);

/* -- submitting --------------------------------------------------------------------------------------------------- */

/* In a handler: e is a child of the event that runs. OK; DUPLICATE never; LATE; SELF; DISORDER; UNKNOWN (pool; in the order
 * family it is found when the epoch ends, and told by `end`); CLOSED; NOMEM (of a name, of a place in the
 * hierarchy); BAD: no part and no dependents possible, domain, levels. */
weir_sched_status weir_sched_submit(weir_turn *turn, weir_event *e);

/* The same with a copy: fn(turn, e) finds `arg` by weir_posted_arg(e). NOMEM also for the copy. */
weir_sched_status weir_sched_post(weir_turn *turn, uint64_t key, weir_event_fn *run, void *arg);
void *weir_posted_arg(const weir_event *e);

typedef struct weir_source_options {
    /* Events under way, then AGAIN; 0: 65536. Order: when none of them may run before the source promises more, it is let
     * bring more all the same: a pulled one as many again, who waits in submit_until one. The first time that is told to
     * `fault` as AGAIN. */
    uint64_t limit;
    uint64_t promise; /* no key below it will come. 0: nothing promised, so the order waits for its promises.
                         WEIR_KEY_NONE: it never holds the order up, and takes what the late policy gives */
    /* Called instead of submits by a worker, never two at once, when the source has less than half its limit under way: the
     * next event, or NULL: none now (weir_source_ready: again), after which the source may have closed itself. */
    weir_event *(*pull)(weir_source *source, void *arg);
    void *arg;
} weir_source_options;

/* Opens stream `stream`. Opened again it has at most the limit it had at first, unless it is pulled. OK; BAD: no such
 * stream, or it is open; NOMEM. */
weir_sched_status weir_source_open(weir_sched *s, uint32_t stream, const weir_source_options *options,
                                   weir_source **out);

/* Submits e, or n of them at once. AGAIN: at the limit, nothing taken (batch: *taken says how many were). As
 * weir_sched_submit, and DUPLICATE, BACKWARDS (key below the promise). */
weir_sched_status weir_source_submit(weir_source *source, weir_event *e);
weir_sched_status weir_source_submit_batch(weir_source *source, weir_event *const *events, size_t n, size_t *taken);

/* Submits e, waiting for room until the deadline. Not in a handler. TIMEOUT. */
weir_sched_status weir_source_submit_until(weir_source *source, weir_event *e, uint64_t deadline_ns);

/* No event with a key below `key` will come. OK; BACKWARDS: an earlier promise was higher, which stays. */
weir_sched_status weir_source_promise(weir_source *source, uint64_t key);

/* A pulled source may have something again. Any thread. */
void weir_source_ready(weir_source *source);

/* No more events; those under way go on. The handle is gone; the stream may be opened again and its seq goes on. In pull: NULL
 * must be returned after it. */
void weir_source_close(weir_source *source);

/* -- in a handler ------------------------------------------------------------------------------------------------- */

weir_sched *weir_turn_sched(const weir_turn *turn);
uint64_t weir_turn_now(const weir_turn *turn);    /* the key of the event that runs */
unsigned weir_turn_worker(const weir_turn *turn); /* 0 .. workers_max-1 */

/* pool: nothing is ready, nothing has come from outside, nobody wants the worker: whoever has more to do may as well go on, for a while.
 * Advice: it may change at once. order: false. */
bool weir_turn_alone(const weir_turn *turn);

/* Mixes a word into the digest of the epoch, in a data part only: what two runs should agree on beside the order. */
void weir_turn_digest(weir_turn *turn, uint64_t word);

/* -- looking at it ------------------------------------------------------------------------------------------------ */

typedef struct weir_sched_stats {
    uint64_t submitted, ended, lost, late; /* events */
    uint64_t data_parts, epochs;
    uint64_t exact_looks, filtered; /* dependencies by id: looked up, spared by the filter */
    uint64_t steals, sleeps, spilled, window_max;
    uint64_t digest;    /* order: of all that has ended; that of one run in every variant. Else 0 */
    bool deterministic; /* order, and no event has run late */
    unsigned workers;
} weir_sched_stats;

/* True of some moment for each number, not of one for all; exact when quiet. */
void weir_sched_stats_get(weir_sched *s, weir_sched_stats *out);

#ifdef __cplusplus
}
#endif
#endif
