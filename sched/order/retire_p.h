/* retire_p - the serial part of the order family: events retire one after another in the total order, like the
 * instructions in the reorder buffer of a processor.
 *
 * The first event in order retires when its run part and its dependencies are over: its data part runs; its children,
 * which hung on it until now, get their places {its own place, index} and are put in order; it is finished. Until then
 * it holds up all behind it, for it may still submit. So ranks are numbers, children come in their order, and no place
 * ever changes.
 *
 * Children that only have a data part are retired in the same go, where they stand: they wait beside the window (fresh_p.h). Others must run first: they, and what stands behind the first of them (`stop`), wait for the next go.
 *
 * Everything here is for one thread at a time, and may be left in the middle of any data part: whoever comes next goes
 * on. */
#ifndef WEIR_SCHED_ORDER_RETIRE_P_H
#define WEIR_SCHED_ORDER_RETIRE_P_H

#include "sched/digest_p.h"
#include "sched/order/fresh_p.h"
#include "sched/order/share_p.h"

typedef struct weir_retire {
    weir_window window;
    weir_fresh fresh;  /* children that may retire in this go */
    uint64_t horizon;  /* no key below it will come: only what is below it retires */
    uint64_t promised; /* by sources, when it was found */
    uint64_t limit;    /* of this go: the horizon, or less when data parts of domains run beside each other */
    uint64_t cut;      /* of the next go, if they do; else WEIR_KEY_NONE */
    uint64_t stop;     /* the least key of a child of this go that must run first */
    uint64_t places;   /* given so far */
    uint64_t gone;     /* how many have retired, also those that had no place */
    uint64_t edge;     /* when so many have, it stops; UINT64_MAX: never */
    uint64_t last_key; /* of the event retired last, and its rank: nothing may come before it any more */
    uint64_t last_rank[2];
    uint64_t *chains;                                    /* the digest of each domain */
    uint64_t digest;                                     /* their sum after each event */
    weir_share *share;                                   /* data parts beside each other; NULL: this class has none */
    void (*forget)(weir_worker *w, const weir_event *e); /* it ends without having run; NULL: nobody needs to know */
} weir_retire;

typedef enum weir_retired {
    WEIR_RETIRED_ALL,  /* nothing more can retire now */
    WEIR_RETIRED_EDGE, /* so many have retired: move the edge, and go on */
    WEIR_RETIRED_LEFT  /* w was asked to stop, or is lost: another goes on */
} weir_retired;

bool weir_retire_open(weir_retire *r, weir_sched *s); /* false: no memory, nothing is left */
void weir_retire_close(weir_retire *r);               /* drops what is in it */

/* What a class does with an event, source's or child's, that has to be resolved and to run. */
typedef void weir_retire_pass(weir_worker *w, weir_event *e);

/* A source's event takes its place: the late policy, the record, the bound of the window. One that is refused ends
 * where it stands; others go to `pass` when they must run. */
void weir_retire_admit(weir_retire *r, weir_worker *w, weir_event *e, weir_retire_pass *pass);

/* More than the window and the spill may hold: e, not resolved yet, ends with WINDOW, and is told. */
bool weir_retire_refuses(const weir_retire *r, weir_worker *w, weir_event *e);

/* Before a go: plans which data parts may run beside each other, before those that retire. False: none; *wait: how many do
 * so far. Until all of it has run, nothing else here may be called. */
bool weir_retire_plan(weir_retire *r, weir_worker *w, size_t *wait);

/* Retires all it can. Children for which `pass` must do something are given to it once, by the one who retires the
 * parent's data part, or by weir_retire_ran after its run part. */
weir_retired weir_retire_go(weir_retire *r, weir_worker *w, weir_retire_pass *pass);

/* Finds the horizon: what sources promise, in real time not beyond now. */
void weir_retire_look_ahead(weir_retire *r, weir_sched *s);

/* Has a promise risen since? Who raised it while its source was among the arrivals has rung nobody, and the drain that took it
 * from there may have found nothing; that drain makes it seen here. */
bool weir_retire_sees_further(const weir_retire *r, weir_sched *s);

/* Nothing came, nothing retired: are there sources that only wait for room to promise more? They have got it, see
 * weir_sources_let_in. */
bool weir_retire_let_in(const weir_retire *r, weir_worker *w);

/* After weir_worker_run: gives e's children that must run to `pass`; only then the event is RAN, or over when it has no
 * data part, so that whoever retires it may take the children. */
void weir_retire_ran(weir_worker *w, weir_event *e, weir_retire_pass *pass);

/* Does e stand still where it is until it has run, or until its dependencies have ended? Then it is resolved. Others
 * are RAN from the beginning. */
static inline bool weir_event_must_run(const weir_event *e) { return e->run || e->ndeps || !e->data; }

#endif
