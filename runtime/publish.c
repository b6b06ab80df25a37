/* Events from C. */
#include "runtime/processor_p.h"
#include "runtime/recorded_p.h"
#include "runtime/room_p.h"
#include "runtime/session_p.h"

static bool there(uint32_t channel, uint32_t topic) { return channel < WEIR_CHANNELS && topic < WEIR_TOPICS; }

/* Waits for room of `full`, and perhaps has a place there kept for it. False: the deadline has passed. */
static bool wait_for_room(weir_runtime *r, weir_subscription *full, weir_room_waiter *w, uint64_t deadline_ns) {
    weir_strand strand;
    *w = (weir_room_waiter){.strand = &strand};
    weir_strand_init(&strand, r, NULL);
    weir_subscription_retain(full);
    bool in_time = true;
    if (weir_room_park(full, w) == WEIR_ROOM_PARKED && !weir_strand_wait(&strand, deadline_ns)) {
        in_time = !weir_room_withdraw(full, w);
        if (in_time) weir_strand_wait(&strand, WEIR_FOREVER); /* the wake has come or is coming */
    }
    weir_subscription_release(full);
    return in_time;
}

/* DONE: it may be sent there; *t is NULL when nobody has ever listened near it. */
static weir_answer check(weir_session *s, uint32_t channel, uint32_t topic, bool is_script, weir_topic **t) {
    weir_runtime *r = s->runtime;
    bool script = channel == WEIR_EXECUTION;
    if (!there(channel, topic) && !(script && topic < r->o.processors)) return WEIR_RANGE;
    if (script && !is_script) return WEIR_NO_SCRIPT;
    if (!weir_session_may(s, topic, WEIR_PUBLISH)) return WEIR_DENIED;
    if (!weir_session_rate(s)) return WEIR_RATE;
    if (weir_is_recorded(r) && weir_strand_is_here(r)) return WEIR_NOT_RECORDED;
    *t = weir_target(r, channel, topic);
    return script && !*t ? WEIR_NO_MEMORY : WEIR_DONE;
}

static weir_answer send(weir_session *s, weir_topic *t, const weir_payload *p, uint64_t deadline_ns) {
    weir_runtime *r = s->runtime;
    weir_subscription *full;
    weir_room_waiter w = {0};
    for (;;) {
        if (weir_is_recorded(r)) weir_room_give_back(&w, NULL);
        weir_admitted how =
            weir_is_recorded(r) ? weir_recorded_publish(s, t, p, &full) : weir_topic_lay(s, t, p, &w, NULL, &full);
        if (how == WEIR_ADMITTED) return WEIR_DONE;
        if (how == WEIR_ADMIT_NOMEM) return WEIR_NO_MEMORY;
        if (how == WEIR_ADMIT_BYTES || how == WEIR_ADMIT_PURSE) return WEIR_FULL;
        if (deadline_ns == 0) return weir_subscription_release(full), WEIR_FULL;
        if (!wait_for_room(r, full, &w, deadline_ns)) return WEIR_FULL;
    }
}

weir_answer weir_publish(weir_session *s, uint32_t channel, uint32_t topic, weir_slp_value value,
                         uint64_t deadline_ns) {
    weir_payload p;
    weir_topic *t = NULL;
    weir_answer answer = check(s, channel, topic, channel != WEIR_EXECUTION || weir_is_script(value), &t);
    if (answer != WEIR_DONE || !t) return answer;
    if (weir_payload_of(&p, value, NULL)) return send(s, t, &p, deadline_ns);
    weir_slp_object *o = weir_slp_detach(value);
    if (!o || !weir_payload_of(&p, weir_slp_root(weir_slp_object_buffer(o)), NULL)) return WEIR_NO_MEMORY;
    answer = send(s, t, &p, deadline_ns);
    weir_slp_release(o);
    return answer;
}

weir_answer weir_publish_string(weir_session *s, uint32_t channel, uint32_t topic, const char *at, size_t bytes,
                                uint64_t deadline_ns) {
    weir_payload p;
    weir_topic *t = NULL;
    weir_answer answer = check(s, channel, topic, true, &t);
    if (answer != WEIR_DONE || !t) return answer;
    return weir_payload_of_string(&p, at, bytes) ? send(s, t, &p, deadline_ns) : WEIR_RANGE;
}
