#include "runtime/session_p.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/awaiting_p.h"
#include "runtime/probe_p.h"
#include "runtime/promise_p.h"
#include "runtime/recorded_p.h"
#include "runtime/room_p.h"

#define UNTOLD UINT32_MAX /* the place of a session that no record knows */

/* -- opened and closed --------------------------------------------------------------------------------------------- */

/* The rights of one who has none by an entity. */
static bool own_rights(weir_session *s, const weir_session_options *o) {
    unsigned scope = o->restricted ? o->rights : WEIR_READ | WEIR_WRITE;
    weir_rights *r = weir_rights_new(scope, WEIR_PUBLISH | WEIR_SUBSCRIBE, o->topic, o->topics);
    uint64_t *ring;
    if (r) r->subscriptions = s->runtime->o.subscriptions;
    if (r) weir_rights_replace(&s->granted, r);
    if (!r || !weir_rate_ring(o->rate, &ring)) return false;
    weir_rate_limit(&s->own_rate, o->rate, ring);
    return true;
}

/* The tenant of a scope; of two who make it at once, one finds it there. */
static weir_kv_status open_tenant(weir_kv *kv, const char *scope, weir_kv_tenant **t) {
    weir_kv_bytes name = weir_kv_bytes_of(scope, strlen(scope));
    weir_kv_status st = weir_kv_tenant_open(kv, name, t);
    if (st != WEIR_KV_ABSENT) return st;
    st = weir_kv_tenant_create(kv, name, NULL, t);
    return st == WEIR_KV_PRESENT ? weir_kv_tenant_open(kv, name, t) : st;
}

static void init(weir_session *s, weir_runtime *r) {
    weir_total_add(&r->metrics, WEIR_TOTAL_SESSIONS);
    s->runtime = r;
    s->rate = &s->own_rate;
    weir_rate_init(&s->own_rate);
    weir_a64_store(&s->steps, r->o.steps);
    s->place = UNTOLD;
    weir_lock_init(&s->lock);
    weir_a32_store(&s->live, 1);
    weir_strand_init(&s->strand, r, NULL);
    weir_exec_init(&s->x, s);
    s->x.tools = &s->tools;
    s->x.strand = &s->strand;
    s->x.interrupt = &s->interrupted;
}

/* False: *error. */
static bool fill(weir_session *s, const weir_session_options *o, weir_error *error) {
    const char *scope = o->scope ? o->scope : "main";
    size_t n = strlen(scope);
    if (n < 1 || n >= sizeof s->scope)
        return weir_error_set(error, "the name of a scope has 1 to %zu bytes", sizeof s->scope - 1), false;
    memcpy(s->scope, scope, n + 1);
    s->arg = o->arg;
    weir_kv_status st = WEIR_KV_NOMEM;
    s->reader = weir_slp_reader_new(&s->runtime->o.limits);
    if (s->reader && weir_tools_init(&s->tools, s->runtime) && (o->entity || own_rights(s, o))) {
        if (!weir_session_enter(s, o->entity, error)) return false;
        st = open_tenant(s->runtime->kv, scope, &s->tenant);
    }
    if (st != WEIR_KV_OK) weir_error_set(error, "session on scope %s: %s", scope, weir_kv_status_text(st));
    return st == WEIR_KV_OK;
}

static weir_session *open_one(weir_runtime *r, const weir_session_options *options, bool of_task, weir_error *error) {
    const weir_session_options none = {0};
    weir_session *s = calloc(1, sizeof *s);
    if (!s) return weir_error_set(error, "no memory for a session"), NULL;
    init(s, r);
    s->of_task = of_task;
    if (of_task) weir_tasks_hold(r);
    if (!options) options = &none;
    if (fill(s, options, error)) {
        WEIR_PROBE1(session__open, s->scope);
        return s;
    }
    weir_session_close(s);
    return NULL;
}

weir_session *weir_session_open_for_task(weir_runtime *r, const weir_session_options *options, weir_error *error) {
    return open_one(r, options, true, error);
}

weir_session *weir_session_open(weir_runtime *r, const weir_session_options *options, weir_error *error) {
    weir_session *s = open_one(r, options, false, error);
    const weir_session_options none = {0};
    bool good = s && (!weir_is_recorded(r) || weir_recorded_session(s, options ? options : &none, error));
    if (!s || (good && (r->o.hold_tasks || weir_task_recover(s, error)))) return s;
    weir_session_close(s);
    return NULL;
}

weir_session *weir_session_bare(weir_runtime *r) {
    weir_session *s = calloc(1, sizeof *s);
    if (s) init(s, r);
    return s;
}

static void end(weir_session *s) {
    weir_runtime *r = s->runtime;
    bool of_task = s->of_task;
    weir_promises_wait(s);
    weir_exec_clear(&s->x);
    if (s->tenant) weir_kv_tenant_close(s->tenant);
    weir_tools_free(&s->tools, &r->metrics.meters);
    weir_total_add(&r->metrics, WEIR_TOTAL_SESSIONS_GONE);
    weir_slp_reader_free(s->reader);
    weir_program_forget(&s->program);
    if (s->body) weir_program_release(s->body);
    weir_session_leave(s);
    free(weir_aptr_load(&s->granted.rights));
    weir_rate_free(&s->own_rate);
    free(s);
    if (of_task) weir_tasks_let_go(r);
}

/* G1 release: pairs with G2; acquire: of a retired one, with itself. */
void weir_session_gone(weir_session *s) {
    weir_runtime *r = weir_runtime_is_foreign(s->runtime) ? s->runtime : NULL;
    bool retired = s->of_task;
    if (weir_a32_sub_acq_rel(&s->live, 1) != 1) return; /* G1 */
    if (retired) {
        end(s);
        return;
    }
    weir_futex_wake(&s->live, 1); /* the address only */
    if (r) weir_drive_poke(r);
}

static weir_subscription *take_one(weir_session *s) {
    weir_lock_acquire(&s->lock);
    weir_subscription *p = s->subscriptions;
    if (p) s->subscriptions = p->sibling;
    weir_lock_release(&s->lock);
    return p;
}

void weir_session_stop(weir_session *s, weir_turn *turn) {
    weir_lock_acquire(&s->lock);
    weir_a32_store(&s->closing, 1); /* I1 */
    weir_lock_release(&s->lock);
    weir_promises_close(s, false);
    weir_awaits_close(s, false);
    for (weir_subscription *p; (p = take_one(s));) {
        weir_room_end(p, turn);
        weir_subscription_remove(p, false, turn);
    }
}

void weir_session_close(weir_session *s) {
    if (!s) return;
    WEIR_PROBE1(session__close, s->scope);
    if (weir_is_recorded(s->runtime) && s->place != UNTOLD) weir_recorded_stop(s);
    else weir_session_stop(s, NULL);
    uint32_t left = weir_a32_sub_acquire(&s->live, 1) - 1;
    for (; left; left = weir_a32_load_acquire(&s->live)) /* G2 */
        weir_runtime_wait(s->runtime, &s->live, left, WEIR_FOREVER);
    end(s);
}

void weir_session_retire(weir_session *s) {
    weir_session_stop(s, NULL);
    weir_session_gone(s);
}

/* I1: under the lock, as whoever parks looks at it there: it sees this, or is found. An await looks at it when it has parked, and is found
 * by W2 (topic.c). */
void weir_interrupt(weir_session *s) {
    if (weir_is_recorded(s->runtime))
        weir_recorded_bad(s->runtime->recorded, "record: a script was interrupted, which is not in it");
    weir_lock_acquire(&s->lock);
    weir_a32_store(&s->interrupted, 1); /* I1 */
    weir_scripts_interrupt(s);
    weir_lock_release(&s->lock);
    weir_promises_close(s, true);
    weir_awaits_close(s, true);
    weir_pub_interrupt(s);
}

weir_runtime *weir_session_runtime(const weir_session *s) { return s->runtime; }
const char *weir_session_scope(const weir_session *s) { return s->scope; }
void *weir_session_arg(const weir_session *s) { return s->arg; }

/* -- rights --------------------------------------------------------------------------------------------------------- */

uint32_t weir_session_most(weir_session *s) {
    weir_lock_acquire(&s->lock);
    uint32_t most = ((weir_rights *)weir_aptr_load(&s->granted.rights))->subscriptions;
    weir_lock_release(&s->lock);
    return most;
}

/* The subscriptions that the rights do not allow, out of the list, and linked in the same way. */
static weir_subscription *take_denied(weir_session *s, const weir_rights *r) {
    weir_subscription **at = &s->subscriptions, *denied = NULL;
    for (weir_subscription *p; (p = *at);) {
        if (weir_rights_on(r, p->topic->number) & WEIR_SUBSCRIBE) {
            at = &p->sibling;
            continue;
        }
        *at = p->sibling;
        p->sibling = denied;
        denied = p;
        s->listening--;
    }
    return denied;
}

weir_rights *weir_session_allow(weir_session *s, weir_rights *rights) {
    weir_lock_acquire(&s->lock);
    weir_rights *before = weir_rights_replace(&s->granted, rights);
    weir_a64_store(&s->steps, rights->steps);
    weir_subscription *denied = take_denied(s, rights);
    weir_lock_release(&s->lock);
    for (weir_subscription *next; denied; denied = next) {
        next = denied->sibling;
        weir_subscription_remove(denied, true, NULL);
    }
    return before;
}

/* -- subscriptions -------------------------------------------------------------------------------------------------- */

static bool is_same(const weir_program *p, const weir_slp *s) {
    return weir_slp_bytes(p->s) == weir_slp_bytes(s) && !memcmp(p->s, s, weir_slp_bytes(s));
}

weir_program *weir_session_body(weir_session *s, const weir_slp *body) {
    weir_lock_acquire(&s->lock);
    weir_program *p = s->body && is_same(s->body, body) ? weir_program_retain(s->body) : NULL;
    weir_lock_release(&s->lock);
    if (p || !(p = weir_program_new(body, s->runtime->words.names))) return p;
    weir_lock_acquire(&s->lock);
    weir_program *before = s->body;
    s->body = weir_program_retain(p);
    weir_lock_release(&s->lock);
    if (before) weir_program_release(before);
    return p;
}

weir_listen weir_session_listen(weir_session *s, const weir_listener *l, weir_program *program, uint64_t *id) {
    weir_topic *t = weir_topic_at(&s->runtime->topics, l->channel, l->topic, true);
    weir_listen answer = t ? WEIR_LISTEN_OK : WEIR_LISTEN_NOMEM;
    weir_lock_acquire(&s->lock);
    const weir_rights *r = weir_aptr_load(&s->granted.rights);
    if (!(weir_rights_on(r, l->topic) & WEIR_SUBSCRIBE)) answer = WEIR_LISTEN_DENIED;
    else if (weir_a32_load(&s->closing)) answer = WEIR_LISTEN_CLOSED;
    else if (s->listening >= r->subscriptions) answer = WEIR_LISTEN_FULL;
    weir_subscription *p = NULL;
    if (answer == WEIR_LISTEN_OK) {
        p = weir_subscription_begin(s, t, program, l, id);
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

static weir_subscription *take_id(weir_session *s, uint64_t id) {
    weir_lock_acquire(&s->lock);
    weir_subscription **at = &s->subscriptions, *p;
    while ((p = *at) && p->id != id) at = &p->sibling;
    if (p) *at = p->sibling;
    if (p) s->listening--;
    weir_lock_release(&s->lock);
    return p;
}

bool weir_session_unlisten_one(weir_session *s, uint64_t id, weir_turn *turn) {
    weir_subscription *p = take_id(s, id);
    if (p) weir_subscription_remove(p, true, turn);
    return p != NULL;
}

void weir_session_complain(weir_session *s, const weir_exec *x, const weir_topic *t, bool script) {
    const weir_runtime_options *o = &s->runtime->o;
    weir_slp_text text = weir_slp_text_of(x->result);
    char line[600];
    int n = snprintf(line, sizeof line, "%s on %c %u: %.*s", script ? "script" : "handler",
                     weir_channel_letter(t->channel), t->number, text.bytes < 500 ? (int)text.bytes : 500, text.at);
    o->error(o->arg, line, (size_t)n);
}
