#include "sched/stall_p.h"

#include "sched/deps_p.h"

#define STALL_NS 10000000u

void weir_stall_init(weir_stall *stall) { weir_lock_init(&stall->gate); }

void weir_stall_pass(weir_stall *stall) {
    weir_lock_acquire(&stall->gate);
    weir_lock_release(&stall->gate);
}

/* Are all but `less` workers listening? */
static bool all_listen(weir_sched *s, uint32_t less) {
    return weir_bell_listeners(&s->idle) + less >= weir_a32_load(&s->workers_now);
}

/* How much has happened so far; grows with every event. */
static uint64_t happened(weir_sched *s) {
    weir_sched_stats stats;
    weir_sched_stats_get(s, &stats);
    return stats.submitted + stats.ended + 1;
}

/* Only once as long as nothing happens. */
static bool may_search(weir_stall *stall, weir_worker *w) {
    weir_sched *s = w->sched;
    return !weir_sched_is_quiet(s) && happened(s) != weir_a64_load(&stall->searched);
}

static void search(weir_stall *stall, weir_worker *w, bool (*anything)(weir_worker *)) {
    weir_lock_acquire(&stall->gate);
    if (all_listen(w->sched, 1) && !anything(w) && may_search(stall, w)) {
        weir_a64_store(&stall->searched, happened(w->sched));
        bool found = weir_deps_cycles(w) || (stall->disorder && stall->disorder(w)); /* or no memory to look */
        if (found) weir_a64_store(&stall->searched, 0); /* there may be more: again, after another stall */
    }
    weir_lock_release(&stall->gate);
}

static void sleep(weir_stall *stall, weir_worker *w, uint32_t heard, uint64_t deadline_ns,
                  bool (*anything)(weir_worker *)) {
    bool stalled = all_listen(w->sched, 0) && may_search(stall, w);
    uint64_t until = stalled ? weir_now_ns() + STALL_NS : WEIR_FOREVER;
    weir_worker_sleep(w, heard, until < deadline_ns ? until : deadline_ns);
    if (stalled && weir_now_ns() >= until) search(stall, w, anything);
    else weir_stall_pass(stall);
}

void weir_stall_idle(weir_stall *stall, weir_worker *w, uint64_t deadline_ns, bool (*anything)(weir_worker *)) {
    uint32_t heard = weir_worker_listen(w);
    if (!anything(w)) {
        sleep(stall, w, heard, deadline_ns, anything);
        return;
    }
    weir_worker_listen_end(w);
    weir_stall_pass(stall);
}
