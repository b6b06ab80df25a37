#include "sched/ready_p.h"

#include <stdlib.h>

#include "prims/deque.h"

enum { CAPACITY = 65536, REFILL = 256, STOLEN_AT_ONCE = 32 };

/* One worker's. Its overflow is last in, first out, linked by weir_event.next. */
typedef struct slot {
    weir_deque deque;
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_lock lock; /* guards the list */
    weir_aptr overflow;                           /* written under the lock, and looked at without */
    unsigned victim;                              /* from whom it has stolen last; its worker's */
} slot;

struct weir_ready {
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a32 waking; /* somebody has been woken and has not looked yet */
    slot *slots;
    void *blocks;
};

static slot *slot_of(const weir_worker *w) { return w->sched->ready->slots + w->index; }

weir_sched_status weir_ready_open(weir_sched *s, weir_sched_error *error) {
    size_t bytes = weir_deque_bytes(CAPACITY);
    weir_ready *r = s->ready = weir_lines_alloc(sizeof *r);
    if (r) r->slots = weir_lines_alloc(s->o.workers_max * sizeof *r->slots);
    if (r) r->blocks = aligned_alloc(WEIR_CACHE_LINE, s->o.workers_max * bytes);
    if (!r || !r->slots || !r->blocks) {
        weir_ready_close(s);
        return weir_sched_refuse(error, WEIR_SCHED_NOMEM, "no memory for the deques of %u workers", s->o.workers_max);
    }
    for (unsigned i = 0; i < s->o.workers_max; i++) {
        weir_deque_init(&r->slots[i].deque, CAPACITY, (char *)r->blocks + i * bytes);
        weir_lock_init(&r->slots[i].lock);
    }
    return WEIR_SCHED_OK;
}

void weir_ready_close(weir_sched *s) {
    if (!s->ready) return;
    free(s->ready->slots);
    free(s->ready->blocks);
    free(s->ready);
    s->ready = NULL;
}

/* -- overflow ------------------------------------------------------------------------------------------------------- */

static void overflow_push(slot *me, weir_event *e) {
    weir_lock_acquire(&me->lock);
    e->next = weir_aptr_load(&me->overflow);
    weir_aptr_store(&me->overflow, e);
    weir_lock_release(&me->lock);
}

/* One for the caller, and up to n more into its deque, which has room for them. */
static weir_event *overflow_take(slot *from, slot *me, int n) {
    if (!weir_aptr_load(&from->overflow)) return NULL; /* relaxed: only saves the lock */
    weir_lock_acquire(&from->lock);
    weir_event *first = weir_aptr_load(&from->overflow), *e = first ? first->next : NULL;
    for (weir_event *next; e && n; n--, e = next) {
        next = e->next; /* before another may have it */
        weir_deque_try_push(&me->deque, (uintptr_t)e);
    }
    if (first) weir_aptr_store(&from->overflow, e);
    weir_lock_release(&from->lock);
    return first;
}

/* -- push and take -------------------------------------------------------------------------------------------------- */

static void wake(weir_sched *s) {
    weir_ready *r = s->ready;
    if (!weir_bell_listeners(&s->idle) || weir_a32_load(&r->waking) || weir_a32_xchg(&r->waking, 1)) return;
    weir_bell_ring(&s->idle, 1);
}

void weir_ready_put(weir_worker *w, weir_event *e) {
    slot *me = slot_of(w);
    if (WEIR_UNLIKELY(!weir_deque_try_push(&me->deque, (uintptr_t)e))) overflow_push(me, e);
}

void weir_ready_push(weir_worker *w, weir_event *e) {
    weir_ready_put(w, e);
    wake(w->sched);
}

static weir_event *steal_from(slot *victim, slot *me) {
    uint64_t v;
    weir_status st;
    while ((st = weir_deque_try_steal(&victim->deque, &v)) == WEIR_ABORT) weir_pause();
    return st == WEIR_OK ? (weir_event *)(uintptr_t)v : overflow_take(victim, me, STOLEN_AT_ONCE);
}

static bool has_some(slot *s) { return weir_deque_size(&s->deque) || weir_aptr_load(&s->overflow); }

static void fetch(const weir_event *e) {
    for (size_t at = 0; at < sizeof *e; at += WEIR_CACHE_LINE) __builtin_prefetch((const char *)e + at, 1);
}

/* More from the same victim, at most half of what it has, into its own deque, which is empty; the oldest is the next to
 * be taken there, too. The victim changes the line of `top` with each event it takes, as thieves do: so that line
 * changes hands once for many, and the events' own lines come while others are stolen. */
static void steal_more(slot *victim, slot *me) {
    uint64_t got[STOLEN_AT_ONCE];
    size_t n = 0, half = weir_deque_size(&victim->deque) / 2;
    while (n < half && n < STOLEN_AT_ONCE && weir_deque_try_steal(&victim->deque, &got[n]) == WEIR_OK)
        fetch((const weir_event *)(uintptr_t)got[n++]);
    while (n) weir_deque_try_push(&me->deque, got[--n]);
}

/* Begins where it was lucky last. Whoever leaves something behind wakes the next. */
static weir_event *steal(weir_worker *w, slot *me) {
    unsigned n = weir_sched_top(w->sched);
    for (unsigned i = 0; i < n; i++) {
        unsigned at = me->victim + i < n ? me->victim + i : me->victim + i - n;
        slot *victim = w->sched->ready->slots + at;
        weir_event *e = victim == me ? NULL : steal_from(victim, me);
        if (!e) continue;
        me->victim = at;
        weir_tally(&w->steals, 1);
        steal_more(victim, me);
        if (has_some(me) || has_some(victim)) wake(w->sched);
        return e;
    }
    return NULL;
}

weir_event *weir_ready_take(weir_worker *w) {
    slot *me = slot_of(w);
    uint64_t v;
    if (WEIR_LIKELY(weir_deque_try_pop(&me->deque, &v))) return (weir_event *)(uintptr_t)v;
    weir_event *e = overflow_take(me, me, REFILL);
    return e ? e : steal(w, me);
}

/* What overflowed comes in as soon as there is room enough, for the deque may never be empty. */
weir_event *weir_ready_take_oldest(weir_worker *w) {
    slot *me = slot_of(w);
    uint64_t v;
    weir_status st;
    if (WEIR_UNLIKELY(weir_aptr_load(&me->overflow) != NULL) && weir_deque_size(&me->deque) < CAPACITY / 2) {
        weir_event *e = overflow_take(me, me, REFILL);
        if (e) return e;
    }
    while ((st = weir_deque_try_steal(&me->deque, &v)) == WEIR_ABORT) weir_pause();
    return st == WEIR_OK ? (weir_event *)(uintptr_t)v : NULL;
}

size_t weir_ready_own(weir_worker *w) { return weir_deque_size(&slot_of(w)->deque); }

bool weir_ready_some(weir_worker *w) {
    weir_sched *s = w->sched;
    weir_a32_store(&s->ready->waking, 0); /* relaxed: a wake too many, or one that somebody else's look makes good */
    unsigned n = weir_sched_top(s);
    bool some = false;
    for (unsigned i = 0; i < n && !some; i++) some = has_some(s->ready->slots + i);
    return some;
}
