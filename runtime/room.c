#include "runtime/room_p.h"

#include "runtime/runtime_p.h"

static bool may_park(const weir_runtime *r, const weir_subscription *full, const weir_subscription *self) {
    return !self ||
           (full != self && !full->parked_on_room && !self->parks_no_more && r->parked_on_room < r->o.parked_max);
}

enum { TELL = 32 }; /* events begun before it looks for those who wait */

/* R1 acq_rel: pairs with R2: one of the two, who says that he waits and who has begun events, sees the other. */
weir_room weir_room_park(weir_subscription *full, weir_room_waiter *w) {
    weir_runtime *r = full->strand.runtime;
    weir_room answer = WEIR_ROOM_REFUSED;
    weir_lock_acquire(&r->room);
    if (may_park(r, full, w->self)) {
        weir_a32_or_acq_rel(&full->wanted, 1); /* R1 */
        bool room = weir_subscription_queued(full) < r->o.queue;
        answer = room ? WEIR_ROOM_RETRY : WEIR_ROOM_PARKED;
        if (!room) {
            w->next = full->room;
            full->room = w;
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
    if (there) *at = w->next;
    weir_lock_release(&r->room);
    return there;
}

void weir_room_open(weir_subscription *s, weir_turn *turn) {
    weir_runtime *r = s->strand.runtime;
    weir_lock_acquire(&r->room);
    weir_a32_store(&s->wanted, 0);
    weir_room_waiter *w = s->room;
    s->room = NULL;
    for (weir_room_waiter *p = w; p; p = p->next)
        if (p->self) {
            p->self->parked_on_room = false;
            r->parked_on_room--;
        }
    weir_lock_release(&r->room);
    for (weir_room_waiter *next; w; w = next) {
        next = w->next; /* a woken one may be gone */
        weir_strand_wake(w->strand, turn);
    }
}

/* As long as it is parked, what it is parked at is there. */
void weir_room_end(weir_subscription *s, weir_turn *turn) {
    weir_runtime *r = s->strand.runtime;
    weir_lock_acquire(&r->room);
    bool parked = s->parked_on_room;
    if (parked) {
        weir_room_waiter **at = &s->parked_at->room;
        while ((*at)->self != s) at = &(*at)->next;
        *at = (*at)->next;
        s->parked_on_room = false;
        r->parked_on_room--;
    }
    s->parks_no_more = true;
    weir_lock_release(&r->room);
    if (parked) weir_strand_wake(&s->strand, turn);
}

void weir_room_tell(weir_subscription *s, weir_turn *turn) {
    if (!s->untold) return;
    s->untold = 0;
    if (!weir_a32_or_acq_rel(&s->wanted, 0)) return; /* R2 */
    if (weir_subscription_queued(s) <= s->strand.runtime->o.queue / 2) weir_room_open(s, turn);
}

void weir_room_left(weir_subscription *s, weir_turn *turn) {
    uint32_t most = s->strand.runtime->o.queue / 8;
    weir_a64_store(&s->begun, weir_a64_load(&s->begun) + 1); /* relaxed: whom it concerns R2 shows it */
    s->untold++;
    if (s->at == s->laid || s->untold >= TELL || s->untold >= most) weir_room_tell(s, turn);
}
