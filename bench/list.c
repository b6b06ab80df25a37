#include "bench/list.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/options.h"
#include "bench/registry.h"

static const struct {
    unsigned flag;
    const char *name;
} flags[] = {{BENCH_PEER, "peer"},       {BENCH_WEAKER, "weaker"},           {BENCH_REFERENCE, "reference"},
             {BENCH_CONTROL, "control"}, {BENCH_PROVISIONAL, "provisional"}, {BENCH_WAITS, "waits"}};
enum { FLAGS = sizeof flags / sizeof *flags };

static void print_row(const bench_entry *e) {
    printf("  %-24s", e->row->variant);
    if (e->chosen) printf(" default");
    for (int i = 0; i < FLAGS; i++)
        if (e->row->flags & flags[i].flag) printf(" %s", flags[i].name);
    if (row_is_absent(e->row)) printf(" absent");
    if (e->row->note) printf("   (%s)", e->row->note);
    putchar('\n');
}

static void print_case(const bench_case *c) {
    printf("%s   %s, %s is better\n", c->name, c->unit, c->higher_is_better ? "higher" : "lower");
    for (const bench_axis *a = c->axes; a->name; a++)
        printf("  --%s %s%s%s\n", a->name, a->full, strcmp(a->full, a->quick) ? "   quick: " : "",
               strcmp(a->full, a->quick) ? a->quick : "");
    for (size_t i = 0; i < c->count; i++) print_row(&c->entries[i]);
    putchar('\n');
}

static json_t *row_object(const bench_entry *e) {
    json_t *o =
        json_pack("{s:s, s:b, s:b}", "variant", e->row->variant, "default", e->chosen, "absent", row_is_absent(e->row));
    for (int i = 0; i < FLAGS; i++) json_object_set_new(o, flags[i].name, json_boolean(e->row->flags & flags[i].flag));
    if (e->row->note) json_object_set_new(o, "note", json_string(e->row->note));
    return o;
}

static json_t *case_object(const bench_case *c) {
    json_t *axes = json_array(), *rows = json_array();
    for (const bench_axis *a = c->axes; a->name; a++)
        json_array_append_new(axes, json_pack("{s:s, s:s, s:s}", "name", a->name, "full", a->full, "quick", a->quick));
    for (size_t i = 0; i < c->count; i++) json_array_append_new(rows, row_object(&c->entries[i]));
    return json_pack("{s:s, s:s, s:s, s:o, s:o}", "case", c->name, "unit", c->unit, "better",
                     c->higher_is_better ? "higher" : "lower", "axes", axes, "rows", rows);
}

static void print_json(const bench_case *cases, size_t count) {
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) json_array_append_new(list, case_object(&cases[i]));
    json_t *whole = json_pack("{s:i, s:o}", "schema", 1, "cases", list);
    json_dumpf(whole, stdout, JSON_INDENT(1));
    putchar('\n');
    json_decref(whole);
}

int bench_list_main(int argc, char **argv) {
    size_t count;
    const bench_case *cases = registry_cases(&count);
    bool json = argc == 2 && !strcmp(argv[1], "--json");
    if (argc > 1 && !json) return bench_refuse("list: unknown argument '%s'; only --json is possible", argv[1]);
    if (json) print_json(cases, count);
    for (size_t i = 0; i < count && !json; i++) print_case(&cases[i]);
    return 0;
}
