#include "runtime/room_p.h"

#include "runtime/runtime_p.h"

static bool may_park(const weir_runtime *r, const weir_subscription *full, const weir_subscription *self) {
    return !self ||
           (full != self && !full->parked_on_room && !self->parks_no_more && r->parked_on_room < r->o.parked_max);
}

enum {
    TELL = 32, /* events begun before it looks for those who wait */
    LONG = 8   /* full queues begun, in which nobody was let in */
};

/* -- places that are kept; under the room's lock ---------------------------------------------------------------------- */

static void append(weir_subscription *full, weir_room_waiter *w) {
    w->next = NULL;
    *(full->room ? &full->room_last->next : &full->room) = w;
    full->room_last = w;
}

/* The one that *at points to. */
static void take_out(weir_subscription *full, weir_room_waiter **at) {
    weir_room_waiter *w = *at;
    if (full->room_last == w) full->room_last = at == &full->room ? NULL : (weir_room_waiter *)(void *)at;
    *at = w->next;
    if (w->self) {
        w->self->parked_on_room = false;
        full->strand.runtime->parked_on_room--;
    }
}

/* Places for up to `most` of those who wait. Where there is none and somebody has waited long, the next one that comes free. */
static uint32_t keep(weir_subscription *s, uint32_t most, bool long_) {
    uint32_t queue = s->strand.runtime->o.queue, waiting = 0, n = 0, next = weir_a32_load(&s->next_kept);
    for (const weir_room_waiter *w = s->room; w && waiting < most; w = w->next) waiting++;
    weir_lock_acquire(&s->topic->lock);
    uint32_t kept = weir_a32_load(&s->kept) - next;
    uint64_t taken = weir_subscription_queued(s) + kept;
    if (taken < queue) n = queue - taken < waiting ? (uint32_t)(queue - taken) : waiting;
    next = s->room && n == 0 && (long_ || next);
    weir_a32_store(&s->next_kept, next);
    weir_a32_store(&s->kept, kept + n + next);
    weir_log *l = weir_aptr_load(&s->topic->log);
    l->limit = 0; /* is looked for again */
    weir_lock_release(&s->topic->lock);
    return n;
}

static void wake_all(weir_room_waiter *w, weir_turn *turn) {
    for (weir_room_waiter *next; w; w = next) {
        next = w->next; /* a woken one may be gone */
        weir_strand_wake(w->strand, turn);
    }
}

/* Wakes those who have a place now. */
static void let_in(weir_subscription *s, uint32_t most, bool long_, weir_turn *turn) {
    weir_runtime *r = s->strand.runtime;
    weir_room_waiter *woken = NULL, **end = &woken;
    weir_lock_acquire(&r->room);
    for (uint32_t n = keep(s, most, long_); n > 0; n--) {
        weir_room_waiter *w = s->room;
        take_out(s, &s->room);
        weir_subscription_retain(s);
        w->kept = s;
        w->next = NULL;
        *end = w;
        end = &w->next;
    }
    if (!s->room) weir_a32_store(&s->wanted, 0);
    weir_lock_release(&r->room);
    wake_all(woken, turn);
}

weir_subscription *weir_room_spend(weir_room_waiter *w) {
    weir_subscription *s = w->kept;
    if (s) weir_a32_store(&s->kept, weir_a32_load(&s->kept) - 1);
    w->kept = NULL;
    return s;
}

void weir_room_spent(weir_subscription *s, bool admitted, weir_turn *turn) {
    if (!admitted) let_in(s, UINT32_MAX, false, turn); /* nothing comes by whose end others are told */
    weir_subscription_release(s);
}

void weir_room_give_back(weir_room_waiter *w, weir_turn *turn) {
    if (!w || !w->kept) return;
    weir_topic *t = w->kept->topic;
    weir_lock_acquire(&t->lock);
    weir_subscription *s = weir_room_spend(w);
    weir_lock_release(&t->lock);
    weir_room_spent(s, false, turn);
}

/* -- parked ---------------------------------------------------------------------------------------------------------- */

/* R1 acq_rel: pairs with R2: one of the two, who says that he waits and who has begun events, sees the other. */
weir_room weir_room_park(weir_subscription *full, weir_room_waiter *w) {
    weir_runtime *r = full->strand.runtime;
    weir_room answer = WEIR_ROOM_REFUSED;
    weir_lock_acquire(&r->room);
    if (may_park(r, full, w->self)) {
        weir_a32_or_acq_rel(&full->wanted, 1); /* R1 */
        bool room = weir_a32_load_acquire(&full->ended) ||
                    weir_subscription_queued(full) + weir_a32_load(&full->kept) < r->o.queue;
        answer = room ? WEIR_ROOM_RETRY : WEIR_ROOM_PARKED;
        if (!room) {
            append(full, w);
            if (w->self) {
                w->self->parked_on_room = true;
                w->self->parked_at = full;
                r->parked_on_room++;
            }
        }
    }
    weir_lock_release(&r->room);
    weir_subscription_release(full);
    return answer;
}

bool weir_room_withdraw(weir_subscription *full, weir_room_waiter *w) {
    weir_runtime *r = full->strand.runtime;
    weir_lock_acquire(&r->room);
    weir_room_waiter **at = &full->room;
    while (*at && *at != w) at = &(*at)->next;
    bool there = *at != NULL;
    if (there) take_out(full, at);
    if (there) keep(full, 0, false);
    weir_lock_release(&r->room);
    return there;
}

void weir_room_open(weir_subscription *s, weir_turn *turn) {
    weir_runtime *r = s->strand.runtime;
    weir_lock_acquire(&r->room);
    weir_a32_store(&s->wanted, 0);
    weir_room_waiter *w = s->room;
    while (s->room) take_out(s, &s->room);
    weir_lock_release(&r->room);
    wake_all(w, turn);
}

/* As long as it is parked, what it is parked at is there. */
void weir_room_end(weir_subscription *s, weir_turn *turn) {
    weir_runtime *r = s->strand.runtime;
    weir_lock_acquire(&r->room);
    bool parked = s->parked_on_room;
    if (parked) {
        weir_room_waiter **at = &s->parked_at->room;
        while ((*at)->self != s) at = &(*at)->next;
        take_out(s->parked_at, at);
        keep(s->parked_at, 0, false);
    }
    s->parks_no_more = true;
    weir_lock_release(&r->room);
    if (parked) weir_strand_wake(&s->strand, turn);
}

void weir_room_tell(weir_subscription *s, weir_turn *turn) {
    uint32_t queue = s->strand.runtime->o.queue;
    if (!s->untold) return;
    s->untold = 0;
    if (!weir_a32_or_acq_rel(&s->wanted, 0)) return; /* R2 */
    uint64_t begun = weir_a64_load(&s->begun);
    bool half = weir_subscription_queued(s) <= queue / 2, long_ = begun - s->let_in_at >= (uint64_t)LONG * queue;
    if (!half && !long_ && !weir_a32_load(&s->next_kept)) return;
    s->let_in_at = begun;
    let_in(s, half ? UINT32_MAX : 1, long_, turn);
}

void weir_room_left(weir_subscription *s, weir_turn *turn) {
    uint32_t most = s->strand.runtime->o.queue / 8;
    weir_a64_store(&s->begun, weir_a64_load(&s->begun) + 1); /* relaxed: whom it concerns R2 shows it */
    s->untold++;
    if (s->at == s->laid || s->untold >= TELL || s->untold >= most) weir_room_tell(s, turn);
}
