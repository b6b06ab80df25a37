#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "stress/machine.h"
#include "stress/report.h"
#include "stress/text.h"

void report_head(FILE *to, const char *command, const options *o) {
    fprintf(to, "seed %" PRIu64 "\n%s, %s\n%s\n%s\n", o->seed, command, machine_date(), machine_build(),
            machine_host());
    for (const char *const *line = machine_limits(); *line; line++) fprintf(to, "%s\n", *line);
    fputc('\n', to);
    fflush(to);
}

/* ---- how hard ---- */

typedef struct tally {
    const char *what;
    uint64_t n;
} tally;

static void add(tally *sums, unsigned *used, const char *what, uint64_t n) {
    unsigned i = 0;
    while (i < *used && strcmp(sums[i].what, what)) i++;
    if (i == OUTCOME_COUNTS) return;
    if (i == *used) sums[(*used)++] = (tally){what, 0};
    sums[i].n += n;
}

char *report_work(const trial *trials, size_t count, report_takes *takes, const void *context) {
    tally sums[OUTCOME_COUNTS];
    unsigned used = 0;
    char *text = text_make("%s", "");
    for (size_t i = 0; i < count; i++) {
        const outcome *o = &trials[i].outcome;
        if (!o->over || !takes(context, &trials[i])) continue;
        for (unsigned j = 0; j < o->count; j++) add(sums, &used, o->counts[j].what, o->counts[j].n);
    }
    for (unsigned i = 0; i < used; i++) text_add(&text, "%s%s %s", i ? ", " : "", text_count(sums[i].n), sums[i].what);
    return text;
}

/* ---- one variant ---- */

typedef struct part { /* of a ladder: the checks of a place and rung */
    const place *place;
    int rung;
} part;

static bool in_part(const void *context, const trial *t) {
    const part *p = context;
    return ladder_has(p->place, p->rung, t);
}

static void print_rung(FILE *to, const ladder *l, const place *p, int rung) {
    part this = {p, rung};
    unsigned checks = 0;
    double seconds = 0;
    for (size_t i = 0; i < l->count; i++) {
        const trial *t = &l->trials[i];
        if (!t->outcome.over || !in_part(&this, t)) continue;
        checks++;
        seconds += t->outcome.seconds;
    }
    if (p->rungs[rung] == RUNG_NOT_ASKED) return;
    fprintf(to, "  %-9s %s", matrix_rungs[rung].name, rung_words[p->rungs[rung]]);
    if (checks) {
        char *work = report_work(l->trials, l->count, in_part, &this);
        fprintf(to, "%*s%7.1f s  %u check%s: %s", 12 - (int)strlen(rung_words[p->rungs[rung]]), "", seconds, checks,
                checks > 1 ? "s" : "", *work ? work : "nothing counted");
        free(work);
    }
    fputc('\n', to);
}

/* What was tested, in words; a rung that is there and was not run claims nothing. */
static void print_claims(FILE *to, const ladder *l, const place *p) {
    for (size_t i = 0; i < l->count; i++) {
        const check *c = l->trials[i].check;
        if (!ladder_has(p, c->rung, &l->trials[i])) continue;
        char *name = text_make("%s.%s", matrix_rungs[c->rung].name, c->name);
        fprintf(to, "  %-26s %s\n", name, c->claim);
        free(name);
    }
}

static void print_verdict(FILE *to, const place *p) {
    const char *passed = p->passed ? p->passed : "nothing";
    if (p->control && p->verdict == RUNG_VIOLATION) fprintf(to, "VIOLATION: a negative control that nothing convicts");
    else if (p->control)
        fprintf(to, p->verdict == RUNG_CONVICTED ? "convicted (negative control)"
                                                 : "negative control, not convicted by what ran");
    else if (p->verdict == RUNG_VIOLATION) fprintf(to, "VIOLATION");
    else if (p->missing) fprintf(to, "provisional: %s", p->missing);
    else fprintf(to, "verified: %s", passed);
    fputc('\n', to);
}

static void print_place(FILE *to, const ladder *l, const place *p) {
    fprintf(to, "%s.%s  %s\n", p->kind, p->variant, p->traits);
    print_claims(to, l, p);
    for (int r = 0; r < RUNGS; r++) print_rung(to, l, p, r);
    fputs("  ", to);
    print_verdict(to, p);
    fputc('\n', to);
}

/* ---- what there is to read ---- */

static void print_says(FILE *to, const outcome *o) {
    for (unsigned i = 0; i < o->said; i++) fprintf(to, "  | %s\n", o->says[i]);
    if (o->unsaid) fprintf(to, "  | ... and %u lines more\n", o->unsaid);
}

void report_failure(FILE *to, const check *c, const outcome *o) {
    const char *word = "inconclusive", *why = "why";
    if (o->verdict == STRESS_VIOLATION)
        word = catalog_is_control(c->kind, c->variant) ? "convicted" : "VIOLATION", why = "broken";
    fprintf(to, "%s %s\n  claim: %s\n  %s: %s\n", word, c->id, c->claim, why, o->law ? o->law : "a budget ended first");
    if (o->more) fprintf(to, "  and %s more after this one\n", text_count(o->more));
    print_says(to, o);
    if (o->replay) fprintf(to, "  replay: stress replay %s\n", o->replay);
    fputc('\n', to);
}

static void print_details(FILE *to, const ladder *l) {
    for (size_t i = 0; i < l->count; i++) {
        const trial *t = &l->trials[i];
        if (t->outcome.over && t->outcome.verdict == STRESS_PASS && t->outcome.said) {
            fprintf(to, "%s\n", t->check->id);
            print_says(to, &t->outcome);
            fputc('\n', to);
        }
    }
    for (size_t i = 0; i < l->count; i++) {
        const trial *t = &l->trials[i];
        if (t->outcome.over && t->outcome.verdict != STRESS_PASS) report_failure(to, t->check, &t->outcome);
    }
}

/* ---- the summary ---- */

static void print_states(FILE *to, const ladder *l) {
    fprintf(to, "%-16s", "");
    for (int r = 0; r < RUNGS; r++) fprintf(to, " %12s", matrix_rungs[r].name);
    fputc('\n', to);
    for (size_t i = 0; i < l->place_count; i++) {
        const place *p = &l->places[i];
        char *name = text_make("%s.%s", p->kind, p->variant);
        fprintf(to, "%-16s", name);
        for (int r = 0; r < RUNGS; r++) fprintf(to, " %12s", rung_words[p->rungs[r]]);
        fputc('\n', to);
        free(name);
    }
    fputc('\n', to);
}

static void print_verdicts(FILE *to, const ladder *l) {
    for (size_t i = 0; i < l->place_count; i++) {
        char *name = text_make("%s.%s", l->places[i].kind, l->places[i].variant);
        fprintf(to, "%-16s ", name);
        print_verdict(to, &l->places[i]);
        free(name);
    }
}

void report_text(FILE *to, const ladder *l) {
    for (size_t i = 0; i < l->place_count; i++) print_place(to, l, &l->places[i]);
    print_details(to, l);
    print_states(to, l);
    print_verdicts(to, l);
    if (l->catalog->absent) fprintf(to, "\nnot built, so their rungs are missing: %s\n", l->catalog->absent);
    fprintf(to, "\n%s%zu checks in %.0f s: %zu pass, %zu violations, %zu inconclusive; seed %" PRIu64 "\n",
            l->interrupted ? "interrupted, so this is not all; " : "", l->tally[0] + l->tally[1] + l->tally[2],
            l->seconds, l->tally[STRESS_PASS], l->tally[STRESS_VIOLATION], l->tally[STRESS_INCONCLUSIVE],
            l->options->seed);
}
