#include "stress/list.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "stress/matrix.h"

void list_text(const catalog *c) {
    const char *kind = "", *variant = "";
    puts("rungs");
    for (int r = 0; r < RUNGS; r++) printf("  %-9s %s\n", matrix_rungs[r].name, matrix_rungs[r].finds);
    for (size_t i = 0; i < c->count; i++) {
        const check *k = &c->checks[i];
        if (strcmp(kind, k->kind) || strcmp(variant, k->variant))
            printf("\n%s.%s  %s\n", k->kind, k->variant, catalog_traits(k->kind, k->variant));
        kind = k->kind;
        variant = k->variant;
        printf("  %-44s %s\n", k->id, k->claim);
    }
    puts("\nseeded bugs, and variants that are wrong by contract");
    for (size_t i = 0; i < c->bug_count; i++) {
        const bug *b = &c->bugs[i];
        printf("  %-28s %s.%s, %s (%zu checks): %s\n", b->name, b->kinds, b->variant, b->rungs, b->count, b->text);
    }
    if (c->absent) printf("\nnot built: %s\n", c->absent);
}

static json_t *rungs(void) {
    json_t *list = json_array();
    for (int r = 0; r < RUNGS; r++)
        json_array_append_new(list,
                              json_pack("{s:s, s:s}", "rung", matrix_rungs[r].name, "finds", matrix_rungs[r].finds));
    return list;
}

static json_t *kinds(void) {
    json_t *list = json_array();
    for (size_t i = 0; i < matrix_kind_count; i++)
        json_array_append_new(list,
                              json_pack("{s:s, s:s}", "kind", matrix_kinds[i].name, "rungs", matrix_kinds[i].rungs));
    return list;
}

static json_t *checks(const check *k, size_t count) {
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "id", k[i].id, "rung",
                                              matrix_rungs[k[i].rung].name, "kind", k[i].kind, "variant", k[i].variant,
                                              "traits", catalog_traits(k[i].kind, k[i].variant), "claim", k[i].claim));
    return list;
}

static json_t *bugs(const catalog *c) {
    json_t *list = json_array();
    for (size_t i = 0; i < c->bug_count; i++) {
        const bug *b = &c->bugs[i];
        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:s, s:s, s:s, s:I}", "name", b->name, "kinds", b->kinds, "variant",
                                        b->variant, "rungs", b->rungs, "bug", b->text, "checks", (json_int_t)b->count));
    }
    return list;
}

void list_json(const catalog *c) {
    json_t *whole = json_pack("{s:i, s:o, s:o, s:o, s:o}", "schema", 1, "rungs", rungs(), "kinds", kinds(), "checks",
                              checks(c->checks, c->count), "bugs", bugs(c));
    json_dumpf(whole, stdout, JSON_INDENT(1));
    putchar('\n');
    json_decref(whole);
}
