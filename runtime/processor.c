#include "runtime/processor_p.h"

#include "runtime/session_p.h"

/* Under the lock. */
static bool listen(weir_runtime *r, weir_topic *t) {
    if (!r->system && !(r->system = weir_session_bare(r))) return false;
    weir_subscription *p = weir_subscription_begin(r->system, t, NULL, NULL, NULL);
    if (!p) return false;
    p->sibling = r->system->subscriptions;
    r->system->subscriptions = p;
    weir_session_hold(r->system);
    return true;
}

/* Nobody else listens on that channel, and a processor stays until the runtime is closed. */
weir_topic *weir_processor(weir_runtime *r, uint32_t number) {
    weir_topic *t = weir_topic_at(&r->topics, WEIR_EXECUTION, number, true);
    if (!t) return NULL;
    weir_lock_acquire(&r->processors);
    bool there = t->first || listen(r, t);
    weir_lock_release(&r->processors);
    return there ? t : NULL;
}
