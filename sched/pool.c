#include "sched/pool_p.h"

#include "sched/deps_p.h"

#define STALL_NS 10000000u

static weir_pool *pool_of(const weir_worker *w) { return w->sched->part; }

weir_sched_status weir_pool_open(weir_sched *s, weir_sched_error *error) {
    weir_pool *p = s->part;
    weir_lock_init(&p->gate);
    p->domains = weir_domains_open(s->o.domains);
    if (p->domains) return WEIR_SCHED_OK;
    return weir_sched_refuse(error, WEIR_SCHED_NOMEM, "no memory for %u domains", s->o.domains);
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
    for (weir_event *e; (e = take(w)) || (e = weir_domains_take(p->domains));)
        weir_event_ended(w, e, WEIR_SCHED_CLOSED);
    weir_domains_close(p->domains);
}

/* -- idle ----------------------------------------------------------------------------------------------------------- */

static void pass_gate(weir_worker *w) {
    weir_lock_acquire(&pool_of(w)->gate);
    weir_lock_release(&pool_of(w)->gate);
}

void weir_pool_begin(weir_worker *w) { pass_gate(w); }

/* Are all but `less` workers listening? */
static bool all_listen(weir_sched *s, uint32_t less) {
    return weir_bell_listeners(&s->idle) + less >= weir_a32_load(&s->workers_now);
}

static bool anything(weir_worker *w, bool (*some)(weir_worker *)) {
    weir_sched *s = w->sched;
    return some(w) || weir_aptr_load_acquire(&s->arrivals) || weir_deps_pending(s) ||
           weir_domains_orphans(pool_of(w)->domains);
}

/* How much has happened so far; grows with every event. */
static uint64_t happened(weir_sched *s) {
    weir_sched_stats stats;
    weir_sched_stats_get(s, &stats);
    return stats.submitted + stats.ended + 1;
}

/* Only once as long as nothing happens. */
static bool may_search(weir_worker *w) {
    weir_sched *s = w->sched;
    return !weir_sched_is_quiet(s) && happened(s) != weir_a64_load(&pool_of(w)->searched);
}

static void search(weir_worker *w, bool (*some)(weir_worker *)) {
    weir_pool *p = pool_of(w);
    weir_lock_acquire(&p->gate);
    if (all_listen(w->sched, 1) && !anything(w, some) && may_search(w)) {
        weir_a64_store(&p->searched, happened(w->sched));
        weir_deps_cycles(w);
    }
    weir_lock_release(&p->gate);
}

static void sleep(weir_worker *w, uint32_t heard, bool (*some)(weir_worker *)) {
    bool stall = all_listen(w->sched, 0) && may_search(w);
    uint64_t until = stall ? weir_now_ns() + STALL_NS : WEIR_FOREVER;
    weir_worker_sleep(w, heard, until);
    if (stall && weir_now_ns() >= until) search(w, some);
    else pass_gate(w);
}

bool weir_pool_idle(weir_worker *w, bool (*some)(weir_worker *)) {
    weir_pool_worker *me = w->part;
    bool did;
    if (!weir_domains_adopt(pool_of(w)->domains, w, &me->domain, &did)) return false;
    if (did || weir_deps_drain(w) || weir_sources_drain(w)) return true;
    uint32_t heard = weir_worker_listen(w);
    if (!anything(w, some)) {
        sleep(w, heard, some);
        return true;
    }
    weir_worker_listen_end(w);
    pass_gate(w);
    return true;
}
