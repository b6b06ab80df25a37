#include "bench/report_say.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report_p.h"
#include "bench/report_text.h"

static void add(report_facts *facts, const char *label, char *text) {
    report_fact *longer = report_alloc(facts->n + 1, sizeof *longer);
    if (facts->n) memcpy(longer, facts->list, facts->n * sizeof *longer);
    free(facts->list);
    facts->list = longer;
    char *copy = report_format("%s", label);
    for (char *c = copy; *c; c++)
        if (*c == '_') *c = ' ';
    facts->list[facts->n++] = (report_fact){copy, text};
}

void report_free_facts(report_facts facts) {
    for (size_t i = 0; i < facts.n; i++) {
        free(facts.list[i].label);
        free(facts.list[i].text);
    }
    free(facts.list);
}

/* Adds `more` to the end of *s, after ", " when something stands there. */
static void also(char **s, char *more) {
    char *longer = report_format("%s%s%s", *s, **s && *more ? ", " : "", more);
    free(*s);
    free(more);
    *s = longer;
}

/* Any JSON value in one line. Depth is bounded by what a machine description needs. */
static char *flat(const json_t *v, int depth) {
    const char *name;
    json_t *inner;
    size_t i;
    if (json_is_string(v)) return report_format("%s", json_string_value(v));
    if (json_is_integer(v)) return report_format("%lld", (long long)json_integer_value(v));
    if (json_is_real(v)) return report_format("%g", json_real_value(v));
    if (json_is_boolean(v)) return report_format("%s", json_is_true(v) ? "yes" : "no");
    if (json_is_null(v)) return report_format("not known");
    char *s = report_format("%s", "");
    if (depth == 0) return s;
    json_array_foreach((json_t *)(uintptr_t)v, i, inner) also(&s, flat(inner, depth - 1));
    json_object_foreach((json_t *)(uintptr_t)v, name, inner) {
        char *text = flat(inner, depth - 1);
        also(&s, report_format("%s %s", name, text));
        free(text);
    }
    return s;
}

/* What decides whether a figure can be believed comes first; the rest of the machine follows below. */
static const struct {
    const char *name, *label;
} leading[] = {{"cpu", "processor"},
               {"processors", "processors online"},
               {"usable", "processors usable"},
               {"virtual", "virtual machine"},
               {"perf_counters", "hardware counters"},
               {"build", "build"},
               {"libbenchmark", "Google Benchmark library"},
               {"alloc", "allocator"},
               {"governor", "frequency governor"},
               {"date", "date"}};

static bool leads(const char *name) {
    for (size_t i = 0; i < sizeof leading / sizeof *leading; i++)
        if (strcmp(name, leading[i].name) == 0) return true;
    return false;
}

static void add_leading(const report_doc *doc, report_facts *facts) {
    for (size_t i = 0; i < sizeof leading / sizeof *leading; i++) {
        const json_t *v = json_object_get(doc->machine, leading[i].name);
        add(facts, leading[i].label, v ? flat(v, 3) : report_format("not told by the file"));
    }
}

report_facts report_machine(const report_doc *doc) {
    const char *name;
    json_t *v;
    report_facts facts = {0};
    json_object_foreach((json_t *)(uintptr_t)doc->machine, name, v) if (strcmp(name, "warnings") != 0 && !leads(name))
        add(&facts, name, flat(v, 3));
    return facts;
}

/* The columns with more threads than processors: the first thing to know about a figure of a lock-free structure. */
static char *oversubscription(const report_doc *doc) {
    if (!doc->processors) return report_format("the file does not tell the number of processors");
    char *shapes = report_format("%s", "");
    for (size_t i = 0; i < doc->cases_n; i++)
        for (size_t j = 0; j < doc->cases[i].panels_n; j++) {
            const report_panel *p = &doc->cases[i].panels[j];
            for (size_t k = 0; k < p->columns_n; k++) {
                const char *shape = report_param_text(p->columns[k].like, "shape");
                if (p->columns[k].oversubscribed && shape && !strstr(shapes, shape))
                    also(&shapes, report_format("%s", shape));
            }
        }
    char *text = *shapes ? report_format("%s run more threads than the %u processors; marked in every table and plot",
                                         shapes, doc->processors)
                         : report_format("none: no cell runs more threads than the %u processors", doc->processors);
    free(shapes);
    return text;
}

char *report_noise_text(double ratio) {
    char text[REPORT_NUMBER];
    return ratio < 2 ? report_format("%.1f %%", (ratio - 1) * 100)
                     : report_format("a factor of %s", report_number(ratio, text));
}

static char *noise_text(const report_doc *doc) {
    double worst = report_noise_worst(doc);
    if (isnan(worst)) return report_format("not measured (no A/A pair in the file)");
    char *floor = report_noise_text(worst);
    char *text =
        report_format("at worst %s: so far apart came a row and itself (A/A pairs); each case tells its own, and "
                      "smaller differences mean nothing",
                      floor);
    free(floor);
    return text;
}

static char *cells_text(const report_doc *doc) {
    size_t count[REPORT_WRONG + 1] = {0}, least = SIZE_MAX, most = 0;
    for (size_t i = 0; i < doc->cells_n; i++) {
        const report_cell *c = &doc->cells[i];
        count[c->status]++;
        if (c->reps_n && c->reps_n < least) least = c->reps_n;
        if (c->reps_n > most) most = c->reps_n;
    }
    char *s = report_format("%zu in all", doc->cells_n);
    for (int i = 0; i <= REPORT_WRONG; i++)
        if (count[i]) also(&s, report_format("%zu %s", count[i], report_status_text((report_status)i)));
    if (most && least == most) also(&s, report_format("%zu repetitions each", most));
    else if (most) also(&s, report_format("%zu to %zu repetitions each", least, most));
    return s;
}

report_facts report_head(const report_doc *doc) {
    report_facts facts = {0};
    add(&facts, "command", report_format("%s", doc->command ? doc->command : "not told"));
    add_leading(doc, &facts);
    add(&facts, "oversubscription", oversubscription(doc));
    add(&facts, "noise floor", noise_text(doc));
    add(&facts, "cells", cells_text(doc));
    return facts;
}

/* Cells whose interval cannot keep its promise. */
static size_t short_intervals(const report_doc *doc) {
    size_t n = 0;
    for (size_t i = 0; i < doc->cells_n; i++) n += doc->cells[i].reps_n && doc->cells[i].median.coverage < 0.95 - 1e-9;
    return n;
}

report_facts report_warnings(const report_doc *doc) {
    report_facts facts = {0};
    size_t i;
    json_t *v, *list = json_object_get(doc->machine, "warnings");
    json_array_foreach(list, i, v) add(&facts, "machine", flat(v, 2));
    for (i = 0; i < doc->warnings_n; i++) add(&facts, "file", report_format("%s", doc->warnings[i]));
    if (short_intervals(doc))
        add(&facts, "file",
            report_format("%zu cells have so few repetitions (5 or less) that the interval of their median is "
                          "their whole range and still covers less than 95 %%",
                          short_intervals(doc)));
    return facts;
}

report_facts report_guide(const report_doc *doc) {
    report_facts g = {0};
    (void)doc;
    add(&g, "figure",
        report_format(
            "the median of the repetitions of a cell, and in brackets the interval that covers the "
            "true median with 95 %% (order statistics; nothing is assumed about the distribution). Every repetition is a point "
            "in the plots. Repetitions of different rows were interleaved, each in a process of its own."));
    add(&g, "unit",
        report_format(
            "ns/op is wall time divided by the operations of the whole team; one operation is one item "
            "moved from a producer to a consumer, or one call. It is not the time one thread spends on it: that is this times "
            "the threads. ops/s is the whole team's."));
    add(&g, "speed",
        report_format(
            "how many times as fast our default variant is as the row named: the median, over the "
            "rounds, of the ratio of their repetition and ours, which were measured right after each other, with its 95 %% "
            "interval (below 6 rounds: Hodges-Lehmann over all pairs). Above 1 we are faster."));
    add(&g, "verdict",
        report_format(
            "ahead: the whole interval lies above 1. level: we are at most 10 %% slower at its far "
            "end. behind: the whole interval lies below 1. not decided: anything else, and everything measured with too few "
            "repetitions for a 95 %% interval. Of twenty such claims at the boundary one is expected to be wrong."));
    add(&g, "best peer",
        report_format(
            "the fastest row of another library, at that column, whose contract is at least as "
            "strong as ours. Rows marked weaker (unbounded, not FIFO ...), references and controls are shown and never count."));
    add(&g, "floor, ceiling",
        report_format("floor: what a mutex gives (row lock). ceiling: a reference row, the bare "
                      "instruction or copy that nothing of the kind can beat."));
    add(&g, "fairness",
        report_format("items of the least busy thread divided by those of the busiest, summed over the "
                      "repetitions: 1 is even, 0 means that a thread was starved."));
    add(&g, "load",
        report_format("quiet: nothing else runs. busy: one spinning thread per processor competes. The ranking "
                      "of primitives that wait flips between the two."));
    add(&g, "provisional", report_format("the checks of correctness have not confirmed this row yet."));
    return g;
}

/* ------------------------------------------------------------------------------------------- claims */

static size_t rival_row(const report_panel *panel, size_t column, report_rival rival) {
    return rival == REPORT_FLOOR ? report_floor_row(panel->of) : report_best_peer(panel, column);
}

report_standing *report_standings(const report_doc *doc, const report_panel *panel, report_rival rival) {
    report_standing *s = report_alloc(panel->columns_n, sizeof *s);
    size_t ours = report_default_row(panel->of);
    for (size_t i = 0; i < panel->columns_n; i++) {
        size_t row = rival_row(panel, i, rival);
        const report_cell *theirs = row == SIZE_MAX || row == ours ? NULL : report_at(panel, row, i);
        s[i].panel = panel;
        s[i].column = &panel->columns[i];
        s[i].theirs = theirs && theirs->reps_n ? panel->of->rows[row].name : NULL;
        s[i].claim = report_judge(doc, ours == SIZE_MAX ? NULL : report_at(panel, ours, i), theirs);
    }
    return s;
}

static bool lost(const report_standing *s) {
    return s->claim.made && (s->claim.verdict == STATS_BEHIND || s->claim.verdict == STATS_UNDECIDED);
}

static int worst_first(const void *a, const void *b) {
    const report_claim *x = &((const report_standing *)a)->claim, *y = &((const report_standing *)b)->claim;
    if (x->verdict != y->verdict) return x->verdict == STATS_BEHIND ? -1 : 1;
    return (x->speed.mid > y->speed.mid) - (x->speed.mid < y->speed.mid);
}

report_standing *report_losses(const report_doc *doc, size_t *n) {
    report_standing *all = report_alloc(2 * doc->cells_n, sizeof *all);
    *n = 0;
    for (size_t i = 0; i < doc->cases_n; i++)
        for (size_t j = 0; j < doc->cases[i].panels_n; j++)
            for (int rival = REPORT_BEST_PEER; rival <= REPORT_FLOOR; rival++) {
                const report_panel *p = &doc->cases[i].panels[j];
                report_standing *s = report_standings(doc, p, (report_rival)rival);
                for (size_t k = 0; k < p->columns_n; k++)
                    if (lost(&s[k])) all[(*n)++] = s[k];
                free(s);
            }
    qsort(all, *n, sizeof *all, worst_first);
    return all;
}

/* "scq at 2p2c (1.31), 8p8c (1.20)", or NULL. */
static char *where_faster(const report_doc *doc, const report_panel *p, size_t ours, size_t other) {
    char *list = NULL;
    for (size_t i = 0; i < p->columns_n; i++) {
        report_claim claim = report_judge(doc, report_at(p, other, i), report_at(p, ours, i));
        if (!claim.made || claim.verdict != STATS_AHEAD || claim.within_noise) continue;
        char *longer = report_format("%s%s%s (%.2f)", list ? list : p->of->rows[other].name, list ? ", " : " at ",
                                     p->columns[i].label, claim.speed.mid);
        free(list);
        list = longer;
    }
    return list;
}

char *report_better_variants(const report_doc *doc, const report_panel *p) {
    size_t ours = report_default_row(p->of);
    char *all = report_format("%s", "");
    for (size_t r = 0; ours != SIZE_MAX && r < p->of->rows_n; r++) {
        if (r == ours || p->of->rows[r].flags & (REPORT_PEER | REPORT_REFERENCE | REPORT_CONTROL)) continue;
        char *one = where_faster(doc, p, ours, r);
        char *longer = one ? report_format("%s%s%s", all, *all ? "; " : "", one) : NULL;
        if (one) free(all), free(one), all = longer;
    }
    return all;
}

char *report_tally(const report_standing *s, size_t n, stats_verdict verdict) {
    size_t count = 0;
    char *list = report_format("%s", "");
    for (size_t i = 0; i < n; i++)
        if (s[i].claim.made && s[i].claim.verdict == verdict) {
            count++;
            also(&list, report_format("%s", s[i].column->label));
        }
    const char *where = n == 1 ? "" : count == n ? " everywhere" : " at ";
    char *text = !count ? report_format("%s", "")
                        : report_format("%s%s%s", stats_verdict_text(verdict), where, count == n ? "" : list);
    free(list);
    return text;
}

char *report_speed(const report_claim *claim) {
    char mid[REPORT_NUMBER], lo[REPORT_NUMBER], hi[REPORT_NUMBER];
    if (!claim->made) return report_format("-");
    if (isnan(claim->speed.mid)) return report_format("no ratio (a value is 0)");
    return report_format("%s [%s\xe2\x80\x93%s]", report_number(claim->speed.mid, mid),
                         report_number(claim->speed.lo, lo), report_number(claim->speed.hi, hi));
}

char *report_verdict(const report_claim *claim) {
    if (!claim->made) return report_format("no claim");
    const char *text = stats_verdict_text(claim->verdict);
    if (claim->speed.coverage < 0.95 - 1e-9)
        return report_format("%s, the interval covers only %.0f %%", text, claim->speed.coverage * 100);
    return report_format("%s%s", text,
                         claim->within_noise && claim->verdict != STATS_UNDECIDED ? ", within the noise floor" : "");
}

char *report_panel_title(const report_panel *panel) {
    return report_format("%s%s%s", panel->of->name, panel->load ? ", " : "", panel->load ? panel->load : "");
}

void report_marks(const report_row *row, const char *marks[7]) {
    size_t n = 0;
    if (row->flags & REPORT_DEFAULT) marks[n++] = "default";
    if (report_floor(row)) marks[n++] = "floor";
    if (report_ceiling(row)) marks[n++] = "reference";
    if (row->flags & REPORT_WEAKER) marks[n++] = "weaker";
    if (row->flags & REPORT_CONTROL) marks[n++] = "control";
    if (row->flags & REPORT_PROVISIONAL) marks[n++] = "provisional";
    marks[n] = NULL;
}
