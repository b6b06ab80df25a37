/* What may be said: which row is which, and our claims against the others (DESIGN section 5). */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "bench/report_model.h"

bool report_floor(const report_row *row) {
    if (row->flags & (REPORT_PEER | REPORT_CONTROL)) return false;
    return strcmp(row->name, "lock") == 0 || (row->flags & REPORT_REFERENCE && strstr(row->name, "mutex"));
}

bool report_ceiling(const report_row *row) { return row->flags & REPORT_REFERENCE && !report_floor(row); }

size_t report_default_row(const report_case *of) {
    for (size_t i = 0; i < of->rows_n; i++)
        if (of->rows[i].flags & REPORT_DEFAULT) return i;
    return SIZE_MAX;
}

size_t report_floor_row(const report_case *of) {
    for (size_t i = 0; i < of->rows_n; i++)
        if (report_floor(&of->rows[i])) return i;
    return SIZE_MAX;
}

static size_t best_row(const report_panel *panel, size_t column, unsigned must, unsigned must_not) {
    const report_case *c = panel->of;
    size_t best = SIZE_MAX;
    double at_best = 0;
    for (size_t i = 0; i < c->rows_n; i++) {
        const report_cell *cell = report_at(panel, i, column);
        unsigned flags = c->rows[i].flags;
        if (!cell || !cell->reps_n || (flags & must) != must || flags & must_not) continue;
        double v = cell->median.mid;
        if (best != SIZE_MAX && (c->higher_is_better ? v <= at_best : v >= at_best)) continue;
        best = i;
        at_best = v;
    }
    return best;
}

size_t report_best_peer(const report_panel *panel, size_t column) {
    return best_row(panel, column, REPORT_PEER, REPORT_WEAKER | REPORT_REFERENCE | REPORT_CONTROL);
}

size_t report_fastest(const report_panel *panel, size_t column) {
    return best_row(panel, column, 0, REPORT_REFERENCE | REPORT_CONTROL);
}

double report_noise(const report_doc *doc, const char *case_name, const char *load) {
    const json_t *v;
    size_t i;
    if (!load) load = "quiet";
    json_array_foreach((json_t *)(uintptr_t)doc->noise, i, v) {
        const char *of = json_string_value(json_object_get(v, "load"));
        if (strcmp(json_string_value(json_object_get(v, "case")), case_name) == 0 &&
            strcmp(of ? of : "quiet", load) == 0)
            return 1 + json_number_value(json_object_get(v, "floor"));
    }
    return NAN;
}

double report_noise_worst(const report_doc *doc) {
    const json_t *v;
    size_t i;
    double worst = NAN;
    json_array_foreach((json_t *)(uintptr_t)doc->noise, i, v) worst =
        fmax(worst, 1 + json_number_value(json_object_get(v, "floor"))); /* fmax prefers a number to NAN */
    return worst;
}

report_claim report_judge(const report_doc *doc, const report_cell *ours, const report_cell *theirs) {
    report_claim claim = {.ours = ours, .theirs = theirs, .verdict = STATS_UNDECIDED};
    if (!ours || !theirs || !ours->reps_n || !theirs->reps_n) return claim;
    claim.made = true;
    claim.speed = ours->higher_is_better ? stats_ratio_rounds(ours->reps, ours->reps_n, theirs->reps, theirs->reps_n)
                                         : stats_ratio_rounds(theirs->reps, theirs->reps_n, ours->reps, ours->reps_n);
    if (claim.speed.coverage >= 0.95 - 1e-9) claim.verdict = stats_judge(stats_invert(claim.speed));
    double noise = report_noise(doc, ours->case_name, report_param_text(ours, "load"));
    claim.within_noise = !isnan(noise) && fabs(log(claim.speed.mid)) <= log(noise);
    return claim;
}
