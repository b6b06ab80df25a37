#include "bench/registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_MAX = 1024 };

static bench_entry entries[ROWS_MAX];
static bench_case cases[ROWS_MAX];
static size_t entry_count, case_count;

static _Noreturn void mistake(const bench_row *row, const char *what) {
    fprintf(stderr, "bench: row %s %s: %s\n", row->name, row->variant, what);
    abort();
}

void bench_register(const bench_row *row, bool chosen) {
    if (entry_count == ROWS_MAX) mistake(row, "too many rows");
    entries[entry_count++] = (bench_entry){row, chosen};
}

/* Place within a case. Rows of one place keep the order in which they were linked. */
static int place(const bench_entry *e) {
    unsigned f = e->row->flags;
    if (f & BENCH_REFERENCE) return 4;
    if (f & BENCH_PEER) return 3;
    if (f & BENCH_CONTROL) return 2;
    return e->chosen ? 0 : 1;
}

static int by_case(const bench_entry *a, const bench_entry *b) {
    int c = strcmp(a->row->name, b->row->name);
    return c ? c : place(a) - place(b);
}

static void sort_entries(void) { /* insertion keeps equal ones in order, which qsort does not promise */
    for (size_t i = 1; i < entry_count; i++) {
        bench_entry e = entries[i];
        size_t j = i;
        for (; j > 0 && by_case(&entries[j - 1], &e) > 0; j--) entries[j] = entries[j - 1];
        entries[j] = e;
    }
}

static bool same_axes(const bench_axis *a, const bench_axis *b) {
    for (; a->name && b->name; a++, b++)
        if (strcmp(a->name, b->name) || strcmp(a->full, b->full) || strcmp(a->quick, b->quick)) return false;
    return a->name == b->name;
}

static void add_to_case(bench_case *c, const bench_row *row) {
    for (size_t i = 0; i < c->count; i++)
        if (!strcmp(c->entries[i].row->variant, row->variant)) mistake(row, "registered twice");
    if (row->axes) {
        if (c->axes && !same_axes(c->axes, row->axes)) mistake(row, "has other axes than the rows before it");
        c->axes = row->axes;
    }
    if (row->unit) c->unit = row->unit;
    c->waits |= (row->flags & BENCH_WAITS) != 0;
    c->higher_is_better |= row->higher_is_better;
    c->count++;
}

static void build_cases(void) {
    static const bench_axis none = {NULL, NULL, NULL};
    sort_entries();
    for (size_t i = 0; i < entry_count; i++) {
        const bench_row *row = entries[i].row;
        if (case_count == 0 || strcmp(cases[case_count - 1].name, row->name))
            cases[case_count++] = (bench_case){.name = row->name, .entries = &entries[i]};
        add_to_case(&cases[case_count - 1], row);
    }
    for (size_t i = 0; i < case_count; i++) {
        if (!cases[i].axes) cases[i].axes = &none;
        if (!cases[i].unit) cases[i].unit = "";
    }
}

const bench_case *registry_cases(size_t *count) {
    if (case_count == 0) build_cases();
    *count = case_count;
    return cases;
}
