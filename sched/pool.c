#include "sched/pool_p.h"

#include "sched/deps_p.h"
#include "sched/due_p.h"

static weir_pool *pool_of(const weir_worker *w) { return w->sched->part; }

weir_sched_status weir_pool_open(weir_sched *s, weir_sched_error *error, bool (*some)(weir_worker *w)) {
    weir_pool *p = s->part;
    weir_stall_init(&p->stall);
    p->some = some;
    p->domains = weir_domains_open(s->o.domains);
    if (!p->domains) return weir_sched_refuse(error, WEIR_SCHED_NOMEM, "no memory for %u domains", s->o.domains);
    weir_sched_status st = weir_due_open(s, error);
    if (st) weir_domains_close(p->domains);
    return st;
}

void weir_pool_admit(weir_worker *w, weir_event *e) { weir_deps_resolve(w, e); }

void weir_pool_lost(weir_sched *s, weir_worker *w) {
    weir_pool *p = s->part;
    weir_domains_orphan(p->domains, s, ((weir_pool_worker *)w->part)->domain);
}

/* Nobody works any more: the first worker's place serves for all that is asked on a worker. What is ended may make others
 * ready, until all are gone. */
void weir_pool_close(weir_sched *s, weir_event *(*take)(weir_worker *w)) {
    weir_pool *p = s->part;
    weir_worker *w = weir_sched_worker(s, 0);
    weir_worker_bury(w);
    weir_sources_abandon(w);
    weir_deps_abandon_waiting(w);
    for (weir_event *e; (e = take(w)) || (e = weir_domains_take(p->domains)) || (e = weir_due_take(s));)
        weir_event_ended(w, e, WEIR_SCHED_CLOSED);
    weir_domains_close(p->domains);
    weir_due_close(s);
}

/* -- idle ----------------------------------------------------------------------------------------------------------- */

void weir_pool_begin(weir_worker *w) {
    ((weir_pool_worker *)w->part)->domain = 0; /* one that was lost in its data part may have had this place */
    weir_stall_pass(&pool_of(w)->stall);
}

static bool anything(weir_worker *w) {
    weir_sched *s = w->sched;
    return pool_of(w)->some(w) || weir_aptr_load_acquire(&s->arrivals) || weir_deps_pending(s) ||
           weir_domains_orphans(pool_of(w)->domains);
}

bool weir_pool_idle(weir_worker *w) {
    weir_pool_worker *me = w->part;
    bool did;
    if (!weir_domains_adopt(pool_of(w)->domains, w, &me->domain, &did)) return false;
    if (!did && !weir_deps_drain(w) && !weir_sources_drain(w))
        weir_stall_idle(&pool_of(w)->stall, w, WEIR_FOREVER, anything);
    return true;
}
