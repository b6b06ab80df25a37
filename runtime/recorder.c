/* The file of a run: opened, begun, closed. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/recorded_p.h"

static bool refuse(weir_error *error, const char *why) {
    weir_error_set(error, "a run that is recorded or repeated %s", why);
    return false;
}

/* What happens must follow from the inputs alone. */
static bool may_be(const weir_runtime *r, weir_sched_options *o, weir_error *error) {
    static const char *const good[] = {"epoch", "double", "horizon"};
    size_t i = 0;
    if (r->o.record && r->o.replay) return refuse(error, "is not both at once");
    if (r->o.foreign) return refuse(error, "has workers");
    if (r->o.commands) return refuse(error, "has no commands of the host's");
    if (!o->variant) o->variant = good[0];
    while (i < 3 && strcmp(o->variant, good[i]) != 0) i++;
    if (i < 3) return true;
    weir_error_set(
        error, "scheduler %s is not deterministic: a run that is recorded or repeated needs epoch, double or horizon",
        o->variant);
    return false;
}

bool weir_recorded_open(weir_runtime *r, weir_sched_options *o, weir_error *error) {
    if (!may_be(r, o, error)) return false;
    weir_recorded *c = r->recorded = calloc(1, sizeof *c);
    if (!c) return weir_error_set(error, "no memory for a record"), false;
    weir_lock_init(&c->lock);
    weir_sched_error e = {0};
    weir_sched_status st;
    if (r->o.record) {
        st = weir_record_create(
            r->o.record,
            &(weir_record_options){.program = WEIR_INPUT_PROGRAM, .payload = weir_recorded_payload, .arg = c},
            &c->record, &e);
        o->record = c->record;
    } else {
        c->session = calloc(WEIR_INPUT_SESSIONS, sizeof(weir_session *));
        if (!c->session) return weir_error_set(error, "no memory for a record"), false;
        st = weir_replay_open(r->o.replay, WEIR_INPUT_PROGRAM, &c->replay, &e);
        o->epoch = weir_replay_epoch;
        o->arg = c->replay;
    }
    if (st != WEIR_SCHED_OK) weir_error_set(error, "%s", e.text);
    return st == WEIR_SCHED_OK;
}

void weir_input_options_of(const weir_runtime *r, weir_input_options *o) {
    *o = (weir_input_options){r->o.queue, r->o.await_ms, r->o.subscriptions, r->o.parked_max, r->o.processors,
                              0,          r->o.steps,    r->o.event_bytes,   r->o.limits};
}

static bool found(void *arg, weir_kv_bytes name) {
    *(bool *)arg = name.size > 0; /* the root is always there */
    return name.size == 0;
}

bool weir_recorded_store(weir_runtime *r, weir_error *error) {
    bool any = false;
    if (!r->recorded) return true;
    weir_kv_status st = weir_kv_tenants(r->kv, found, &any);
    if (st != WEIR_KV_OK) return weir_error_set(error, "%s", weir_kv_status_text(st)), false;
    return !any || refuse(error, "begins in an empty store");
}

bool weir_recorded_begin(weir_runtime *r, weir_error *error) {
    if (!weir_is_recorded(r)) return true;
    weir_input_options o;
    weir_input_options_of(r, &o);
    weir_input *in = weir_input_new(r, &(weir_input_head){.kind = WEIR_INPUT_OPTIONS, .bytes = sizeof o});
    if (!in) return weir_error_set(error, "no memory for a record"), false;
    memcpy(in->payload, &o, sizeof o);
    weir_input_do(in);
    free(in);
    return true;
}

void weir_recorded_bad(weir_recorded *c, const char *format, ...) {
    va_list args;
    va_start(args, format);
    weir_lock_acquire(&c->lock);
    if (!weir_a32_load(&c->bad)) vsnprintf(c->error.text, sizeof c->error.text, format, args);
    weir_a32_store(&c->bad, 1);
    weir_lock_release(&c->lock);
    va_end(args);
}

bool weir_recorded_close(weir_runtime *r, weir_error *error) {
    weir_recorded *c = r->recorded;
    weir_sched_error e = {0};
    weir_sched_status st = WEIR_SCHED_OK;
    if (!c) return true;
    if (c->record) st = weir_record_close(c->record, &e);
    else if (c->replay && c->over && !weir_a32_load(&c->bad)) st = weir_replay_result(c->replay, &e);
    bool bad = weir_a32_load(&c->bad);
    if (bad && error) *error = c->error;
    else if (st != WEIR_SCHED_OK) weir_error_set(error, "%s", e.text);
    if (c->replay) weir_replay_close(c->replay);
    free(c->session);
    free(c);
    r->recorded = NULL;
    return st == WEIR_SCHED_OK && !bad;
}
