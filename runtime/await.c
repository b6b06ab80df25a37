/* A thread waits for an event. */
#include "runtime/session_p.h"

/* False: nothing has come until the deadline, and nothing will. Whoever takes the waiter out wakes the strand. */
static bool wait(weir_waiter *w, weir_strand *strand, uint64_t deadline_ns) {
    weir_metrics *m = &strand->runtime->metrics;
    if (!weir_waiter_park(w)) return true;
    weir_total_add(m, WEIR_TOTAL_AWAITS);
    bool in_time = weir_strand_wait(strand, deadline_ns);
    bool late = !in_time && weir_waiter_give_up(w);
    if (late) weir_waiter_end(w), weir_total_add(m, WEIR_TOTAL_AWAITS_LATE);
    else if (!in_time) weir_strand_wait(strand, WEIR_FOREVER); /* its wake has come, or is coming */
    weir_total_add(m, WEIR_TOTAL_AWAITS_GONE);
    return !late;
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
    got(arg, weir_record_value(w.got));
    weir_waiter_done(&w);
    return WEIR_DONE;
}
