/* A thread waits for an event. */
#include "runtime/session_p.h"

/* False: nothing has come until the deadline, and nothing will. Whoever takes the waiter out wakes the strand. */
static bool wait(weir_waiter *w, weir_strand *strand, uint64_t deadline_ns) {
    if (!weir_waiter_park(w) || weir_strand_wait(strand, deadline_ns)) return true;
    if (!weir_waiter_give_up(w)) return weir_strand_wait(strand, WEIR_FOREVER);
    weir_waiter_end(w);
    return false;
}

weir_answer weir_await(weir_session *s, uint32_t channel, uint32_t topic, void (*begin)(void *arg), weir_form *got,
                       void *arg, uint64_t deadline_ns) {
    if (channel >= WEIR_CHANNELS || topic >= WEIR_TOPICS) return WEIR_RANGE;
    if (!weir_session_may(s, topic, WEIR_SUBSCRIBE)) return WEIR_DENIED;
    weir_topic *t = weir_topic_at(&s->runtime->topics, channel, topic, true);
    if (!t) return WEIR_NO_MEMORY;
    weir_strand strand;
    weir_waiter w;
    weir_strand_init(&strand, s->runtime, NULL);
    weir_waiter_init(&w, &strand);
    weir_waiter_begin(&w, t);
    if (begin) begin(arg);
    if (!wait(&w, &strand, deadline_ns)) return WEIR_NO_EVENT;
    got(arg, w.got->value);
    weir_event_block_release(w.got);
    return WEIR_DONE;
}
