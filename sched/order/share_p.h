/* share_p - data parts of several domains beside each other, within the lookahead L.
 *
 * first: the key of the first event that has not retired. No event that comes later can stand before it, and what comes
 * for a domain from another one stands at least L behind it. So each domain may run its data parts with keys below
 * first + L on its own, up to its first event that has to run before; in its own order, children among them. They are
 * *done* then, and retire later, in the total order, by one worker (retire_p.h): only there they get places, go into the
 * digest, and what they submitted and what waits for them is told. So what is done in a go follows from what is in the
 * window, not from who is fast or how many workers there are.
 *
 * Each domain has an owner, the same from go to go. Who finishes a go moves domains from owners who had more than their
 * part of the data parts to those who had least.
 *
 * Planned, and looked at, by one thread at a time; a list of domains is run by one worker, and may be left in the middle
 * of any data part: whoever has it next goes on. */
#ifndef WEIR_SCHED_ORDER_SHARE_P_H
#define WEIR_SCHED_ORDER_SHARE_P_H

#include "sched/order/window_p.h"

typedef struct weir_share weir_share;

/* What a data part left behind. */
typedef struct weir_done {
    weir_event *event;
    weir_event *before; /* its children that the run part had made; those of the data part hang in front of them */
    uint64_t word;      /* its digest */
} weir_done;

#define WEIR_SHARE_NONE UINT32_MAX /* of lists of domains: the end */

weir_share *weir_share_open(const weir_sched *s); /* NULL: no memory */
void weir_share_close(weir_share *x);             /* may be NULL */

/* A go: the window's events with keys below `limit`, by domain. How many data parts wait in it, children not counted. */
size_t weir_share_plan(weir_share *x, const weir_window *v, uint64_t limit);

/* Puts each domain of the go on its owner's list; lists[owner] is the first of them. How many owners there are. */
unsigned weir_share_deal(weir_share *x, uint32_t **lists);

/* What is left on another list comes to this one, and is `owner`'s from now on. */
void weir_share_adopt(weir_share *x, uint32_t *list, uint32_t *other, unsigned owner);

/* Runs what is on the list, as far as it goes. False: w must stop; what it had not run is on the list still. */
bool weir_share_run(weir_share *x, weir_worker *w, uint32_t *list);

/* After a go: moves domains from owners who had too much. here[i]: worker i takes part. How many moved. */
size_t weir_share_steal(weir_share *x, const bool *here, unsigned workers);

/* e, which is DONE, retires. */
weir_done weir_share_take(weir_share *x, const weir_event *e);

/* The least key that an event from outside may still have in this domain. */
uint64_t weir_share_least(const weir_share *x, uint32_t domain);

#endif
