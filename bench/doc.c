#include "bench/doc.h"

#include <math.h>
#include <stdlib.h>

#include "bench/summary.h"

/* JSON has no NAN. */
static json_t *number(double x) { return isfinite(x) ? json_real(x) : json_null(); }

static json_t *values(const cell *c) {
    json_t *list = json_array();
    for (unsigned i = 0; i < c->count; i++) json_array_append_new(list, json_real(c->reps[i]));
    return list;
}

static json_t *params(const cell *c) {
    json_t *p = json_object();
    for (unsigned i = 0; i < c->axes; i++) {
        int axis = c->axis[i].axis;
        const char *text = c->axis[i].value, *name = axis_names[axis];
        char *end;
        long long n = strtoll(text, &end, 10);
        if (axis_is_number(axis) && *end == 'k') n <<= 10, end++;
        if (axis_is_number(axis) && *end == 'M') n <<= 20, end++;
        json_object_set_new(p, name, axis_is_number(axis) && !*end ? json_integer(n) : json_string(text));
    }
    return p;
}

static json_t *extras(const cell *c) {
    json_t *e = json_object();
    double fairness = cell_fairness(c);
    for (unsigned i = 0; i < c->extras; i++)
        json_object_set_new(e, c->extra[i].name, number(c->extra[i].sum / c->extra[i].count));
    if (isfinite(fairness)) json_object_set_new(e, "fairness", json_real(fairness));
    return e;
}

static void set_flags(json_t *o, const cell *c) {
    static const struct {
        const char *name;
        unsigned flag;
    } flags[] = {{"peer", BENCH_PEER},
                 {"weaker", BENCH_WEAKER},
                 {"reference", BENCH_REFERENCE},
                 {"control", BENCH_CONTROL},
                 {"provisional", BENCH_PROVISIONAL}};
    json_object_set_new(o, "default", json_boolean(c->chosen));
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        json_object_set_new(o, flags[i].name, json_boolean(c->row->flags & flags[i].flag));
    if (c->row->note) json_object_set_new(o, "note", json_string(c->row->note));
}

static void set_figures(json_t *o, const cell *c) {
    stats_interval m = {NAN, NAN, NAN, NAN};
    if (summary_has_figures(c)) m = stats_median_interval(c->reps, c->count);
    json_object_set_new(o, "reps", values(c));
    json_object_set_new(o, "median", number(m.mid));
    json_object_set_new(o, "lo", number(m.lo));
    json_object_set_new(o, "hi", number(m.hi));
    json_object_set_new(o, "ops_per_s", number(summary_ops_per_s(c)));
    json_object_set_new(o, "cpu_ns_per_op", number(c->items > 0 && c->cpu_ns > 0 ? c->cpu_ns / c->items : NAN));
    json_object_set_new(o, "extra", extras(c));
}

static json_t *cell_object(const cell *c) {
    json_t *o = json_object();
    json_object_set_new(o, "case", json_string(c->row->name));
    json_object_set_new(o, "variant", json_string(c->row->variant));
    set_flags(o, c);
    json_object_set_new(o, "params", params(c));
    json_object_set_new(o, "unit", json_string(c->of->unit));
    json_object_set_new(o, "better", json_string(c->of->higher_is_better ? "higher" : "lower"));
    json_object_set_new(o, "status", json_string(cell_status_text[c->status]));
    if (c->status != CELL_OK) json_object_set_new(o, "error", json_string(c->error));
    set_figures(o, c);
    return o;
}

static json_t *cells(const selection *s) {
    json_t *list = json_array();
    for (size_t i = 0; i < s->count; i++) {
        const cell *c = &s->cells[i];
        if (c->twin || (c->status == CELL_OK && !c->count)) continue; /* the latter: broken off before its turn */
        json_array_append_new(list, cell_object(c));
    }
    return list;
}

static json_t *pairs(const selection *s) {
    json_t *list = json_array();
    for (size_t i = 0; i < s->count; i++) {
        const cell *a = &s->cells[i], *b = summary_twin(s, a);
        if (!b) continue;
        stats_interval r = summary_ratio(a, b);
        json_t *o = json_object();
        json_object_set_new(o, "case", json_string(a->row->name));
        json_object_set_new(o, "variant", json_string(a->row->variant));
        json_object_set_new(o, "params", params(a));
        json_object_set_new(o, "a", values(a));
        json_object_set_new(o, "b", values(b));
        json_object_set_new(o, "ratio", number(r.mid));
        json_object_set_new(o, "lo", number(r.lo));
        json_object_set_new(o, "hi", number(r.hi));
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *noise(const selection *s) {
    json_t *list = json_array();
    size_t count;
    const bench_case *cases = registry_cases(&count);
    for (size_t i = 0; i < 2 * count; i++) {
        double floor = summary_noise(s, &cases[i / 2], i % 2);
        if (!isfinite(floor)) continue;
        json_array_append_new(list, json_pack("{s:s, s:s, s:f}", "case", cases[i / 2].name, "load",
                                              i % 2 ? "busy" : "quiet", "floor", floor));
    }
    return list;
}

static json_t *plan(const bench_result *r) {
    return json_pack("{s:s, s:i, s:f, s:I, s:s}", "suite", r->options->full ? "full" : "quick", "reps",
                     (int)r->plan->reps, "seconds", r->plan->seconds, "seed", (json_int_t)r->plan->seed, "pin",
                     r->options->pin ? r->options->pin : "default");
}

json_t *doc_make(const bench_result *r) {
    json_t *d = json_object();
    json_object_set_new(d, "schema", json_integer(1));
    json_object_set(d, "machine", r->machine);
    json_object_set_new(d, "command", json_string(r->command));
    json_object_set_new(d, "interrupted", json_boolean(r->interrupted));
    json_object_set_new(d, "plan", plan(r));
    json_object_set_new(d, "cells", cells(r->cells));
    json_object_set_new(d, "aa", pairs(r->cells));
    json_object_set_new(d, "noise", noise(r->cells));
    double floor = summary_noise_floor(r->cells);
    if (isfinite(floor)) json_object_set_new(d, "noise_floor", json_real(floor));
    if (json_object_size(d) < 8) abort(); /* out of memory somewhere above */
    return d;
}
