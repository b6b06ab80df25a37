/* Events from C. */
#include "runtime/processor_p.h"
#include "runtime/recorded_p.h"
#include "runtime/room_p.h"
#include "runtime/session_p.h"

static bool there(uint32_t channel, uint32_t topic) { return channel < WEIR_CHANNELS && topic < WEIR_TOPICS; }

/* Whoever comes while another thread publishes by the same session makes do without its nest. */
static weir_admitted lay(weir_session *session, weir_topic *t, const weir_slp *s, weir_subscription **full) {
    bool mine = !weir_a32_xchg_acquire(&session->publishing, 1); /* N1: pairs with N2 */
    weir_admitted how =
        weir_topic_publish(session, t, weir_slp_root(s), NULL, mine ? &session->nest : NULL, NULL, full);
    if (mine) weir_a32_store_release(&session->publishing, 0); /* N2 */
    return how;
}

static weir_admitted admit(weir_session *session, weir_topic *t, weir_slp_value value, weir_subscription **full) {
    uint32_t small[WEIR_VALUE_SMALL / 4];
    if (weir_is_recorded(session->runtime)) return weir_recorded_publish(session, t, value, full);
    const weir_slp *s = weir_value_buffer(value, NULL, small);
    if (s) return lay(session, t, s, full);
    weir_slp_object *o = weir_slp_detach(value);
    if (!o) return WEIR_ADMIT_NOMEM;
    weir_admitted how = lay(session, t, weir_slp_object_buffer(o), full);
    weir_slp_release(o);
    return how;
}

/* Waits for room of `full`. False: the deadline has passed. */
static bool wait_for_room(weir_runtime *r, weir_subscription *full, uint64_t deadline_ns) {
    weir_strand strand;
    weir_room_waiter w = {.strand = &strand};
    weir_strand_init(&strand, r, NULL);
    weir_subscription_retain(full);
    bool in_time = true;
    if (weir_room_park(full, &w) == WEIR_ROOM_PARKED && !weir_strand_wait(&strand, deadline_ns)) {
        in_time = !weir_room_withdraw(full, &w);
        if (in_time) weir_strand_wait(&strand, WEIR_FOREVER); /* the wake has come or is coming */
    }
    weir_subscription_release(full);
    return in_time;
}

weir_answer weir_publish(weir_session *s, uint32_t channel, uint32_t topic, weir_slp_value value,
                         uint64_t deadline_ns) {
    weir_runtime *r = s->runtime;
    weir_subscription *full;
    bool script = channel == WEIR_EXECUTION;
    if (!there(channel, topic) && !(script && topic < r->o.processors)) return WEIR_RANGE;
    if (script && !weir_is_script(value)) return WEIR_NO_SCRIPT;
    if (!weir_session_may(s, topic, WEIR_PUBLISH)) return WEIR_DENIED;
    if (!weir_session_rate(s)) return WEIR_RATE;
    if (weir_is_recorded(r) && weir_strand_is_here(r)) return WEIR_NOT_RECORDED;
    weir_topic *t = weir_target(r, channel, topic);
    if (script && !t) return WEIR_NO_MEMORY;
    while (t) {
        weir_admitted how = admit(s, t, value, &full);
        if (how == WEIR_ADMITTED) break;
        if (how == WEIR_ADMIT_NOMEM) return WEIR_NO_MEMORY;
        if (how == WEIR_ADMIT_BYTES || how == WEIR_ADMIT_PURSE) return WEIR_FULL;
        if (deadline_ns == 0) return weir_subscription_release(full), WEIR_FULL;
        if (!wait_for_room(r, full, deadline_ns)) return WEIR_FULL;
    }
    return WEIR_DONE;
}
