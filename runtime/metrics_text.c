/* Metrics as a text: the exposition format of Prometheus, 0.0.4. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/histogram_p.h"

typedef struct text {
    char *at;
    size_t used, room;
    bool lost;        /* no memory for all of it */
    const char *name; /* of the family that came last */
} text;

static bool reserve(text *t, size_t bytes) {
    if (!t->lost && t->room - t->used <= bytes) {
        size_t room = t->room * 2 + bytes + 4096;
        char *at = realloc(t->at, room);
        if (at) {
            t->at = at;
            t->room = room;
        }
        t->lost = !at;
    }
    return !t->lost;
}

__attribute__((format(printf, 2, 3))) static void put(text *t, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    size_t n = (size_t)vsnprintf(NULL, 0, format, args);
    if (reserve(t, n)) t->used += (size_t)vsnprintf(t->at + t->used, n + 1, format, again);
    va_end(again);
    va_end(args);
}

/* Bytes of the character at p, if it is one of UTF-8; 0: it is none, or its end is missing. */
static size_t character(const unsigned char *p) {
    size_t n = *p < 0x80                 ? 1
               : *p >= 0xc2 && *p < 0xe0 ? 2
               : *p >= 0xe0 && *p < 0xf0 ? 3
               : *p >= 0xf0 && *p < 0xf5 ? 4
                                         : 0;
    for (size_t i = 1; i < n; i++)
        if (p[i] >> 6 != 2) return 0;
    bool short_or_half = (*p == 0xe0 && p[1] < 0xa0) || (*p == 0xed && p[1] > 0x9f) || (*p == 0xf0 && p[1] < 0x90) ||
                         (*p == 0xf4 && p[1] > 0x8f);
    return short_or_half ? 0 : n;
}

/* A label's value: any UTF-8, with \ " and the line's end escaped. A byte that is not UTF-8 is shown as \xHH. */
static void put_value(text *t, const char *value) {
    for (const unsigned char *p = (const unsigned char *)value; *p;) {
        size_t n = character(p);
        if (*p == '\n') put(t, "\\n");
        else if (*p == '\\' || *p == '"') put(t, "\\%c", *p);
        else if (n) put(t, "%.*s", (int)n, (const char *)p);
        else put(t, "\\\\x%02x", *p);
        p += n ? n : 1;
    }
}

/* The name with its labels, and one more for buckets. */
static void put_name(text *t, const weir_metric *m, const char *suffix, const char *le) {
    const char *before = "{";
    put(t, "%s%s", m->name, suffix);
    for (unsigned i = 0; i < m->labels; i++, before = ",") {
        put(t, "%s%s=\"", before, m->label[i].name);
        put_value(t, m->label[i].value);
        put(t, "\"");
    }
    if (le) put(t, "%sle=\"%s\"}", before, le);
    else if (m->labels) put(t, "}");
    put(t, " ");
}

/* ns in seconds, all digits, whatever the locale; without zeros at the end. */
static const char *seconds(uint64_t ns, char to[40]) {
    int n =
        snprintf(to, 40, "%llu.%09llu", (unsigned long long)(ns / 1000000000), (unsigned long long)(ns % 1000000000));
    while (to[n - 1] == '0' && to[n - 2] != '.') to[--n] = '\0';
    return to;
}

enum { LEAST = 7, MOST = 35 }; /* 128 ns to 34 s: each power of two is the end of a bucket, so these counts are exact */

static void put_histogram(text *t, const weir_metric *m) {
    char number[40];
    unsigned long long below = 0;
    for (uint32_t i = LEAST, b = 0; i <= MOST; i++) {
        for (; b <= weir_histogram_bucket(UINT64_C(1) << i); b++) below += weir_a64_load(&m->histogram->bucket[b]);
        put_name(t, m, "_bucket", seconds(UINT64_C(1) << i, number));
        put(t, "%llu\n", below);
    }
    unsigned long long count = weir_histogram_count(m->histogram);
    put_name(t, m, "_bucket", "+Inf");
    put(t, "%llu\n", count);
    put_name(t, m, "_sum", NULL);
    put(t, "%s\n", seconds(weir_histogram_sum(m->histogram), number));
    put_name(t, m, "_count", NULL);
    put(t, "%llu\n", count);
}

static void put_metric(void *arg, const weir_metric *m) {
    static const char *const type[] = {
        [WEIR_COUNTER] = "counter", [WEIR_GAUGE] = "gauge", [WEIR_HISTOGRAM] = "histogram"};
    text *t = arg;
    if (t->name != m->name) put(t, "# HELP %s %s\n# TYPE %s %s\n", m->name, m->help, m->name, type[m->kind]);
    t->name = m->name;
    if (m->kind == WEIR_HISTOGRAM) {
        put_histogram(t, m);
    } else {
        put_name(t, m, "", NULL);
        put(t, "%llu\n", (unsigned long long)m->value);
    }
}

char *weir_metrics_text(weir_runtime *runtime, size_t *bytes) {
    text t = {0};
    if (!weir_metrics_read(runtime, put_metric, &t) || t.lost) return free(t.at), NULL;
    if (bytes) *bytes = t.used;
    return t.at;
}
