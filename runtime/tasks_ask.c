/* What is asked of tasks, by commands and from C. */
#include <stdlib.h>
#include <string.h>

#include "runtime/recorded_p.h"
#include "runtime/session_p.h"
#include "runtime/task_load_p.h"
#include "runtime/tasks_p.h"

static weir_kv_bytes space_of(const weir_exec *x) {
    return x->task ? weir_kv_bytes_of(x->task->at, x->task->space) : weir_kv_bytes_of(NULL, 0);
}

static weir_answer answer_of(weir_kv_status st) {
    switch (st) {
    case WEIR_KV_OK: return WEIR_DONE;
    case WEIR_KV_NO: return WEIR_NOT_THERE;
    case WEIR_KV_NOMEM: return WEIR_NO_MEMORY;
    case WEIR_KV_QUOTA:
    case WEIR_KV_FULL:
    case WEIR_KV_NOSPACE: return WEIR_FULL;
    case WEIR_KV_READONLY: return WEIR_DENIED;
    default: return WEIR_STORE;
    }
}

/* -- start --------------------------------------------------------------------------------------------------------- */

/* A copy of the first record, running or not yet. The caller's. */
static weir_kv_bytes first_record(weir_exec *x) {
    static const uint32_t pc[] = {0};
    bool bound = x->bound >> WEIR_VARIABLE_RESULT & 1;
    weir_slp_value result = bound ? x->variable[WEIR_VARIABLE_RESULT] : weir_value_integer(0);
    const weir_slp *s = weir_task_record_write(x->tools->builder, WEIR_TASK_RUNNING, pc, 1, result, NULL);
    void *at = s ? malloc(weir_slp_bytes(s)) : NULL;
    return weir_kv_bytes_of(at ? memcpy(at, s, weir_slp_bytes(s)) : NULL, at ? weir_slp_bytes(s) : 0);
}

/* In a form of a task it is part of the form, otherwise it is done at once. */
static weir_kv_status store(weir_exec *x, weir_kv_op op[2]) {
    if (!x->task) return weir_kv_batch(x->session->tenant, op, 2, NULL, NULL, NULL);
    for (int i = 0; i < 2; i++) {
        weir_kv_status st = weir_draft_write(&x->task->draft, op[i].verb, op[i].key, op[i].value, op[i].expected);
        if (st != WEIR_KV_OK) return st;
    }
    return WEIR_KV_OK;
}

/* Under its name: record and program, instead of what is left of one that has ended. */
static weir_answer put(weir_exec *x, weir_kv_bytes base, weir_kv_bytes before, weir_slp_value body) {
    char key[2][WEIR_TASK_BASE + 1];
    weir_slp_error e;
    weir_kv_bytes record = first_record(x);
    const weir_slp *s = record.at ? weir_task_program_write(x, body, &e) : NULL;
    weir_answer answer = WEIR_RANGE;
    if (!record.at || (!s && e.what == WEIR_SLP_NOMEM)) {
        answer = WEIR_NO_MEMORY;
    } else if (s && weir_slp_bytes(s) <= WEIR_TASK_BYTES) {
        weir_kv_op op[2] = {{.verb = before.at ? WEIR_KV_CAS : WEIR_KV_SNX,
                             .key = weir_task_key(base, WEIR_TASK_KEY_RECORD, key[0]),
                             .value = record,
                             .expected = before},
                            {.verb = WEIR_KV_SET,
                             .key = weir_task_key(base, WEIR_TASK_KEY_PROGRAM, key[1]),
                             .value = weir_kv_bytes_of(s, weir_slp_bytes(s))}};
        weir_kv_status st = store(x, op);
        answer = st == WEIR_KV_NO ? WEIR_PRESENT : answer_of(st);
    }
    free((void *)record.at);
    return answer;
}

/* The name is held: is it free in the store? What is left of one that has ended is cleared away, but for its record. */
static weir_answer make_free(weir_exec *x, weir_kv_bytes base, weir_kv_bytes *before) {
    weir_task_record r;
    weir_kv_status st = weir_task_fetch_record(x->session, base, &r, before);
    if (st != WEIR_KV_OK && st != WEIR_KV_NO) return answer_of(st);
    bool there = st == WEIR_KV_OK;
    if (there && r.state <= WEIR_TASK_PAUSED) return free((void *)before->at), WEIR_PRESENT;
    if (!there) *before = weir_kv_bytes_of(NULL, 0);
    st = weir_task_clear(x->session->runtime->kv, x->session->tenant, base, false);
    if (st != WEIR_KV_OK) free((void *)before->at);
    return answer_of(st);
}

static weir_answer launch(weir_exec *x, weir_task *t) {
    if (x->task) {
        t->sibling = x->task->started;
        x->task->started = t;
        return WEIR_DONE;
    }
    const char *why = weir_task_load(t, x->tools->builder);
    if (!why) {
        weir_total_add(&t->runtime->metrics, WEIR_TOTAL_TASKS_STARTED);
        weir_task_launch(t, x->turn);
        return WEIR_DONE;
    }
    weir_task_complain(t->runtime, t->base, why, strlen(why));
    weir_task_clear(t->runtime->kv, x->session->tenant, t->base, true);
    weir_tasks_drop(t);
    return WEIR_NO_MEMORY;
}

weir_answer weir_tasks_start(weir_exec *x, const char *name, size_t bytes, weir_slp_value body) {
    weir_session *s = x->session;
    char at[WEIR_TASK_BASE];
    bool deep;
    weir_task *t;
    weir_kv_bytes before, base = weir_kv_bytes_of(at, weir_task_base(at, space_of(x), name, bytes, &deep));
    if (!base.size) return WEIR_RANGE;
    weir_answer answer = weir_tasks_claim(s->runtime, s->scope, base, s->runtime->o.tasks, &t);
    if (answer != WEIR_DONE) return answer;
    answer = make_free(x, base, &before);
    if (answer == WEIR_DONE) {
        answer = put(x, base, before, body);
        free((void *)before.at);
    }
    if (answer == WEIR_DONE) return launch(x, t);
    weir_tasks_drop(t);
    return answer;
}

/* -- pause, resume, cancel ------------------------------------------------------------------------------------------ */

/* Stores a record in another state; *now is a copy of it, the caller's. */
static weir_kv_status change(weir_exec *x, weir_kv_bytes base, weir_kv_bytes record, weir_task_stage to,
                             weir_kv_bytes *now) {
    char key[WEIR_TASK_BASE + 1];
    weir_task_record r;
    if (!weir_task_record_read(record.at, &r)) return WEIR_KV_CORRUPT;
    const weir_slp *s = weir_task_record_change(x->tools->builder, &r, to);
    void *at = s ? malloc(weir_slp_bytes(s)) : NULL;
    if (!at) return WEIR_KV_NOMEM;
    *now = weir_kv_bytes_of(memcpy(at, s, weir_slp_bytes(s)), weir_slp_bytes(s));
    weir_kv_status st = weir_kv_cas(x->session->tenant, weir_task_key(base, WEIR_TASK_KEY_RECORD, key), record, *now);
    if (st != WEIR_KV_OK) free(at);
    return st;
}

/* Under its lock: it has ended, and its strand is about to clear away what it leaves, but for the record. */
static weir_answer remove_record(weir_exec *x, const weir_task *t) {
    char key[WEIR_TASK_BASE + 1];
    return answer_of(weir_kv_del(x->session->tenant, weir_task_key(t->base, WEIR_TASK_KEY_RECORD, key)));
}

/* Under its lock. */
static weir_answer change_live(weir_exec *x, weir_task *t, weir_task_stage to, weir_task_rouse *rouse) {
    weir_kv_bytes now;
    if (!t->record.at || t->gone) return WEIR_NOT_THERE;
    if (t->state > WEIR_TASK_PAUSED) return to == WEIR_TASK_CANCELLED ? remove_record(x, t) : WEIR_NOT_THERE;
    if (t->state == to) return WEIR_DONE;
    weir_kv_status st = change(x, t->base, t->record, to, &now);
    if (st != WEIR_KV_OK) return answer_of(st);
    free((void *)t->record.at);
    t->record = now;
    t->state = to;
    if (to == WEIR_TASK_RUNNING) weir_total_add(&t->runtime->metrics, WEIR_TOTAL_TASKS_RESUMED);
    if (to != WEIR_TASK_PAUSED) *rouse = weir_task_rouse_begin(t);
    return WEIR_DONE;
}

/* One that does not run here: it has ended, is not to go on yet, or is damaged. The name is held. */
static weir_answer change_stored(weir_exec *x, weir_kv_bytes base, weir_task_stage to) {
    weir_session *s = x->session;
    weir_task_record r;
    weir_kv_bytes before, now;
    weir_kv_status st = weir_task_fetch_record(s, base, &r, &before);
    bool whole = st == WEIR_KV_OK, ended = !whole || r.state > WEIR_TASK_PAUSED;
    if (!whole && (st != WEIR_KV_CORRUPT || to != WEIR_TASK_CANCELLED)) return answer_of(st);
    st = ended && to != WEIR_TASK_CANCELLED ? WEIR_KV_NO : WEIR_KV_OK;
    if (!ended && r.state != to && (st = change(x, base, before, to, &now)) == WEIR_KV_OK) free((void *)now.at);
    if (whole) free((void *)before.at);
    if (st != WEIR_KV_OK || to != WEIR_TASK_CANCELLED) return answer_of(st);
    return answer_of(weir_task_clear(s->runtime->kv, s->tenant, base, ended));
}

/* With its lock; NULL: none has the name. One that gives it back is about to be gone. */
static weir_task *find_live(weir_runtime *r, const char *scope, weir_kv_bytes base) {
    for (weir_task *t; (t = weir_tasks_find(r, scope, base)); weir_task_release(t), weir_pause()) {
        weir_lock_acquire(&t->lock);
        if (!t->left) return t;
        weir_lock_release(&t->lock);
    }
    return NULL;
}

weir_answer weir_tasks_change(weir_exec *x, const char *name, size_t bytes, weir_task_stage to) {
    weir_runtime *r = x->session->runtime;
    char at[WEIR_TASK_BASE];
    bool deep;
    weir_task *t;
    weir_answer answer;
    weir_kv_bytes base = weir_kv_bytes_of(at, weir_task_base(at, space_of(x), name, bytes, &deep));
    if (!base.size) return WEIR_RANGE;
    while (!(t = find_live(r, x->session->scope, base))) {
        answer = weir_tasks_claim(r, x->session->scope, base, UINT32_MAX, &t);
        if (answer == WEIR_PRESENT) continue;
        if (answer != WEIR_DONE) return answer;
        answer = change_stored(x, base, to);
        weir_tasks_drop(t);
        return answer;
    }
    weir_task_rouse rouse = {0};
    answer = change_live(x, t, to, &rouse);
    weir_lock_release(&t->lock);
    weir_task_rouse_end(t, rouse, x->turn);
    weir_task_release(t);
    return answer;
}

/* -- state, list ---------------------------------------------------------------------------------------------------- */

weir_answer weir_tasks_state(weir_exec *x, const char *name, size_t bytes, weir_slp_value *state) {
    char at[WEIR_TASK_BASE];
    bool deep;
    weir_task_record r;
    weir_kv_bytes record, base = weir_kv_bytes_of(at, weir_task_base(at, space_of(x), name, bytes, &deep));
    weir_slp_builder *b = x->tools->builder;
    if (!base.size) return WEIR_RANGE;
    weir_kv_status st = weir_task_fetch_record(x->session, base, &r, &record);
    if (st != WEIR_KV_OK) return answer_of(st);
    const char *text = weir_task_state_name(r.state);
    weir_slp_open(b, WEIR_SLP_LIST);
    weir_slp_put_symbol(b, text, strlen(text));
    weir_slp_put(b, weir_slp_at(r.pcs, 0));
    weir_slp_put(b, r.result);
    weir_slp_close(b);
    const weir_slp *s = weir_slp_finish(b, NULL);
    if (s) *state = weir_value_copy(&x->arena, b, weir_slp_root(s));
    free((void *)record.at);
    return s ? WEIR_DONE : WEIR_NO_MEMORY;
}

/* The next task beyond `after`: its base into `to`, and its size; 0: none, or *st says what went wrong. */
static size_t next_base(weir_exec *x, weir_kv_bytes prefix, const weir_kv_bytes *after, char *to, bool *whole,
                        weir_kv_status *st) {
    weir_kv_range range = {.prefix = prefix, .after = after};
    weir_kv_pair pair;
    size_t n, size = 0;
    weir_kv_read_begin(x->session->runtime->kv);
    *st = weir_kv_scan(x->session->tenant, &range, &pair, 1, &n);
    const char *key = *st == WEIR_KV_OK && n ? pair.key.at : NULL;
    const char *end = key ? memchr(key + prefix.size, 0, pair.key.size - prefix.size) : NULL;
    if (end && end - key < WEIR_TASK_BASE - 2) {
        size = (size_t)(end - key) + 1;
        memcpy(to, key, size);
        *whole = weir_task_is_record(key, pair.key.size) && pair.key.size == size + 1;
    }
    weir_kv_read_end(x->session->runtime->kv);
    return size;
}

weir_answer weir_tasks_list(weir_exec *x, bool (*each)(void *arg, const char *name, size_t bytes), void *arg) {
    static const char frames[] = {0, (char)WEIR_TASK_MARK, (char)WEIR_TASK_MARK}; /* behind all frames of the space */
    char prefix[WEIR_TASK_BASE + 1], at[WEIR_TASK_BASE + 8];
    weir_kv_bytes space = space_of(x);
    weir_kv_status st;
    if (space.size) memcpy(prefix, space.at, space.size);
    prefix[space.size] = (char)WEIR_TASK_MARK;
    weir_kv_bytes all = weir_kv_bytes_of(prefix, space.size + 1),
                  after = weir_kv_bytes_of(at, all.size + sizeof frames);
    memcpy(at, prefix, all.size);
    memcpy(at + all.size, frames, sizeof frames);
    bool whole;
    for (size_t size; (size = next_base(x, all, &after, at, &whole, &st));) {
        if (whole && !each(arg, at + all.size, size - all.size - 1)) break;
        at[size] = (char)WEIR_TASK_MARK; /* behind all that is its own */
        after = weir_kv_bytes_of(at, size + 1);
    }
    return answer_of(st);
}

/* -- from C --------------------------------------------------------------------------------------------------------- */

static bool may(const weir_session *s, unsigned right) { return weir_session_rights(s) & right; }

weir_answer weir_task_start(weir_session *s, const char *name, weir_slp_value body) {
    if (weir_is_recorded(s->runtime)) return WEIR_NOT_RECORDED;
    if (!may(s, WEIR_WRITE)) return WEIR_DENIED;
    if (weir_slp_type_of(body) != WEIR_SLP_BODY) return WEIR_RANGE;
    return weir_tasks_start(&s->x, name, strlen(name), body);
}

weir_answer weir_task_state(weir_session *s, const char *name, weir_form *tell, void *arg) {
    weir_slp_value v;
    if (!may(s, WEIR_READ)) return WEIR_DENIED;
    weir_mark mark = weir_arena_mark(&s->x.arena);
    weir_answer answer = weir_tasks_state(&s->x, name, strlen(name), &v);
    if (answer == WEIR_DONE) tell(arg, v);
    weir_arena_back(&s->x.arena, mark);
    return answer;
}

weir_answer weir_task_list(weir_session *s, bool (*each)(void *arg, const char *name, size_t bytes), void *arg) {
    return may(s, WEIR_READ) ? weir_tasks_list(&s->x, each, arg) : WEIR_DENIED;
}

static weir_answer change_from_c(weir_session *s, const char *name, weir_task_stage to) {
    if (weir_is_recorded(s->runtime)) return WEIR_NOT_RECORDED;
    return may(s, WEIR_WRITE) ? weir_tasks_change(&s->x, name, strlen(name), to) : WEIR_DENIED;
}

weir_answer weir_task_pause(weir_session *s, const char *name) { return change_from_c(s, name, WEIR_TASK_PAUSED); }
weir_answer weir_task_resume(weir_session *s, const char *name) { return change_from_c(s, name, WEIR_TASK_RUNNING); }
weir_answer weir_task_cancel(weir_session *s, const char *name) { return change_from_c(s, name, WEIR_TASK_CANCELLED); }
