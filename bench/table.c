#include "bench/table.h"

#include <math.h>
#include <string.h>

#include "bench/grid.h"
#include "bench/summary.h"

enum { PAGE = 118 };

/* One table: the cells of a case under one load. */
typedef struct view {
    const selection *s;
    const bench_case *of;
    bool busy;
} view;

static bool in_view(const view *v, const cell *c) { return c->of == v->of && c->params.busy == v->busy && !c->twin; }

/* ---- columns ---- */

/* True when this axis has more than one value in the view. */
static bool varies(const view *v, const cell *like, unsigned axis) {
    for (size_t i = 0; i < v->s->count; i++)
        if (in_view(v, &v->s->cells[i]) && strcmp(v->s->cells[i].axis[axis].value, like->axis[axis].value)) return true;
    return false;
}

static void column_name(const view *v, const cell *c, char *name, size_t bytes) {
    name[0] = '\0';
    for (unsigned i = 0; i < c->axes; i++) {
        const char *axis = axis_names[c->axis[i].axis];
        if (!strcmp(axis, "load") || (strcmp(axis, "shape") && !varies(v, c, i))) continue;
        size_t used = strlen(name);
        snprintf(name + used, bytes - used, "%s%s%s%s", used ? " " : "", axis_is_number(c->axis[i].axis) ? axis : "",
                 axis_is_number(c->axis[i].axis) ? " " : "", c->axis[i].value);
    }
    if (!name[0]) snprintf(name, bytes, "%s", v->of->unit);
}

/* The first cell of the column after `last`, or of the first column for NULL; NULL at the end. */
static const cell *next_column(const view *v, const cell *last) {
    for (const cell *c = last ? last : v->s->cells; c < v->s->cells + v->s->count; c++)
        if (in_view(v, c) && (!last || c->column != last->column)) return c;
    return NULL;
}

static const cell *find(const view *v, const cell *column, const bench_row *row) {
    for (const cell *c = column; c < v->s->cells + v->s->count && c->column == column->column; c++)
        if (c->row == row && !c->twin) return c;
    return NULL;
}

static void heading(const view *v, grid *g, const char *title) {
    char name[64];
    grid_row(g, title);
    for (const cell *c = next_column(v, NULL); c; c = next_column(v, c)) {
        column_name(v, c, name, sizeof name);
        grid_cell(g, "%s", name);
    }
}

/* ---- figures ---- */

static int digits(double x) { return x < 10 ? 2 : x < 100 ? 1 : 0; }

static void figure(grid *g, const cell *c) {
    if (!c) grid_cell(g, "-");
    else if (c->status != CELL_OK) grid_cell(g, "%s", cell_status_text[c->status]);
    else if (!c->count) grid_cell(g, "not run");
    else {
        stats_interval m = stats_median_interval(c->reps, c->count);
        int d = digits(m.mid);
        grid_cell(g, "%.*f [%.*f-%.*f]", d, m.mid, d, m.lo, d, m.hi);
    }
}

static void cost(grid *g, const cell *c) {
    if (!c || !summary_has_figures(c) || c->items <= 0) {
        grid_cell(g, "-");
        return;
    }
    double wakes = NAN, switches = NAN, cpu = c->cpu_ns / c->items;
    for (unsigned i = 0; i < c->extras; i++) {
        double mean = c->extra[i].sum / c->extra[i].count;
        if (!strcmp(c->extra[i].name, "wakes_per_op")) wakes = mean;
        if (!strcmp(c->extra[i].name, "switches_per_op")) switches = mean;
    }
    char text[3][16];
    double part[3] = {wakes, switches, cell_fairness(c)};
    for (int i = 0; i < 3; i++) snprintf(text[i], sizeof text[i], isfinite(part[i]) ? "%.2f" : "-", part[i]);
    grid_cell(g, "%.*f %s %s %s", digits(cpu), cpu, text[0], text[1], text[2]);
}

static void row_title(const bench_entry *e, char *title, size_t bytes) {
    static const struct {
        unsigned flag;
        const char *word;
    } words[] = {{BENCH_WEAKER, "weaker"},
                 {BENCH_REFERENCE, "reference"},
                 {BENCH_CONTROL, "control"},
                 {BENCH_PROVISIONAL, "provisional"}};
    int n = snprintf(title, bytes, "%s", e->row->variant);
    const char *before = " (";
    if (e->chosen) n += snprintf(title + n, bytes - (size_t)n, "%sdefault", before), before = ", ";
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (e->row->flags & words[i].flag)
            n += snprintf(title + n, bytes - (size_t)n, "%s%s", before, words[i].word), before = ", ";
    if (*before == ',') snprintf(title + n, bytes - (size_t)n, ")");
}

static bool row_in_view(const view *v, const bench_row *row) {
    for (size_t i = 0; i < v->s->count; i++)
        if (in_view(v, &v->s->cells[i]) && v->s->cells[i].row == row) return true;
    return false;
}

static void rows(const view *v, grid *g, void (*put)(grid *, const cell *)) {
    for (size_t i = 0; i < v->of->count; i++) {
        const bench_row *row = v->of->entries[i].row;
        char title[96];
        if (!row_in_view(v, row)) continue;
        row_title(&v->of->entries[i], title, sizeof title);
        grid_row(g, title);
        for (const cell *c = next_column(v, NULL); c; c = next_column(v, c)) put(g, find(v, c, row));
    }
}

/* ---- verdicts ---- */

static void judge(grid *g, const cell *ours, const cell *theirs, bool name_them) {
    if (!ours || !theirs || !summary_has_figures(ours)) {
        grid_cell(g, "-");
        return;
    }
    stats_interval r = summary_ratio(ours, theirs);
    const char *name = theirs->row->variant;
    if (!strncmp(name, "peer.", 5)) name += 5;
    grid_cell(g, "%s %.2f%s%s", stats_verdict_text(stats_judge(r)), r.mid, name_them ? " " : "", name_them ? name : "");
}

static bool verdict_row(const view *v, grid *g, const bench_row *row, const char *against,
                        const cell *(*opponent)(const selection *, const cell *), bool name_them) {
    char title[96];
    bool any = false;
    for (const cell *c = next_column(v, NULL); c && !any; c = next_column(v, c)) any = opponent(v->s, c) != NULL;
    if (!any) return false;
    snprintf(title, sizeof title, "%s : %s", row->variant, against);
    grid_row(g, title);
    for (const cell *c = next_column(v, NULL); c; c = next_column(v, c))
        judge(g, find(v, c, row), opponent(v->s, c), name_them);
    return true;
}

static void verdicts(const view *v, FILE *to) {
    grid *g = grid_new();
    bool any = false;
    heading(v, g, "verdict, ratio ours/theirs");
    for (size_t i = 0; i < v->of->count; i++) {
        const bench_row *row = v->of->entries[i].row;
        if (!row_is_ours(row) || row->flags & BENCH_CONTROL || !row_in_view(v, row)) continue;
        if (!strcmp(row->variant, "lock")) continue; /* the baseline is judged against, and never for */
        any |= verdict_row(v, g, row, "best peer", summary_best_peer, true);
        any |= verdict_row(v, g, row, "lock", summary_baseline, false);
    }
    if (any) {
        fputc('\n', to);
        grid_print(g, to, PAGE);
    }
    grid_free(g);
}

/* ---- the whole ---- */

static void notes(const view *v, FILE *to) {
    for (size_t i = 0; i < v->of->count; i++) {
        const bench_row *row = v->of->entries[i].row;
        if (row->note && row_in_view(v, row)) fprintf(to, "  note %s: %s\n", row->variant, row->note);
    }
    for (size_t i = 0; i < v->s->count; i++) {
        const cell *c = &v->s->cells[i];
        char column[64];
        if (!in_view(v, c) || c->status == CELL_OK || c->status == CELL_ABSENT) continue;
        column_name(v, c, column, sizeof column);
        fprintf(to, "  %s %s, %s: %s\n", cell_status_text[c->status], c->row->variant, column, c->error);
    }
}

static void costs(const view *v, FILE *to) {
    grid *g = grid_new();
    heading(v, g, "cpu ns/op, wakes/op, switches/op, fairness");
    rows(v, g, cost);
    fputc('\n', to);
    grid_print(g, to, PAGE);
    grid_free(g);
}

static void print_view(const view *v, const bench_result *r, FILE *to) {
    double noise = summary_noise(v->s, v->of, v->busy);
    fprintf(to, "%s, %s, %s, %s is better: median [95 %% interval] of %u repetitions", v->of->name,
            v->busy ? "busy" : "quiet", v->of->unit, v->of->higher_is_better ? "higher" : "lower", r->plan->reps);
    if (isfinite(noise)) fprintf(to, "; the same twice: %.0f %% apart at worst", noise * 100);
    fputs("\n\n", to);
    grid *g = grid_new();
    heading(v, g, "");
    rows(v, g, figure);
    grid_print(g, to, PAGE);
    grid_free(g);
    verdicts(v, to);
    if (v->of->waits && v->of->entries[0].row->work) costs(v, to);
    notes(v, to);
    fputc('\n', to);
}

void table_print(FILE *to, const bench_result *r) {
    size_t count;
    const bench_case *cases = registry_cases(&count);
    for (size_t i = 0; i < 2 * count; i++) {
        view v = {r->cells, &cases[i / 2], i % 2 != 0};
        if (next_column(&v, NULL)) print_view(&v, r, to);
    }
}

/* ---- csv ---- */

static void csv_number(FILE *to, double x) { fprintf(to, isfinite(x) ? ",%.6g" : ",", x); }

static void csv_text(FILE *to, const char *text) { /* quoted: notes and errors may hold commas */
    fputs(",\"", to);
    for (; *text; text++) {
        if (*text == '"') fputc('"', to);
        fputc(*text, to);
    }
    fputc('"', to);
}

static void csv_cell(FILE *to, const cell *c) {
    stats_interval m = {NAN, NAN, NAN, NAN};
    if (summary_has_figures(c)) m = stats_median_interval(c->reps, c->count);
    fprintf(to, "%s,%s,", c->row->name, c->row->variant);
    for (unsigned i = 0; i < c->axes; i++)
        fprintf(to, "%s%s=%s", i ? ";" : "", axis_names[c->axis[i].axis], c->axis[i].value);
    fprintf(to, ",%s,%s,%u", c->of->unit, cell_status_text[c->status], c->count);
    csv_number(to, m.mid);
    csv_number(to, m.lo);
    csv_number(to, m.hi);
    csv_number(to, summary_ops_per_s(c));
    csv_number(to, c->items > 0 && c->cpu_ns > 0 ? c->cpu_ns / c->items : NAN);
    csv_text(to, c->error);
    fputc('\n', to);
}

void csv_print(FILE *to, const bench_result *r) {
    fputs("case,variant,params,unit,status,reps,median,lo,hi,ops_per_s,cpu_ns_per_op,error\n", to);
    for (size_t i = 0; i < r->cells->count; i++)
        if (!r->cells->cells[i].twin) csv_cell(to, &r->cells->cells[i]);
}
