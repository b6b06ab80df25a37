#include "sched/order/retire_p.h"

#include "sched/deps_p.h"
#include "sched/record_p.h"

#include <stdlib.h>

/* -- what comes in -- */

static void tell(weir_worker *w, weir_sched_status status, const weir_event *e, const char *why) {
    char text[96];
    weir_sched_tell(w->sched, status, w->index, &e, 1, "%s: %s", weir_event_describe(e, text, sizeof text), why);
}

/* It is known to others already: it cannot be refused for want of memory, and waits for it. */
static void put(weir_retire *r, weir_worker *w, weir_event *e) {
    if (WEIR_LIKELY(weir_window_put(&r->window, e))) return;
    tell(w, WEIR_SCHED_NOMEM, e, "no memory for its handle");
    while (!weir_window_put(&r->window, e)) weir_yield();
}

bool weir_retire_refuses(const weir_retire *r, weir_worker *w, weir_event *e) {
    const weir_sched_options *o = &w->sched->o;
    if (WEIR_LIKELY(!o->spill_max || weir_window_count(&r->window) < o->window + o->spill_max)) return false;
    tell(w, WEIR_SCHED_WINDOW, e, "more than `spill_max` events beside the window have not ended");
    weir_deps_abandon(w, e, WEIR_SCHED_WINDOW);
    return true;
}

static bool behind_last(const weir_retire *r, const weir_event *e) {
    if (e->key != r->last_key) return e->key > r->last_key;
    return e->rank[0] != r->last_rank[0] ? e->rank[0] > r->last_rank[0] : e->rank[1] > r->last_rank[1];
}

/* Behind what is done already. */
static uint64_t least_key(const weir_retire *r, const weir_event *e) {
    return r->share ? weir_share_least(r->share, e->domain) : 0;
}

static bool is_late(const weir_retire *r, const weir_event *e) {
    return (r->places && !behind_last(r, e)) || e->key < least_key(r, e);
}

/* e would stand before what has retired. True: it is refused. */
static bool refuses_late(weir_retire *r, weir_worker *w, weir_event *e) {
    weir_sched *s = w->sched;
    uint64_t least = least_key(r, e);
    weir_tally(&w->late, 1);
    if (s->o.late == WEIR_LATE_RUN) {
        weir_a32_store(&s->late_ran, 1);
    } else if (s->o.late == WEIR_LATE_HOLD) {
        e->key = r->last_key;
        if (!behind_last(r, e)) e->key++;
        if (e->key < least) e->key = least;
    } else {
        tell(w, WEIR_SCHED_LATE, e, "events behind it have run");
        weir_deps_abandon(w, e, WEIR_SCHED_LATE);
        return true;
    }
    return false;
}

void weir_retire_admit(weir_retire *r, weir_worker *w, weir_event *e, weir_retire_pass *pass) {
    bool refused = WEIR_UNLIKELY(is_late(r, e)) && refuses_late(r, w, e);
    refused = refused || weir_retire_refuses(r, w, e);
    put(r, w, e);
    if (refused) return; /* it ends where it stands */
    if (WEIR_UNLIKELY(w->sched->o.record != NULL)) weir_record_input(w->sched->o.record, e);
    if (weir_event_must_run(e)) pass(w, e);
    else weir_a32_store(&e->state, WEIR_EVENT_RAN);
}

/* -- what runs -- */

/* Those made by one part of an event; `before` hung there already. */
static void pass_children(weir_worker *w, weir_event *e, const weir_event *before, weir_retire_pass *pass) {
    for (weir_event *child = e->next; child != before; child = weir_event_sibling(child)) {
        if (weir_event_must_run(child)) pass(w, child);
        else if (weir_a32_load(&child->state) == WEIR_EVENT_PENDING) weir_a32_store(&child->state, WEIR_EVENT_RAN);
    }
}

void weir_retire_ran(weir_worker *w, weir_event *e, weir_retire_pass *pass) {
    if (e->next) pass_children(w, e, NULL, pass);
    if (e->data) weir_a32_store_release(&e->state, WEIR_EVENT_RAN); /* WR: pairs with the load in weir_retire_go */
    else weir_deps_ended(w, e, WEIR_SCHED_OK);
}

/* -- what retires -- */

/* A child takes its place: into this go, when nothing that must run first stands before it, or into the next. */
static void place(weir_retire *r, weir_worker *w, weir_event *child) {
    bool ran = weir_a32_load(&child->state) >= WEIR_EVENT_RAN;
    if (child->key < r->stop && child->key < r->limit) {
        if (ran && weir_fresh_put(&r->fresh, child)) return;
        r->stop = child->key;
    }
    put(r, w, child);
}

/* They hang newest first: turned round, then placed in the order of their index. */
static void place_children(weir_retire *r, weir_worker *w, weir_event *e) {
    weir_event *first = NULL, *next;
    for (weir_event *child = e->next, *older; child; child = older) {
        older = weir_event_sibling(child);
        child->rank[0] = (uintptr_t)first;
        first = child;
    }
    for (weir_event *child = first; child; child = next) {
        next = (weir_event *)(uintptr_t)child->rank[0];
        child->rank[0] = WEIR_RANK_CHILD + r->places;
        place(r, w, child);
    }
}

static void mix(weir_retire *r, const weir_event *e) {
    uint64_t *chain = &r->chains[e->domain];
    *chain = weir_digest_event(*chain, e);
    r->digest += *chain;
}

static void mix_data(weir_retire *r, const weir_event *e, uint64_t word) {
    uint64_t *chain = &r->chains[e->domain];
    *chain = weir_digest_mix(weir_digest_event(*chain, e), word);
    r->digest += *chain;
}

/* e's data part is over. */
static void tell_done(weir_retire *r, weir_worker *w, weir_done done, weir_retire_pass *pass) {
    mix_data(r, done.event, done.word);
    if (done.event->next != done.before) pass_children(w, done.event, done.before, pass);
    weir_deps_ended(w, done.event, WEIR_SCHED_OK);
}

/* The data part; false: w is lost. */
static bool data(weir_retire *r, weir_worker *w, weir_event *e, weir_retire_pass *pass) {
    weir_done done = {e, e->next, 0};
    w->turn.digest = 0;
    if (WEIR_UNLIKELY(!weir_worker_data(w, e))) return false;
    done.word = w->turn.digest;
    tell_done(r, w, done, pass);
    return true;
}

/* By the keys in the handles: events are looked at only where those are equal. */
static bool handle_before(weir_sort_item a, weir_sort_item b) {
    if (WEIR_LIKELY(a.key != b.key)) return a.key < b.key;
    return weir_event_before(weir_handle_event(a), weir_handle_event(b));
}

/* The first of the window and the heap; NULL: none that may retire. */
static weir_event *first(const weir_retire *r) {
    const weir_sort_item *near = weir_window_first_handle(&r->window), *handle = near;
    const weir_sort_item *fresh = weir_fresh_first(&r->fresh);
    if (fresh) {
        const weir_sort_item *other = near ? near : weir_window_first_far_handle(&r->window);
        if (!other || handle_before(*fresh, *other)) handle = fresh;
    }
    return handle && handle->key < r->limit && handle->key <= r->stop ? weir_handle_event(*handle) : NULL;
}

static bool is_fresh(const weir_retire *r, const weir_event *e) {
    const weir_sort_item *fresh = weir_fresh_first(&r->fresh);
    return fresh && weir_handle_event(*fresh) == e;
}

static void drop_first(weir_retire *r, const weir_event *e) {
    if (is_fresh(r, e)) weir_fresh_drop_first(&r->fresh);
    else weir_window_drop_first(&r->window);
}

/* What ended otherwise than well has no part in the digest: why it did may be chance. */
static bool finish_part(weir_retire *r, weir_worker *w, weir_event *e, uint32_t state, weir_retire_pass *pass) {
    if (state == WEIR_EVENT_RAN) return data(r, w, e, pass);
    if (state == WEIR_EVENT_DONE) tell_done(r, w, weir_share_take(r->share, e), pass);
    else if (weir_deps_outcome(e) == WEIR_SCHED_OK) mix(r, e);
    return true;
}

static void note_last(weir_retire *r, const weir_event *e) {
    if (WEIR_UNLIKELY(r->places && !behind_last(r, e))) return; /* it ran late, or was refused */
    r->last_key = e->key;
    r->last_rank[0] = e->rank[0];
    r->last_rank[1] = e->rank[1];
}

static bool retire_one(weir_retire *r, weir_worker *w, weir_event *e, uint32_t state, weir_retire_pass *pass) {
    if (!finish_part(r, w, e, state, pass)) return false;
    weir_sched_status status = weir_deps_outcome(e);
    drop_first(r, e);
    note_last(r, e);
    if (e->next) place_children(r, w, e);
    if (status == WEIR_SCHED_OK || e->next) r->places++;
    r->gone++;
    weir_a64_store(&w->sched->digest, r->digest); /* before `ended` is counted: who finds it quiet finds it whole */
    if (WEIR_UNLIKELY(status != WEIR_SCHED_OK) && r->forget) r->forget(w, e);
    weir_event_finish(w, e, status);
    return true;
}

/* What has not retired in this go is put in order with the rest. */
static void give_back(weir_retire *r, weir_worker *w) {
    for (const weir_sort_item *handle; (handle = weir_fresh_first(&r->fresh)); weir_fresh_drop_first(&r->fresh))
        put(r, w, weir_handle_event(*handle));
    r->stop = WEIR_KEY_NONE;
}

static uint64_t min(uint64_t a, uint64_t b) { return a < b ? a : b; }

/* What is far stands behind all that is near, but would not be looked at. */
bool weir_retire_plan(weir_retire *r, weir_worker *w, size_t *wait) {
    uint64_t ahead = w->sched->o.lookahead;
    r->cut = WEIR_KEY_NONE;
    if (!r->share) return false;
    give_back(r, w);
    if (WEIR_UNLIKELY(!weir_window_sort(&r->window))) return false;
    const weir_sort_item *near = weir_window_first_handle(&r->window), *far = weir_window_first_far_handle(&r->window);
    if (!near || near->key >= r->horizon) return false;
    r->cut = near->key > WEIR_KEY_NONE - ahead ? WEIR_KEY_NONE : near->key + ahead;
    *wait = weir_share_plan(r->share, &r->window, min(min(r->cut, r->horizon), far ? far->key : WEIR_KEY_NONE));
    return true;
}

weir_retired weir_retire_go(weir_retire *r, weir_worker *w, weir_retire_pass *pass) {
    weir_event *e;
    uint32_t left = w->sched->o.window; /* children: a chain of them without end keeps nobody waiting */
    if (WEIR_UNLIKELY(!weir_window_sort(&r->window))) return WEIR_RETIRED_ALL; /* no memory: tried again */
    r->limit = min(r->horizon, r->cut);
    while ((e = first(r))) {
        if (WEIR_UNLIKELY(is_fresh(r, e) && !left--)) break;
        if (WEIR_UNLIKELY(r->gone == r->edge)) return WEIR_RETIRED_EDGE;
        if (WEIR_UNLIKELY(!weir_worker_tick(w))) return WEIR_RETIRED_LEFT; /* before the look: it may bury e */
        uint32_t state = weir_a32_load_acquire(&e->state);                 /* pairs with WR, and with DS in deps.c */
        if (state < WEIR_EVENT_RAN) break;
        if (WEIR_UNLIKELY(!retire_one(r, w, e, state, pass))) return WEIR_RETIRED_LEFT;
    }
    give_back(r, w);
    weir_worker_flush(w); /* another may be next */
    weir_a64_store(&w->sched->floor, r->last_key);
    weir_a64_store(&w->sched->spilled, r->window.spilled);
    weir_a64_store(&w->sched->window_max, r->window.max);
    return WEIR_RETIRED_ALL;
}

void weir_retire_look_ahead(weir_retire *r, weir_sched *s) {
    r->horizon = r->promised = weir_sources_promise(s);
    if (s->o.time == WEIR_TIME_REAL) r->horizon = min(r->horizon, weir_sched_now(s) + 1);
}

bool weir_retire_sees_further(const weir_retire *r, weir_sched *s) { return weir_sources_promise(s) > r->promised; }

bool weir_retire_let_in(const weir_retire *r, weir_worker *w) {
    const weir_event *e = weir_window_first(&r->window);
    return e && e->key >= r->horizon && weir_sources_let_in(w, r->horizon);
}

/* -- open and close -- */

bool weir_retire_open(weir_retire *r, weir_sched *s) {
    *r = (weir_retire){.stop = WEIR_KEY_NONE, .cut = WEIR_KEY_NONE, .edge = UINT64_MAX};
    r->chains = malloc(s->o.domains * sizeof *r->chains);
    if (!r->chains || !weir_window_open(&r->window, s->o.window, s->sort)) {
        free(r->chains);
        return false;
    }
    for (uint32_t d = 0; d < s->o.domains; d++) r->chains[d] = weir_digest_begin(d);
    return true;
}

/* With what hangs on it. A list, no recursion: events in the order may be held up for long, and their children have had
 * children. */
static void drop(weir_event *e) {
    e->rank[0] = WEIR_RANK_CHILD; /* the end of the list */
    for (weir_event *next; e; e = next) {
        weir_event *child = weir_a32_load(&e->state) < WEIR_EVENT_RAN ? NULL : e->next, *oldest = child;
        next = weir_event_sibling(e);
        weir_event_drop(e);
        if (!child) continue;
        while (weir_event_sibling(oldest)) oldest = weir_event_sibling(oldest);
        if (next) oldest->rank[0] = (uintptr_t)next;
        next = child;
    }
}

void weir_retire_close(weir_retire *r) {
    weir_event *e;
    for (const weir_sort_item *handle; (handle = weir_fresh_first(&r->fresh));) {
        e = weir_handle_event(*handle);
        weir_fresh_drop_first(&r->fresh);
        drop(e);
    }
    while ((e = weir_window_take_any(&r->window))) drop(e);
    weir_window_close(&r->window);
    weir_share_close(r->share);
    weir_fresh_close(&r->fresh);
    free(r->chains);
}
