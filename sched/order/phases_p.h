/* phases_p - the barrier between the phases of an epoch: all workers meet, one of them does the serial part, all go on.
 *
 * One word says it all: which phase it is, how many workers belong, how many of them have arrived, and whether one has
 * taken the serial part. It is taken by CAS when all have arrived; who takes it is chance. Workers may join in any
 * phase, and leave at any tick; when the last who was waited for leaves or is lost, one of those who wait is elected.
 *
 * Waiting workers sleep on the scheduler's bell for idle workers, so whatever rings it (an arrival, something ready,
 * the next phase) lets one of them look again: the phase, the serial part, or its share of work (it withdraws its
 * arrival first, so nobody goes on while it works).
 */
#ifndef WEIR_SCHED_ORDER_PHASES_P_H
#define WEIR_SCHED_ORDER_PHASES_P_H

#include "sched/sched_p.h"

typedef struct weir_phases {
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a64 word; /* phase 32, members 15, arrived 16, taken 1 */
    weir_a64 due;   /* ns since open: when the serial part has to look again; WEIR_FOREVER */
    weir_bell door; /* workers that wait to join */
} weir_phases;

/* What the serial part has come to. */
typedef enum weir_serial {
    WEIR_SERIAL_NEXT, /* the next phase begins */
    WEIR_SERIAL_MORE, /* this phase was not over: this worker goes on in it */
    WEIR_SERIAL_IDLE, /* there is nothing to do until the bell rings, or `due` */
    WEIR_SERIAL_STOP, /* the worker was asked to stop; another goes on */
    WEIR_SERIAL_LOST  /* the worker was declared lost in it */
} weir_serial;

typedef enum weir_met {
    WEIR_MET_NEXT,   /* the next phase has begun */
    WEIR_MET_AGAIN,  /* the same phase: there may be more to do in it */
    WEIR_MET_LEFT,   /* the worker must stop; it does not belong any more */
    WEIR_MET_NOT_YET /* within phases.c */
} weir_met;

/* Which phase it is; for a member. */
static inline uint32_t weir_phases_now(const weir_phases *p) { return (uint32_t)(weir_a64_load(&p->word) >> 32); }

/* How many belong; in the serial part no more can come. */
unsigned weir_phases_members(const weir_phases *p);

void weir_phases_open(weir_phases *p);

/* The calling worker belongs from now on; waits while the serial part is done. Returns the phase. */
uint32_t weir_phases_join(weir_phases *p);

/* It does not belong any more. Between two meets only. */
void weir_phases_leave(weir_phases *p, weir_worker *w);

/* The worker has done its share of the phase. Answers NEXT, AGAIN or LEFT. */
weir_met weir_phases_meet(weir_phases *p, weir_worker *w, weir_serial (*serial)(weir_worker *w));

/* w has been declared lost: in the serial part, when `serial`. Any thread. */
void weir_phases_lost(weir_phases *p, weir_sched *s, bool serial);

#endif
