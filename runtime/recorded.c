/* What inputs do, in their place. */
#include "runtime/recorded_p.h"

#include <stdlib.h>
#include <string.h>

#include "prims/crc.h"
#include "runtime/processor_p.h"

/* -- one input ------------------------------------------------------------------------------------------------------ */

static void run(weir_strand *strand, weir_turn *turn);

weir_input *weir_input_new(weir_runtime *r, const weir_input_head *head) {
    weir_input *in = calloc(1, sizeof *in + (head->bytes + 7) / 8 * 8);
    if (!in) return NULL;
    weir_strand_init(&in->strand, r, run);
    in->head = *head;
    return in;
}

const weir_input *weir_input_of(const weir_strand *strand) {
    return strand->run == run ? (const weir_input *)strand : NULL;
}

/* O1: pairs with O2; what it has done happens before the return of who waits. */
static void end(weir_input *in) {
    if (!in->kept) {
        free(in);
        return;
    }
    weir_a32_store_release(&in->over, 1); /* O1; in may be gone */
    weir_futex_wake(&in->over, 1);        /* the address only */
}

void weir_input_do(weir_input *in) {
    in->kept = true;
    weir_strand_dispatch(&in->strand, NULL);
    while (!weir_a32_load_acquire(&in->over)) weir_futex_wait(&in->over, 0, WEIR_FOREVER); /* O2 */
}

/* -- forms ---------------------------------------------------------------------------------------------------------- */

/* What was answered goes into the digest, so that a replay tells where it first differs. */
static void told(void *arg, weir_slp_value v) {
    weir_input *in = arg;
    weir_recorded *c = in->strand.runtime->recorded;
    uint32_t small[WEIR_VALUE_SMALL / 4];
    const weir_slp *s = weir_value_buffer(v, in->session->x.tools->builder, small);
    if (s) weir_turn_digest(in->turn, weir_crc32c(0, s, weir_slp_bytes(s)));
    if (in->form) in->form(in->arg, v);
    else if (c->replay && in->head.b && c->form) c->form(c->arg, in->head.session, v);
}

static void finish_form(weir_session *s) {
    weir_input *in = s->input;
    weir_runtime *r = s->runtime;
    weir_exec_settle(&s->x);
    s->x.tools = &s->tools;
    s->input = NULL;
    end(in);
    weir_runtime_end(r);
}

static void go(weir_session *s, weir_turn *turn) {
    s->input->turn = turn;
    s->x.tools = &s->runtime->tools[weir_turn_worker(turn)];
    s->x.turn = turn;
    while (weir_exec_go(&s->x) == WEIR_EXEC_PARKED)
        if (weir_strand_park(&s->strand)) return;
    finish_form(s);
}

static void resume(weir_strand *strand, weir_turn *turn) {
    go((weir_session *)((char *)strand - offsetof(weir_session, strand)), turn);
}

static void begin_form(weir_input *in, weir_turn *turn) {
    weir_session *s = in->session;
    weir_recorded *c = s->runtime->recorded;
    const weir_slp *buffer = (const void *)in->payload;
    if (c->replay && in->head.b && c->begin) c->begin(c->arg, in->head.session);
    weir_strand_init(&s->strand, s->runtime, resume);
    s->input = in;
    s->x.tools = &s->runtime->tools[weir_turn_worker(turn)];
    s->x.form = told;
    s->x.arg = in;
    weir_runtime_begin(s->runtime);
    if (weir_program_lend(&s->program, buffer, s->runtime->words.names) &&
        weir_exec_begin_lent(&s->x, &s->program, (weir_slp_extent)in->head.a))
        go(s, turn);
    else finish_form(s);
}

/* -- the others ----------------------------------------------------------------------------------------------------- */

static void publish(weir_input *in, weir_turn *turn) {
    weir_runtime *r = in->strand.runtime;
    weir_topic *t = weir_target(r, in->head.a, in->head.b);
    weir_slp_value v = weir_slp_root((const void *)in->payload);
    in->answer = t ? weir_topic_publish(in->session, t, v, NULL, NULL, turn, &in->full) : WEIR_ADMITTED;
    if (in->answer == WEIR_ADMIT_FULL && !in->kept) weir_subscription_release(in->full);
}

/* The one of this number, if it is still awaited. */
static void ring(weir_recorded *c, uint64_t number) {
    weir_timeout *t = c->timeout[number % WEIR_TIMEOUT_BUCKETS];
    while (t && t->number != number) t = t->next;
    if (t) t->ring(t);
}

static void open_again(weir_input *in) {
    weir_recorded *c = in->strand.runtime->recorded;
    char scope[WEIR_INPUT_SCOPE];
    memcpy(scope, in->payload, sizeof scope);
    weir_session_options o = {.scope = scope,
                              .rights = in->head.a,
                              .restricted = true,
                              .topic = (const void *)((const char *)in->payload + sizeof scope),
                              .topics = in->head.b};
    weir_error error;
    weir_session *s = weir_session_open(in->strand.runtime, &o, &error);
    if (!s) weir_recorded_bad(c, "record: %s", error.text);
    c->session[in->head.session] = s;
}

static void run(weir_strand *strand, weir_turn *turn) {
    weir_input *in = (weir_input *)strand;
    weir_recorded *c = strand->runtime->recorded;
    bool replayed = c->replay && in->head.kind >= WEIR_INPUT_CLOSE && in->head.kind <= WEIR_INPUT_PUBLISH;
    if (replayed) in->session = c->session[in->head.session];
    if (replayed && !in->session) {
        end(in);
        return;
    }
    in->turn = turn;
    switch ((weir_input_kind)in->head.kind) {
    case WEIR_INPUT_FORM: begin_form(in, turn); return; /* which ends it */
    case WEIR_INPUT_PUBLISH: publish(in, turn); break;
    case WEIR_INPUT_CLOSE: weir_session_stop(in->session, turn); break;
    case WEIR_INPUT_TIMEOUT: ring(c, in->head.number); break;
    case WEIR_INPUT_OPEN:
        if (c->replay) open_again(in);
        break;
    default: break;
    }
    end(in);
}

/* -- alarms of waits ------------------------------------------------------------------------------------------------- */

/* On the clock's thread: it has rung, which becomes an input. */
static void rang(weir_alarm *alarm) {
    const weir_timeout *t = (const weir_timeout *)((char *)alarm - offsetof(weir_timeout, clock));
    weir_input *in;
    while (!(in = weir_input_new(t->runtime, &(weir_input_head){.kind = WEIR_INPUT_TIMEOUT, .number = t->number})))
        weir_yield(); /* the system's refusal is waited out: somebody waits for it */
    weir_strand_dispatch(&in->strand, NULL);
}

bool weir_timeout_begin(weir_runtime *r, weir_timeout *t, uint64_t at, void (*to_ring)(weir_timeout *)) {
    weir_recorded *c = r->recorded;
    *t = (weir_timeout){.clock.ring = rang, .ring = to_ring, .number = c->timeouts++, .runtime = r};
    weir_timeout **at_bucket = &c->timeout[t->number % WEIR_TIMEOUT_BUCKETS];
    if ((t->next = *at_bucket)) t->next->at = &t->next;
    t->at = at_bucket;
    *at_bucket = t;
    return c->replay || weir_clock_add(&r->clock, &t->clock, at);
}

void weir_timeout_end(weir_timeout *t) {
    if (!t->runtime->recorded->replay) weir_clock_cancel(&t->runtime->clock, &t->clock);
    if (t->next) t->next->at = t->at;
    *t->at = t->next;
}
