/* runtime_p - what the parts of a runtime share. */
#ifndef WEIR_RUNTIME_RUNTIME_P_H
#define WEIR_RUNTIME_RUNTIME_P_H

#include "kv/kv.h"
#include "prims/lock_p.h"
#include "runtime/clock_p.h"
#include "runtime/command_p.h"
#include "runtime/entity_p.h"
#include "runtime/exec_p.h"
#include "runtime/metrics_p.h"
#include "runtime/tasks_p.h"
#include "runtime/topic_p.h"
#include "runtime/weir.h"
#include "sched/sched.h"

typedef struct weir_ticket weir_ticket; /* strand.c: one dispatch */

struct weir_runtime {
    weir_kv *kv;
    weir_sched *sched;
    weir_source *source; /* of what comes from outside of handlers */
    bool ordered;        /* the scheduler is of the family WEIR_ORDER: pieces run in its order, one at a time */
    weir_vocabulary words;
    weir_tools *tools;      /* of each worker */
    weir_runtime_options o; /* with the defaults; its texts are not kept */
    weir_topics topics;
    weir_shelf shelf;
    weir_clock clock;
    weir_entities entities;
    struct weir_recorded *recorded; /* NULL: its inputs are not recorded, and come from no record */
    weir_tasks tasks;
    weir_metrics metrics;

    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_lock outside; /* the source is for one thread at a time */
    weir_lock room;                                  /* who is parked on whose room: the slow path of a full queue */
    uint32_t parked_on_room;
    weir_a64 subscribed;             /* subscriptions so far: their ids */
    weir_lock processors;            /* under it: they are made, and */
    weir_session *system;            /* whose they are; NULL: none has been needed */
    weir_ticket *spare;              /* tickets that came back, for those outside of handlers; under `outside` */
    weir_aptr returned;              /* more of them, pushed by whoever has ended them, */
    weir_a32 kept;                   /* about so many */
    weir_ticket *ready, **ready_end; /* with a foreign loop: what was brought from outside; under `outside` */
    weir_a64 driver;                 /* and the thread that steps */
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a32 misses; /* waits of threads in a row that looked in vain: advice */
    WEIR_ALIGNED(WEIR_CACHE_LINE)
    weir_a32 busy; /* 2 * subscriptions with something to do; odd: somebody waits for none */
};

void weir_error_set(weir_error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));            /* NULL: nothing */
bool weir_tools_init(weir_tools *t, weir_runtime *r); /* false: no memory, and free is to be called */
void weir_tools_free(weir_tools *t, weir_meters *all);

/* Counts something that has begun and has not ended; the last to end wakes who waits in weir_runtime_quiet. */
void weir_runtime_begin(weir_runtime *r);
void weir_runtime_end(weir_runtime *r);

/* Opens the source of what comes from outside. A weir_sched_status. */
int weir_runtime_source(weir_runtime *r);

/* -- with a foreign loop: drive.c -- */

static inline bool weir_runtime_is_foreign(const weir_runtime *r) { return r->clock.fd >= 0; }
bool weir_drive_open(weir_runtime *r);
void weir_drive_take(weir_runtime *r); /* the calling thread steps from now on */

/* Something is to do, or a word has changed that the driver may be waiting on. Any thread. */
void weir_drive_poke(weir_runtime *r);

/* As weir_futex_wait; but who drives runs meanwhile what is ready. */
bool weir_runtime_wait(weir_runtime *r, weir_a32 *word, uint32_t seen, uint64_t deadline_ns);

/* -- tickets: strand.c -- */

void weir_tickets_free(weir_tools *tools); /* those kept */
void weir_tickets_end(weir_runtime *r);    /* those that came back; no worker is left */

/* Gives what was brought from outside to the scheduler. False: it has enough for now, and there is more. */
bool weir_tickets_submit(weir_runtime *r);

#endif
