/* An event that fails with those it waits for is ended from a list and not by recursion: a chain of a million events behind
 * a lost one must not need a million stack frames. The list goes through weir_event.next, free while an event waits. */
#include "sched/deps_p.h"

#include <stdlib.h>

#include "sched/joins_p.h"
#include "sched/names_p.h"
#include "sched/subtree_p.h"

struct weir_deps {
    weir_names *names;
    weir_subtree *subtree;
    weir_joins *joins;
};

weir_names *weir_deps_names(weir_sched *s) { return s->deps->names; }
weir_subtree *weir_deps_subtree(weir_sched *s) { return s->deps->subtree; }
weir_joins *weir_deps_joins(weir_sched *s) { return s->deps->joins; }

weir_sched_status weir_deps_open(weir_sched *s, weir_sched_error *error) {
    weir_deps *deps = s->deps = calloc(1, sizeof *deps);
    weir_sched_status st = deps ? weir_names_open(&deps->names, s->o.streams, s->o.filter) : WEIR_SCHED_NOMEM;
    if (!st && (!(deps->subtree = weir_subtree_open()) || !(deps->joins = weir_joins_open()))) st = WEIR_SCHED_NOMEM;
    if (!st) return st;
    weir_deps_close(s);
    if (st == WEIR_SCHED_BAD) return weir_sched_refuse(error, st, "no filter is called '%s'", s->o.filter);
    return weir_sched_refuse(error, st, "no memory for the table of names");
}

void weir_deps_close(weir_sched *s) {
    if (!s->deps) return;
    weir_names_close(s->deps->names);
    weir_subtree_close(s->deps->subtree);
    weir_joins_close(s->deps->joins);
    free(s->deps);
    s->deps = NULL;
}

void weir_deps_stats(weir_sched *s, weir_sched_stats *out) { weir_names_stats(s->deps->names, out); }

bool weir_deps_push(weir_aptr *dependents, weir_dep *d, weir_sched_status *st) {
    void *head = weir_aptr_load_acquire(dependents); /* A1: pairs with R2; what was written before the end */
    do {
        if (weir_deps_is_closed(head)) {
            *st = (weir_sched_status)((uintptr_t)head >> 1);
            return false;
        }
        d->next = head;
    } while (!weir_aptr_cas_weak_acq_rel(dependents, &head, d)); /* R1: pairs with A2; publishes d. A1 on failure */
    return true;
}

/* -- ending --------------------------------------------------------------------------------------------------------- */

/* The first failure stays. Relaxed: the subtraction that follows publishes it. */
static void fail(weir_event *e, weir_sched_status st) {
    uint32_t seen = weir_a32_load(&e->unmet);
    while (!(seen >> WEIR_UNMET_BITS) && !weir_a32_cas_weak(&e->unmet, &seen, seen | (uint32_t)st << WEIR_UNMET_BITS)) {
    }
}

/* n of what e waits for is over. Who takes the last of it makes e ready, or puts it on the list of those that fail.
 * A3 acquire: pairs with R3; the effects of all its dependencies. R3 release: pairs with A3; those of this one.
 * Who finds that no more than its own n is left needs no subtraction: nobody else will write the word. */
static void met(weir_worker *w, weir_event *e, uint32_t n, weir_event **doomed) {
    uint32_t left = weir_a32_load_acquire(&e->unmet); /* A3 */
    if ((left & WEIR_UNMET_MASK) != n) {
        left = weir_a32_sub_acq_rel(&e->unmet, n); /* R3, A3 */
        if ((left & WEIR_UNMET_MASK) != n) return;
    }
    if (WEIR_LIKELY(!(left >> WEIR_UNMET_BITS))) {
        w->sched->class->ready(w, e);
        return;
    }
    e->next = *doomed;
    *doomed = e;
}

static void pass_on(weir_worker *w, weir_dep *d, weir_event **doomed) {
    for (weir_dep *next; d; d = next) {
        next = d->next; /* before its owner is told, which may end and be gone */
        weir_sched_status st = (weir_sched_status)d->zero;
        d->zero = 0;
        if (WEIR_UNLIKELY(st)) fail(d->owner, st);
        met(w, d->owner, 1, doomed);
    }
}

/* What hung on an event that is over. */
static void tell(weir_worker *w, weir_dep *d, weir_sched_status st, weir_event **doomed) {
    for (weir_dep *next; d; d = next) {
        next = d->next;
        __builtin_prefetch(next, 1); /* while the atomic operation on d's owner waits for its line */
        if (WEIR_LIKELY((int)d->kind < WEIR_DEP_NAME)) {
            if (WEIR_UNLIKELY(st)) fail(d->owner, st);
            met(w, d->owner, 1, doomed);
        } else if ((int)d->kind == WEIR_DEP_NAME) {
            weir_names_forget(w->sched->deps->names, d, st);
        } else {
            pass_on(w, weir_subtree_leave(w->sched->deps->subtree, d, st), doomed);
        }
    }
}

static void over(weir_worker *w, weir_event *e, weir_sched_status st, weir_event **doomed) {
    /* A2 acquire: pairs with R1; the edges. R2 release: pairs with A1; what the event wrote. */
    tell(w, weir_aptr_xchg_acq_rel(&e->dependents, weir_deps_closed(st)), st, doomed);
    if (e->join) pass_on(w, weir_joins_drop(w->sched->deps->joins, e->join, st), doomed);
    /* DS release: pairs with the load in weir_retire_go; the last touch before its memory may be another's. */
    weir_a32_store_release(&e->state, st == WEIR_SCHED_LOST ? WEIR_EVENT_LOST : WEIR_EVENT_ENDED);
}

/* Those that fail with others; each may bring down more. */
static void end_doomed(weir_worker *w, weir_event *doomed) {
    while (WEIR_UNLIKELY(doomed)) {
        weir_event *e = doomed;
        doomed = e->next;
        e->next = NULL; /* order: it has no children */
        weir_sched_status st = (weir_sched_status)(weir_a32_load(&e->unmet) >> WEIR_UNMET_BITS);
        bool finish = !w->sched->class->order || weir_a32_load(&e->state) == WEIR_EVENT_DROPPED;
        over(w, e, st, &doomed);
        if (finish) weir_event_finish(w, e, st);
    }
}

void weir_deps_ended(weir_worker *w, weir_event *e, weir_sched_status st) {
    weir_event *doomed = NULL;
    over(w, e, st, &doomed);
    end_doomed(w, doomed);
}

void weir_deps_pass_on(weir_worker *w, weir_dep *first) {
    weir_event *doomed = NULL;
    pass_on(w, first, &doomed);
    end_doomed(w, doomed);
}

void weir_deps_abandon(weir_worker *w, weir_event *e, weir_sched_status st) {
    weir_event *doomed = NULL;
    if (!e->ndeps) weir_a32_store(&e->unmet, 1);
    fail(e, st);
    met(w, e, 1, &doomed);
    end_doomed(w, doomed);
}

void weir_deps_drop(weir_worker *w, weir_event *e, weir_sched_status st) {
    weir_a32_store(&e->state, WEIR_EVENT_DROPPED);
    weir_deps_abandon(w, e, st);
}

void weir_deps_abandon_waiting(weir_worker *w) {
    weir_deps_pass_on(w, weir_joins_take_all(w->sched->deps->joins, WEIR_SCHED_CLOSED));
}

/* -- submitting ----------------------------------------------------------------------------------------------------- */

/* Order: a data part behind e in the total order can only come after e. */
static bool disorder(const weir_sched *s, const weir_event *e, const weir_event *on) {
    return s->class->order && on->data && e->key <= on->key &&
           (e->key < on->key || (!weir_event_is_child(e) && weir_event_before(e, on)));
}

static weir_sched_status check(weir_sched *s, const weir_event *e, const weir_dep *d) {
    switch (d->kind) {
    case WEIR_DEP_EVENT:
        if (!d->on.event) return WEIR_SCHED_BAD;
        if (d->on.event == e) return WEIR_SCHED_SELF;
        if (weir_a32_load(&d->on.event->state) == WEIR_EVENT_IDLE) return WEIR_SCHED_UNKNOWN;
        return disorder(s, e, d->on.event) ? WEIR_SCHED_DISORDER : WEIR_SCHED_OK;
    case WEIR_DEP_ID: return weir_names_check(s->deps->names, e, d, s->class->order);
    case WEIR_DEP_JOIN:
        if (!d->on.join) return WEIR_SCHED_BAD;
        return weir_joins_counts_in(e->join, d->on.join) ? WEIR_SCHED_SELF : WEIR_SCHED_OK;
    case WEIR_DEP_SUBTREE: return d->levels > WEIR_LEVELS_MAX ? WEIR_SCHED_BAD : WEIR_SCHED_OK;
    }
    return WEIR_SCHED_BAD;
}

/* *places: it has one, or waits for some. */
static weir_sched_status check_all(weir_sched *s, const weir_event *e, bool *places) {
    if (e->ndeps > WEIR_DEPS_MAX || (e->ndeps && !e->deps) || e->levels > WEIR_LEVELS_MAX) return WEIR_SCHED_BAD;
    weir_sched_status st = WEIR_SCHED_OK;
    *places = e->levels;
    for (uint32_t i = 0; !st && i < e->ndeps; i++) {
        st = check(s, e, e->deps + i);
        *places |= e->deps[i].kind == WEIR_DEP_SUBTREE;
    }
    return st;
}

/* The event of this name; it must be there while its entry is, so the edge is made under the table's lock. */
static bool wait_by_id(weir_sched *s, weir_dep *d, weir_sched_status *st) {
    weir_event *on = weir_names_hold(s->deps->names, d, st);
    if (!on) return false;
    bool waits = false;
    if (disorder(s, d->owner, on)) *st = WEIR_SCHED_DISORDER;
    else waits = weir_deps_push(&on->dependents, d, st);
    weir_names_let_go(s->deps->names, d);
    return waits;
}

/* Makes one edge. False: there is nothing to wait for, or not any more. */
static bool edge(weir_sched *s, weir_event *e, weir_dep *d) {
    weir_sched_status st = WEIR_SCHED_OK;
    bool waits = false;
    if (d->kind == WEIR_DEP_SUBTREE) return true; /* weir_subtree_enter has made it, and it may be over and gone */
    d->owner = e;
    if (d->kind == WEIR_DEP_EVENT) waits = weir_deps_push(&d->on.event->dependents, d, &st);
    else if (d->kind == WEIR_DEP_JOIN) waits = weir_joins_wait(s->deps->joins, d, &st);
    else waits = wait_by_id(s, d, &st);
    if (st) fail(e, st);
    return waits;
}

/* Makes its edges, but those by id (order), or only them. Returns how many have nothing to wait for. */
static uint32_t edges(weir_sched *s, weir_event *e, bool by_id, bool others) {
    uint32_t none = 0;
    for (uint32_t i = 0; i < e->ndeps; i++)
        if (e->deps[i].kind == WEIR_DEP_ID ? by_id : others) none += !edge(s, e, e->deps + i);
    return none;
}

/* What may fail comes first; the name, by which others may find it, last. */
weir_sched_status weir_deps_enter_all(weir_sched *s, weir_event *e) {
    bool named = (e->flags & WEIR_EVENT_NAMED) && !weir_event_is_child(e), places;
    weir_dep *name = NULL;
    weir_sched_status st = check_all(s, e, &places);
    if (!st && named) st = weir_names_reserve(s->deps->names, e, &name);
    if (st) return st;
    weir_a32_store(&e->unmet, e->ndeps + 1); /* relaxed: published with the first edge */
    if (places) st = weir_subtree_enter(s->deps->subtree, e);
    if (st) {
        if (name) weir_names_unreserve(s->deps->names, name);
        return st;
    }
    if (e->join) weir_joins_count(e->join);
    uint32_t none = edges(s, e, !s->class->order, true);
    if (none) weir_a32_sub(&e->unmet, none); /* relaxed: the one of weir_deps_resolve remains */
    if (name) weir_names_enter(s->deps->names, e, name);
    return WEIR_SCHED_OK;
}

void weir_deps_resolve_all(weir_worker *w, weir_event *e) {
    uint32_t none = w->sched->class->order ? edges(w->sched, e, true, false) : 0;
    weir_event *doomed = NULL;
    met(w, e, none + 1, &doomed);
    end_doomed(w, doomed);
}
