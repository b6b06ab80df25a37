/* Subscriptions from C. */
#include "runtime/recorded_p.h"
#include "runtime/session_p.h"

static bool there(uint32_t channel, uint32_t topic) { return channel < WEIR_CHANNELS && topic < WEIR_TOPICS; }

weir_answer weir_subscription_open(weir_session *s, const weir_listener *l, uint64_t *id) {
    static const weir_answer answer[] = {[WEIR_LISTEN_OK] = WEIR_DONE,
                                         [WEIR_LISTEN_DENIED] = WEIR_DENIED,
                                         [WEIR_LISTEN_FULL] = WEIR_FULL,
                                         [WEIR_LISTEN_CLOSED] = WEIR_CLOSING,
                                         [WEIR_LISTEN_NOMEM] = WEIR_NO_MEMORY};
    if (!there(l->channel, l->topic)) return WEIR_RANGE;
    if (weir_is_recorded(s->runtime)) return WEIR_NOT_RECORDED; /* what fn does is not known to a record */
    return answer[weir_session_listen(s, l, NULL, id)];
}

weir_answer weir_subscribe(weir_session *s, uint32_t channel, uint32_t topic, weir_on_event *fn, void *arg) {
    return weir_subscription_open(s, &(weir_listener){channel, topic, fn, arg, NULL}, NULL);
}

weir_answer weir_unsubscribe(weir_session *s, uint32_t channel, uint32_t topic) {
    if (!there(channel, topic)) return WEIR_RANGE;
    if (weir_is_recorded(s->runtime)) return WEIR_NOT_RECORDED;
    return weir_session_unlisten(s, channel, topic, NULL) ? WEIR_DONE : WEIR_NOT_THERE;
}

weir_answer weir_subscription_end(weir_session *s, uint64_t id) {
    if (weir_is_recorded(s->runtime)) return WEIR_NOT_RECORDED;
    return weir_session_unlisten_one(s, id, NULL) ? WEIR_DONE : WEIR_NOT_THERE;
}

size_t weir_subscription_list(weir_session *s, weir_subscribed *to, size_t room) {
    size_t n = 0;
    weir_lock_acquire(&s->lock);
    for (const weir_subscription *p = s->subscriptions; p; p = p->sibling, n++)
        if (n < room)
            to[n] = (weir_subscribed){p->id, p->topic->channel, p->topic->number, weir_subscription_queued(p),
                                      p->program != NULL};
    weir_lock_release(&s->lock);
    return n;
}
