#include "runtime/room_p.h"

#include "runtime/runtime_p.h"

static bool may_park(const weir_runtime *r, const weir_subscription *full, const weir_subscription *self) {
    return !self || (full != self && !full->parked_on_room && r->parked_on_room < r->o.parked_max);
}

/* R1 acq_rel: pairs with R2: one of the two, who says that he waits and who takes an event out, sees the other. */
weir_room weir_room_park(weir_subscription *full, weir_room_waiter *w) {
    weir_runtime *r = full->strand.runtime;
    weir_room answer = WEIR_ROOM_REFUSED;
    weir_lock_acquire(&r->room);
    if (may_park(r, full, w->self)) {
        bool room = weir_a32_or_acq_rel(&full->queued, 1) / 2 < r->o.queue; /* R1 */
        answer = room ? WEIR_ROOM_RETRY : WEIR_ROOM_PARKED;
        if (!room) {
            w->next = full->room;
            full->room = w;
            if (w->self) {
                w->self->parked_on_room = true;
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
    weir_a32_and(&s->queued, ~(uint32_t)1);
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

void weir_room_left(weir_subscription *s, weir_turn *turn) {
    uint32_t before = weir_a32_sub_acq_rel(&s->queued, 2); /* R2 */
    if (before & 1 && before / 2 - 1 <= s->strand.runtime->o.queue / 2) weir_room_open(s, turn);
}
