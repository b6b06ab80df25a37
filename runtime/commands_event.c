/* Events: pub, sub, unsub, await. */
#include "runtime/awaiting_p.h"
#include "runtime/exec_p.h"
#include "runtime/probe_p.h"
#include "runtime/processor_p.h"
#include "runtime/recorded_p.h"
#include "runtime/room_p.h"
#include "runtime/session_p.h"

static uint32_t channel_of(weir_slp_value v) {
    char letter = *weir_slp_text_of(v).at;
    return letter == weir_channel_letter(WEIR_EXECUTION) ? WEIR_EXECUTION : (uint32_t)(letter - 'A');
}

static uint32_t topic_of(weir_slp_value v) { return (uint32_t)weir_slp_integer(v); }

static weir_verdict denied(weir_exec *x, const char *what, const weir_slp_value *args) {
    return weir_fail(x, "denied", "no right to %s topic %u", what, topic_of(args[1]));
}

/* -- pub ------------------------------------------------------------------------------------------------------------- */

/* A wait for room, in the call's state. Where it can be interrupted it is among those of the session, by which whoever does finds it,
 * with a reference of `full` of its own. */
typedef struct weir_room_wait {
    weir_room_waiter waiter;
    weir_subscription *full; /* NULL: it is not among them */
    const weir_a32 *interrupt;
    struct weir_room_wait *next, **at, *wake;
} room_wait;

static void link_in(weir_session *s, room_wait *w) {
    if ((w->next = s->room_waits)) w->next->at = &w->next;
    w->at = &s->room_waits;
    s->room_waits = w;
}

/* It has parked on `full`, or has not. Gives the reference back, if it has not. */
static weir_room show_wait(const weir_exec *x, weir_subscription *full, room_wait *w, weir_room room) {
    weir_session *s = x->session;
    weir_lock_acquire(&s->lock);
    if (room == WEIR_ROOM_PARKED && !weir_exec_interrupted(x)) {
        w->full = full;
        link_in(s, w);
    }
    weir_lock_release(&s->lock);
    if (w->full) return room;
    if (room == WEIR_ROOM_PARKED && weir_room_withdraw(full, &w->waiter)) room = WEIR_ROOM_REFUSED;
    weir_subscription_release(full);
    return room; /* PARKED: whoever had room has found it, and wakes it */
}

static void hide_wait(const weir_exec *x, room_wait *w) {
    if (!w->full) return;
    weir_lock_acquire(&x->session->lock);
    if ((*w->at = w->next)) w->next->at = w->at;
    weir_lock_release(&x->session->lock);
    weir_subscription_release(w->full);
}

void weir_pub_interrupt(weir_session *s) {
    room_wait *wake = NULL, *next;
    weir_lock_acquire(&s->lock);
    for (room_wait *w = s->room_waits; w; w = w->next) {
        if (!weir_interrupt_told(w->interrupt) || !weir_room_withdraw(w->full, &w->waiter)) continue;
        w->wake = wake;
        wake = w;
    }
    weir_lock_release(&s->lock);
    for (; wake; wake = next) {
        next = wake->wake; /* a woken one may be gone */
        weir_strand_wake(wake->waiter.strand, NULL);
    }
}

/* Parks, or answers how it cannot. Gives back the caller's reference of `full`. */
static weir_room park(weir_exec *x, weir_subscription *full) {
    room_wait *w = weir_exec_state(x, sizeof *w);
    if (!w || !weir_exec_may_park(x)) return weir_subscription_release(full), WEIR_ROOM_REFUSED;
    *w = (room_wait){.waiter = {.strand = x->strand, .self = x->subscription}, .interrupt = x->interrupt};
    if (!x->interrupt) return weir_room_park(full, &w->waiter);
    weir_subscription_retain(full);
    return show_wait(x, full, w, weir_room_park(full, &w->waiter));
}

/* w: has waited for room; NULL: nobody has. */
static weir_verdict try_pub(weir_exec *x, const weir_slp_value *args, weir_room_waiter *w) {
    weir_runtime *r = x->session->runtime;
    uint32_t channel = channel_of(args[0]);
    weir_topic *topic = weir_target(r, channel, topic_of(args[1]));
    weir_subscription *full;
    while (topic) {
        weir_admitted how = weir_topic_publish(x->session, topic, args[2], x->tools->builder, w, x->turn, &full);
        if (how == WEIR_ADMITTED) break;
        if (how == WEIR_ADMIT_NOMEM) return weir_fail(x, "nomem", "no memory for an event");
        if (how == WEIR_ADMIT_BYTES)
            return weir_fail(x, "full", "large events that wait may have %llu bytes",
                             (unsigned long long)r->o.event_bytes);
        if (how == WEIR_ADMIT_PURSE)
            return weir_fail(x, "full", "events of entity %s that wait may have %llu bytes", x->session->holder->name,
                             (unsigned long long)weir_a64_load(&x->session->purse->most));
        weir_room room = park(x, full);
        if (room == WEIR_ROOM_PARKED) return WEIR_PARK;
        if (weir_exec_interrupted(x)) return weir_closed(x);
        if (room == WEIR_ROOM_REFUSED)
            return weir_fail(x, "full", "topic %u has a subscription with %u events waiting", topic_of(args[1]),
                             r->o.queue);
    }
    if (channel == WEIR_EXECUTION && !topic) return weir_fail(x, "nomem", "no memory for a processor");
    return weir_return(x, weir_value_true());
}

/* RETURN: it cannot be sent there. */
static weir_verdict check_script(weir_exec *x, const weir_slp_value *args) {
    uint32_t processors = x->session->runtime->o.processors;
    if (!weir_is_script(args[2])) return weir_fail(x, "type", "what is sent to be run is a body or a string");
    if (topic_of(args[1]) < processors) return WEIR_ENTER;
    return weir_fail(x, "range", "processors are 0 to %u", processors - 1);
}

static weir_verdict pub(weir_exec *x, const weir_slp_value *args, uint32_t n) {
    (void)n;
    if (!weir_session_may(x->session, topic_of(args[1]), WEIR_PUBLISH)) return denied(x, "publish on", args);
    if (!weir_session_rate(x->session))
        return weir_fail(x, "rate", "more than %u publishes within a second", weir_a32_load(&x->session->rate->most));
    if (channel_of(args[0]) == WEIR_EXECUTION && check_script(x, args) == WEIR_RETURN) return WEIR_RETURN;
    if (x->task && !x->task->requests) return weir_task_defer(x, channel_of(args[0]), topic_of(args[1]), args[2]);
    return try_pub(x, args, NULL);
}

static weir_verdict pub_more(weir_exec *x, const weir_slp_value *args, uint32_t n) {
    (void)n;
    room_wait *w = weir_exec_state(x, sizeof *w);
    hide_wait(x, w);
    if (!weir_exec_interrupted(x)) return try_pub(x, args, &w->waiter);
    weir_room_give_back(&w->waiter, x->turn);
    return weir_closed(x);
}

/* -- sub, unsub ------------------------------------------------------------------------------------------------------ */

static weir_verdict sub(weir_exec *x, const weir_slp_value *args, uint32_t n) {
    (void)n;
    if (x->task) return weir_fail(x, "denied", "a task has no handlers, which would not outlive a crash: let it await");
    uint32_t small[WEIR_VALUE_SMALL / 4];
    const weir_slp *s = weir_value_buffer(args[2], x->tools->builder, small);
    weir_program *p = s ? weir_session_body(x->session, s) : NULL;
    if (!p) return weir_fail(x, "nomem", "no memory for a body");
    const weir_listener l = {.channel = channel_of(args[0]), .topic = topic_of(args[1])};
    switch (weir_session_listen(x->session, &l, p, NULL)) {
    case WEIR_LISTEN_OK: return weir_return(x, weir_value_true());
    case WEIR_LISTEN_DENIED: return denied(x, "subscribe to", args);
    case WEIR_LISTEN_FULL:
        return weir_fail(x, "full", "%u subscriptions are the most that this session may have",
                         weir_session_most(x->session));
    case WEIR_LISTEN_CLOSED: return weir_fail(x, "closed", "the session closes");
    default: return weir_fail(x, "nomem", "no memory for a subscription");
    }
}

static weir_verdict unsub(weir_exec *x, const weir_slp_value *args, uint32_t n) {
    (void)n;
    bool any = weir_session_unlisten(x->session, channel_of(args[0]), topic_of(args[1]), x->turn);
    return weir_return(x, weir_value_truth(any));
}

/* -- await ----------------------------------------------------------------------------------------------------------- */

static uint32_t limit_ms(const weir_exec *x, const weir_slp_value *args, uint32_t n) {
    uint64_t ms = n > 3 ? (uint64_t)weir_slp_integer(args[3]) : x->session->runtime->o.await_ms;
    return ms < UINT32_MAX ? (uint32_t)ms : UINT32_MAX;
}

/* Listens, then evaluates the form: so what it brings about is not missed. */
static weir_verdict await(weir_exec *x, const weir_slp_value *args, uint32_t n) {
    if (!weir_session_may(x->session, topic_of(args[2]), WEIR_SUBSCRIBE)) return denied(x, "subscribe to", args + 1);
    weir_topic *topic = weir_topic_at(&x->session->runtime->topics, channel_of(args[1]), topic_of(args[2]), true);
    uint32_t ms = limit_ms(x, args, n);
    weir_slp_value form = args[0];
    weir_exec_keep(x, NULL, ms); /* what parks has no arguments */
    weir_awaiting *a = topic ? weir_awaiting_begin(x, topic) : NULL;
    if (!a) return weir_fail(x, "nomem", "no memory to wait");
    weir_exec_keep(x, a, ms);
    weir_verdict verdict = weir_exec_enter(x, form);
    if (verdict == WEIR_ENTER && x->task) x->task->requests++;
    if (verdict == WEIR_RETURN) weir_awaiting_drop(x, a);
    return verdict;
}

/* The form has ended. */
static weir_verdict await_park(weir_exec *x, weir_awaiting *a, uint32_t ms) {
    if (x->task) x->task->requests--;
    if (weir_value_is_error(x->result)) return weir_awaiting_drop(x, a), WEIR_RETURN;
    if (!weir_awaiting_park(x, a, ms)) return weir_awaiting_end(x, a, ms);
    weir_meter_add(x->tools->meter, WEIR_COUNT_PARKED);
    return WEIR_PARK;
}

static weir_verdict await_more(weir_exec *x, const weir_slp_value *args, uint32_t n) {
    uint32_t ms;
    weir_awaiting *a = weir_exec_kept(x, &ms);
    (void)args, (void)n;
    if (!weir_awaiting_has_parked(a)) return await_park(x, a, ms);
    weir_meter_add(x->tools->meter, WEIR_COUNT_WOKEN);
    if (x->task) weir_task_waits(x->task, NULL);
    return weir_awaiting_end(x, a, ms);
}

const weir_command weir_event_commands[] = {
    {"core/event/pub", "xtv", 0, pub, pub_more,
     "CHANNEL TOPIC VALUE: an event for all who listen there; on $CHANNEL_X a body or text for processor TOPIC to run; true"},
    {"core/event/sub", "ctb", 0, sub, NULL,
     "CHANNEL TOPIC {BODY}: from now on runs the body for each event; $data $channel $topic; true"},
    {"core/event/unsub", "ct", 0, unsub, NULL, "CHANNEL TOPIC: ends this session's subscriptions there; true or false"},
    {"core/expr/await", "fct?n", 0, await, await_more,
     "FORM CHANNEL TOPIC [MS]: evaluates the form, then waits for the next event there: its value; timeout"},
    {0}};
