#include "stress/select.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "stress/matrix.h"
#include "stress/text.h"

/* ---- saying what there is ---- */

static void add_once(char **list, const char *word) {
    if (!*list || !text_has_word(*list, " ", word)) text_add(list, "%s%s", *list ? " " : "", word);
}

static int no_such_variant(const catalog *c, const char *word) {
    char *list = NULL;
    for (size_t i = 0; i < c->count; i++) {
        char *name = text_make("%s.%s", c->checks[i].kind, c->checks[i].variant);
        if (strcmp(c->checks[i].variant, "-")) add_once(&list, name);
        free(name);
    }
    stress_refuse("--variant '%s': no variant with checks has this name; there are: %s", word, list ? list : "none");
    free(list);
    return EXIT_USAGE;
}

static int no_such_rung(const char *word) {
    char *list = NULL;
    for (int i = 0; i < RUNGS; i++) add_once(&list, matrix_rungs[i].name);
    stress_refuse("--rung '%s': there is no such rung; there are: %s", word, list);
    free(list);
    return EXIT_USAGE;
}

static int nothing_matches(const catalog *c, const options *o) {
    char *list = NULL;
    for (size_t i = 0; i < c->count; i++) {
        char *name =
            text_make("%s.%s.%s", matrix_rungs[c->checks[i].rung].name, c->checks[i].kind, c->checks[i].variant);
        add_once(&list, name);
        free(name);
    }
    stress_refuse("no check matches%s%s%s%s%s%s; there are: %s", o->filter ? " --filter " : "",
                  o->filter ? o->filter : "", o->rungs ? " --rung " : "", o->rungs ? o->rungs : "",
                  o->variants ? " --variant " : "", o->variants ? o->variants : "", list ? list : "none");
    free(list);
    return EXIT_USAGE;
}

/* ---- choosing ---- */

static int compile(const options *o, regex_t *filter) {
    char why[160];
    int bad = regcomp(filter, o->filter ? o->filter : "", REG_EXTENDED | REG_NOSUB);
    if (!bad) return 0;
    regerror(bad, filter, why, sizeof why);
    return stress_refuse("--filter '%s' is not a regular expression: %s", o->filter, why);
}

static bool is_variant(const check *k, const char *word) {
    size_t n = strlen(k->kind);
    return !strcmp(word, k->variant) ||
           (!strncmp(word, k->kind, n) && word[n] == '.' && !strcmp(word + n + 1, k->variant));
}

/* A check of all variants goes with those of its kind. */
static bool in_variants(const char *list, const check *k) {
    char word[64];
    if (!list) return true;
    while (text_next_word(&list, ",", word, sizeof word))
        if (is_variant(k, word)) return true;
    return false;
}

static int check_words(const options *o, const catalog *c) {
    char word[64];
    for (const char *l = o->rungs; l && text_next_word(&l, ",", word, sizeof word);)
        if (matrix_rung_index(word) < 0) return no_such_rung(word);
    for (const char *l = o->variants; l && text_next_word(&l, ",", word, sizeof word);) {
        size_t i = 0;
        while (i < c->count && !is_variant(&c->checks[i], word)) i++;
        if (i == c->count) return no_such_variant(c, word);
    }
    return 0;
}

int select_checks(const options *o, const catalog *c, trial **trials, size_t *count) {
    regex_t filter;
    if (check_words(o, c) || compile(o, &filter)) return EXIT_USAGE;
    *trials = grow(NULL, c->count, sizeof **trials);
    *count = 0;
    for (size_t i = 0; i < c->count; i++) {
        const check *k = &c->checks[i];
        if (o->rungs && !text_has_word(o->rungs, ",", matrix_rungs[k->rung].name)) continue;
        if (!in_variants(o->variants, k) || regexec(&filter, k->id, 0, NULL, 0)) continue;
        (*trials)[(*count)++] = (trial){.check = k};
    }
    regfree(&filter);
    return *count ? 0 : nothing_matches(c, o);
}

int select_bugs(const options *o, const catalog *c, const bug ***bugs, size_t *count) {
    regex_t filter;
    char *list = NULL;
    if (compile(o, &filter)) return EXIT_USAGE;
    *bugs = grow(NULL, c->bug_count + 1, sizeof **bugs);
    *count = 0;
    for (size_t i = 0; i < c->bug_count; i++) {
        if (!regexec(&filter, c->bugs[i].name, 0, NULL, 0)) (*bugs)[(*count)++] = &c->bugs[i];
        add_once(&list, c->bugs[i].name);
    }
    regfree(&filter);
    if (!*count)
        stress_refuse("no seeded bug matches '%s'; there are: %s", o->filter ? o->filter : "", list ? list : "none");
    free(list);
    return *count ? 0 : EXIT_USAGE;
}
