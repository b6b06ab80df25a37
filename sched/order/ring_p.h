/* ring_p - what epoch and double share: the phase READ, and the serial part with its order, its horizon, its edges.
 *
 *     READ     all workers: events that came since the last READ are resolved; what is ready, or becomes so, runs. What
 *              they submit is for the next READ, so that what an epoch reads does not depend on who is fast
 *     serial   one worker: takes what has come from sources, sorts what is new, retires data parts in order; and again,
 *              as long as nothing of it has to run first
 *     DATA     with lookahead, before events retire: all workers, each the data parts of the domains that it owns
 *
 * To wake others and to wait for them costs more than to read a few events. So who does the serial part reads those alone, as
 * an epoch like any other, and others join in when it takes long.
 */
#ifndef WEIR_SCHED_ORDER_RING_P_H
#define WEIR_SCHED_ORDER_RING_P_H

#include "sched/order/batch_p.h"
#include "sched/order/phases_p.h"
#include "sched/order/retire_p.h"

/* What is done in a phase. Written in serial parts. */
typedef enum weir_ring_step { WEIR_RING_READ, WEIR_RING_WRITE, WEIR_RING_DATA } weir_ring_step;

/* First member of such a class's part of a scheduler. */
typedef struct weir_ring {
    weir_phases phases;
    weir_ring_step step;
    bool shares; /* a go of data parts beside each other is not over */
    bool sealed; /* joins were, since the last go */
    uint64_t go; /* how many there were, from 1 */
    weir_retire retire;
    weir_heap held; /* ready, with keys at the horizon or above */
    uint64_t seen;  /* retired and admitted at the last edge */
    uint64_t admitted;
    bool searched; /* for cycles, in vain, since something happened last */
    bool alone;    /* a READ by one is not over */
    weir_retire_pass *pass;
    size_t (*turn)(weir_worker *w); /* makes what came into what is read next; how many */
    bool (*read)(weir_worker *w);   /* READ, by one; false: it is not over. NULL: this class has none */
} weir_ring;

/* First member of its part of a worker. What a worker leaves behind in it, others see to. */
typedef struct weir_ring_worker {
    weir_event *direct; /* to run next */
    weir_event *held;   /* ready, with keys at the horizon or above; the serial part takes them */
    weir_event **chunk; /* taken from a batch and not read yet */
    size_t chunk_left;
    bool member;      /* it has joined the phases: its part is its own */
    bool serial;      /* it is in a serial part */
    uint32_t domains; /* to run in DATA: a list of share_p.h */
    uint32_t ran;     /* of a READ by one: events so far; UINT32_MAX: others are to join in */
    uint64_t began;   /* ns */
    uint64_t go;      /* the last DATA it took part in */
} weir_ring_worker;

weir_sched_status weir_ring_open(weir_sched *s, weir_sched_error *error, weir_retire_pass *pass,
                                 size_t (*turn)(weir_worker *w), bool (*read)(weir_worker *w));
void weir_ring_close(weir_sched *s);

/* Of the class. */
void weir_ring_admit(weir_worker *w, weir_event *e);
void weir_ring_ready(weir_worker *w, weir_event *e);
void weir_ring_lost(weir_sched *s, weir_worker *w);

/* Reads a batch, with others. False: w must stop. */
bool weir_ring_read(weir_worker *w, weir_batch *b);

/* Runs what is ready until there is nothing. False: w must stop. */
bool weir_ring_run_ready(weir_worker *w);

/* Is something of this READ left that nobody sees to any more? It is this worker's now. */
bool weir_ring_left_over(weir_worker *w);

/* Runs the data parts of its domains. False: w must stop. */
bool weir_ring_data(weir_worker *w);

weir_serial weir_ring_serial(weir_worker *w);

/* Round all that `work` does. */
void weir_ring_join(weir_worker *w);
void weir_ring_left(weir_worker *w);

/* After a false from read or run_ready: leaves the phases, unless w was lost, and so has left them. */
void weir_ring_stop(weir_worker *w);

static inline bool weir_ring_belongs(const weir_worker *w) {
    return (weir_a64_load(&w->handler) & 3) != WEIR_HANDLER_LOST;
}

#endif
