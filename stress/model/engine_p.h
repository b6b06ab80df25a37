/* engine_p - what the parts of the model checker share: the state of the schedule that runs. Private to stress/model.
 *
 *     tsan.c       the calls that the compiler puts before every access     libc.c       memcpy, mutexes
 *     atomic.c     what an atomic operation may see, and what it leaves      futex.c      sleep, wake, pause, the clock
 *     history.c    stores of a location in modification order                race.c       plain accesses, by vector clocks
 *     memory.c     from address to what is known of it; the undo log         fibre.c      stacks, switching, thread-locals
 *     schedule.c   which thread next; one schedule from setup to check       strategy.h   who decides: random.c, pct.c,
 *     replay.c     choices as text; shrink.c                                              exhaustive.c, graphs.c
 *     report.c     what a reader sees; symbols.c                             run.c        a check from its request to its verdict
 *     kv.c         memory, read sections and reclamation for the maps of kv
 *
 * The engine runs in one thread of the operating system. Its state is the one object `m`. */
#ifndef WEIR_STRESS_MODEL_ENGINE_P_H
#define WEIR_STRESS_MODEL_ENGINE_P_H

#include <stddef.h>

#include "stress/model/clock.h"
#include "stress/model/fibre.h"
#include "stress/model/model.h"

enum { STEPS_DEFAULT = 2000, STEPS_MAX = 15000, STORES_MAX = 16384, LOCATIONS_MAX = 1024 };
enum { SLEEPERS_MAX = MODEL_THREADS_MAX, LOOKED_MAX = 16, CHAINS_MAX = 64, MUTEXES_MAX = 16 };
enum { ALONE = MODEL_THREADS_MAX, NOBODY = -1 }; /* besides threads 0 .. 7: setup and check; the engine itself */

/* -- memory ------------------------------------------------------------------------------------------------------ */

/* A store of a location. Those of one location are chained in modification order. */
typedef struct store {
    uint64_t value;
    vclock release;    /* what an acquire load of it gets to know; all zero: nothing */
    vclock first_read; /* when each thread first read it; NEVER */
    uint64_t event;    /* its name in the state's hash */
    const void *site;
    int16_t prev, next; /* in modification order, NONE at the ends */
    int16_t clock;      /* of its thread */
    uint8_t thread,
        stale[MODEL_THREADS_MAX]; /* stale: how often each thread has read it though there was a newer one */
    bool rmw;                     /* it belongs directly after prev */
    bool seq_cst;                 /* a seq_cst operation wrote or read it */
} store;

typedef struct location {
    uintptr_t address;
    uint64_t event; /* its name in the state's hash */
    uint8_t size;   /* 4 or 8 */
    int16_t newest; /* store at the end of the modification order, which is also what real memory holds */
    int16_t latest; /* store that was executed last */
} location;

/* One access, as the race detector remembers it. */
struct access {
    int16_t clock;
    uint8_t thread, bytes; /* bytes: which of the word's eight, a bit each */
    bool write, atomic;
    const void *site;
};

enum { ACCESSES_MAX = 28, NONE = -1 };

/* All that is known of eight aligned bytes. */
typedef struct cell {
    uintptr_t word;
    uint32_t epoch; /* of the schedule that it belongs to */
    bool undo;      /* its old content is in the undo log */
    uint8_t retired;
    uint8_t accesses;
    int16_t location[2]; /* at offsets 0 and 4; an 8-byte location is at both */
    struct access access[ACCESSES_MAX];
} cell;

cell *memory_cell(uintptr_t address); /* of the word that contains it */
void memory_save(cell *c);            /* before its bytes change */
void memory_undo(void);               /* all bytes as they were when the schedule began; forgets all cells */

typedef enum access_kind { PLAIN_READ, PLAIN_WRITE, ATOMIC_READ, ATOMIC_WRITE } access_kind;

/* Convicts the running thread if this access races; remembers it otherwise. The bytes lie within one word. */
void race_check(cell *c, uintptr_t address, unsigned bytes, access_kind kind, const void *site);
/* A plain access of any length. */
void race_range(uintptr_t address, size_t bytes, bool write, const void *site);

/* -- history ----------------------------------------------------------------------------------------------------- */

location *history_location(cell *c, uintptr_t address, unsigned bytes);
bool history_known(const store *s); /* the running thread has read or written it, or happens after one who has */
store *history_append(location *l, store *after, uint64_t value, const void *site); /* into the order behind `after` */
void history_read(location *l, store *s);                                           /* the running thread has read s */

/* -- atomic operations -------------------------------------------------------------------------------------------- */

typedef enum rmw { RMW_XCHG, RMW_ADD, RMW_SUB, RMW_AND, RMW_OR, RMW_XOR, RMW_NAND } rmw;

uint64_t atomic_load(uintptr_t address, unsigned bytes, int order, const void *site);
void atomic_store(uintptr_t address, unsigned bytes, uint64_t value, int order, const void *site);
uint64_t atomic_rmw(rmw op, uintptr_t address, unsigned bytes, uint64_t operand, int order, const void *site);
/* What a futex compares, in the search of graphs. */
store *atomic_compared(location *l);
/* *seen is what was expected, and becomes what was found. */
bool atomic_cas(uintptr_t address, unsigned bytes, uint64_t *seen, uint64_t to, int order, int fail, bool weak,
                const void *site);

/* -- threads ------------------------------------------------------------------------------------------------------ */

typedef enum thread_state { READY, PAUSED, ASLEEP, FROZEN, DONE, DEFERRED } thread_state;

/* Why a thread goes on. */
typedef enum resume { RUN, TIME_OUT, SPURIOUS, SPIN } resume;

typedef struct looked {
    int16_t location, store;
} looked;

struct thread {
    fibre fibre;
    vclock clock;
    thread_state state;
    resume resumed;
    int16_t own;      /* steps so far */
    const void *site; /* of the operation it is at */
    const char *doing;
    /* spinning */
    looked looked[LOOKED_MAX]; /* what it has read since its last pause */
    int looks;
    int steps_seen; /* m.steps at its pause, for when `looked` does not tell */
    int fruitless;  /* pauses in a row without a change */
    bool spinning;  /* left to spin until it gives up */
    /* asleep */
    uintptr_t key;
    uint64_t deadline;
    uint64_t saw_time; /* the last answer of weir_now_ns */
    /* in the search of graphs: what it waits for */
    int16_t since_location, since_store; /* a store of this location, executed after this one */
    uintptr_t since_key;                 /* or something done to this key */
    int since_events;
    bool asked; /* asleep, and asked after each of these whether its time is over, or it wakes for no reason */
};

/* How a schedule ended. PRUNED: in a state seen before. WITHOUT_FROZEN: all but the frozen thread have finished. HELD_UP:
 * they could not. From RACE on: a conviction. */
typedef enum outcome {
    FINISHED,
    PRUNED,
    WITHOUT_FROZEN,
    HELD_UP,
    RACE,
    DEADLOCK,
    LIVELOCK,
    LAW,
    DEAD_MEMORY,
    CRASH,
    REFUSED
} outcome;

static inline bool outcome_bad(outcome o) { return o >= RACE; }

/* -- choices ------------------------------------------------------------------------------------------------------ */

typedef enum choice_kind { CHOOSE_THREAD, CHOOSE_READ, CHOOSE_PLACE, CHOOSE_WEAK, FREEZE, CHOOSE_TURN } choice_kind;

/* A choice that was not the default, named by where its thread was: it keeps its meaning when others are dropped. */
typedef struct deviation {
    uint8_t thread, kind, value; /* value of CHOOSE_THREAD: thread | resume << 4 */
    int16_t own;
} deviation;

enum { DEVIATIONS_MAX = 1024 };

typedef struct deviations {
    int n;
    deviation at[DEVIATIONS_MAX];
} deviations;

enum { OPTIONS_MAX = 4 * MODEL_THREADS_MAX };

/* Who may go on at a scheduling point. The first is the default. */
typedef struct options {
    uint8_t n, code[OPTIONS_MAX]; /* thread | resume << 4 */
    bool costs[OPTIONS_MAX];      /* a preemption */
} options;

typedef struct strategy {
    const char *name;
    void (*begin)(void);                   /* of a schedule */
    int (*thread)(const options *o);       /* which option */
    int (*value)(choice_kind kind, int n); /* 0 .. n-1, 0 the default */
} strategy;

int choose(choice_kind kind, int n); /* by the strategy; remembers deviations */

/* -- what is printed ---------------------------------------------------------------------------------------------- */

typedef struct event {
    uint8_t thread;
    const char *what; /* "load" */
    int order;        /* as the compiler numbers them; -1: none */
    uintptr_t address;
    uint64_t before, after;
    bool reads, writes;
    int16_t stale, late; /* stores behind the newest */
    const char *note;
    const void *site;
} event;

enum { EVENTS_MAX = STEPS_MAX + 100 };

event *trace(const char *what, uintptr_t address, const void *site); /* a spare one when nothing is recorded */
void trace_site(const void *site);                                   /* it has been reached */

/* -- the schedule that runs --------------------------------------------------------------------------------------- */

typedef struct counts {
    uint64_t schedules, steps, preemptions, stale, late, timeouts;
} counts;

typedef struct model_state {
    const model_program *program;
    const strategy *strategy;
    int running; /* a thread, ALONE, or NOBODY */
    struct thread *self;
    struct thread threads[MODEL_THREADS_MAX + 1];
    int thread_count;
    fibre engine;
    uint32_t epoch;
    int steps, steps_max;
    int preemptions; /* in this schedule */
    int odd;         /* other choices than the default, of values */
    int weak_left, spurious_left;
    uint64_t now;
    bool lazy;        /* the search of graphs: threads run until they wait */
    bool left_out;    /* it cannot say that it is complete */
    uint64_t hash[2]; /* of the execution graph */
    int16_t stores_used, locations_used;
    store stores[STORES_MAX];
    location locations[LOCATIONS_MAX];
    int sleepers[SLEEPERS_MAX], sleepers_n;
    struct chain {
        uintptr_t key;
        uint64_t event; /* the last that concerned it */
        int events;
        vclock clock; /* of those who have done something to it */
    } chains[CHAINS_MAX];
    int chains_used;
    struct mutex {
        uintptr_t address;
        int owner; /* or NOBODY */
        vclock clock;
    } mutexes[MUTEXES_MAX];
    int mutexes_used;
    int frozen, freeze_at; /* progress: this thread stops before its step freeze_at; NOBODY */
    bool blocking;         /* and may hold the others up */
    outcome outcome;
    char law[400];
    uintptr_t law_address;
    deviations made;
    bool tracing;
    int events;
    counts counts;
    int fault; /* model_fault: what the suite has broken in here */
} model_state;

extern model_state m;

/* Has anything changed that the paused thread has looked at? */
bool pause_over(const struct thread *t);
enum { FRUITLESS_MAX = 200 }; /* pauses in a row; then somebody else must move */

/* Those that sleep, by the address they sleep on; longest asleep first. */
void sleep_enter(int thread, uintptr_t key, uint64_t deadline_ns);
void sleep_leave(int thread);
unsigned sleep_wake(uintptr_t key, unsigned max); /* how many */
struct chain *sleep_chain(uintptr_t key);
void sleep_hash(uintptr_t key);       /* the running thread has done something to this key */
looked *looked_at(const location *l); /* what the running thread has seen of l since its last pause, or NULL */

/* -- the search of graphs (graphs.c): who waits for what somebody else may still do ------------------------------- */

void graphs_note(uintptr_t address);   /* the running thread writes this, or does something to this key */
bool graphs_others(uintptr_t address); /* may another thread still do so? */
void graphs_await_store(location *l);  /* until there is a new one */
void graphs_turn(uintptr_t key);       /* before something is done to key: now, or after another thread's turn */
resume graphs_sleep(uintptr_t key, uint64_t deadline_ns);
void graphs_pause(void);
static inline uintptr_t key_of(uintptr_t address) { return address | 1; } /* apart from the word itself */

/* Runs one schedule of m.program by m.strategy. */
outcome schedule_run(void);
/* Before each visible operation of the running thread: others may run first. looks: it changes nothing. */
void schedule_point(const char *doing, bool looks, const void *site);
/* The running thread cannot go on; returns when it is run again. */
resume schedule_block(thread_state state, const char *doing, const void *site);
void schedule_next(void); /* the running thread waits: others go on, and come back to it */
/* Ends the schedule at once; does not return. */
void schedule_stop(outcome o) __attribute__((noreturn));
void schedule_convict(outcome o, const char *law, ...) __attribute__((format(printf, 2, 3), noreturn));
void crash_catch(void); /* from now on a signal such as SIGSEGV convicts the program that runs */
static inline bool schedule_threads(void) { return m.running >= 0 && m.running < ALONE; } /* not alone */

/* The hash of the state is a sum over events, so that independent steps commute in it. */
static inline uint64_t hash_mix(uint64_t a, uint64_t b) {
    uint64_t z = (a ^ b * 0x9fb21c651e98df25u) + 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 32) * 0xd6e8feb86659fd93u;
    z = (z ^ z >> 29) * (b | 1);
    return z ^ z >> 32;
}
static inline void hash_add(uint64_t x) { m.hash[0] += x, m.hash[1] += hash_mix(x, 0x2545f4914f6cdd1du); }
static inline void hash_sub(uint64_t x) { m.hash[0] -= x, m.hash[1] -= hash_mix(x, 0x2545f4914f6cdd1du); }
/* The name of the running thread's present event. */
static inline uint64_t hash_event(void) { return hash_mix((uint64_t)m.running + 1, (uint64_t)m.self->own + 0x1000); }

#endif
