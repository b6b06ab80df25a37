/* Grouping cells into cases, panels, rows and columns. */
#include "bench/report_model.h"

#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report_p.h"

enum { CASES_MAX = 500, ROWS_MAX = 200, COLUMNS_MAX = 200 };

typedef struct grouping {
    report_doc *doc;
    const char *file;
    char *why;
} grouping;

/* `array` is the address of a pointer to `*n` elements. Grows it by one zeroed element and returns its address. */
static void *append(void *array, size_t *n, size_t size) {
    char *a;
    memcpy(&a, array, sizeof a);
    if ((*n & (*n - 1)) == 0) { /* full at powers of two */
        char *bigger = report_alloc(*n ? 2 * *n : 1, size);
        if (*n) memcpy(bigger, a, *n * size);
        free(a);
        a = bigger;
        memcpy(array, &a, sizeof a);
    }
    return a + (*n)++ * size;
}

const char *report_keep(report_doc *doc, char *s) {
    return *(char **)append(&doc->kept, &doc->kept_n, sizeof *doc->kept) = s;
}

void report_warn(report_doc *doc, const char *format, ...) {
    va_list ap;
    char *s = NULL;
    va_start(ap, format);
    if (vasprintf(&s, format, ap) < 0) s = report_alloc(1, 1);
    va_end(ap);
    *(const char **)append(&doc->warnings, &doc->warnings_n, sizeof *doc->warnings) = report_keep(doc, s);
}

static const report_param *param_of(const report_cell *cell, const char *name) {
    for (size_t i = 0; i < cell->params_n; i++)
        if (strcmp(cell->params[i].name, name) == 0) return &cell->params[i];
    return NULL;
}

const char *report_param_text(const report_cell *cell, const char *name) {
    const report_param *p = param_of(cell, name);
    return p ? p->text : NULL;
}

static bool same_text(const char *a, const char *b) { return a == b || (a && b && strcmp(a, b) == 0); }

/* Equal but for the parameter `except`. */
static bool same_params_but(const report_cell *a, const report_cell *b, const char *except) {
    size_t an = 0, bn = 0;
    for (size_t i = 0; i < b->params_n; i++) bn += strcmp(b->params[i].name, except) != 0;
    for (size_t i = 0; i < a->params_n; i++) {
        const report_param *p = &a->params[i];
        if (strcmp(p->name, except) == 0) continue;
        an++;
        if (!same_text(p->text, report_param_text(b, p->name))) return false;
    }
    return an == bn;
}

bool report_same_params(const report_cell *a, const report_cell *b) { return same_params_but(a, b, ""); }

/* "4p8c": 4 and 8 */
static bool read_shape(const char *text, unsigned *producers, unsigned *consumers) {
    char end;
    return text && sscanf(text, "%4up%4u%c%c", producers, consumers, &end, &end) == 3 && end == 'c';
}

static unsigned threads_of(const report_cell *cell) {
    unsigned p, c;
    const report_param *threads = param_of(cell, "threads");
    if (read_shape(report_param_text(cell, "shape"), &p, &c)) return p + c;
    return threads && threads->number >= 1 && threads->number < 1e6 ? (unsigned)threads->number : 0;
}

/* ------------------------------------------------------------------------------------------- order of columns */

static size_t first_with(const report_panel *panel, const char *name, const char *text) {
    for (size_t i = 0; i < panel->columns_n; i++)
        if (same_text(report_param_text(panel->columns[i].like, name), text)) return i;
    return panel->columns_n;
}

static int by_size(double a, double b) { return (a > b) - (a < b); }

/* Shapes by threads, then with more producers first; numbers by value; words by appearance. */
static int by_param(const report_panel *panel, const char *name, const report_cell *a, const report_cell *b) {
    const report_param *x = param_of(a, name), *y = param_of(b, name);
    unsigned ap, ac, bp, bc;
    if (!x || !y) return (x != NULL) - (y != NULL);
    if (strcmp(name, "shape") == 0 && read_shape(x->text, &ap, &ac) && read_shape(y->text, &bp, &bc))
        return ap + ac != bp + bc ? by_size(ap + ac, bp + bc) : by_size(bp, ap);
    if (!isnan(x->number) && !isnan(y->number)) return by_size(x->number, y->number);
    return by_size((double)first_with(panel, name, x->text), (double)first_with(panel, name, y->text));
}

static int by_params(const report_panel *panel, const report_cell *a, const report_cell *b) {
    for (size_t i = 0; i < a->params_n; i++) {
        int c = by_param(panel, a->params[i].name, a, b);
        if (c) return c;
    }
    return by_size((double)a->params_n, (double)b->params_n);
}

/* Insertion into a second array, because by_param looks at the first while it compares. Stable. */
static void sort_columns(report_panel *panel) {
    report_column *sorted = report_alloc(panel->columns_n, sizeof *sorted);
    for (size_t i = 0; i < panel->columns_n; i++) {
        size_t j = i;
        for (; j > 0 && by_params(panel, sorted[j - 1].like, panel->columns[i].like) > 0; j--)
            sorted[j] = sorted[j - 1];
        sorted[j] = panel->columns[i];
    }
    free(panel->columns);
    panel->columns = sorted;
}

/* ------------------------------------------------------------------------------------------- labels */

static bool varies(const report_case *c, const char *name) {
    const char *first = report_param_text(c->cells[0], name);
    for (size_t i = 1; i < c->cells_n; i++)
        if (!same_text(first, report_param_text(c->cells[i], name))) return true;
    return false;
}

/* Adds "name text" or, where the text tells enough, "text". */
static char *with_param(char *label, const report_param *p, const char *separator, bool named) {
    char *longer =
        report_format("%s%s%s%s%s", label, *label ? separator : "", named ? p->name : "", named ? " " : "", p->text);
    free(label);
    return longer;
}

static char *column_label(const report_case *c, const report_cell *like) {
    char *label = report_format("%s", "");
    for (size_t i = 0; i < like->params_n; i++) {
        const report_param *p = &like->params[i];
        if (strcmp(p->name, "load") != 0 && varies(c, p->name)) label = with_param(label, p, " ", !isnan(p->number));
    }
    if (*label) return label;
    free(label);
    const char *shape = report_param_text(like, "shape");
    return report_format("%s", shape ? shape : "all");
}

static char *constant_params(const report_case *c) {
    char *label = report_format("%s", "");
    for (size_t i = 0; i < c->cells[0]->params_n; i++) {
        const report_param *p = &c->cells[0]->params[i];
        if (strcmp(p->name, "load") != 0 && !varies(c, p->name)) label = with_param(label, p, ", ", true);
    }
    return label;
}

/* ------------------------------------------------------------------------------------------- the tables */

static report_case *case_for(report_doc *doc, const report_cell *cell) {
    for (size_t i = 0; i < doc->cases_n; i++)
        if (strcmp(doc->cases[i].name, cell->case_name) == 0) return &doc->cases[i];
    report_case *c = append(&doc->cases, &doc->cases_n, sizeof *c);
    c->name = cell->case_name;
    return c;
}

static void add_row(report_case *c, const report_cell *cell) {
    report_row *row = NULL;
    for (size_t i = 0; i < c->rows_n && !row; i++)
        if (strcmp(c->rows[i].name, cell->variant) == 0) row = &c->rows[i];
    if (!row) {
        row = append(&c->rows, &c->rows_n, sizeof *row);
        row->name = cell->variant;
    }
    row->flags |= cell->flags;
    if (!row->note) row->note = cell->note;
}

/* Ours, default first; then peers, weaker peers, references, controls. */
static unsigned rank_of(const report_row *row) {
    if (row->flags & REPORT_CONTROL) return 5;
    if (row->flags & REPORT_REFERENCE) return 4;
    if (row->flags & REPORT_WEAKER) return 3;
    if (row->flags & REPORT_PEER) return 2;
    return row->flags & REPORT_DEFAULT ? 0 : 1;
}

static void sort_rows(report_case *c) {
    for (size_t i = 1; i < c->rows_n; i++) {
        report_row row = c->rows[i];
        size_t j = i;
        for (; j > 0 && rank_of(&c->rows[j - 1]) > rank_of(&row); j--) c->rows[j] = c->rows[j - 1];
        c->rows[j] = row;
    }
}

static report_panel *panel_for(report_case *c, const report_cell *cell) {
    const char *load = report_param_text(cell, "load");
    for (size_t i = 0; i < c->panels_n; i++)
        if (same_text(c->panels[i].load, load)) return &c->panels[i];
    report_panel *p = append(&c->panels, &c->panels_n, sizeof *p);
    p->load = load;
    return p;
}

static size_t column_index(const report_panel *p, const report_cell *cell) {
    size_t i = 0;
    while (i < p->columns_n && !same_params_but(p->columns[i].like, cell, "load")) i++;
    return i;
}

static size_t row_index(const report_case *c, const char *name) {
    size_t i = 0;
    while (strcmp(c->rows[i].name, name) != 0) i++;
    return i;
}

static bool collect(grouping *g) {
    for (size_t i = 0; i < g->doc->cells_n; i++) {
        const report_cell *cell = &g->doc->cells[i];
        report_case *c = case_for(g->doc, cell);
        *(const report_cell **)append(&c->cells, &c->cells_n, sizeof *c->cells) = cell;
        add_row(c, cell);
        report_panel *p = panel_for(c, cell);
        if (column_index(p, cell) == p->columns_n) {
            report_column *column = append(&p->columns, &p->columns_n, sizeof *column);
            column->like = cell;
        }
        if (g->doc->cases_n > CASES_MAX || c->rows_n > ROWS_MAX || c->panels_n > 8 || p->columns_n > COLUMNS_MAX)
            return report_refuse(g->why, "%s: cells[%zu]: more than %d cases, %d rows, 8 loads or %d columns", g->file,
                                 i, CASES_MAX, ROWS_MAX, COLUMNS_MAX);
    }
    return true;
}

static bool place(grouping *g, report_case *c, const report_cell *cell) {
    report_panel *p = panel_for(c, cell);
    size_t at = row_index(c, cell->variant) * p->columns_n + column_index(p, cell), i = (size_t)(cell - g->doc->cells);
    if (p->grid[at])
        return report_refuse(g->why, "%s: cells[%zu]: %s %s with the same parameters stands in cells[%zu] already",
                             g->file, i, cell->case_name, cell->variant, (size_t)(p->grid[at] - g->doc->cells));
    p->grid[at] = cell;
    if (!cell->unit) return true;
    if (!c->unit) {
        c->unit = cell->unit;
        c->higher_is_better = cell->higher_is_better;
    }
    if (strcmp(c->unit, cell->unit) != 0 || c->higher_is_better != cell->higher_is_better)
        return report_refuse(g->why, "%s: cells[%zu].unit: %s, %s is better, unlike the cells of %s before it (%s)",
                             g->file, i, cell->unit, cell->higher_is_better ? "higher" : "lower", c->name, c->unit);
    return true;
}

static void finish_panel(const report_doc *doc, report_case *c, report_panel *p) {
    p->of = c;
    sort_columns(p);
    for (size_t i = 0; i < p->columns_n; i++) {
        report_column *column = &p->columns[i];
        column->label = column_label(c, column->like);
        column->threads = threads_of(column->like);
        column->oversubscribed = doc->processors && column->threads > doc->processors;
    }
    p->grid = report_alloc(c->rows_n * p->columns_n, sizeof *p->grid);
}

static bool finish_case(grouping *g, report_case *c) {
    sort_rows(c);
    c->constant = constant_params(c);
    for (size_t i = 0; i < c->panels_n; i++) finish_panel(g->doc, c, &c->panels[i]);
    for (size_t i = 0; i < c->cells_n; i++)
        if (!place(g, c, c->cells[i])) return false;
    if (!c->unit) c->unit = "-";
    return true;
}

bool report_group(report_doc *doc, const char *file, char why[REPORT_WHY]) {
    grouping g = {doc, file, why};
    if (!collect(&g)) return false;
    for (size_t i = 0; i < doc->cases_n; i++)
        if (!finish_case(&g, &doc->cases[i])) return false;
    return true;
}

static void free_case(report_case *c) {
    for (size_t i = 0; i < c->panels_n; i++) {
        for (size_t j = 0; j < c->panels[i].columns_n; j++) free(c->panels[i].columns[j].label);
        free(c->panels[i].columns);
        free(c->panels[i].grid);
    }
    free(c->constant);
    free(c->rows);
    free(c->panels);
    free(c->cells);
}

void report_free(report_doc *doc) {
    for (size_t i = 0; i < doc->cases_n; i++) free_case(&doc->cases[i]);
    for (size_t i = 0; doc->cells && i < doc->cells_n; i++) free(doc->cells[i].reps);
    for (size_t i = 0; i < doc->kept_n; i++) free(doc->kept[i]);
    free(doc->cases);
    free(doc->cells);
    free(doc->kept);
    free(doc->warnings);
    json_decref(doc->root);
    memset(doc, 0, sizeof *doc);
}

const report_cell *report_at(const report_panel *panel, size_t row, size_t column) {
    return panel->grid[row * panel->columns_n + column];
}
