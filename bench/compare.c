#include "bench/compare.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report_model.h"
#include "bench/report_p.h"
#include "bench/report_text.h"

/* What became of one cell. */
typedef enum change { SAME, FASTER, SLOWER, BROKEN, REPAIRED, UNCOMPARED } change;

typedef struct pair {
    const report_cell *a, *b;
    stats_interval ratio; /* b/a, as the unit has it */
    double p, p_holm;     /* NAN: not tested */
    double least;         /* a ratio must go beyond this: 5 % or the noise floor, whichever is larger */
    change change;
} pair;

typedef struct comparison {
    report_doc a, b;
    pair *pairs;
    size_t pairs_n, tested, counts[UNCOMPARED + 1], moved_ground;
    const report_cell **only_a, **only_b;
    size_t only_a_n, only_b_n;
    double least_min, least_max; /* over the pairs */
} comparison;

static const char *change_text(change c) {
    static const char *const text[] = {"no difference shown", "faster", "SLOWER", "BROKEN", "repaired",
                                       "not comparable"};
    return text[c];
}

static const report_cell *twin(const report_doc *doc, const report_cell *cell) {
    for (size_t i = 0; i < doc->cases_n; i++) {
        const report_case *c = &doc->cases[i];
        for (size_t j = 0; strcmp(c->name, cell->case_name) == 0 && j < c->cells_n; j++)
            if (strcmp(c->cells[j]->variant, cell->variant) == 0 && report_same_params(c->cells[j], cell))
                return c->cells[j];
    }
    return NULL;
}

static double least_of(const comparison *c, const report_cell *cell) {
    const char *load = report_param_text(cell, "load");
    double a = report_noise(&c->a, cell->case_name, load), b = report_noise(&c->b, cell->case_name, load);
    return fmax(1.05, fmax(a, b)); /* fmax prefers a number to NAN */
}

static void match(comparison *c) {
    c->pairs = report_alloc(c->a.cells_n, sizeof *c->pairs);
    c->only_a = report_alloc(c->a.cells_n, sizeof *c->only_a);
    c->only_b = report_alloc(c->b.cells_n, sizeof *c->only_b);
    for (size_t i = 0; i < c->a.cells_n; i++) {
        const report_cell *a = &c->a.cells[i], *b = twin(&c->b, a);
        if (b) c->pairs[c->pairs_n++] = (pair){a, b, {NAN, NAN, NAN, NAN}, NAN, NAN, least_of(c, a), SAME};
        else c->only_a[c->only_a_n++] = a;
    }
    for (size_t i = 0; i < c->b.cells_n; i++)
        if (!twin(&c->a, &c->b.cells[i])) c->only_b[c->only_b_n++] = &c->b.cells[i];
}

static bool comparable(const report_cell *a, const report_cell *b) {
    return strcmp(a->unit, b->unit) == 0 && a->higher_is_better == b->higher_is_better;
}

static const char *better(const report_cell *cell) { return cell->higher_is_better ? "higher" : "lower"; }

/* A cell without figures: worse or better only by its status. */
static change change_of_status(const report_cell *a, const report_cell *b) {
    if (a->status == b->status) return SAME;
    if (a->status == REPORT_OK && b->status != REPORT_ABSENT) return BROKEN;
    return b->status == REPORT_OK && a->status != REPORT_ABSENT ? REPAIRED : UNCOMPARED;
}

static void measure(pair *p) {
    const report_cell *a = p->a, *b = p->b;
    if (a->status != REPORT_OK || b->status != REPORT_OK) p->change = change_of_status(a, b);
    else if (!comparable(a, b)) p->change = UNCOMPARED;
    else {
        p->p = stats_mann_whitney(a->reps, a->reps_n, b->reps, b->reps_n, NULL);
        p->ratio = stats_ratio(b->reps, b->reps_n, a->reps, a->reps_n);
    }
}

/* A ratio needs positive values; without one (0 %, no false hit) the medians alone say the direction. */
static bool beyond(const pair *p) {
    return isnan(p->ratio.mid) ? p->a->median.mid != p->b->median.mid : fabs(log(p->ratio.mid)) > log(p->least);
}

static void decide(pair *p) {
    if (isnan(p->p) || !(p->p_holm <= 0.05) || !beyond(p)) return;
    bool grew = isnan(p->ratio.mid) ? p->b->median.mid > p->a->median.mid : p->ratio.mid > 1;
    p->change = grew == p->a->higher_is_better ? FASTER : SLOWER;
}

static void holm(comparison *c) {
    double *p = report_alloc(c->pairs_n, sizeof *p);
    for (size_t i = 0; i < c->pairs_n; i++)
        if (!isnan(c->pairs[i].p)) p[c->tested++] = c->pairs[i].p;
    stats_holm(p, c->tested, p);
    for (size_t i = 0, k = 0; i < c->pairs_n; i++)
        if (!isnan(c->pairs[i].p)) c->pairs[i].p_holm = p[k++];
    free(p);
}

/* The smallest p that so many repetitions can give, were they all apart: 2 / (na + nb over na). */
static double smallest_p(size_t na, size_t nb) {
    double n = (double)na, m = (double)nb;
    return 2 * exp(lgamma(n + 1) + lgamma(m + 1) - lgamma(n + m + 1));
}

static void warn_of_power(comparison *c) {
    size_t hopeless = 0;
    for (size_t i = 0; i < c->pairs_n; i++) {
        const pair *p = &c->pairs[i];
        hopeless += !isnan(p->p) && smallest_p(p->a->reps_n, p->b->reps_n) * (double)c->tested > 0.05;
    }
    if (hopeless)
        report_warn(&c->b,
                    "%zu of %zu cells have too few repetitions to show any difference among so many cells, however "
                    "large: measure with more --reps, or compare fewer cells",
                    hopeless, c->tested);
}

/* Fields of the machine that change what is measured; others (date, uptime) may differ. */
static void warn_of_machines(comparison *c) {
    static const char *const fields[] = {"cpu",        "processors", "usable",      "cores",    "caches",
                                         "memory_mib", "virtual",    "kernel",      "governor", "compiler",
                                         "flags",      "build",      "libbenchmark"};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        const json_t *a = json_object_get(c->a.machine, fields[i]), *b = json_object_get(c->b.machine, fields[i]);
        if ((!a && !b) || (a && b && json_equal(a, b))) continue;
        char *was = a ? json_dumps(a, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
        char *is = b ? json_dumps(b, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
        report_warn(&c->b, "the machines differ in %s: A %s, B %s", fields[i], was ? was : "does not say",
                    is ? is : "does not say");
        free(was);
        free(is);
    }
}

static void warn_of_units(comparison *c) {
    for (size_t i = 0; i < c->pairs_n; i++) {
        const report_cell *a = c->pairs[i].a, *b = c->pairs[i].b;
        if (a->status == REPORT_OK && b->status == REPORT_OK && !comparable(a, b))
            report_warn(&c->b, "%s %s: %s, %s is better in A, and %s, %s is better in B", a->case_name, a->variant,
                        a->unit, better(a), b->unit, better(b));
    }
}

/* Rows that no change of ours can slow down. */
static void warn_of_ground(comparison *c) {
    if (isnan(report_noise_worst(&c->a)) && isnan(report_noise_worst(&c->b)))
        report_warn(&c->b, "neither run measured its noise floor: 5 %% is taken for it");
    if (c->moved_ground)
        report_warn(&c->b, "%zu peers or references got slower: the machine has changed, not only the code",
                    c->moved_ground);
}

static void compare(comparison *c) {
    match(c);
    for (size_t i = 0; i < c->pairs_n; i++) measure(&c->pairs[i]);
    holm(c);
    c->least_min = c->pairs_n ? INFINITY : 1.05;
    c->least_max = 1.05;
    for (size_t i = 0; i < c->pairs_n; i++) {
        pair *p = &c->pairs[i];
        decide(p);
        c->counts[p->change]++;
        c->least_min = fmin(c->least_min, p->least);
        c->least_max = fmax(c->least_max, p->least);
        c->moved_ground += p->change == SLOWER && p->b->flags & (REPORT_PEER | REPORT_REFERENCE);
    }
    warn_of_units(c);
    warn_of_ground(c);
    warn_of_machines(c);
    warn_of_power(c);
}

/* ------------------------------------------------------------------------------------------- table */

static char *params_text(const report_cell *cell) {
    char *s = report_format("%s", "");
    for (size_t i = 0; i < cell->params_n; i++) {
        char *longer = report_format("%s%s%s=%s", s, i ? " " : "", cell->params[i].name, cell->params[i].text);
        free(s);
        s = longer;
    }
    return s;
}

static void print_column(const char *text, int width, bool right) {
    char plain[160];
    report_plain(text, plain, sizeof plain);
    printf(right ? "%*s  " : "%-*s  ", width, plain);
}

static void print_figures(const report_cell *cell) {
    char mid[32], lo[32], hi[32], all[112];
    if (!cell->reps_n) {
        print_column(report_status_text(cell->status), 26, true);
        return;
    }
    snprintf(all, sizeof all, "%s [%s-%s]", report_number(cell->median.mid, mid), report_number(cell->median.lo, lo),
             report_number(cell->median.hi, hi));
    print_column(all, 26, true);
}

static void print_pair(const pair *p) {
    char *params = params_text(p->a), ratio[64] = "-", holm[32] = "-";
    if (!isnan(p->ratio.mid)) snprintf(ratio, sizeof ratio, "%.3f [%.3f-%.3f]", p->ratio.mid, p->ratio.lo, p->ratio.hi);
    if (!isnan(p->p_holm)) snprintf(holm, sizeof holm, p->p_holm < 0.0001 ? "<0.0001" : "%.4f", p->p_holm);
    print_column(p->a->case_name, 16, false);
    print_column(p->a->variant, 20, false);
    print_column(params, 28, false);
    print_figures(p->a);
    print_figures(p->b);
    print_column(p->a->unit ? p->a->unit : "", 8, false);
    print_column(ratio, 22, true);
    print_column(holm, 7, true);
    printf("%s\n", change_text(p->change));
    free(params);
}

static void print_missing(const char *side, const report_cell *const *cells, size_t n) {
    if (n) printf("\nOnly in %s:\n", side);
    for (size_t i = 0; i < n; i++) {
        char *params = params_text(cells[i]),
             *line = report_format("%s %s %s", cells[i]->case_name, cells[i]->variant, params);
        printf("  ");
        print_column(line, 0, false);
        printf("\n");
        free(line);
        free(params);
    }
}

static void print_head(void) {
    static const struct {
        const char *text;
        int width;
        bool right;
    } head[] = {
        {"case", 16, false},           {"variant", 20, false}, {"parameters", 28, false}, {"A median [95 %]", 26, true},
        {"B median [95 %]", 26, true}, {"unit", 8, false},     {"B/A [95 %]", 22, true},  {"p Holm", 7, true}};
    for (size_t i = 0; i < sizeof head / sizeof *head; i++) print_column(head[i].text, head[i].width, head[i].right);
    printf("verdict\n");
}

/* Worst first: what got slower should not be searched for. */
static void print_table(const comparison *c) {
    static const change order[] = {BROKEN, SLOWER, FASTER, REPAIRED, UNCOMPARED, SAME};
    if (c->pairs_n) print_head();
    for (size_t k = 0; k < sizeof order / sizeof *order; k++)
        for (size_t i = 0; i < c->pairs_n; i++)
            if (c->pairs[i].change == order[k]) print_pair(&c->pairs[i]);
    print_missing("A", c->only_a, c->only_a_n);
    print_missing("B", c->only_b, c->only_b_n);
    printf("\n%zu cells compared: %zu slower, %zu broken, %zu faster, %zu repaired, %zu not comparable, %zu with no "
           "difference shown.\n",
           c->pairs_n, c->counts[SLOWER], c->counts[BROKEN], c->counts[FASTER], c->counts[REPAIRED],
           c->counts[UNCOMPARED], c->counts[SAME]);
    printf(
        "A verdict needs p <= 0.05 after Holm over %zu tests, and a ratio beyond the larger of 5 %% and the noise floor "
        "of its case (here %.1f to %.1f %%).\n",
        c->tested, (c->least_min - 1) * 100, (c->least_max - 1) * 100);
}

/* ------------------------------------------------------------------------------------------- JSON */

static json_t *number(double v) { return isfinite(v) ? json_real(v) : json_null(); }

static json_t *interval(stats_interval i) {
    if (isnan(i.mid)) return json_null();
    return json_pack("{s:f, s:f, s:f}", "mid", i.mid, "lo", i.lo, "hi", i.hi);
}

static json_t *json_cell(const report_cell *cell) {
    json_t *params = json_object();
    for (size_t i = 0; i < cell->params_n; i++)
        json_object_set_new(params, cell->params[i].name, json_string(cell->params[i].text));
    return json_pack("{s:s, s:s, s:o}", "case", cell->case_name, "variant", cell->variant, "params", params);
}

static json_t *json_side(const report_cell *cell) {
    return json_pack("{s:s, s:i, s:o}", "status", report_status_text(cell->status), "reps", (int)cell->reps_n, "median",
                     interval(cell->median));
}

static json_t *json_pair(const pair *p) {
    static const char *const verdict[] = {"same", "faster", "slower", "broken", "repaired", "uncompared"};
    json_t *o = json_cell(p->a);
    json_object_set_new(o, "unit", p->a->unit ? json_string(p->a->unit) : json_null());
    json_object_set_new(o, "a", json_side(p->a));
    json_object_set_new(o, "b", json_side(p->b));
    json_object_set_new(o, "ratio", interval(p->ratio));
    json_object_set_new(o, "least_ratio", json_real(p->least));
    json_object_set_new(o, "p", number(p->p));
    json_object_set_new(o, "p_holm", number(p->p_holm));
    json_object_set_new(o, "verdict", json_string(verdict[p->change]));
    return o;
}

static json_t *json_cells(const report_cell *const *cells, size_t n) {
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++) json_array_append_new(list, json_cell(cells[i]));
    return list;
}

static json_t *json_warnings(const comparison *c) {
    json_t *list = json_array();
    for (size_t i = 0; i < c->a.warnings_n; i++) json_array_append_new(list, json_string(c->a.warnings[i]));
    for (size_t i = 0; i < c->b.warnings_n; i++) json_array_append_new(list, json_string(c->b.warnings[i]));
    return list;
}

static void print_json(const comparison *c) {
    json_t *cells = json_array();
    for (size_t i = 0; i < c->pairs_n; i++) json_array_append_new(cells, json_pair(&c->pairs[i]));
    json_t *o = json_pack("{s:i, s:I, s:I, s:I, s:o, s:o, s:o, s:o}", "schema", 1, "slower",
                          (json_int_t)c->counts[SLOWER], "broken", (json_int_t)c->counts[BROKEN], "faster",
                          (json_int_t)c->counts[FASTER], "cells", cells, "only_a", json_cells(c->only_a, c->only_a_n),
                          "only_b", json_cells(c->only_b, c->only_b_n), "warnings", json_warnings(c));
    json_dumpf(o, stdout, JSON_INDENT(1));
    printf("\n");
    json_decref(o);
}

/* ------------------------------------------------------------------------------------------- command line */

typedef struct request {
    const char *paths[2];
    bool json;
} request;

static bool usage(const char *what, const char *which) {
    fprintf(stderr,
            "bench compare: %s%s\nusage: bench compare A B [--format table|json]   (A and B: raw.json, or a folder "
            "with one)\n",
            what, which);
    return false;
}

static bool parse(int argc, char **argv, request *r) {
    int n = 0;
    for (int i = 1; i < argc; i++) {
        const char *arg = argv[i];
        if (strncmp(arg, "--format", 8) == 0 && (arg[8] == 0 || arg[8] == '=')) {
            const char *format = arg[8] ? arg + 9 : i + 1 < argc ? argv[++i] : "";
            r->json = strcmp(format, "json") == 0;
            if (!r->json && strcmp(format, "table") != 0) return usage("--format takes table or json, not ", format);
        } else if (arg[0] == '-') return usage("unknown option ", arg);
        else if (n == 2) return usage("more than two runs: ", arg);
        else r->paths[n++] = arg;
    }
    return n == 2 || usage("two runs are needed", "");
}

static bool load(const char *path, report_doc *doc) {
    char why[REPORT_WHY];
    if (report_load(path, doc, why)) return true;
    fprintf(stderr, "bench compare: %s\n", why);
    return false;
}

static void warn(const char *side, const report_doc *doc) {
    for (size_t i = 0; i < doc->warnings_n; i++) {
        char plain[REPORT_WHY];
        report_plain(doc->warnings[i], plain, sizeof plain);
        fprintf(stderr, "bench compare: %s%s\n", side, plain);
    }
}

static void forget(comparison *c) {
    free(c->pairs);
    free(c->only_a);
    free(c->only_b);
    report_free(&c->a);
    report_free(&c->b);
}

int bench_compare_main(int argc, char **argv) {
    comparison c;
    request r = {0};
    memset(&c, 0, sizeof c);
    if (!parse(argc, argv, &r)) return 2;
    if (!load(r.paths[0], &c.a) || !load(r.paths[1], &c.b)) {
        forget(&c);
        return 2;
    }
    compare(&c);
    warn("", &c.a);
    warn("", &c.b);
    r.json ? print_json(&c) : print_table(&c);
    bool worse = c.counts[SLOWER] + c.counts[BROKEN] > 0;
    forget(&c);
    return worse ? 4 : 0;
}
