/* From a record into a runtime: its inputs are made again, after each has been looked at. */
#include <stdlib.h>
#include <string.h>

#include "runtime/recorded_p.h"

/* -- made again ----------------------------------------------------------------------------------------------------- */

/* Before any handler runs. */
static void take_options(weir_runtime *r, const void *payload) {
    weir_input_options o;
    memcpy(&o, payload, sizeof o);
    r->o.queue = o.queue;
    r->o.await_ms = o.await_ms;
    r->o.subscriptions = o.subscriptions;
    r->o.parked_max = o.parked_max;
    r->o.processors = o.processors;
    r->o.steps = o.steps;
    r->shelf.most = r->o.event_bytes = o.event_bytes;
    r->o.limits = o.limits;
}

static const char *check(weir_runtime *r, const weir_replay_input *from, weir_input_head *h) {
    weir_recorded *c = r->recorded;
    if (from->size < sizeof *h) return "too short for an input";
    memcpy(h, from->payload, sizeof *h);
    if (h->bytes != from->size - sizeof *h) return "an input of another length";
    if ((h->kind == WEIR_INPUT_OPTIONS) != (c->inputs == 0)) return "options stand first, and nowhere else";
    weir_input_options o;
    weir_input_options_of(r, &o);
    return weir_input_check(h, (const char *)from->payload + sizeof *h, &o);
}

weir_event *weir_repeated_make(void *arg, const weir_replay_input *from) {
    weir_runtime *r = arg;
    weir_recorded *c = r->recorded;
    weir_input_head h;
    if (weir_a32_load(&c->bad)) return NULL; /* what follows an input that cannot be would be something else */
    const char *wrong = check(r, from, &h);
    weir_input *in = wrong ? NULL : weir_input_new(r, &h);
    weir_event *e = in ? weir_ticket_event(r, &in->strand) : NULL;
    if (!e) {
        weir_recorded_bad(c, "record: input %llu: %s", (unsigned long long)c->inputs,
                          wrong ? wrong : "no memory for it");
        free(in);
        return NULL;
    }
    memcpy(in->payload, (const char *)from->payload + sizeof h, h.bytes);
    if (h.kind == WEIR_INPUT_OPTIONS) take_options(r, in->payload);
    c->inputs++;
    return e;
}

/* -- all of it ------------------------------------------------------------------------------------------------------ */

/* What the record left open. */
static void close_sessions(weir_recorded *c) {
    for (uint32_t i = 0; i < WEIR_INPUT_SESSIONS; i++) weir_session_close(c->session[i]);
}

bool weir_runtime_replay(weir_runtime *r, void (*begin)(void *arg, uint32_t session),
                         void (*form)(void *arg, uint32_t session, weir_slp_value value), void *arg,
                         weir_error *error) {
    weir_recorded *c = r->recorded;
    if (!c || !c->replay || c->over) return weir_error_set(error, "there is no record, or it has been repeated"), false;
    c->begin = begin;
    c->form = form;
    c->arg = arg;
    weir_sched_status st = weir_replay_start(c->replay, r->sched, weir_repeated_make, r);
    if (st == WEIR_SCHED_OK) st = weir_sched_wait(r->sched, WEIR_FOREVER);
    if (st == WEIR_SCHED_OK) st = (weir_sched_status)weir_runtime_source(r);
    if (st != WEIR_SCHED_OK) return weir_error_set(error, "record: %s", weir_sched_status_text(st)), false;
    c->over = true;
    close_sessions(c);
    bool bad = weir_a32_load(&c->bad);
    if (bad && error) *error = c->error;
    return !bad;
}
