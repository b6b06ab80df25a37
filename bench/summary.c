#include "bench/summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool summary_has_figures(const cell *c) { return c->status == CELL_OK && c->count > 0; }

double summary_ops_per_s(const cell *c) { return c->wall_ns > 0 && c->items > 0 ? c->items / c->wall_ns * 1e9 : NAN; }

stats_interval summary_ratio(const cell *ours, const cell *theirs) {
    if (!summary_has_figures(ours) || !summary_has_figures(theirs)) return (stats_interval){NAN, NAN, NAN, NAN};
    stats_interval r = stats_ratio_rounds(ours->reps, ours->count, theirs->reps, theirs->count);
    return ours->of->higher_is_better ? stats_invert(r) : r;
}

/* The cells of one column stand together. */
static const cell *column_begin(const selection *s, const cell *c) {
    while (c > s->cells && c[-1].column == c->column) c--;
    return c;
}

static const cell *column_end(const selection *s, const cell *c) {
    unsigned column = c->column;
    while (c < s->cells + s->count && c->column == column) c++;
    return c;
}

static bool better(const cell *a, const cell *b) {
    double x = stats_median(a->reps, a->count), y = stats_median(b->reps, b->count);
    return a->of->higher_is_better ? x > y : x < y;
}

const cell *summary_best_peer(const selection *s, const cell *c) {
    const cell *best = NULL, *end = column_end(s, c);
    for (const cell *p = column_begin(s, c); p < end; p++)
        if (!p->twin && p->row->flags & BENCH_PEER && !(p->row->flags & BENCH_WEAKER) && summary_has_figures(p) &&
            (!best || better(p, best)))
            best = p;
    return best;
}

const cell *summary_baseline(const selection *s, const cell *c) {
    const cell *end = column_end(s, c);
    for (const cell *p = column_begin(s, c); p < end; p++)
        if (!p->twin && !strcmp(p->row->variant, "lock") && summary_has_figures(p)) return p;
    return NULL;
}

const cell *summary_twin(const selection *s, const cell *c) {
    const cell *next = c + 1;
    bool pair =
        !c->twin && next < s->cells + s->count && next->twin && next->column == c->column && next->row == c->row;
    return pair && summary_has_figures(c) && summary_has_figures(next) ? next : NULL;
}

/* How far an A/A pair came out apart, as a ratio of at least 1; NAN for a cell that is not its first half. */
static double apart(const selection *s, const cell *c) {
    const cell *twin = summary_twin(s, c);
    double r = twin ? summary_ratio(c, twin).mid : NAN;
    return r < 1 ? 1 / r : r;
}

double summary_noise_floor(const selection *s) {
    double *all = malloc((s->count + 1) * sizeof *all);
    size_t n = 0;
    if (!all) return NAN;
    for (const cell *c = s->cells; c < s->cells + s->count; c++)
        if (isfinite(all[n] = apart(s, c))) n++;
    double middle = stats_median(all, n);
    free(all);
    return middle;
}

double summary_noise(const selection *s, const bench_case *of, bool busy) {
    double worst = NAN;
    for (const cell *c = s->cells; c < s->cells + s->count; c++)
        if (c->of == of && c->params.busy == busy)
            worst = fmax(worst, apart(s, c) - 1); /* fmax prefers a number to NAN */
    return worst;
}

bool summary_lost(const selection *s) {
    for (const cell *c = s->cells; c < s->cells + s->count; c++)
        if (c->status == CELL_WRONG && !(c->row->flags & BENCH_CONTROL)) return true;
    return false;
}
