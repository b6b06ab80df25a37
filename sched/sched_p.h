/* sched_p - what the parts of the scheduler are to each other.
 *
 * The walk of one event:
 *
 *     submit (source.c, turn.c)   checked; numbered; told to the class: admit
 *     admit                       order: into the window, where it holds up all behind it. pool: nothing
 *     resolve (deps.c)            its dependencies counted; at the last that ends: class->ready
 *     ready -> run -> data        the class's: where, when, in which order
 *     ended (deps.c)              state, dependents told, joins and subtrees counted down, `end` called
 */
#ifndef WEIR_SCHED_SCHED_P_H
#define WEIR_SCHED_SCHED_P_H

#include "prims/atomic.h"
#include "prims/wait.h"
#include "sched/sched.h"

typedef struct weir_worker weir_worker;

/* state of an event; every step by CAS, so that each happens once (I3) */
enum {
    WEIR_EVENT_IDLE,    /* never submitted, or reset */
    WEIR_EVENT_PENDING, /* submitted */
    WEIR_EVENT_CLAIMED, /* a worker has it; weir_event.worker says who */
    WEIR_EVENT_RAN,     /* run is over, data is not */
    WEIR_EVENT_ENDED,
    WEIR_EVENT_LOST
};

/* What a variant supplies. All but open and close are called on the worker given. */
typedef struct weir_sched_class {
    const char *name;
    bool order;  /* of the family WEIR_ORDER */
    size_t size; /* bytes of its own part of a weir_sched, zeroed before open */
    size_t worker_size;
    weir_sched_status (*open)(weir_sched *s, weir_sched_error *error);
    void (*close)(weir_sched *s);
    void (*admit)(weir_worker *w, weir_event *e); /* e is PENDING and numbered; its dependencies are not resolved yet */
    void (*ready)(weir_worker *w, weir_event *e); /* all its dependencies have ended; any worker, once an event */
    void (*work)(weir_worker *w);                 /* until weir_worker_should_stop(w) */
    void (*leave)(weir_worker *w);                /* gives what it still holds to the others */
} weir_sched_class;

const weir_sched_class *weir_sched_class_find(const char *name);

/* What a handler sees, and what the library knows of the thread that runs it. */
struct weir_turn {
    weir_worker *worker;
    weir_event *event;
    bool in_data;
};

#endif
