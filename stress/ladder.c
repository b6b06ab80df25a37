#include "stress/ladder.h"

#include <stdlib.h>
#include <string.h>

#include "prims/kinds.h"
#include "stress/text.h"

const char *const rung_words[] = {"-", "none", "not run", "in part", "pass", "convicted", "inconclusive", "VIOLATION"};

/* ---- places ---- */

static bool of_place(const place *p, const check *c) {
    return !strcmp(c->kind, p->kind) && (!strcmp(c->variant, p->variant) || !strcmp(c->variant, "-"));
}

bool ladder_has(const place *p, int rung, const trial *t) { return t->check->rung == rung && of_place(p, t->check); }

static void add_place(ladder *l, const char *kind, const char *variant) {
    place p = {.kind = kind,
               .variant = variant,
               .traits = catalog_traits(kind, variant),
               .control = catalog_is_control(kind, variant)};
    bool selected = false;
    for (size_t i = 0; i < l->place_count; i++)
        if (!strcmp(l->places[i].kind, kind) && !strcmp(l->places[i].variant, variant)) return;
    for (size_t i = 0; i < l->count && !selected; i++) selected = of_place(&p, l->trials[i].check);
    if (!selected) return;
    l->places = grow(l->places, l->place_count + 1, sizeof p);
    l->places[l->place_count++] = p;
}

/* Kinds in the order of the matrix and variants as their definitions have them; then what is known to checks alone. */
static void find_places(ladder *l) {
    for (size_t i = 0; i < matrix_kind_count; i++) {
        const weir_kind_info *k = catalog_kind(matrix_kinds[i].stands_on);
        for (size_t v = 0; k && v < k->count; v++) add_place(l, matrix_kinds[i].name, k->variants[v].name);
    }
    for (size_t i = 0; i < l->count; i++) {
        const check *c = l->trials[i].check;
        bool known = false;
        for (size_t p = 0; p < l->place_count && !known; p++) known = of_place(&l->places[p], c);
        if (!known) add_place(l, c->kind, c->variant);
    }
}

/* ---- judging ---- */

static rung_state state_of(const place *p, const trial *t) {
    if (!t->outcome.over) return RUNG_NOT_RUN;
    if (t->outcome.verdict == STRESS_PASS) return RUNG_PASS;
    if (t->outcome.verdict == STRESS_INCONCLUSIVE) return RUNG_INCONCLUSIVE;
    return p->control ? RUNG_CONVICTED : RUNG_VIOLATION;
}

/* Whether every check of the place that there is, and of this rung unless rung is -1, has run. */
static bool all_ran(const ladder *l, const place *p, int rung) {
    for (size_t i = 0; i < l->catalog->count; i++) {
        const check *c = &l->catalog->checks[i];
        bool ran = !of_place(p, c) || (rung >= 0 && c->rung != rung);
        for (size_t t = 0; t < l->count && !ran; t++) ran = l->trials[t].check == c && l->trials[t].outcome.over;
        if (!ran) return false;
    }
    return true;
}

static bool has_rung(const ladder *l, const place *p, int rung) {
    for (size_t i = 0; i < l->catalog->count; i++)
        if (l->catalog->checks[i].rung == rung && of_place(p, &l->catalog->checks[i])) return true;
    return false;
}

/* The worst of its checks. */
static rung_state judge_rung(const ladder *l, const place *p, int rung) {
    rung_state worst = RUNG_NOT_RUN;
    if (!has_rung(l, p, rung))
        return matrix_asks(matrix_kind_find(p->kind), p->traits, rung) ? RUNG_NONE : RUNG_NOT_ASKED;
    for (size_t i = 0; i < l->count; i++) {
        if (!ladder_has(p, rung, &l->trials[i])) continue;
        rung_state s = state_of(p, &l->trials[i]);
        if (s > worst) worst = s;
    }
    return worst == RUNG_PASS && !all_ran(l, p, rung) ? RUNG_PARTLY : worst;
}

static void note(char **list, const char *before, const char *word) {
    text_add(list, "%s%s%s", *list ? ", " : "", before, word);
}

static void judge_place(const ladder *l, place *p) {
    rung_state worst = RUNG_PASS;
    bool convicted = false;
    for (int r = 0; r < RUNGS; r++) {
        rung_state s = p->rungs[r] = judge_rung(l, p, r);
        if (s == RUNG_PASS) text_add(&p->passed, "%s%s", p->passed ? " " : "", matrix_rungs[r].name);
        if (s == RUNG_NONE) note(&p->missing, "no ", matrix_rungs[r].name);
        if (s == RUNG_NOT_RUN) note(&p->missing, matrix_rungs[r].name, " not run");
        if (s == RUNG_PARTLY) note(&p->missing, matrix_rungs[r].name, " in part");
        if (s == RUNG_INCONCLUSIVE) note(&p->missing, matrix_rungs[r].name, " inconclusive");
        convicted |= s == RUNG_CONVICTED;
        if (s >= RUNG_INCONCLUSIVE && s > worst) worst = s;
    }
    p->verdict = convicted ? RUNG_CONVICTED : worst == RUNG_PASS && p->missing ? RUNG_NONE : worst;
}

/* A control that passed all that could have convicted it. */
static bool escaped(const ladder *l, const place *p) {
    return p->control && p->verdict != RUNG_CONVICTED && all_ran(l, p, -1);
}

void ladder_judge(ladder *l) {
    find_places(l);
    for (size_t i = 0; i < l->place_count; i++) {
        place *p = &l->places[i];
        judge_place(l, p);
        if (!escaped(l, p)) continue;
        p->verdict = RUNG_VIOLATION;
        l->control_escaped = true;
    }
    for (size_t i = 0; i < l->count; i++) {
        const trial *t = &l->trials[i];
        if (t->outcome.over && !catalog_is_control(t->check->kind, t->check->variant)) l->tally[t->outcome.verdict]++;
    }
}

int ladder_status(const ladder *l) {
    if (l->tally[STRESS_VIOLATION] || l->control_escaped) return EXIT_VIOLATION;
    return l->tally[STRESS_INCONCLUSIVE] ? EXIT_INCONCLUSIVE : 0;
}
