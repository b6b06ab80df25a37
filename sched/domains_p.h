/* domains - data parts of a pool: those of one domain never overlap. Private to sched.
 *
 * Each domain has a box. Who puts an event into an idle box owns it, and runs what is there until it is empty again; others only
 * put. The owner takes all there is at once and runs it in the order in which it came.
 * A box whose owner leaves or dies is an orphan: any worker without work adopts it. */
#ifndef WEIR_SCHED_DOMAINS_P_H
#define WEIR_SCHED_DOMAINS_P_H

#include "sched/sched_p.h"

typedef struct weir_domains weir_domains;

weir_domains *weir_domains_open(uint32_t n); /* NULL: no memory */
void weir_domains_close(weir_domains *all);

/* e has run, if it had to. Sees to its data part, here or wherever its domain is at work; ends it. *at is the caller's, says
 * where w is at work (0: nowhere), and is needed should it be lost. False: w was lost in it. */
bool weir_domains_put(weir_domains *all, weir_worker *w, weir_event *e, uint32_t *at);

/* w, lost, was at work at `at`. Any thread. */
void weir_domains_orphan(weir_domains *all, weir_sched *s, uint32_t at);
bool weir_domains_orphans(const weir_domains *all); /* are there any? */

/* Adopts an orphan and works. *did: there was one. False: w was lost in it. */
bool weir_domains_adopt(weir_domains *all, weir_worker *w, uint32_t *at, bool *did);

/* Takes any event out; NULL: no box has one. No worker is left. */
weir_event *weir_domains_take(weir_domains *all);

#endif
