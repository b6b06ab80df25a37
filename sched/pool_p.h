/* pool_p - what the variants of WEIR_POOL share: data parts, idling, loss, closing. Private to sched. */
#ifndef WEIR_SCHED_POOL_P_H
#define WEIR_SCHED_POOL_P_H

#include "sched/deps_p.h"
#include "sched/domains_p.h"
#include "sched/sched_p.h"
#include "sched/stall_p.h"

/* One of so many events is taken with an eye to those that have waited long. */
enum { WEIR_POOL_FAIR = 64 };

/* The first member of a variant's part of a scheduler, and of a worker. */
typedef struct weir_pool {
    weir_domains *domains;
    weir_stall stall;
    bool (*some)(weir_worker *w); /* is anything ready? */
} weir_pool;

typedef struct weir_pool_worker {
    uint32_t domain; /* 1 + that in which it is at work, 0: none */
} weir_pool_worker;

weir_sched_status weir_pool_open(weir_sched *s, weir_sched_error *error, bool (*some)(weir_worker *w));

/* Ends all that has not ended, as CLOSED. `take` gives what is ready, until NULL. */
void weir_pool_close(weir_sched *s, weir_event *(*take)(weir_worker *w));

void weir_pool_admit(weir_worker *w, weir_event *e);
void weir_pool_lost(weir_sched *s, weir_worker *w);

/* To be called before a worker begins. */
void weir_pool_begin(weir_worker *w);

/* e is ready: both parts, and its end. False: w was lost in it, and must stop. */
static inline bool weir_pool_run(weir_worker *w, weir_event *e) {
    weir_pool_worker *me = w->part;
    if (WEIR_UNLIKELY(!weir_worker_run(w, e))) return false;
    if (e->data) return weir_domains_put(((weir_pool *)w->sched->part)->domains, w, e, &me->domain);
    weir_event_ended(w, e, WEIR_SCHED_OK);
    return true;
}

/* w has found nothing ready: looks elsewhere, and sleeps. False: w was lost. */
bool weir_pool_idle(weir_worker *w);

#endif
