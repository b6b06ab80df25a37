/* What the store has of a task, and who owns it. */
#include <stdlib.h>
#include <string.h>

#include "runtime/session_p.h"
#include "runtime/task_load_p.h"

/* A buffer that lies in the store, in memory of the caller's. CORRUPT: it is none. */
static weir_kv_status fetch(weir_kv *kv, weir_kv_tenant *tenant, weir_kv_bytes key, weir_kv_bytes *to) {
    weir_kv_value *value;
    weir_slp_error e;
    weir_kv_status st = weir_kv_take(tenant, key, &value);
    if (st != WEIR_KV_OK) return st;
    weir_kv_bytes from = weir_kv_value_bytes(value);
    void *at = malloc(from.size + 1);
    if (at) memcpy(at, from.at, from.size);
    weir_kv_value_release(kv, value);
    if (!at) return WEIR_KV_NOMEM;
    if (!weir_slp_verify(at, from.size, &weir_value_most, &e)) return free(at), WEIR_KV_CORRUPT;
    *to = weir_kv_bytes_of(at, from.size);
    return WEIR_KV_OK;
}

weir_kv_status weir_task_fetch_record(weir_session *s, weir_kv_bytes base, weir_task_record *r, weir_kv_bytes *bytes) {
    char key[WEIR_TASK_BASE + 1];
    weir_kv_bytes name = weir_task_key(base, WEIR_TASK_KEY_RECORD, key);
    weir_kv_status st = fetch(s->runtime->kv, s->tenant, name, bytes);
    if (st != WEIR_KV_OK || weir_task_record_read(bytes->at, r)) return st;
    free((void *)bytes->at);
    return WEIR_KV_CORRUPT;
}

/* -- the owner ------------------------------------------------------------------------------------------------------ */

/* The name of an entity, or (RIGHTS RATE (TOPIC RIGHTS ...)), which are constant where there is none. */
static void put_owner(weir_slp_builder *b, const weir_session *s) {
    if (s->holder) {
        weir_slp_put_string(b, s->holder->name, strlen(s->holder->name));
        return;
    }
    const weir_rights *r = weir_aptr_load(&s->granted.rights);
    weir_slp_open(b, WEIR_SLP_LIST);
    weir_slp_put_integer(b, r->scope);
    weir_slp_put_integer(b, weir_a32_load(&s->own_rate.most));
    weir_slp_open(b, WEIR_SLP_LIST);
    for (size_t i = 0; i < r->rules; i++) {
        weir_slp_put_integer(b, r->rule[i].topic);
        weir_slp_put_integer(b, r->rule[i].rights);
    }
    weir_slp_close(b);
    weir_slp_close(b);
}

static bool is_number(weir_slp_value v) {
    return weir_slp_type_of(v) == WEIR_SLP_INTEGER && (uint64_t)weir_slp_integer(v) <= UINT32_MAX;
}

static bool is_list(weir_slp_value v, uint32_t count) {
    return weir_slp_type_of(v) == WEIR_SLP_LIST && weir_slp_count(v) == count;
}

/* The rules of topics; NULL with *n 0: there are none. False: they cannot be read, or no memory. */
static bool read_rules(weir_slp_value v, weir_topic_rule **rule, size_t *n) {
    *rule = NULL;
    *n = 0;
    if (weir_slp_type_of(v) != WEIR_SLP_LIST || weir_slp_count(v) % 2) return false;
    size_t count = weir_slp_count(v) / 2;
    for (uint32_t i = 0; i < 2 * count; i++)
        if (!is_number(weir_slp_at(v, i))) return false;
    if (count && !(*rule = malloc(count * sizeof **rule))) return false;
    for (; *n < count; ++*n) {
        uint32_t at = 2 * (uint32_t)*n;
        (*rule)[*n] = (weir_topic_rule){.topic = (uint32_t)weir_slp_integer(weir_slp_at(v, at)),
                                        .rights = (unsigned)weir_slp_integer(weir_slp_at(v, at + 1))};
    }
    return true;
}

static weir_session *open_entity(weir_runtime *r, const char *scope, weir_slp_text name) {
    char entity[256];
    if (name.bytes >= sizeof entity || memchr(name.at, 0, name.bytes)) return NULL;
    memcpy(entity, name.at, name.bytes);
    entity[name.bytes] = 0;
    return weir_session_open_for_task(r, &(weir_session_options){.scope = scope, .entity = entity}, NULL);
}

static weir_session *open_owner(weir_runtime *r, const char *scope, weir_slp_value owner) {
    if (weir_slp_type_of(owner) == WEIR_SLP_STRING) return open_entity(r, scope, weir_slp_text_of(owner));
    weir_topic_rule *rule;
    size_t rules;
    if (!is_list(owner, 3) || !is_number(weir_slp_at(owner, 0)) || !is_number(weir_slp_at(owner, 1))) return NULL;
    if (!read_rules(weir_slp_at(owner, 2), &rule, &rules)) return NULL;
    weir_session_options o = {.scope = scope,
                              .restricted = true,
                              .rights = (unsigned)weir_slp_integer(weir_slp_at(owner, 0)),
                              .rate = (uint32_t)weir_slp_integer(weir_slp_at(owner, 1)),
                              .topic = rule,
                              .topics = rules};
    weir_session *s = weir_session_open_for_task(r, &o, NULL);
    free(rule);
    return s;
}

/* -- what never changes --------------------------------------------------------------------------------------------- */

const weir_slp *weir_task_program_write(weir_exec *x, weir_slp_value body, weir_slp_error *error) {
    weir_slp_builder *b = x->tools->builder;
    weir_slp_open(b, WEIR_SLP_LIST);
    weir_slp_put(b, body);
    put_owner(b, x->session);
    weir_slp_open(b, WEIR_SLP_LIST);
    for (uint32_t i = WEIR_VARIABLE_RESULT + 1; i < WEIR_VARIABLES; i++) {
        if (!(x->bound >> i & 1)) continue;
        weir_slp_put_integer(b, i);
        weir_slp_put(b, weir_exec_variable(x, i));
    }
    weir_slp_close(b);
    weir_slp_close(b);
    return weir_slp_finish(b, error);
}

/* The other of the two is there, too, or nobody asks for it. */
static bool read_place(weir_exec *x, bool topic, weir_slp_value v) {
    uint32_t channel = 0;
    if (topic) {
        if (weir_slp_type_of(v) != WEIR_SLP_INTEGER || weir_slp_integer(v) < 0 || weir_slp_integer(v) >= WEIR_TOPICS)
            return false;
        weir_exec_bind_place(x, x->channel, (uint32_t)weir_slp_integer(v));
        return true;
    }
    if (weir_slp_type_of(v) != WEIR_SLP_SYMBOL || weir_slp_text_of(v).bytes != 1) return false;
    while (channel < WEIR_CHANNELS_ALL && weir_channel_letter(channel) != *weir_slp_text_of(v).at) channel++;
    weir_exec_bind_place(x, channel, x->topic);
    return channel < WEIR_CHANNELS_ALL;
}

static bool read_bindings(weir_task *t, weir_slp_value v) {
    if (weir_slp_type_of(v) != WEIR_SLP_LIST || weir_slp_count(v) % 2) return false;
    for (uint32_t i = 0; i < weir_slp_count(v); i += 2) {
        weir_slp_value number = weir_slp_at(v, i);
        if (!is_number(number) || weir_slp_integer(number) >= WEIR_VARIABLES) return false;
        weir_variable name = (weir_variable)weir_slp_integer(number);
        if (name < WEIR_VARIABLE_CHANNEL) weir_exec_bind(&t->x, name, weir_slp_at(v, i + 1));
        else if (!read_place(&t->x, name == WEIR_VARIABLE_TOPIC, weir_slp_at(v, i + 1))) return false;
    }
    return true;
}

static bool read_program(weir_task *t, weir_slp_value root) {
    weir_runtime *r = t->runtime;
    if (!is_list(root, 3) || weir_slp_type_of(weir_slp_at(root, 0)) != WEIR_SLP_BODY) return false;
    t->frame[0].body = weir_slp_at(root, 0);
    t->session = open_owner(r, t->scope, weir_slp_at(root, 1));
    if (!t->session) return false;
    weir_exec_init(&t->x, t->session);
    t->x.strand = &t->strand;
    t->x.task = t;
    t->x.interrupt = &t->interrupted;
    weir_draft_init(&t->draft, r->kv, t->session->tenant, &r->metrics.arena);
    return read_bindings(t, weir_slp_at(root, 2));
}

/* -- the record ------------------------------------------------------------------------------------------------------ */

/* Each frame within another is the form at which that one stands. */
static bool read_frames(weir_task *t, weir_slp_value pcs) {
    for (t->frames = 0; t->frames < weir_slp_count(pcs); t->frames++) {
        weir_task_frame *f = &t->frame[t->frames];
        f->pc = (uint32_t)weir_slp_integer(weir_slp_at(pcs, t->frames));
        if (f->pc > weir_slp_count(f->body)) return false;
        if (t->frames + 1 == weir_slp_count(pcs)) continue;
        if (f->pc == weir_slp_count(f->body)) return false;
        weir_slp_value form = weir_slp_at(f->body, f->pc);
        if (!weir_task_is_frame(&t->runtime->words, t->program, form)) return false;
        f[1].body = weir_slp_at(form, 1);
    }
    return true;
}

static bool take(weir_task *t, weir_kv_bytes record, weir_slp_builder *b) {
    weir_task_record r;
    if (!weir_task_record_read(record.at, &r) || !read_program(t, weir_slp_root(t->program->s)) ||
        !read_frames(t, r.pcs))
        return false;
    weir_exec_bind(&t->x, WEIR_VARIABLE_RESULT, weir_value_copy(&t->x.arena, b, r.result));
    weir_lock_acquire(&t->lock);
    t->record = record;
    t->state = r.state;
    weir_lock_release(&t->lock);
    return true;
}

const char *weir_task_load(weir_task *t, weir_slp_builder *b) {
    weir_kv *kv = t->runtime->kv;
    weir_kv_tenant *tenant;
    weir_kv_bytes record = {0}, program = {0};
    char key[WEIR_TASK_BASE + 1];
    weir_kv_status st = weir_kv_tenant_open(kv, weir_kv_bytes_of(t->scope, strlen(t->scope)), &tenant);
    if (st != WEIR_KV_OK) return weir_kv_status_text(st);
    st = fetch(kv, tenant, weir_task_key(t->base, WEIR_TASK_KEY_RECORD, key), &record);
    if (st == WEIR_KV_OK) st = fetch(kv, tenant, weir_task_key(t->base, WEIR_TASK_KEY_PROGRAM, key), &program);
    weir_kv_tenant_close(tenant);
    if (st == WEIR_KV_OK && !(t->program = weir_program_new(program.at, t->runtime->words.names))) st = WEIR_KV_NOMEM;
    const char *why = NULL;
    if (st != WEIR_KV_OK) why = st == WEIR_KV_NO ? "the store has it not as a whole" : weir_kv_status_text(st);
    else if (!take(t, record, b)) why = "its record or its entity is none, or there is no memory";
    if (why) free((void *)record.at);
    free((void *)program.at);
    return why;
}
