#include "bench/summary.h"

#include <math.h>
#include <string.h>

bool summary_has_figures(const cell *c) { return c->status == CELL_OK && c->count > 0; }

double summary_ops_per_s(const cell *c) { return c->wall_ns > 0 && c->items > 0 ? c->items / c->wall_ns * 1e9 : NAN; }

stats_interval summary_ratio(const cell *ours, const cell *theirs) {
    if (!summary_has_figures(ours) || !summary_has_figures(theirs)) return (stats_interval){NAN, NAN, NAN, NAN};
    stats_interval r = stats_ratio(ours->reps, ours->count, theirs->reps, theirs->count);
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
    bool pair = !c->twin && next < s->cells + s->count && next->twin && next->column == c->column && next->row == c->row;
    return pair && summary_has_figures(c) && summary_has_figures(next) ? next : NULL;
}

double summary_noise(const selection *s, const bench_case *of, bool busy) {
    double worst = NAN;
    for (const cell *c = s->cells; c < s->cells + s->count; c++) {
        const cell *twin = c->of == of && c->params.busy == busy ? summary_twin(s, c) : NULL;
        if (!twin) continue;
        double r = summary_ratio(c, twin).mid, apart = r < 1 ? 1 / r - 1 : r - 1;
        worst = fmax(worst, apart); /* fmax prefers a number to NAN */
    }
    return worst;
}

bool summary_lost(const selection *s) {
    for (const cell *c = s->cells; c < s->cells + s->count; c++)
        if (c->status == CELL_WRONG && !(c->row->flags & BENCH_CONTROL)) return true;
    return false;
}
