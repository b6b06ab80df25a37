#include "bench/select.h"

#include <fnmatch.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct choice {
    const bench_options *options;
    regex_t filter;
    selection *to;
    size_t room;
    char why[160];
    bool axis_used[AXIS_COUNT];
    bool failed; /* said why already */
} choice;

/* ---- rows ---- */

static bool filter_takes(const choice *h, const bench_row *row) {
    char name[96];
    if (!h->options->filter || !regexec(&h->filter, row->name, 0, NULL, 0)) return true;
    snprintf(name, sizeof name, "%s/%s", row->name, row->variant);
    return !regexec(&h->filter, name, 0, NULL, 0);
}

static bool variant_takes(const char *list, const char *variant) {
    char pattern[AXIS_VALUE_MAX];
    if (!list) return true;
    while (axis_next(&list, pattern))
        if (!fnmatch(pattern, variant, 0)) return true;
    return false;
}

static bool takes(const choice *h, const bench_row *row) {
    return filter_takes(h, row) && variant_takes(h->options->variants, row->variant);
}

static bool takes_any(const choice *h, const bench_case *c) {
    for (size_t i = 0; i < c->count; i++)
        if (takes(h, c->entries[i].row)) return true;
    return false;
}

/* ---- cells ---- */

static cell *append(choice *h) {
    selection *s = h->to;
    if (s->count == h->room) {
        h->room = h->room ? 2 * h->room : 64;
        cell *more = realloc(s->cells, h->room * sizeof *more);
        if (!more) abort();
        s->cells = more;
    }
    return memset(&s->cells[s->count++], 0, sizeof *s->cells);
}

static void add_row(choice *h, const cell *column, const bench_entry *e, bool twin) {
    cell *c = append(h);
    *c = *column;
    c->row = e->row;
    c->chosen = e->chosen;
    c->twin = twin;
    if (e->row->dear && !row_is_absent(e->row)) c->dear = e->row->dear(&c->params);
    if (row_is_absent(e->row)) {
        c->status = CELL_ABSENT;
        snprintf(c->error, sizeof c->error, "%s",
                 e->row->note ? e->row->note : "its library was not there at build time");
    }
}

static void add_column(choice *h, cell *column) {
    const bench_case *of = column->of;
    bool paired = false;
    size_t before = h->to->count;
    for (size_t i = 0; i < of->count; i++) {
        const bench_row *row = of->entries[i].row;
        if (!takes(h, row) || (row->supports && !row_is_absent(row) && !row->supports(&column->params))) continue;
        add_row(h, column, &of->entries[i], false);
        if (paired || row_is_absent(row) || row->flags & BENCH_CONTROL) continue;
        add_row(h, column, &of->entries[i], true); /* the default comes first, so it is the one measured twice */
        paired = true;
    }
    h->to->columns += h->to->count > before;
}

/* ---- columns ---- */

static const char *values_of(const choice *h, const bench_axis *a) {
    int axis = axis_index(a->name);
    const char *given = axis >= 0 ? h->options->axis[axis] : NULL;
    return given ? given : h->options->full ? a->full : a->quick;
}

static bool in_list(const char *list, const char *value) {
    char one[AXIS_VALUE_MAX];
    while (axis_next(&list, one))
        if (!strcmp(one, value)) return true;
    return false;
}

static bool set_axis(choice *h, cell *column, const bench_axis *a, const char *value) {
    int axis = axis_index(a->name);
    bool closed = axis >= 0 && !axis_is_number(axis) && strcmp(a->name, "shape") && strcmp(a->name, "load") &&
                  strcmp(a->name, "dist") &&
                  (strcmp(a->name, "mix") || axis_is_read_write(a->full) != axis_is_read_write(value));
    if (axis < 0)
        snprintf(h->why, sizeof h->why, "case %s has an axis '%s' that no option can set", column->of->name, a->name);
    else if (axis_apply(&column->params, axis, value, h->why, sizeof h->why) && closed && !in_list(a->full, value))
        snprintf(h->why, sizeof h->why, "%s '%s' is not one that %s knows: choose of %s", a->name, value,
                 column->of->name, a->full);
    else if (!h->why[0]) {
        column->axis[column->axes].axis = axis;
        snprintf(column->axis[column->axes++].value, AXIS_VALUE_MAX, "%s", value);
        h->axis_used[axis] = true;
        return true;
    }
    bench_refuse("%s", h->why);
    h->failed = true;
    return false;
}

/* One axis after the other, every value of each. */
static void add_columns(choice *h, const cell *so_far, const bench_axis *axes) {
    if (!axes->name) {
        cell column = *so_far;
        column.column = h->to->columns;
        add_column(h, &column);
        return;
    }
    char value[AXIS_VALUE_MAX];
    bool aside = false;
    for (const char *list = values_of(h, axes); !h->failed && axis_next(&list, value);
         aside |= list && list[-1] == ';') {
        cell column = *so_far;
        if (aside && column.aside) continue;
        column.aside |= aside;
        if (column.axes < AXES_MAX && set_axis(h, &column, axes, value)) add_columns(h, &column, axes + 1);
    }
}

/* The case's axes; a case that waits, or is asked for a load, has the axis load even when it does not say so. */
static void add_case(choice *h, const bench_case *c) {
    bench_axis axes[AXES_MAX + 1] = {{NULL, NULL, NULL}};
    size_t n = 0;
    bool load = false;
    for (; c->axes[n].name && n < AXES_MAX; n++) {
        axes[n] = c->axes[n];
        load |= !strcmp(axes[n].name, "load");
    }
    if (!load && n < AXES_MAX) {
        const char *loads = c->waits ? "quiet,busy" : "quiet";
        axes[n++] = (bench_axis){"load", loads, loads};
    }
    axes[n] = (bench_axis){NULL, NULL, NULL};
    static cell blank; /* 1 kB and more; always zero */
    cell start = blank;
    start.of = c;
    start.params = (bench_params){.producers = 1,
                                  .consumers = 1,
                                  .threads = 1,
                                  .capacity = 1024,
                                  .keys = 16384,
                                  .tenants = 1,
                                  .size = 8,
                                  .bits = 10,
                                  .batch = 1,
                                  .dist = "uniform"};
    add_columns(h, &start, axes);
}

/* ---- messages ---- */

static int nothing_matches(const bench_case *cases, size_t count, const char *filter) {
    bench_refuse("no case matches the filter '%s'. Cases:", filter);
    for (size_t i = 0; i < count; i++) fprintf(stderr, "  %s\n", cases[i].name);
    return EXIT_USAGE;
}

/* Each name of --variant must mean something in the cases that are selected. */
static int check_variants(const choice *h, const bench_case *cases, size_t count) {
    char one[AXIS_VALUE_MAX];
    for (const char *list = h->options->variants; list && axis_next(&list, one);) {
        bool found = false;
        for (size_t i = 0; i < count && !found; i++)
            for (size_t j = 0; j < cases[i].count && !found; j++)
                found = filter_takes(h, cases[i].entries[j].row) && !fnmatch(one, cases[i].entries[j].row->variant, 0);
        if (found) continue;
        bench_refuse("no selected case has a variant '%s'. Variants:", one);
        for (size_t i = 0; i < count; i++)
            for (size_t j = 0; j < cases[i].count; j++)
                if (filter_takes(h, cases[i].entries[j].row))
                    fprintf(stderr, "  %s %s\n", cases[i].name, cases[i].entries[j].row->variant);
        return EXIT_USAGE;
    }
    return 0;
}

static int check_axes(const choice *h) {
    for (int i = 0; i < AXIS_COUNT; i++)
        if (h->options->axis[i] && !h->axis_used[i])
            return bench_refuse("--%s: no selected case has this axis; `bench list` shows the axes of each",
                                axis_names[i]);
    return 0;
}

static int compile_filter(choice *h) {
    if (!h->options->filter) return 0;
    int bad = regcomp(&h->filter, h->options->filter, REG_EXTENDED | REG_NOSUB);
    if (!bad) return 0;
    char text[96];
    regerror(bad, &h->filter, text, sizeof text);
    return bench_refuse("--filter '%s' is not a regular expression: %s", h->options->filter, text);
}

int select_cells(selection *s, const bench_options *o) {
    static choice h;
    size_t count, matching = 0;
    const bench_case *cases = registry_cases(&count);
    h = (choice){.options = o, .to = s};
    *s = (selection){NULL, 0, 0};
    if (compile_filter(&h)) return EXIT_USAGE;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < cases[i].count; j++) matching += filter_takes(&h, cases[i].entries[j].row);
    if (!matching) return nothing_matches(cases, count, o->filter ? o->filter : "");
    if (check_variants(&h, cases, count)) return EXIT_USAGE;
    for (size_t i = 0; i < count && !h.failed; i++)
        if (takes_any(&h, &cases[i])) add_case(&h, &cases[i]);
    if (h.failed || check_axes(&h)) return EXIT_USAGE;
    return s->count ? 0 : bench_refuse("nothing to measure: no selected row supports these columns");
}

size_t select_live(const selection *s) {
    size_t n = 0;
    for (size_t i = 0; i < s->count; i++) n += s->cells[i].status == CELL_OK;
    return n;
}
