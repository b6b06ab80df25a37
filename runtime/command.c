#include "runtime/command_p.h"

#include <stdlib.h>
#include <string.h>

static const weir_command *const core[] = {weir_kv_commands,   weir_expr_commands, weir_event_commands,
                                           weir_subs_commands, weir_util_commands, weir_task_commands};
enum { CORES = sizeof core / sizeof *core };

static const char *const variables[] = {"result",    "key",       "data",      "channel",   "topic",     "CHANNEL_A",
                                        "CHANNEL_B", "CHANNEL_C", "CHANNEL_D", "CHANNEL_E", "CHANNEL_F", "CHANNEL_X"};
enum { VARIABLES = sizeof variables / sizeof *variables };

/* Which types of forms need no look at their value, and none at the rest of what a letter asks for. */
static uint16_t plain(char letter) {
    enum {
        STRING = 1 << WEIR_SLP_STRING,
        SYMBOL = 1 << WEIR_SLP_SYMBOL,
        BODY = 1 << WEIR_SLP_BODY,
        INTEGER = 1 << WEIR_SLP_INTEGER
    };
    switch (letter) {
    case 'f': return UINT16_MAX;
    case 'v': return STRING | SYMBOL | BODY | INTEGER | 1 << WEIR_SLP_REAL;
    case 'k': return SYMBOL;
    case 'p': return STRING | SYMBOL;
    case 's': return STRING;
    case 'b': return BODY;
    case 'i': return INTEGER;
    default: return 0;
    }
}

/* Reads `takes` once. */
static bool word_init(weir_word *w, const weir_command *c) {
    *w = (weir_word){.command = *c};
    bool optional = false;
    for (const char *p = c->takes; *p; p++) {
        if (*p == '+' && w->most > 0 && !p[1]) {
            memset(w->letter + w->most, w->letter[w->most - 1], sizeof w->letter - w->most);
            w->most = UINT32_MAX;
        } else if (*p == '?' && !optional) {
            optional = true;
        } else if (strchr("kvbfspinctx", *p) && w->most < WEIR_ARGUMENTS_MAX) {
            w->letter[w->most++] = *p;
            w->least += !optional;
        } else {
            return false;
        }
    }
    for (size_t i = 0; i < sizeof w->letter; i++) w->plain[i] = plain(w->letter[i]);
    return true;
}

static bool words_init(weir_vocabulary *v, const weir_command *c, uint32_t count, const char **bad) {
    for (uint32_t i = 0; i < count; i++) {
        *bad = c[i].name;
        if (!c[i].name || !c[i].takes || !c[i].call || !word_init(&v->word[v->words], &c[i])) return false;
        v->words++;
    }
    *bad = NULL;
    return true;
}

/* Command and variable may have one name: variables are told apart by their $ before they are looked up, and stand second. */
static bool names_init(weir_vocabulary *v, const char **bad) {
    const char **all = malloc((v->words + VARIABLES) * sizeof *all);
    if (!all) return false;
    for (uint32_t i = 0; i < v->words; i++) all[i] = v->word[i].command.name;
    memcpy(all + v->words, variables, sizeof variables);
    for (uint32_t i = 0; i < v->words && !*bad; i++)
        for (uint32_t k = 0; k < i; k++)
            if (!strcmp(all[i], all[k])) *bad = all[i];
    if (!*bad) v->names = weir_slp_names_new(all, v->words + VARIABLES);
    free(all);
    return v->names != NULL;
}

static uint32_t length(const weir_command *c) {
    uint32_t n = 0;
    while (c[n].name) n++;
    return n;
}

bool weir_vocabulary_init(weir_vocabulary *v, const weir_command *more, uint32_t count, const char **bad) {
    const char *ignored;
    uint32_t room = count;
    if (!bad) bad = &ignored;
    *bad = NULL;
    *v = (weir_vocabulary){0};
    for (size_t i = 0; i < CORES; i++) room += length(core[i]);
    if (!(v->word = calloc(room, sizeof *v->word))) return false;
    bool good = true;
    for (size_t i = 0; i < CORES && good; i++) good = words_init(v, core[i], length(core[i]), bad);
    v->core = v->words;
    if (good && words_init(v, more, count, bad) && names_init(v, bad)) return true;
    weir_vocabulary_free(v);
    return false;
}

void weir_vocabulary_free(weir_vocabulary *v) {
    weir_slp_names_free(v->names);
    free(v->word);
    *v = (weir_vocabulary){0};
}
