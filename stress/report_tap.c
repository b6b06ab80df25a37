#include <stdlib.h>
#include <string.h>

#include "stress/report.h"
#include "stress/text.h"

static bool takes_all(const void *context, const trial *t) { return (void)context, (void)t, true; }

/* A failure in full, behind '#' so that no line of it counts. */
static void print_failure(const trial *t) {
    char *text = NULL, *line, *rest;
    size_t bytes;
    FILE *to = open_memstream(&text, &bytes);
    if (!to) abort();
    report_failure(to, t->check, &t->outcome);
    fclose(to);
    for (rest = text; (line = strsep(&rest, "\n"));)
        if (*line) printf("# %s\n", line);
    free(text);
}

static void print_trial(const trial *t) {
    const outcome *o = &t->outcome;
    char *work = report_work(t, 1, takes_all, NULL);
    if (!o->over) printf("not ok - %s: not run\n", t->check->id);
    else if (o->verdict == STRESS_PASS)
        printf("ok - %s: %s in %.1f s\n", t->check->id, *work ? work : "nothing counted", o->seconds);
    else {
        printf("not ok - %s: %s: %s\n", t->check->id, outcome_words[o->verdict],
               o->law ? o->law : "a budget ended first");
        print_failure(t);
    }
    free(work);
}

/* A control is one line, for what convicts it need not be all that looks at it. */
static void print_place(const ladder *l, const place *p) {
    const char *asked = l->options->rungs;
    for (int r = 0; r < RUNGS; r++)
        if (!p->control && p->rungs[r] == RUNG_NONE && (!asked || text_has_word(asked, ",", matrix_rungs[r].name)))
            printf("not ok - %s.%s.%s: there is none, and there must be one\n", matrix_rungs[r].name, p->kind,
                   p->variant);
    if (p->control && p->verdict == RUNG_CONVICTED)
        printf("ok - %s.%s: convicted (negative control)\n", p->kind, p->variant);
    if (p->control && p->verdict == RUNG_VIOLATION)
        printf("not ok - %s.%s: a negative control that nothing convicts\n", p->kind, p->variant);
}

void report_tap(const ladder *l) {
    for (size_t i = 0; i < l->count; i++)
        if (!catalog_is_control(l->trials[i].check->kind, l->trials[i].check->variant)) print_trial(&l->trials[i]);
    for (size_t i = 0; i < l->place_count; i++) print_place(l, &l->places[i]);
}
