/* Publishing: how an event comes into the log of a topic, for all who listen there or for none. */
#include "runtime/probe_p.h"
#include "runtime/room_p.h"
#include "runtime/session_p.h"
#include "runtime/subscription_p.h"

enum { AHEAD = 256 }; /* bytes asked for before they are laid: whoever handled what lay there has them */

/* -- a record ------------------------------------------------------------------------------------------------------ */

static size_t record_bytes(const weir_payload *p) { return (sizeof(weir_record) + p->buffer + 7) & ~(size_t)7; }

static weir_record *record_at(weir_tray *t, uint32_t at) { return (weir_record *)(void *)((char *)t->at + at); }

/* What is too large to be copied under the lock, or is counted, lies on a tray of its own before. */
static weir_tray *lay_alone(const weir_session *from, const weir_payload *p, size_t bytes, weir_admitted *how) {
    weir_shelf *shelf = &from->runtime->shelf;
    weir_tray *t = weir_tray_alone(shelf, from->purse, bytes);
    if (t) weir_payload_lay(p, record_at(t, 0)->buffer);
    else
        *how = weir_purse_is_full(from->purse, bytes) ? WEIR_ADMIT_PURSE
               : weir_shelf_is_full(shelf, bytes)     ? WEIR_ADMIT_BYTES
                                                      : WEIR_ADMIT_NOMEM;
    return t;
}

static bool lies_alone(const weir_session *from, size_t bytes) {
    return bytes > WEIR_TRAY_MANY || weir_purse_is_limited(from->purse);
}

/* The next tray, which those who subscribe have all still to come to. N1 release: pairs with N2 in subscription.c. */
static void follow(weir_log *l, weir_tray *next) {
    weir_tray *t = l->tray;
    weir_a32_store(&next->holds, 1 + l->subscribed); /* relaxed: published by N1, or by the lock */
    l->tray = next;
    if (!t) return;
    weir_aptr_store_release(&t->next, next); /* N1 */
    weir_tray_let_go(t, 1);
}

/* When the event was admitted, if it is one whose times are taken. */
static uint64_t times(const weir_metrics *m, weir_topic *topic) {
    if (WEIR_LIKELY(topic->until-- > 0)) return 0;
    topic->until = m->sample - 1;
    return m->sample != UINT32_MAX ? weir_now_ns() : 0;
}

/* P1 release: pairs with P2 in subscription.c: who sees that it is laid sees the record. */
static const weir_record *lay(weir_session *from, weir_topic *topic, weir_tray *t, const weir_payload *p,
                              size_t bytes) {
    uint32_t at = weir_a32_load(&t->laid);
    weir_record *e = record_at(t, at);
    e->bytes = (uint32_t)bytes;
    e->since = times(&from->runtime->metrics, topic);
    e->from = NULL;
    if (WEIR_UNLIKELY(topic->channel == WEIR_EXECUTION)) weir_session_hold(e->from = from);
    if (WEIR_LIKELY(t->rank != WEIR_TRAY_RANKS)) weir_payload_lay(p, e->buffer);
    weir_a32_store_release(&t->laid, at + (uint32_t)bytes); /* P1 */
    for (size_t ahead = 0; ahead < AHEAD; ahead += WEIR_CACHE_LINE)
        __builtin_prefetch((const char *)e + bytes + ahead, 1);
    return e;
}

/* -- who gets it; all under the lock --------------------------------------------------------------------------------- */

/* How many events all have room for. Somebody who has none; NULL: all have. */
static weir_subscription *look_for_room(const weir_runtime *r, weir_topic *topic, weir_log *l) {
    uint64_t events = weir_a64_load(&topic->events), slowest = events;
    weir_subscription *full = NULL;
    for (weir_subscription *s = topic->first; s; s = s->next) {
        uint64_t begun = weir_a64_load(&s->begun) - weir_a32_load(&s->kept);
        if ((int64_t)(slowest - begun) <= 0) continue;
        slowest = begun;
        if (events - begun >= r->o.queue) full = s;
    }
    l->limit = slowest + r->o.queue;
    return full;
}

/* Those who had nothing to do begin with what lies at `at`; they are to be dispatched, linked by start. fresh: the tray counts them. */
static weir_subscription *start_idle(weir_topic *topic, weir_log *l, uint32_t at, bool fresh) {
    weir_subscription *start = NULL;
    if (!fresh) weir_tray_hold(l->tray, l->subscribed - l->busy);
    for (weir_subscription *s = topic->first; s; s = s->next) {
        if (s->busy) continue;
        weir_subscription_start(s, l->tray, at);
        s->start = start;
        start = s;
    }
    l->busy = l->subscribed;
    return start;
}

/* -- publishing ---------------------------------------------------------------------------------------------------- */

/* What is to be done when the lock is free again. */
typedef struct after {
    weir_subscription *start;
    weir_waiter *wake;
    weir_tray *done; /* a hold */
} after;

static weir_admitted put(weir_session *from, weir_topic *topic, weir_log *l, const weir_payload *p, weir_tray *own,
                         after *then) {
    size_t bytes = record_bytes(p);
    weir_tray *before = l->tray, *t = own;
    if (WEIR_LIKELY(!own && before && before->room - weir_a32_load(&before->laid) >= bytes)) t = before;
    else if (!own && !(t = weir_tray_new(&from->runtime->shelf, before, bytes))) return WEIR_ADMIT_NOMEM;
    if (t != before) follow(l, t);
    uint32_t at = weir_a32_load(&t->laid);
    const weir_record *e = lay(from, topic, t, p, bytes);
    weir_a64_store(&topic->events, weir_a64_load(&topic->events) + 1);
    weir_a64_store(&l->deliveries, weir_a64_load(&l->deliveries) + l->subscribed);
    WEIR_PROBE3(event__admitted, topic->channel, topic->number, l->subscribed);
    if (l->busy != l->subscribed) then->start = start_idle(topic, l, at, t != before);
    if (topic->waiters) then->wake = weir_waiters_answer(topic, t, e);
    then->done = weir_log_end(l);
    return WEIR_ADMITTED;
}

static void do_then(const after *then, weir_turn *turn) {
    if (then->done) weir_tray_let_go(then->done, 1);
    for (weir_subscription *next, *s = then->start; s; s = next) {
        next = s->start;
        weir_strand_dispatch(&s->strand, turn);
    }
    for (weir_waiter *next, *w = then->wake; w; w = next) {
        next = w->next; /* a woken one may be gone */
        weir_strand_wake(w->strand, turn);
    }
}

/* With the lock, and what is to be done without it. */
static weir_admitted admit(weir_session *from, weir_topic *topic, const weir_payload *p, weir_room_waiter *w,
                           weir_tray **own, weir_turn *turn, weir_subscription **full) {
    weir_log none = {0}, *l; /* where nobody subscribes */
    weir_admitted how = WEIR_ADMITTED;
    after then = {0};
    weir_lock_acquire(&topic->lock);
    weir_subscription *kept = w ? weir_room_spend(w) : NULL;
    if (!(l = weir_aptr_load(&topic->log))) l = &none;
    if (kept || weir_a64_load(&topic->events) >= l->limit) *full = look_for_room(from->runtime, topic, l);
    if (*full) {
        weir_subscription_retain(*full);
        how = WEIR_ADMIT_FULL;
    } else if (weir_a32_load(&topic->listeners) > 0) {
        how = put(from, topic, l, p, *own, &then);
        if (how == WEIR_ADMITTED) *own = NULL;
    }
    weir_lock_release(&topic->lock);
    if (WEIR_UNLIKELY(kept != NULL)) weir_room_spent(kept, how == WEIR_ADMITTED, turn);
    do_then(&then, turn);
    return how;
}

/* Relaxed: who began to listen before this publish began is counted, for that happened before. */
weir_admitted weir_topic_lay(weir_session *from, weir_topic *topic, const weir_payload *p, weir_room_waiter *w,
                             weir_turn *turn, weir_subscription **full) {
    size_t bytes = record_bytes(p);
    weir_admitted how = WEIR_ADMITTED;
    weir_tray *own = NULL;
    bool some = weir_a32_load(&topic->listeners);
    *full = NULL;
    if (some && WEIR_UNLIKELY(lies_alone(from, bytes))) own = lay_alone(from, p, bytes, &how);
    if (some && how == WEIR_ADMITTED) how = admit(from, topic, p, w, &own, turn, full);
    if (own) weir_tray_let_go(own, 1);
    weir_room_give_back(w, turn);
    return how;
}

weir_admitted weir_topic_publish(weir_session *from, weir_topic *topic, weir_slp_value v, weir_slp_builder *b,
                                 weir_room_waiter *w, weir_turn *turn, weir_subscription **full) {
    weir_payload p;
    *full = NULL;
    if (weir_payload_of(&p, v, b)) return weir_topic_lay(from, topic, &p, w, turn, full);
    weir_room_give_back(w, turn);
    return WEIR_ADMIT_NOMEM;
}
