#include "runtime/prometheus_test_p.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct reader {
    prom *p;
    const char *at, *end;
    int line;
    char family[128], type[16]; /* under way; type "": HELP has come, TYPE has not */
    char (*seen)[128];          /* families */
    int families;
    int first; /* sample of the family */
} reader;

static bool bad(reader *r, const char *why) {
    if (!*r->p->error) snprintf(r->p->error, sizeof r->p->error, "line %d: %s", r->line, why);
    return false;
}

static bool take(reader *r, const char *text) {
    size_t n = strlen(text);
    if ((size_t)(r->end - r->at) < n || memcmp(r->at, text, n) != 0) return false;
    r->at += n;
    return true;
}

/* [a-zA-Z_:][a-zA-Z0-9_:]*; without colons for labels. */
static bool take_name(reader *r, char *to, size_t room, bool colon) {
    size_t n = 0;
    while (r->at < r->end && n + 1 < room &&
           (isalpha((unsigned char)*r->at) || *r->at == '_' || (colon && *r->at == ':') ||
            (n && isdigit((unsigned char)*r->at))))
        to[n++] = *r->at++;
    to[n] = '\0';
    return n > 0 || bad(r, "a name is needed");
}

/* -- HELP and TYPE --------------------------------------------------------------------------------------------------- */

static bool is_histogram(const reader *r) { return !strcmp(r->type, "histogram"); }

static int find_le(const prom_sample *s) {
    for (int i = 0; i < s->labels; i++)
        if (!strcmp(s->label[i].name, "le")) return i;
    return -1;
}

/* Same labels, but for le. */
static bool same_series(const prom_sample *a, const prom_sample *b) {
    int n = 0, m = 0;
    for (int i = 0; i < b->labels; i++) m += strcmp(b->label[i].name, "le") != 0;
    for (int i = 0; i < a->labels; i++) {
        if (!strcmp(a->label[i].name, "le")) continue;
        bool found = false;
        for (int k = 0; k < b->labels; k++)
            found |= !strcmp(a->label[i].name, b->label[k].name) && !strcmp(a->label[i].value, b->label[k].value);
        if (!found) return false;
        n++;
    }
    return n == m;
}

static bool ends_in(const char *name, const char *suffix) {
    size_t n = strlen(name), m = strlen(suffix);
    return n > m && !strcmp(name + n - m, suffix);
}

/* The buckets from sample i on: rising up to +Inf, then sum, then count. Answers the sample behind them, or -1. */
static int check_series(reader *r, int i) {
    const prom_sample *s = r->p->sample, *first = &s[i];
    double le = -1, value = 0;
    for (; i < r->p->samples && ends_in(s[i].name, "_bucket") && same_series(&s[i], first); i++) {
        int at = find_le(&s[i]);
        if (at < 0) return bad(r, "a bucket without le"), -1;
        double next = strtod(s[i].label[at].value, NULL);
        if (next <= le) return bad(r, "buckets that do not rise"), -1;
        if (s[i].value < value) return bad(r, "counts of buckets that fall"), -1;
        le = next;
        value = s[i].value;
        if (!strcmp(s[i].label[at].value, "+Inf")) {
            i++;
            break;
        }
    }
    if (le <= 1e300) return bad(r, "no bucket +Inf"), -1;
    if (i + 1 >= r->p->samples || !ends_in(s[i].name, "_sum") || !ends_in(s[i + 1].name, "_count") ||
        !same_series(&s[i], first) || !same_series(&s[i + 1], first))
        return bad(r, "sum and count are missing"), -1;
    return s[i + 1].value == value ? i + 2 : (bad(r, "the count is not that of +Inf"), -1);
}

static bool end_family(reader *r) {
    if (!*r->family) return true;
    if (!*r->type) return bad(r, "a family without TYPE");
    if (r->first == r->p->samples) return bad(r, "a family without samples");
    for (int i = r->first; is_histogram(r) && i < r->p->samples;)
        if ((i = check_series(r, i)) < 0) return false;
    return true;
}

static bool read_help(reader *r) {
    char name[128];
    if (!end_family(r) || !take_name(r, name, sizeof name, true)) return false;
    if (!take(r, " ")) return bad(r, "HELP needs a text");
    for (int i = 0; i < r->families; i++)
        if (!strcmp(r->seen[i], name)) return bad(r, "a family is told twice");
    r->seen = realloc(r->seen, (size_t)(r->families + 1) * sizeof *r->seen);
    strcpy(r->seen[r->families++], name);
    strcpy(r->family, name);
    *r->type = '\0';
    r->first = r->p->samples;
    for (; r->at < r->end && *r->at != '\n'; r->at++)
        if (*r->at == '\\' && r->at[1] != '\\' && r->at[1] != 'n') return bad(r, "an escape in HELP");
    return true;
}

static bool read_type(reader *r) {
    char name[128];
    if (!take_name(r, name, sizeof name, true) || !take(r, " ")) return bad(r, "TYPE needs a type");
    if (strcmp(name, r->family) != 0 || *r->type) return bad(r, "TYPE without its HELP before it");
    if (!take_name(r, r->type, sizeof r->type, false)) return false;
    if (strcmp(r->type, "counter") && strcmp(r->type, "gauge") && !is_histogram(r)) return bad(r, "no such type");
    return strcmp(r->type, "counter") || ends_in(name, "_total") || bad(r, "a counter that is not called _total");
}

/* -- samples --------------------------------------------------------------------------------------------------------- */

static bool utf8(reader *r, const char *at) {
    static const unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *p = (const unsigned char *)at;
    while (*p) {
        int n = *p < 0x80 ? 1 : *p >> 5 == 6 ? 2 : *p >> 4 == 14 ? 3 : *p >> 3 == 30 ? 4 : 0;
        unsigned code = n == 1 ? *p : n ? *p & (0x7fu >> n) : 0;
        for (int i = 1; i < n; i++) {
            if (p[i] >> 6 != 2) return bad(r, "a value that is no UTF-8");
            code = code << 6 | (p[i] & 0x3f);
        }
        if (!n || code < least[n] || (code >= 0xd800 && code < 0xe000) || code > 0x10ffff)
            return bad(r, "a value that is no UTF-8");
        p += n;
    }
    return true;
}

static bool read_value_of_label(reader *r, prom_label *l) {
    size_t n = 0;
    for (; r->at < r->end && *r->at != '"' && *r->at != '\n'; r->at++) {
        char c = *r->at;
        if (c == '\\') {
            c = *++r->at;
            if (c != '\\' && c != '"' && c != 'n') return bad(r, "an escape that is none");
            if (c == 'n') c = '\n';
        }
        if (n + 1 == sizeof l->value) return bad(r, "a value too long for this test");
        l->value[n++] = c;
    }
    l->value[n] = '\0';
    return take(r, "\"") ? utf8(r, l->value) : bad(r, "a value without its quote");
}

static bool read_labels(reader *r, prom_sample *s) {
    if (!take(r, "{")) return true;
    for (;;) {
        prom_label *l = &s->label[s->labels++];
        if (s->labels > 4) return bad(r, "more labels than this test knows");
        if (!take_name(r, l->name, sizeof l->name, false)) return false;
        for (int i = 0; i < s->labels - 1; i++)
            if (!strcmp(s->label[i].name, l->name)) return bad(r, "one label twice");
        if (!take(r, "=\"") || !read_value_of_label(r, l)) return bad(r, "a label without its value");
        if (take(r, "}")) return true;
        if (!take(r, ",")) return bad(r, "labels that are not closed");
    }
}

static bool of_family(const reader *r, const char *name) {
    size_t n = strlen(r->family);
    if (!is_histogram(r)) return !strcmp(name, r->family);
    return !strncmp(name, r->family, n) &&
           (!strcmp(name + n, "_bucket") || !strcmp(name + n, "_sum") || !strcmp(name + n, "_count"));
}

static bool equal(const prom_sample *a, const prom_sample *b) {
    int i = find_le(a), k = find_le(b);
    if (strcmp(a->name, b->name) != 0 || !same_series(a, b) || (i < 0) != (k < 0)) return false;
    return i < 0 || !strcmp(a->label[i].value, b->label[k].value);
}

static bool read_sample(reader *r) {
    prom *p = r->p;
    p->sample = realloc(p->sample, (size_t)(p->samples + 1) * sizeof *p->sample);
    prom_sample *s = &p->sample[p->samples];
    *s = (prom_sample){.key = r->at};
    if (!take_name(r, s->name, sizeof s->name, true)) return false;
    if (!*r->type || !of_family(r, s->name)) return bad(r, "a sample that is not of the family before it");
    if (!read_labels(r, s)) return false;
    s->key_bytes = (size_t)(r->at - s->key);
    if (!take(r, " ")) return bad(r, "a sample without a value");
    char *end;
    if (!isdigit((unsigned char)*r->at)) return bad(r, "a value that is no number");
    s->value = strtod(r->at, &end);
    r->at = end;
    for (int i = r->first; i < p->samples; i++)
        if (p->sample[i].key_bytes == s->key_bytes && !memcmp(p->sample[i].key, s->key, s->key_bytes))
            return bad(r, "one sample twice");
    p->samples++;
    return true;
}

bool prom_read(prom *p, const char *text, size_t bytes) {
    reader r = {.p = p, .at = text, .end = text + bytes, .line = 1};
    *p = (prom){0};
    if (bytes == 0 || text[bytes - 1] != '\n') bad(&r, "the text does not end with a line's end");
    if (memchr(text, '\0', bytes) != NULL) bad(&r, "a zero byte");
    for (; !*p->error && r.at < r.end; r.line++) {
        if (take(&r, "# HELP ")) read_help(&r);
        else if (take(&r, "# TYPE ")) read_type(&r);
        else read_sample(&r);
        if (!*p->error && !take(&r, "\n")) bad(&r, "something behind the line's end");
    }
    if (!*p->error) end_family(&r);
    free(r.seen);
    return !*p->error;
}

void prom_free(prom *p) { free(p->sample); }

const prom_sample *prom_find(const prom *p, const char *name, ...) {
    for (int i = 0; i < p->samples; i++) {
        prom_sample wanted = {0};
        va_list args;
        va_start(args, name);
        for (const char *l; (l = va_arg(args, const char *)); wanted.labels++) {
            strcpy(wanted.label[wanted.labels].name, l);
            strcpy(wanted.label[wanted.labels].value, va_arg(args, const char *));
        }
        va_end(args);
        strcpy(wanted.name, name);
        if (equal(&p->sample[i], &wanted)) return &p->sample[i];
    }
    return NULL;
}
