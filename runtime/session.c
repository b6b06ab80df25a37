#include "runtime/session_p.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/promise_p.h"

/* -- opened and closed --------------------------------------------------------------------------------------------- */

static int by_topic(const void *a, const void *b) {
    uint32_t x = ((const weir_topic_rule *)a)->topic, y = ((const weir_topic_rule *)b)->topic;
    return (x > y) - (x < y);
}

static bool copy_rules(weir_session *s, const weir_session_options *o) {
    if (o->topics && !(s->rule = malloc(o->topics * sizeof *s->rule))) return false;
    if (o->topics) memcpy(s->rule, o->topic, o->topics * sizeof *s->rule);
    if (o->topics) qsort(s->rule, o->topics, sizeof *s->rule, by_topic);
    s->rules = o->topics;
    s->rate = o->rate;
    return !o->rate || (s->publish = calloc(o->rate, sizeof *s->publish));
}

/* The tenant of a scope; of two who make it at once, one finds it there. */
static weir_kv_status open_tenant(weir_kv *kv, const char *scope, weir_kv_tenant **t) {
    weir_kv_bytes name = weir_kv_bytes_of(scope, strlen(scope));
    weir_kv_status st = weir_kv_tenant_open(kv, name, t);
    if (st != WEIR_KV_ABSENT) return st;
    st = weir_kv_tenant_create(kv, name, NULL, t);
    return st == WEIR_KV_PRESENT ? weir_kv_tenant_open(kv, name, t) : st;
}

weir_session *weir_session_open(weir_runtime *r, const weir_session_options *options, weir_error *error) {
    weir_session_options o = {0};
    if (options) o = *options;
    if (!o.scope) o.scope = "main";
    weir_session *s = calloc(1, sizeof *s);
    weir_kv_status st = WEIR_KV_NOMEM;
    if (s) {
        s->runtime = r;
        s->arg = o.arg;
        s->rights = o.restricted ? o.rights : WEIR_READ | WEIR_WRITE;
        weir_lock_init(&s->lock);
        weir_a32_store(&s->live, 1);
        weir_strand_init(&s->strand, r, NULL);
        weir_exec_init(&s->x, s, &r->words);
        s->x.tools = &s->tools;
        s->x.strand = &s->strand;
        if (weir_tools_init(&s->tools, &r->o.limits) && copy_rules(s, &o) && (s->scope = strdup(o.scope)))
            st = open_tenant(r->kv, o.scope, &s->tenant);
    }
    if (st == WEIR_KV_OK) return s;
    weir_error_set(error, "session on scope %s: %s", o.scope, weir_kv_status_text(st));
    weir_session_close(s);
    return NULL;
}

void weir_session_gone(weir_session *s) {
    if (weir_a32_sub_release(&s->live, 1) == 1) weir_futex_wake(&s->live, 1); /* G1: pairs with G2 */
}

static weir_subscription *take_one(weir_session *s) {
    weir_lock_acquire(&s->lock);
    weir_subscription *p = s->subscriptions;
    if (p) s->subscriptions = p->sibling;
    weir_lock_release(&s->lock);
    return p;
}

/* From now on it takes on nothing new. */
static void stop(weir_session *s) {
    weir_lock_acquire(&s->lock);
    s->closing = true;
    weir_lock_release(&s->lock);
    weir_promises_close(s);
}

void weir_session_close(weir_session *s) {
    if (!s) return;
    stop(s);
    for (weir_subscription *p; (p = take_one(s));) weir_subscription_remove(p, false, NULL);
    uint32_t left = weir_a32_sub_acquire(&s->live, 1) - 1;
    for (; left; left = weir_a32_load_acquire(&s->live)) /* G2 */
        weir_futex_wait(&s->live, left, WEIR_FOREVER);
    weir_promises_wait(s);
    weir_exec_clear(&s->x);
    if (s->tenant) weir_kv_tenant_close(s->tenant);
    weir_tools_free(&s->tools);
    free(s->rule);
    free(s->publish);
    free(s->scope);
    free(s);
}

weir_runtime *weir_session_runtime(const weir_session *s) { return s->runtime; }
const char *weir_session_scope(const weir_session *s) { return s->scope; }
void *weir_session_arg(const weir_session *s) { return s->arg; }

/* -- rights --------------------------------------------------------------------------------------------------------- */

bool weir_session_may(const weir_session *s, uint32_t topic, unsigned right) {
    weir_topic_rule key = {topic, 0};
    const weir_topic_rule *r = s->rules ? bsearch(&key, s->rule, s->rules, sizeof key, by_topic) : NULL;
    return !r || r->rights & right;
}

bool weir_session_rate(weir_session *s) {
    if (!s->rate) return true;
    uint64_t now = weir_now_ns();
    weir_lock_acquire(&s->lock);
    uint64_t *oldest = &s->publish[s->published % s->rate];
    bool good = *oldest == 0 || now - *oldest >= 1000000000;
    if (good) {
        *oldest = now;
        s->published++;
    }
    weir_lock_release(&s->lock);
    return good;
}

/* -- subscriptions -------------------------------------------------------------------------------------------------- */

weir_listen weir_session_listen(weir_session *s, uint32_t channel, uint32_t topic, weir_program *program,
                                weir_on_event *fn, void *arg) {
    weir_topic *t = weir_topic_at(&s->runtime->topics, channel, topic, true);
    weir_listen answer = t ? WEIR_LISTEN_OK : WEIR_LISTEN_NOMEM;
    weir_lock_acquire(&s->lock);
    if (s->closing) answer = WEIR_LISTEN_CLOSED;
    else if (s->listening >= s->runtime->o.subscriptions) answer = WEIR_LISTEN_FULL;
    weir_subscription *p = NULL;
    if (answer == WEIR_LISTEN_OK) {
        p = weir_subscription_begin(s, t, program, fn, arg);
        if (!p) answer = WEIR_LISTEN_NOMEM;
        program = NULL;
    }
    if (p) {
        p->sibling = s->subscriptions;
        s->subscriptions = p;
        s->listening++;
        weir_a32_add(&s->live, 1);
    }
    weir_lock_release(&s->lock);
    if (program) weir_program_release(program);
    return answer;
}

/* One of those there, taken from the list; NULL: none. */
static weir_subscription *take_at(weir_session *s, uint32_t channel, uint32_t topic) {
    weir_lock_acquire(&s->lock);
    weir_subscription **at = &s->subscriptions, *p;
    while ((p = *at) && (p->topic->channel != channel || p->topic->number != topic)) at = &p->sibling;
    if (p) *at = p->sibling;
    if (p) s->listening--;
    weir_lock_release(&s->lock);
    return p;
}

bool weir_session_unlisten(weir_session *s, uint32_t channel, uint32_t topic, weir_turn *turn) {
    bool any = false;
    for (weir_subscription *p; (p = take_at(s, channel, topic)); any = true) weir_subscription_remove(p, true, turn);
    return any;
}

void weir_session_complain(weir_session *s, const weir_exec *x, const weir_event_block *e) {
    const weir_runtime_options *o = &s->runtime->o;
    weir_slp_text t = weir_slp_text_of(x->result);
    char line[600];
    int n = snprintf(line, sizeof line, "handler on %c %u: %.*s", 'A' + (int)e->channel, e->topic,
                     t.bytes < 500 ? (int)t.bytes : 500, t.at);
    o->error(o->arg, line, (size_t)n);
}
