#include <stdlib.h>
#include <string.h>

#include "stress/matrix.h"
#include "stress/report.h"
#include "stress/selftest.h"
#include "stress/text.h"

static bool takes_all(const void *context, const trial *t) { return (void)context, (void)t, true; }

/* The first of a bug's rungs is the one that its author expects to find it. */
static bool is_expected(const suspect *s) {
    const char *rungs = s->bug->rungs;
    char first[32];
    return !text_next_word(&rungs, " ", first, sizeof first) || !strcmp(first, matrix_rungs[s->by->check->rung].name);
}

static void print_conviction(FILE *to, const suspect *s) {
    char *work = report_work(s->by, 1, takes_all, NULL);
    const check *c = s->by->check;
    fprintf(to, "%s: convicted by %s.%s after %s%s%.2f s", s->bug->name, matrix_rungs[c->rung].name, c->name, work,
            *work ? ", " : "", s->by->outcome.seconds);
    if (s->runs > 1) fprintf(to, " (%u runs, %.1f s in all)", s->runs, s->seconds);
    if (!is_expected(s)) fprintf(to, " (expected: %.*s)", (int)strcspn(s->bug->rungs, " "), s->bug->rungs);
    fprintf(to, "\n    bug     %s.%s: %s\n    broken  %s\n", c->kind, c->variant, s->bug->text, s->by->outcome.law);
    fprintf(to, "    replay  stress replay %s\n", s->by->outcome.replay);
    free(work);
}

static void print_escape(FILE *to, const suspect *s) {
    fprintf(to, "ESCAPED %s (%s.%s), %u runs, %.1f s: %s\n", s->bug->name, s->bug->kinds, s->bug->variant, s->runs,
            s->seconds, s->bug->text);
    if (!s->bug->count)
        fprintf(to, "    no check looks for it: of its rungs (%s) nothing is built for this variant\n", s->bug->rungs);
    for (size_t i = 0; i < s->bug->count; i++) {
        const outcome *o = &s->trials[i].outcome;
        char *work = report_work(&s->trials[i], 1, takes_all, NULL);
        fprintf(to, "    %s: %s%s%s, at last %s in %.1f s\n", s->bug->checks[i].id,
                o->over ? outcome_words[o->verdict] : "not run", o->law ? ": " : "", o->law ? o->law : "",
                *work ? work : "nothing counted", o->seconds);
        free(work);
    }
}

void selftest_text(FILE *to, const suspect *suspects, size_t count, double seconds) {
    size_t escapes = selftest_escapes(suspects, count);
    for (size_t i = 0; i < count; i++)
        if (suspects[i].by) print_conviction(to, &suspects[i]);
    fputc('\n', to);
    for (size_t i = 0; i < count; i++)
        if (!suspects[i].by) print_escape(to, &suspects[i]);
    fprintf(to, "%s%zu seeded bugs in %.0f s: %zu convicted, %zu escaped\n", escapes ? "\n" : "", count, seconds,
            count - escapes, escapes);
}

void selftest_tap(const suspect *suspects, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const suspect *s = &suspects[i];
        if (s->by) printf("ok - %s: convicted by %s: %s\n", s->bug->name, s->by->check->id, s->by->outcome.law);
        else printf("not ok - %s: escaped\n", s->bug->name);
    }
}

json_t *selftest_json(const suspect *suspects, size_t count, const char *command, const options *o) {
    json_t *j = report_json_head(command, o), *bugs = json_array();
    for (size_t i = 0; i < count; i++) {
        const suspect *s = &suspects[i];
        json_t *b = json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:i, s:f}", "name", s->bug->name, "kinds", s->bug->kinds,
                              "variant", s->bug->variant, "bug", s->bug->text, "rungs", s->bug->rungs, "convicted",
                              s->by != NULL, "runs", (int)s->runs, "spent", s->seconds);
        if (s->by) json_object_set_new(b, "by", report_json_outcome(s->by->check, &s->by->outcome));
        json_array_append_new(bugs, b);
    }
    json_object_set_new(j, "bugs", bugs);
    json_object_set_new(j, "escaped", json_integer((json_int_t)selftest_escapes(suspects, count)));
    if (json_object_size(j) < 10) abort(); /* out of memory somewhere above */
    return j;
}
