#include "stress/lin/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "stress/lin/search.h"

static const char *const result_words[LIN_RESULTS] = {"?", "ok", "again", "timeout", "closed", "abort", "yes", "no"};

/* -- writing -- */

static void append(char text[LIN_TEXT], const char *format, ...) __attribute__((format(printf, 2, 3)));
static void append(char text[LIN_TEXT], const char *format, ...) {
    size_t n = strlen(text);
    va_list ap;
    va_start(ap, format);
    vsnprintf(text + n, LIN_TEXT - n, format, ap);
    va_end(ap);
}

static void call(const lin_spec *spec, const lin_op *op, char text[LIN_TEXT]) {
    const lin_word *w = &spec->words[op->kind];
    append(text, "%s", w->name);
    for (unsigned i = 0; i < w->args; i++) append(text, " %" PRIu64, i == 0 ? op->arg : op->more[i - 1]);
}

static void outcome(const lin_spec *spec, const lin_op *op, char text[LIN_TEXT]) {
    append(text, "-> %s", result_words[op->result]);
    if (spec->words[op->kind].gives && (op->result == LIN_OK || op->result == LIN_YES))
        append(text, " %" PRIu64, op->value);
}

void lin_describe(const lin_spec *spec, const lin_op *op, char text[LIN_TEXT]) {
    text[0] = 0;
    call(spec, op, text);
    append(text, " ");
    outcome(spec, op, text);
}

void lin_describe_spec(const lin_history *h, char text[LIN_TEXT]) {
    text[0] = 0;
    append(text, "%s", h->spec->name);
    for (unsigned i = 0; i < LIN_PARAMS && h->spec->param[i].name; i++) {
        const lin_param *p = &h->spec->param[i];
        if (p->words) append(text, " %s=%s", p->name, p->words[h->param[i]]);
        else append(text, " %s=%u", p->name, h->param[i]);
    }
}

bool lin_write(FILE *to, const lin_history *h) {
    char text[LIN_TEXT];
    lin_describe_spec(h, text);
    fprintf(to, "weir history 1\n%s\n# thread, invoked, returned, operation -> result\n", text);
    for (unsigned i = 0; i < h->count; i++) {
        const lin_op *op = &h->op[i];
        lin_describe(h->spec, op, text);
        fprintf(to, "%u %" PRIu64 " ", op->thread, op->invoked);
        if (op->returned == LIN_NEVER) fprintf(to, "- %s\n", text);
        else fprintf(to, "%" PRIu64 " %s\n", op->returned, text);
    }
    return fflush(to) == 0 && !ferror(to);
}

/* -- reading -- */

static bool mistake(lin_mistake *m, const char *format, ...) __attribute__((format(printf, 2, 3)));
static bool mistake(lin_mistake *m, const char *format, ...) {
    va_list ap;
    va_start(ap, format);
    vsnprintf(m->what, sizeof m->what, format, ap);
    va_end(ap);
    return false;
}

static bool number(const char *word, uint64_t *n) {
    char *end;
    if (!word || *word < '0' || *word > '9') return false;
    errno = 0;
    *n = strtoull(word, &end, 10);
    return errno == 0 && *end == 0;
}

/* The index of a word in a list that ends with NULL; its length when it is not there. */
static unsigned find(const char *const *words, const char *word) {
    unsigned i = 0;
    while (words[i] && strcmp(words[i], word) != 0) i++;
    return i;
}

static bool read_param(lin_history *h, unsigned i, const char *word, lin_mistake *m) {
    const lin_param *p = &h->spec->param[i];
    size_t n = strlen(p->name);
    uint64_t value;
    if (!word || strncmp(word, p->name, n) != 0 || word[n] != '=') return mistake(m, "expected %s=...", p->name);
    word += n + 1;
    if (p->words) {
        h->param[i] = find(p->words, word);
        return p->words[h->param[i]] || mistake(m, "%s cannot be '%.40s'", p->name, word);
    }
    if (!number(word, &value) || value > UINT32_MAX) return mistake(m, "%s is no number: '%.40s'", p->name, word);
    h->param[i] = (uint32_t)value;
    return true;
}

static bool read_spec(lin_history *h, char *line, lin_mistake *m) {
    char *rest, *word = strtok_r(line, " ", &rest);
    h->spec = lin_spec_named(word);
    if (!h->spec) return mistake(m, "no specification '%.40s'", word);
    for (unsigned i = 0; i < LIN_PARAMS && h->spec->param[i].name; i++)
        if (!read_param(h, i, strtok_r(NULL, " ", &rest), m)) return false;
    if ((word = strtok_r(NULL, " ", &rest))) return mistake(m, "'%.40s' is too much", word);
    const char *wrong = h->spec->wrong_params ? h->spec->wrong_params(h->param) : NULL;
    return !wrong || mistake(m, "%s", wrong);
}

static bool read_interval(lin_op *op, char **rest, lin_mistake *m) {
    if (!number(strtok_r(NULL, " ", rest), &op->invoked)) return mistake(m, "invoked: expected a number");
    const char *word = strtok_r(NULL, " ", rest);
    if (word && !strcmp(word, "-")) op->returned = LIN_NEVER;
    else if (!number(word, &op->returned)) return mistake(m, "returned: expected a number or -");
    return op->returned > op->invoked || mistake(m, "returned before it was invoked");
}

static bool read_call(const lin_spec *spec, lin_op *op, char **rest, lin_mistake *m) {
    const char *word = strtok_r(NULL, " ", rest);
    unsigned kind = 0;
    while (kind < spec->kinds && (!word || strcmp(spec->words[kind].name, word) != 0)) kind++;
    if (kind == spec->kinds) return mistake(m, "%s has no operation '%.40s'", spec->name, word ? word : "");
    op->kind = (uint8_t)kind;
    for (unsigned i = 0; i < spec->words[kind].args; i++)
        if (!number(strtok_r(NULL, " ", rest), i == 0 ? &op->arg : &op->more[i - 1]))
            return mistake(m, "%s needs %u numbers", spec->words[kind].name, spec->words[kind].args);
    return true;
}

static bool read_outcome(const lin_spec *spec, lin_op *op, char **rest, lin_mistake *m) {
    const lin_word *w = &spec->words[op->kind];
    const char *arrow = strtok_r(NULL, " ", rest), *word = strtok_r(NULL, " ", rest);
    if (!arrow || strcmp(arrow, "->") != 0 || !word) return mistake(m, "expected -> and a result");
    unsigned r = 0;
    while (r < LIN_RESULTS && strcmp(result_words[r], word) != 0) r++;
    bool fits = r == LIN_PENDING ? op->returned == LIN_NEVER : r < LIN_RESULTS && (w->results >> r & 1);
    if (!fits) return mistake(m, "%s cannot answer '%.40s'", w->name, word);
    op->result = (uint8_t)r;
    if (w->gives && (r == LIN_OK || r == LIN_YES) && !number(strtok_r(NULL, " ", rest), &op->value))
        return mistake(m, "expected a value");
    if ((word = strtok_r(NULL, " ", rest))) return mistake(m, "'%.40s' is too much", word);
    const char *wrong = spec->wrong_op ? spec->wrong_op(op) : NULL;
    return !wrong || mistake(m, "%s", wrong);
}

/* Does op follow the thread's last one, or belong to one batch with it? */
static bool in_order(const lin_history *h, const lin_op *op) {
    for (unsigned i = h->count; i-- > 0;) {
        const lin_op *last = &h->op[i];
        if (last->thread != op->thread) continue;
        return last->returned <= op->invoked || (last->returned == op->returned && last->invoked == op->invoked);
    }
    return true;
}

static bool read_op(lin_history *h, char *line, lin_mistake *m) {
    char *rest;
    uint64_t thread;
    lin_op op = {0};
    if (!number(strtok_r(line, " ", &rest), &thread) || thread >= LIN_THREADS)
        return mistake(m, "thread: expected a number below %u", LIN_THREADS);
    op.thread = (uint8_t)thread;
    if (!read_interval(&op, &rest, m) || !read_call(h->spec, &op, &rest, m) || !read_outcome(h->spec, &op, &rest, m))
        return false;
    if (!in_order(h, &op)) return mistake(m, "it begins before the thread's last operation has ended");
    if (h->count == LIN_HISTORY) return mistake(m, "more than %u operations", LIN_HISTORY);
    h->op[h->count++] = op;
    return true;
}

static bool read_lines(FILE *from, lin_history *h, lin_mistake *m) {
    char line[512];
    *h = (lin_history){0};
    *m = (lin_mistake){0};
    bool titled = false;
    while (fgets(line, sizeof line, from)) {
        m->line++;
        size_t n = strcspn(line, "\n");
        if (line[n] == 0 && n == sizeof line - 1) return mistake(m, "the line is too long");
        line[n] = 0;
        if (line[strspn(line, " ")] == 0 || line[0] == '#') continue;
        if (!titled && strcmp(line, "weir history 1") != 0) return mistake(m, "expected 'weir history 1'");
        if (titled && !(h->spec ? read_op(h, line, m) : read_spec(h, line, m))) return false;
        titled = true;
    }
    m->line = 0;
    if (ferror(from)) return mistake(m, "%s", strerror(errno));
    if (!titled || !h->spec) return mistake(m, "no history in it");
    return true;
}

bool lin_read(FILE *from, lin_history *h, lin_mistake *m) {
    if (!read_lines(from, h, m)) return false;
    return lin_largest_part(h) <= LIN_OPS ||
           mistake(m, "more than %u operations%s cannot be searched", LIN_OPS, h->spec->keyed ? " with one key" : "");
}

bool lin_load(const char *path, lin_history *h, lin_mistake *m) {
    FILE *from = fopen(path, "r");
    if (!from) {
        m->line = 0;
        return mistake(m, "%s", strerror(errno));
    }
    bool ok = lin_read(from, h, m);
    fclose(from);
    return ok;
}

/* -- columns: a row an event -- */

enum { COLUMN = 28, ROW = LIN_THREADS * COLUMN + 64 };

static void put(char row[ROW], unsigned thread, const char *text) {
    size_t n = strlen(text);
    memcpy(row + 8 + thread * COLUMN, text, n < COLUMN ? n : COLUMN);
}

typedef struct event {
    uint64_t stamp;
    unsigned op;
    bool begins;
} event;

static int by_time(const void *a, const void *b) {
    const event *x = a, *y = b;
    if (x->stamp != y->stamp) return x->stamp < y->stamp ? -1 : 1;
    if (x->begins != y->begins) return x->begins ? 1 : -1;
    return x->op < y->op ? -1 : x->op > y->op;
}

static unsigned events(const lin_history *h, event *e) {
    unsigned n = 0;
    for (unsigned i = 0; i < h->count; i++) {
        e[n++] = (event){h->op[i].invoked, i, true};
        if (h->op[i].returned != LIN_NEVER) e[n++] = (event){h->op[i].returned, i, false};
    }
    qsort(e, n, sizeof *e, by_time);
    return n;
}

void lin_columns(const lin_history *h, unsigned marked, void (*line)(const char *text)) {
    event e[2 * LIN_HISTORY];
    unsigned n = events(h, e), threads = 1, inside[LIN_THREADS] = {0};
    char row[ROW];
    for (unsigned i = 0; i < h->count; i++)
        if (h->op[i].thread >= threads) threads = h->op[i].thread + 1u;
    memset(row, ' ', sizeof row);
    for (unsigned t = 0; t < threads; t++) {
        char title[LIN_TEXT];
        snprintf(title, sizeof title, "thread %u", t);
        put(row, t, title);
    }
    for (unsigned i = 0;; i++) {
        size_t end = sizeof row - 1;
        while (end > 0 && row[end - 1] == ' ') end--;
        row[end] = 0;
        line(row);
        if (i == n) break;
        const lin_op *op = &h->op[e[i].op];
        char text[LIN_TEXT] = "";
        memset(row, ' ', sizeof row);
        snprintf(text, sizeof text, "%6" PRIu64, e[i].stamp);
        memcpy(row, text, strlen(text) < 7 ? strlen(text) : 7);
        for (unsigned t = 0; t < threads; t++)
            if (inside[t]) put(row, t, "|");
        text[0] = 0;
        if (e[i].begins) call(h->spec, op, text);
        else outcome(h->spec, op, text);
        if (op->returned == LIN_NEVER) {
            append(text, " .. later ");
            outcome(h->spec, op, text);
        }
        put(row, op->thread, text);
        inside[op->thread] += e[i].begins ? 1u : -1u;
        if (!e[i].begins && e[i].op == marked) memcpy(row + 8 + threads * COLUMN, "<- cannot be placed", 19);
    }
}
