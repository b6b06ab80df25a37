#include "runtime/awaiting_p.h"

#include <stdlib.h>

#include "runtime/probe_p.h"
#include "runtime/recorded_p.h"

/* In a runtime that is recorded or repeated time is an input, and its alarms are for one wait each. */
typedef struct recorded {
    weir_awaiting a;
    weir_timeout timeout;
} recorded;

/* -- its alarm ----------------------------------------------------------------------------------------------------- */

static void rings(weir_alarm *alarm);

/* Later, without the lock. Its strand sleeps, or is about to: it has parked, and may have wanted to arm what could not be armed then. */
static void wakes(weir_alarm *alarm) {
    weir_awaiting *a = (weir_awaiting *)((char *)alarm - offsetof(weir_awaiting, alarm));
    alarm->ring = rings;
    weir_a32_store(&a->armed, 0); /* relaxed: the wake publishes it */
    weir_strand_wake(a->waiter.strand, NULL);
}

/* Under the clock's lock. A wait that parks meanwhile finds that the alarm is not armed, for W2 (topic.c) comes after. */
static void rings(weir_alarm *alarm) {
    weir_awaiting *a = (weir_awaiting *)((char *)alarm - offsetof(weir_awaiting, alarm));
    weir_a32_store(&a->armed, 0);
    uint64_t wait = weir_waiter_look(&a->waiter);
    if (!wait) return;
    uint64_t deadline = weir_a64_load(&a->deadline);
    weir_clock *clock = &a->waiter.strand->runtime->clock;
    if (deadline > weir_now_ns()) {
        weir_a32_store(&a->armed, 1);
        weir_clock_again(clock, alarm, deadline);
    } else if (weir_waiter_give_up_one(&a->waiter, wait)) {
        alarm->ring = wakes;
        weir_clock_later(clock, alarm);
    }
}

static void rings_recorded(weir_timeout *t) {
    weir_waiter_late(&((recorded *)(void *)((char *)t - offsetof(recorded, timeout)))->a.waiter);
}

/* Has parked. False: no thread for the clock. `armed` is set before: whoever rings between the two is right to clear it. */
static bool arm(weir_runtime *r, weir_awaiting *a, bool sooner) {
    uint64_t deadline = weir_a64_load(&a->deadline);
    if (r->recorded) return weir_timeout_begin(r, &((recorded *)a)->timeout, deadline, rings_recorded);
    if (!sooner && weir_a32_load(&a->armed)) return true;
    weir_a32_store(&a->armed, 1);
    bool good = weir_clock_add(&r->clock, &a->alarm, deadline);
    if (!good) weir_a32_store(&a->armed, 0);
    return good;
}

/* -- the node ------------------------------------------------------------------------------------------------------ */

static void put_in(weir_session *s, weir_awaiting *a) {
    weir_lock_acquire(&s->lock);
    if ((a->next = s->awaits)) a->next->at = &a->next;
    a->at = &s->awaits;
    s->awaits = a;
    a->listed = true;
    weir_lock_release(&s->lock);
}

/* Under the lock. */
static void take_out(weir_awaiting *a) {
    if ((*a->at = a->next)) a->next->at = a->at;
    a->listed = false;
}

static weir_awaiting *new_node(const weir_exec *x) {
    weir_awaiting *a = calloc(1, x->session->runtime->recorded ? sizeof(recorded) : sizeof *a);
    if (!a) return NULL;
    weir_waiter_init(&a->waiter, x->strand);
    a->alarm.ring = rings;
    a->interrupt = x->interrupt;
    return a;
}

void weir_awaiting_free(weir_session *s, weir_awaiting *a) {
    weir_lock_acquire(&s->lock);
    if (a->listed) take_out(a);
    weir_lock_release(&s->lock);
    if (!s->runtime->recorded) weir_clock_cancel(&s->runtime->clock, &a->alarm);
    free(a);
}

/* A processor's next script is another session's. */
static bool keeps(const weir_exec *x) {
    return !x->awaiting && (!x->subscription || x->subscription->session == x->session);
}

static void leave(weir_exec *x, weir_awaiting *a) {
    if (keeps(x)) x->awaiting = a;
    else weir_awaiting_free(x->session, a);
}

/* -- one await ----------------------------------------------------------------------------------------------------- */

/* Who was closed is not among those of the session; he alone, who has been woken since, knows. */
weir_awaiting *weir_awaiting_begin(weir_exec *x, weir_topic *topic) {
    weir_awaiting *a = !weir_exec_may_park(x) ? NULL : x->awaiting ? x->awaiting : new_node(x);
    if (!a) return NULL;
    x->awaiting = NULL;
    a->parked = a->closed = false;
    if (!a->listed) put_in(x->session, a);
    weir_waiter_begin(&a->waiter, topic);
    return a;
}

/* Has it parked too late for those who close or interrupt to find it? */
static bool is_closed(const weir_exec *x) { return weir_a32_load(&x->session->closing) || weir_exec_interrupted(x); }

bool weir_awaiting_park(weir_exec *x, weir_awaiting *a, uint32_t ms) {
    if (weir_waiter_has_come(&a->waiter)) return false;
    uint64_t deadline = weir_now_ns() + ms * UINT64_C(1000000);
    bool sooner = deadline < weir_a64_load(&a->deadline);
    weir_a64_store(&a->deadline, deadline);
    if (!weir_waiter_park(&a->waiter)) return false;
    a->parked = true;
    WEIR_PROBE2(await__parked, a->waiter.topic->channel, a->waiter.topic->number);
    bool armed = arm(x->session->runtime, a, sooner), closed = is_closed(x);
    if (armed && !closed && (!x->task || weir_task_waits(x->task, &a->waiter))) return true;
    if (!weir_waiter_give_up(&a->waiter)) return true;
    a->closed = closed;
    weir_strand_wake(x->strand, NULL); /* which is about to park */
    return true;
}

void weir_awaiting_drop(weir_exec *x, weir_awaiting *a) {
    weir_waiter_end(&a->waiter);
    weir_waiter_done(&a->waiter);
    leave(x, a);
}

weir_verdict weir_awaiting_end(weir_exec *x, weir_awaiting *a, uint32_t ms) {
    weir_waiter_end(&a->waiter);
    const weir_record *got = a->waiter.got;
    weir_tray *tray = a->waiter.tray;
    bool closed = a->closed;
    if (a->parked) WEIR_PROBE2(await__woken, a->waiter.topic->channel, a->waiter.topic->number);
    if (a->parked && x->session->runtime->recorded) weir_timeout_end(&((recorded *)a)->timeout);
    leave(x, a);
    if (got) {
        weir_slp_value v = weir_value_copy(&x->arena, x->tools->builder, weir_record_value(got));
        weir_tray_let_go(tray, 1);
        return weir_return(x, v);
    }
    if (closed) return weir_closed(x);
    weir_meter_add(x->tools->meter, WEIR_COUNT_TIMEOUTS);
    return weir_fail(x, "timeout", "no event came within %u ms", ms);
}

/* -- the session closes -------------------------------------------------------------------------------------------- */

/* Those that were parked, out of the list, and linked in the same way: their strands sleep until they are woken. */
static weir_awaiting *take_parked(weir_session *s, bool interrupted) {
    weir_awaiting *taken = NULL;
    for (weir_awaiting *a = s->awaits, *next; a; a = next) {
        next = a->next;
        if ((interrupted && !weir_interrupt_told(a->interrupt)) || !weir_waiter_give_up(&a->waiter)) continue;
        take_out(a);
        a->closed = true;
        a->next = taken;
        taken = a;
    }
    return taken;
}

void weir_awaits_close(weir_session *s, bool interrupted) {
    weir_lock_acquire(&s->lock);
    weir_awaiting *a = take_parked(s, interrupted);
    weir_lock_release(&s->lock);
    for (weir_awaiting *next; a; a = next) {
        next = a->next; /* a woken one may be gone */
        weir_strand_wake(a->waiter.strand, NULL);
    }
}
