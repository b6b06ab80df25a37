/* From outside into a record: calls become inputs. */
#include <stdlib.h>
#include <string.h>

#include "runtime/recorded_p.h"

bool weir_recorded_session(weir_session *s, const weir_session_options *o, weir_error *error) {
    weir_recorded *c = s->runtime->recorded;
    if (o->entity || o->rate)
        return weir_error_set(error, "a session of a run that is recorded has no entity and no rate"), false;
    uint32_t place = weir_a32_add(&c->sessions, 1);
    if (place >= WEIR_INPUT_SESSIONS)
        return weir_error_set(error, "a record has at most %d sessions", WEIR_INPUT_SESSIONS), false;
    weir_input_head head = {.kind = WEIR_INPUT_OPEN,
                            .session = place,
                            .a = o->restricted ? o->rights : WEIR_READ | WEIR_WRITE,
                            .b = (uint32_t)o->topics,
                            .bytes = WEIR_INPUT_SCOPE + o->topics * sizeof *o->topic};
    weir_input *in = weir_input_new(s->runtime, &head);
    if (!in) return weir_error_set(error, "no memory for a session"), false;
    memcpy(in->payload, s->scope, WEIR_INPUT_SCOPE);
    if (o->topics) memcpy((char *)in->payload + WEIR_INPUT_SCOPE, o->topic, o->topics * sizeof *o->topic);
    weir_input_do(in);
    free(in);
    s->place = place;
    return true;
}

/* One that has never been told of has nothing to stop. */
void weir_recorded_stop(weir_session *s) {
    weir_input *in;
    while (!(in = weir_input_new(s->runtime, &(weir_input_head){.kind = WEIR_INPUT_CLOSE, .session = s->place})))
        weir_yield(); /* a close cannot be refused */
    in->session = s;
    weir_input_do(in);
    free(in);
}

static weir_input *with_payload(weir_session *s, weir_input_head head, const weir_payload *p) {
    head.session = s->place;
    head.bytes = p->buffer;
    weir_input *in = weir_input_new(s->runtime, &head);
    if (!in) return NULL;
    in->session = s;
    weir_payload_lay(p, (uint32_t *)in->payload);
    return in;
}

bool weir_recorded_run(weir_session *s, const weir_slp *buffer, weir_slp_extent extent, weir_form *form, void *arg) {
    const weir_payload p = {.at = buffer, .bytes = weir_slp_bytes(buffer), .buffer = weir_slp_bytes(buffer)};
    weir_input *in = with_payload(s, (weir_input_head){.kind = WEIR_INPUT_FORM, .a = extent, .b = form != NULL}, &p);
    if (!in) return false;
    in->form = form;
    in->arg = arg;
    weir_input_do(in);
    free(in);
    return true;
}

weir_admitted weir_recorded_publish(weir_session *s, const weir_topic *t, const weir_payload *p,
                                    weir_subscription **full) {
    const weir_input_head head = {.kind = WEIR_INPUT_PUBLISH, .a = t->channel, .b = t->number};
    weir_input *in = with_payload(s, head, p);
    if (!in) return WEIR_ADMIT_NOMEM;
    weir_input_do(in);
    weir_admitted answer = in->answer;
    *full = in->full;
    free(in);
    return answer;
}

/* What the record keeps of an event. */
const void *weir_recorded_payload(void *arg, const weir_event *e, size_t *size) {
    const weir_input *in = weir_input_of(weir_ticket_strand(e));
    if (!in) return weir_recorded_bad(arg, "record: something else has come from outside, and is missing in it"), NULL;
    *size = sizeof in->head + in->head.bytes;
    return &in->head;
}
