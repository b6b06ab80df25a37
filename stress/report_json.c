#include <stdlib.h>
#include <string.h>

#include "stress/machine.h"
#include "stress/report.h"

static json_t *lines(const char *const *list, size_t count) {
    json_t *a = json_array();
    for (size_t i = 0; i < count; i++) json_array_append_new(a, json_string(list[i]));
    return a;
}

static void set_text(json_t *o, const char *name, const char *value) {
    if (value) json_object_set_new(o, name, json_string(value));
}

json_t *report_json_head(const char *command, const options *o) {
    size_t limits = 0;
    while (machine_limits()[limits]) limits++;
    return json_pack("{s:i, s:s, s:I, s:f, s:s, s:s, s:s, s:o}", "schema", 1, "command", command, "seed",
                     (json_int_t)o->seed, "seconds", o->seconds, "build", machine_build(), "host", machine_host(),
                     "date", machine_date(), "limits", lines(machine_limits(), limits));
}

json_t *report_json_outcome(const check *c, const outcome *o) {
    json_t *j = json_pack("{s:s, s:s, s:s}", "id", c->id, "claim", c->claim, "verdict",
                          o->over ? outcome_words[o->verdict] : "not run");
    if (!o->over) return j;
    json_t *counts = json_object();
    for (unsigned i = 0; i < o->count; i++)
        json_object_set_new(counts, o->counts[i].what, json_integer((json_int_t)o->counts[i].n));
    json_object_set_new(j, "seed", json_integer((json_int_t)o->seed));
    json_object_set_new(j, "seconds", json_real(o->seconds));
    json_object_set_new(j, "counts", counts);
    set_text(j, "law", o->law);
    if (o->more) json_object_set_new(j, "more", json_integer((json_int_t)o->more));
    set_text(j, "replay", o->replay);
    if (o->said) json_object_set_new(j, "say", lines((const char *const *)o->says, o->said));
    return j;
}

static json_t *rung(const ladder *l, const place *p, int r) {
    json_t *ids = json_array();
    for (size_t i = 0; i < l->count; i++)
        if (ladder_has(p, r, &l->trials[i])) json_array_append_new(ids, json_string(l->trials[i].check->id));
    return json_pack("{s:s, s:b, s:s, s:o}", "rung", matrix_rungs[r].name, "asked",
                     matrix_asks(matrix_kind_find(p->kind), p->traits, r), "state", rung_words[p->rungs[r]], "checks",
                     ids);
}

static const char *verdict(const place *p) {
    if (p->verdict == RUNG_VIOLATION) return "violation";
    if (p->verdict == RUNG_CONVICTED) return "convicted";
    return p->missing ? "provisional" : "verified";
}

static json_t *variant(const ladder *l, const place *p) {
    json_t *rungs = json_array();
    for (int r = 0; r < RUNGS; r++) json_array_append_new(rungs, rung(l, p, r));
    json_t *j = json_pack("{s:s, s:s, s:s, s:b, s:s, s:o}", "kind", p->kind, "variant", p->variant, "traits", p->traits,
                          "control", p->control, "verdict", verdict(p), "rungs", rungs);
    set_text(j, "missing", p->missing);
    return j;
}

json_t *report_json(const ladder *l) {
    json_t *j = report_json_head(l->command, l->options), *variants = json_array(), *checks = json_array();
    for (size_t i = 0; i < l->place_count; i++) json_array_append_new(variants, variant(l, &l->places[i]));
    for (size_t i = 0; i < l->count; i++)
        json_array_append_new(checks, report_json_outcome(l->trials[i].check, &l->trials[i].outcome));
    json_object_set_new(j, "spent", json_real(l->seconds));
    json_object_set_new(j, "interrupted", json_boolean(l->interrupted));
    json_object_set_new(j, "variants", variants);
    json_object_set_new(j, "checks", checks);
    json_object_set_new(j, "pass", json_integer((json_int_t)l->tally[STRESS_PASS]));
    json_object_set_new(j, "violations", json_integer((json_int_t)l->tally[STRESS_VIOLATION]));
    json_object_set_new(j, "inconclusive", json_integer((json_int_t)l->tally[STRESS_INCONCLUSIVE]));
    json_object_set_new(j, "exit", json_integer(ladder_status(l)));
    if (json_object_size(j) < 16) abort(); /* out of memory somewhere above */
    return j;
}
