/* What may stand in a record. */
#include <string.h>

#include "runtime/processor_p.h"
#include "runtime/recorded_p.h"

static bool is_scope(const char *scope) { return *scope && memchr(scope, 0, WEIR_INPUT_SCOPE); }

static const char *check_options(const weir_input_head *h, const void *payload) {
    weir_input_options o;
    if (h->bytes != sizeof o) return "options of another length";
    memcpy(&o, payload, sizeof o);
    return o.queue && o.await_ms && o.subscriptions && o.parked_max && o.steps && o.limits.depth
               ? NULL
               : "an option that is 0";
}

static const char *check_open(const weir_input_head *h, const void *payload) {
    if (h->bytes < WEIR_INPUT_SCOPE || !is_scope(payload)) return "a session without a scope";
    if (h->bytes - WEIR_INPUT_SCOPE != (uint64_t)h->b * sizeof(weir_topic_rule)) return "rules of another length";
    return h->a > (WEIR_READ | WEIR_WRITE) ? "rights that do not exist" : NULL;
}

static bool is_topic(const weir_input_head *h, const weir_input_options *o) {
    return h->a == WEIR_EXECUTION ? h->b < o->processors : h->a < WEIR_CHANNELS && h->b < WEIR_TOPICS;
}

static const char *check_buffer(const weir_input_head *h, const void *payload, const weir_input_options *o) {
    weir_slp_error e;
    if (h->kind == WEIR_INPUT_FORM && h->a != WEIR_SLP_ONE && h->a != WEIR_SLP_ALL) return "a form that is neither";
    if (h->kind == WEIR_INPUT_PUBLISH && !is_topic(h, o)) return "no such topic";
    const weir_slp *s = weir_slp_verify(payload, h->bytes, &o->limits, &e);
    if (!s) return "a buffer that is damaged";
    if (h->kind == WEIR_INPUT_PUBLISH && h->a == WEIR_EXECUTION && !weir_is_script(weir_slp_root(s)))
        return "no script";
    return NULL;
}

const char *weir_input_check(const weir_input_head *h, const void *payload, const weir_input_options *o) {
    if (h->session >= WEIR_INPUT_SESSIONS) return "a session that cannot be";
    switch (h->kind) {
    case WEIR_INPUT_OPTIONS: return check_options(h, payload);
    case WEIR_INPUT_OPEN: return check_open(h, payload);
    case WEIR_INPUT_FORM:
    case WEIR_INPUT_PUBLISH: return check_buffer(h, payload, o);
    case WEIR_INPUT_CLOSE:
    case WEIR_INPUT_TIMEOUT: return h->bytes ? "more than it may be" : NULL;
    default: return "an input of unknown kind";
    }
}
