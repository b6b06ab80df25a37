/* Workers: places that threads come to and leave, at ticks; handlers; sleep. */
#include "sched/deps_p.h"
#include "sched/due_p.h"
#include "sched/sched_p.h"

enum { GUEST_LOOKS = 64 }; /* handlers between two looks of a guest at its deadline */

/* -- handlers -- */

static void begin(weir_worker *w, weir_event *e, weir_event *made, bool in_data) {
    weir_turn *turn = &w->turn;
    turn->event = e;
    turn->in_data = in_data;
    turn->key = e->key;
    turn->domain = e->domain;
    turn->children = e->children;
    turn->made = made;
    weir_aptr_store(&w->running, e); /* relaxed: published by WB */
    uint64_t begun = (weir_a64_load(&w->handler) | 3) + 1;
    weir_a64_store_release(&w->handler, begun | WEIR_HANDLER_RUNS); /* WB: pairs with the load in weir_sched_lost */
}

/* False: it was declared lost meanwhile, and nothing of the event may be touched. */
static bool end(weir_worker *w) {
    uint64_t begun = weir_a64_load(&w->handler) & ~(uint64_t)3, seen = begun | WEIR_HANDLER_RUNS;
    while (WEIR_UNLIKELY(!weir_a64_cas_release(&w->handler, &seen, begun))) {
        if (seen == (begun | WEIR_HANDLER_LOST)) return false;
        weir_yield(); /* the watchdog is naming the event */
        seen = begun | WEIR_HANDLER_RUNS;
    }
    return true;
}

/* What a lost handler made, down to what hung there before it. Each ends when what it waits for has, where its edges
 * hang. */
static void drop_made(weir_worker *w, weir_event *before) {
    for (weir_event *e = w->turn.made, *older; e != before; e = older) {
        older = weir_event_sibling(e);
        weir_deps_drop(w, e, WEIR_SCHED_CLOSED);
    }
}

static bool call(weir_worker *w, weir_event *e, weir_event_fn *fn, weir_event *made, bool in_data) {
    begin(w, e, made, in_data);
    fn(&w->turn, e);
    if (WEIR_UNLIKELY(!end(w))) {
        drop_made(w, made);
        return false;
    }
    e->next = w->turn.made;
    e->children = w->turn.children;
    return true;
}

bool weir_worker_run(weir_worker *w, weir_event *e) {
    e->worker = w->index;
    weir_a32_store(&e->state,
                   WEIR_EVENT_CLAIMED); /* relaxed: for those who look at it in a debugger, or after a loss */
    e->next = NULL;
    __builtin_prefetch(weir_aptr_load(&e->dependents)); /* who is told when it has ended */
    return !e->run || call(w, e, e->run, NULL, false);
}

bool weir_worker_data(weir_worker *w, weir_event *e) {
    e->worker = w->index;
    if (!call(w, e, e->data, w->sched->class->order ? e->next : NULL, true)) return false;
    weir_tally(&w->data_parts, 1);
    return true;
}

void weir_event_finish(weir_worker *w, weir_event *e, weir_sched_status status) {
    weir_source *source = weir_event_is_child(e) ? NULL : w->sched->sources[e->stream];
    if (e->end) e->end(e, status);
    if (status == WEIR_SCHED_LOST) weir_tally(&w->lost, 1);
    if (source) weir_worker_credit(w, source);
    weir_a64_store_release(&w->ended, weir_a64_load(&w->ended) + 1); /* pairs with QA in weir_sched_is_quiet */
}

void weir_event_drop(weir_event *e) {
    weir_a32_store(&e->state, WEIR_EVENT_ENDED);
    if (e->end) e->end(e, WEIR_SCHED_CLOSED);
}

/* -- lost -- */

static void bury(weir_worker *w, weir_worker *dead) {
    uint32_t fresh = 1;
    if (!weir_a32_cas_acquire(&dead->grave, &fresh, 0)) return; /* WG: pairs with the store in weir_sched_lost */
    weir_event *e = weir_aptr_load(&dead->running);
    weir_deps_ended(w, e, WEIR_SCHED_LOST);
    if (!w->sched->class->order) weir_event_finish(w, e, WEIR_SCHED_LOST);
    weir_a32_sub_release(&w->sched->graves, 1); /* WF: pairs with the load in weir_worker_bury */
}

/* Also waits for those whom another worker is burying: their events are over when this returns. */
void weir_worker_bury(weir_worker *w) {
    weir_sched *s = w->sched;
    for (; weir_a32_load_acquire(&s->graves); weir_yield()) { /* pairs with WF */
        unsigned top = weir_sched_top(s);
        for (unsigned i = 0; i < top; i++) bury(w, weir_sched_worker(s, i));
    }
}

/* Marks the handler that runs as lost; false: none runs. */
static bool mark_lost(weir_worker *w) {
    uint64_t seen = weir_a64_load_acquire(&w->handler); /* pairs with WB: `running` is its event */
    while ((seen & 3) == WEIR_HANDLER_RUNS || (seen & 3) == WEIR_HANDLER_WATCHED)
        if (weir_a64_cas_acquire(&w->handler, &seen, (seen & ~(uint64_t)3) | WEIR_HANDLER_LOST)) return true;
    return false;
}

static void not_counted(weir_worker *w) {
    weir_a32_sub(&w->sched->workers_now, 1);
    weir_a32_sub(&w->sched->guests_now, w->guest);
}

weir_sched_status weir_sched_lost(weir_sched *s, unsigned index) {
    if (index >= weir_sched_top(s)) return WEIR_SCHED_BAD;
    weir_worker *w = weir_sched_worker(s, index);
    weir_sched_status status = WEIR_SCHED_BAD;
    weir_lock_acquire(&s->lock);
    uint32_t place = weir_a32_load(&w->status);
    if (place == WEIR_WORKER_LOST) status = WEIR_SCHED_OK;
    else if (place != WEIR_WORKER_FREE) {
        status = WEIR_SCHED_OK;
        bool dead = mark_lost(w);
        weir_a32_store(&w->status, dead ? WEIR_WORKER_LOST : WEIR_WORKER_LEAVES);
        if (dead) {
            not_counted(w);
            weir_a32_add(&s->graves, 1);
            weir_a32_store_release(&w->grave, 1); /* pairs with WG */
            if (s->class->lost)
                s->class->lost(s, w); /* under the lock: it may come back, and its place go to another */
        }
    }
    weir_lock_release(&s->lock);
    weir_bell_ring(&s->idle, UINT32_MAX);
    weir_bell_ring(&s->quiet, UINT32_MAX);
    return status;
}

bool weir_worker_may_submit(const weir_worker *w) {
    return weir_a32_load(&w->status) != WEIR_WORKER_LOST && !weir_a32_load(&w->sched->closing);
}

/* -- ticks and sleep -- */

bool weir_worker_tick_slow(weir_worker *w) {
    if (weir_a32_load(&w->status) != WEIR_WORKER_WORKS) return false;
    if (weir_a32_load(&w->sched->graves)) weir_worker_bury(w);
    weir_due_release(w);
    if (!w->guest) return true;
    if (++w->guest_looks % GUEST_LOOKS == 0 && w->guest_until != WEIR_FOREVER && weir_now_ns() >= w->guest_until)
        w->guest_done = true;
    return !w->guest_done;
}

/* A guest is not told when others find that it is quiet, so it goes when they come. */
static bool others_work(weir_sched *s) { return weir_a32_load(&s->workers_now) > weir_a32_load(&s->guests_now); }

static bool passed(uint64_t deadline_ns) { return deadline_ns != WEIR_FOREVER && weir_now_ns() >= deadline_ns; }

bool weir_worker_goes(weir_worker *w) {
    if (w->guest && (others_work(w->sched) || passed(w->guest_until))) w->guest_done = true;
    return weir_a32_load(&w->status) != WEIR_WORKER_WORKS || w->guest_done;
}

void weir_worker_rest(weir_worker *w) {
    weir_worker_flush(w);
    weir_bell_ring(&w->sched->quiet, UINT32_MAX);
    if (w->guest && (weir_sched_is_quiet(w->sched) || others_work(w->sched))) w->guest_done = true;
}

uint32_t weir_worker_listen(weir_worker *w) {
    uint32_t heard = weir_bell_listen(&w->sched->idle);
    weir_worker_rest(w);
    return heard;
}

void weir_worker_listen_end(weir_worker *w) { weir_bell_leave(&w->sched->idle); }

static bool stays(weir_worker *w) {
    return weir_a32_load(&w->status) == WEIR_WORKER_WORKS && !w->guest_done && !weir_a32_load(&w->sched->graves);
}

void weir_worker_sleep(weir_worker *w, uint32_t heard, uint64_t deadline_ns) {
    uint64_t due = weir_due_next(w->sched);
    if (due < deadline_ns) deadline_ns = due;
    if (w->guest && w->guest_until < deadline_ns) deadline_ns = w->guest_until;
    if (stays(w)) {
        weir_tally(&w->sleeps, 1);
        if (!weir_bell_wait_as(&w->sched->idle, w->index, heard, deadline_ns) && w->guest &&
            deadline_ns == w->guest_until)
            w->guest_done = true;
    }
    weir_bell_leave(&w->sched->idle);
}

/* -- places -- */

static weir_worker *take_place(weir_sched *s, bool own, bool guest) {
    weir_worker *w = NULL;
    weir_lock_acquire(&s->lock);
    for (unsigned i = 0; i < s->o.workers_max && !w; i++)
        if (weir_a32_load(&s->workers[i].status) == WEIR_WORKER_FREE && !s->workers[i].own) w = &s->workers[i];
    if (w) {
        w->own = own;
        w->guest = guest;
        w->guest_done = false;
        weir_a32_store(&w->status, weir_a32_load(&s->closing) ? WEIR_WORKER_LEAVES : WEIR_WORKER_WORKS);
        weir_a32_add(&s->workers_now, 1);
        weir_a32_add(&s->guests_now, guest);
        if (w->index >= weir_a32_load(&s->workers_top)) weir_a32_store_release(&s->workers_top, w->index + 1);
    }
    weir_lock_release(&s->lock);
    return w;
}

static void give_place(weir_worker *w) {
    weir_sched *s = w->sched;
    weir_worker_bury(w);
    if (s->class->leave) s->class->leave(w);
    weir_worker_flush(w);
    weir_lock_acquire(&s->lock);
    if (weir_a32_load(&w->status) != WEIR_WORKER_LOST) not_counted(w);
    weir_a64_store(&w->handler, weir_a64_load(&w->handler) & ~(uint64_t)3);
    weir_a32_store(&w->status, WEIR_WORKER_FREE);
    weir_lock_release(&s->lock);
    weir_bell_ring(&s->idle, UINT32_MAX); /* what it had is there for others to find */
    weir_bell_ring(&s->quiet, UINT32_MAX);
}

static WEIR_THREAD_LOCAL weir_worker *mine;

static void work(weir_worker *w) {
    weir_worker *outer = mine;
    mine = w;
    w->sched->class->work(w);
    mine = outer;
    give_place(w);
}

weir_sched_status weir_sched_work(weir_sched *s) {
    if (weir_a32_load(&s->closing)) return WEIR_SCHED_CLOSED;
    weir_worker *w = take_place(s, false, false);
    if (!w) return WEIR_SCHED_BAD;
    weir_bell_ring(&s->idle, UINT32_MAX); /* for guests */
    work(w);
    return WEIR_SCHED_OK;
}

void weir_worker_guest(weir_sched *s, uint64_t until_ns) {
    weir_worker *w = take_place(s, false, true);
    if (!w) return;
    w->guest_until = until_ns;
    work(w);
}

static void *own_thread(void *arg) {
    work(arg);
    return NULL;
}

weir_sched_status weir_worker_start(weir_sched *s) {
    weir_worker *w = take_place(s, true, false);
    if (!w) return WEIR_SCHED_BAD;
    if (pthread_create(&w->thread, NULL, own_thread, w) == 0) return WEIR_SCHED_OK;
    w->own = false;
    weir_a32_sub(&s->workers_now, 1);
    weir_a32_store(&w->status, WEIR_WORKER_FREE);
    return WEIR_SCHED_NOMEM;
}

weir_sched_status weir_sched_leave(weir_sched *s, unsigned index) {
    if (index == WEIR_NO_WORKER && mine && mine->sched == s) index = mine->index;
    if (index >= weir_sched_top(s)) return WEIR_SCHED_BAD;
    uint32_t works = WEIR_WORKER_WORKS;
    weir_lock_acquire(&s->lock);
    bool there = weir_a32_cas(&weir_sched_worker(s, index)->status, &works, WEIR_WORKER_LEAVES);
    weir_lock_release(&s->lock);
    weir_bell_ring(&s->idle, UINT32_MAX);
    return there || works == WEIR_WORKER_LEAVES ? WEIR_SCHED_OK : WEIR_SCHED_BAD;
}

void weir_workers_stop(weir_sched *s) {
    weir_a32_store(&s->closing, 1);
    unsigned top = weir_sched_top(s);
    for (unsigned i = 0; i < top; i++) weir_sched_leave(s, i);
    for (unsigned i = 0; i < top; i++)
        if (s->workers[i].own) pthread_join(s->workers[i].thread, NULL);
}
