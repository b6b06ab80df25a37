#include "stress/catalog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kv/kv.h" /* config.h */
#include "prims/kinds.h"
#include "prims/variant.h"
#include "sched/sched.h" /* config.h */
#include "stress/child.h"
#include "stress/matrix.h"
#include "stress/text.h"

static const char *const programs[] = {"stress-native", "stress-jitter", "stress-model"};
static const char *const modes[] = {"native", "jitter", "model"};
enum { PROGRAMS = sizeof programs / sizeof *programs };

static char folder[4096]; /* where this program lies, and with it the others */

static bool find_folder(void) {
    ssize_t n = readlink("/proc/self/exe", folder, sizeof folder - 1);
    char *end = n > 0 ? memrchr(folder, '/', (size_t)n) : NULL;
    if (end) *end = '\0';
    return end != NULL;
}

/* Of kv and sched, as CMake has written them: an array a kind, then `all`. Of prims there is a public one. */
#define WEIR_VARIANT(kind, name, traits, source, summary) {#name, traits, source, summary},
#define all of_kv
#include "kv_kinds.inc"
#undef all
#define all of_sched
#include "sched_kinds.inc"
#undef all

const weir_kind_info *catalog_kind(const char *name) {
    for (size_t i = 0; i < sizeof of_kv / sizeof *of_kv; i++)
        if (!strcmp(of_kv[i].name, name)) return &of_kv[i];
    for (size_t i = 0; i < sizeof of_sched / sizeof *of_sched; i++)
        if (!strcmp(of_sched[i].name, name)) return &of_sched[i];
    return weir_kind_find(name);
}

const char *catalog_traits(const char *kind, const char *variant) {
    const matrix_kind *row = matrix_kind_find(kind);
    const weir_kind_info *k = catalog_kind(row ? row->stands_on : kind);
    const weir_variant_info *v = k ? weir_variant_find(k, variant) : NULL;
    return v ? v->traits : "";
}

bool catalog_is_control(const char *kind, const char *variant) {
    return text_has_word(catalog_traits(kind, variant), " ", "contract=broken");
}

/* ---- checks ---- */

static check *append(check **list, size_t *count) {
    *list = grow(*list, *count + 1, sizeof **list);
    return memset(&(*list)[(*count)++], 0, sizeof **list);
}

/* "rung.kind.variant.name" in parts; false when it has not four, or a rung that the ladder lacks. */
static bool split(check *c, const char *id) {
    char *text = text_make("%s", id), *part[4] = {text};
    for (int i = 1; i < 4; i++) {
        part[i] = strchr(part[i - 1], '.');
        if (!part[i]) {
            free(text);
            return false;
        }
        *part[i]++ = '\0';
    }
    c->rung = matrix_rung_index(part[0]);
    c->kind = text_keep("%s", part[1]);
    c->variant = text_keep("%s", part[2]);
    c->name = text_keep("%s", part[3]);
    free(text);
    return c->rung >= 0;
}

/* Adds the checks that `program` lists: a line each, ID, tab, claim. */
static void add_program(check **list, size_t *count, const char *program, const char *prefix) {
    char *const args[] = {(char *)(uintptr_t)program, "list", NULL};
    char *text = child_output(args), *rest = text;
    for (char *line; (line = strsep(&rest, "\n"));) {
        char *claim = strchr(line, '\t');
        if (!claim) continue;
        *claim++ = '\0';
        check c = {.program = program, .prefix = prefix, .id = text_keep("%s", line), .claim = text_keep("%s", claim)};
        c.order = *count;
        if (split(&c, line)) *append(list, count) = c;
        else stress_refuse("%s lists '%s', which is no ID of this ladder: left out", program, line);
    }
    free(text);
}

static int by_place(const void *a, const void *b) {
    const check *x = a, *y = b;
    int d = strcmp(x->kind, y->kind);
    if (!d) d = strcmp(x->variant, y->variant);
    if (!d) d = x->rung - y->rung;
    return d ? d : (x->order > y->order) - (x->order < y->order);
}

static void add_programs(catalog *c) {
    for (int i = 0; i < PROGRAMS; i++) {
        char *path = text_keep("%s/%s", folder, programs[i]);
        if (!access(path, X_OK)) add_program(&c->checks, &c->count, path, "");
        else text_add(&c->absent, "%s%s", c->absent ? ", " : "", programs[i]);
    }
}

/* ---- lines of the files that the build leaves beside the programs ---- */

enum { COLUMNS = 5 };

/* Calls `take` with the first `columns` parts between tabs of each line that has so many. */
static void each_line(const char *file, int columns, void (*take)(catalog *, char **), catalog *c) {
    char *path = text_make("%s/%s", folder, file), *line = NULL;
    FILE *f = fopen(path, "r");
    size_t room = 0;
    while (f && getline(&line, &room, f) > 0) {
        char *part[COLUMNS], *rest = line;
        int n = 0;
        line[strcspn(line, "\n")] = '\0';
        while (n < columns && (part[n] = strsep(&rest, n < columns - 1 ? "\t" : ""))) n++;
        if (n == columns) take(c, part);
    }
    if (f) fclose(f);
    free(line);
    free(path);
}

/* unit.txt: kind, variant, name, path of the test program from this folder. */
static void take_unit(catalog *c, char **part) {
    char *path = text_keep("%s/%s", folder, part[3]);
    if (access(path, X_OK)) return; /* not built */
    *append(&c->checks, &c->count) = (check){.id = text_keep("unit.%s.%s.%s", part[0], part[1], part[2]),
                                             .kind = text_keep("%s", part[0]),
                                             .variant = text_keep("%s", part[1]),
                                             .name = text_keep("%s", part[2]),
                                             .claim = "the header's promises, one thread at a time",
                                             .rung = matrix_rung_index("unit"),
                                             .program = path,
                                             .prefix = ""};
}

/* ---- seeded bugs ---- */

static bug *append_bug(catalog *c, bug b) {
    c->bugs = grow(c->bugs, c->bug_count + 1, sizeof *c->bugs);
    c->bugs[c->bug_count] = b;
    return &c->bugs[c->bug_count++];
}

/* Of `from`, those of the bug's kinds and variant, in the order of its rungs. */
static void choose(bug *b, const check *from, size_t count) {
    const char *rungs = b->rungs;
    char rung[32];
    while (text_next_word(&rungs, " ", rung, sizeof rung))
        for (size_t i = 0; i < count; i++)
            if (from[i].rung == matrix_rung_index(rung) && text_has_word(b->kinds, " ", from[i].kind) &&
                (!strcmp(from[i].variant, b->variant) || !strcmp(from[i].variant, "-")))
                *append(&b->checks, &b->count) = from[i];
}

/* broken.txt: name, kinds, variant, rungs, text. Programs broken/broken-<name>-<mode>. */
static void take_bug(catalog *c, char **part) {
    bug *b = append_bug(c, (bug){text_keep("%s", part[0]), text_keep("%s", part[1]), text_keep("%s", part[2]),
                                 text_keep("%s", part[3]), text_keep("%s", part[4]), NULL, 0});
    const char *prefix = text_keep("broken/%s/", b->name);
    check *found = NULL;
    size_t count = 0;
    for (int i = 0; i < PROGRAMS; i++) {
        char *path = text_keep("%s/broken/broken-%s-%s", folder, b->name, modes[i]);
        if (!access(path, X_OK)) add_program(&found, &count, path, prefix);
    }
    if (count) qsort(found, count, sizeof *found, by_place);
    choose(b, found, count);
    free(found);
}

static void add_controls(catalog *c) {
    size_t kinds;
    const weir_kind_info *k = weir_kinds(&kinds);
    for (size_t i = 0; i < kinds; i++)
        for (size_t v = 0; v < k[i].count; v++) {
            if (!catalog_is_control(k[i].name, k[i].variants[v].name)) continue;
            bug *b = append_bug(c, (bug){text_keep("%s.%s", k[i].name, k[i].variants[v].name), k[i].name,
                                         k[i].variants[v].name, "model lin laws", k[i].variants[v].summary, NULL, 0});
            choose(b, c->checks, c->count);
        }
}

/* ---- all of it ---- */

bool catalog_read(catalog *c) {
    *c = (catalog){0};
    if (!find_folder())
        return stress_refuse("cannot tell where this program lies: /proc/self/exe is not readable"), false;
    each_line("unit.txt", 4, take_unit, c);
    add_programs(c);
    if (!c->count)
        return stress_refuse("no program with checks lies in %s; build stress-native, stress-jitter, stress-model",
                             folder),
               false;
    qsort(c->checks, c->count, sizeof *c->checks, by_place);
    each_line("broken.txt", 5, take_bug, c);
    add_controls(c);
    return true;
}

static const check *find_in(const check *list, size_t count, const char *id) {
    for (size_t i = 0; i < count; i++)
        if (!strcmp(list[i].id, id)) return &list[i];
    return NULL;
}

const check *catalog_find(const catalog *c, const char *id) {
    for (size_t i = 0; i < c->bug_count; i++) {
        const bug *b = &c->bugs[i];
        size_t n = b->count ? strlen(b->checks[0].prefix) : 0;
        if (n && !strncmp(id, b->checks[0].prefix, n)) return find_in(b->checks, b->count, id + n);
    }
    return find_in(c->checks, c->count, id);
}
