#include "bench/cases/slp_data.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PADDING = 64, FORM_MAX = 4096, DEEP = 100 };

/* A text in the making, in both forms at once. */
typedef struct pen {
    char *slp, *json;
    size_t slp_n, json_n;
    uint64_t nodes, state;
    bool first; /* of its list */
} pen;

static uint64_t roll(pen *p, uint64_t n) {
    p->state ^= p->state << 13, p->state ^= p->state >> 7, p->state ^= p->state << 17;
    return p->state % n;
}

static void gap(pen *p) {
    if (!p->first) p->slp[p->slp_n++] = ' ', p->json[p->json_n++] = ',';
    p->first = false;
    p->nodes++;
}

static void put(pen *p, const char *in_slp, const char *in_json) {
    p->slp_n += (size_t)sprintf(p->slp + p->slp_n, "%s", in_slp);
    p->json_n += (size_t)sprintf(p->json + p->json_n, "%s", in_json);
}

static void enter(pen *p, const char *bracket) {
    gap(p);
    put(p, bracket, "[");
    p->first = true;
}

static void leave(pen *p, const char *bracket) {
    put(p, bracket, "]");
    p->first = false;
}

static void word(pen *p, const char *before, const char *after, const char *format, va_list ap) {
    char text[128], quoted[160], bare[160];
    vsnprintf(text, sizeof text, format, ap);
    snprintf(quoted, sizeof quoted, "\"%s\"", text);
    snprintf(bare, sizeof bare, "%s%s%s", before, text, after);
    gap(p);
    put(p, bare, quoted);
}

__attribute__((format(printf, 2, 3))) static void symbol(pen *p, const char *format, ...) {
    va_list ap;
    va_start(ap, format);
    word(p, "", "", format, ap);
    va_end(ap);
}

__attribute__((format(printf, 2, 3))) static void string(pen *p, const char *format, ...) {
    va_list ap;
    va_start(ap, format);
    word(p, "\"", "\"", format, ap);
    va_end(ap);
}

static void integer(pen *p, uint64_t i) {
    char text[24];
    snprintf(text, sizeof text, "%lu", i);
    gap(p);
    put(p, text, text);
}

static void real(pen *p, double d) {
    char text[40];
    snprintf(text, sizeof text, "%.3f", d);
    gap(p);
    put(p, text, text);
}

static void form_mixed(pen *p) {
    enter(p, "(");
    switch (roll(p, 5)) {
    case 0:
        symbol(p, "core/kv/set");
        symbol(p, "user/%lu/name", roll(p, 5000));
        string(p, "some text of number %lu", roll(p, 1000));
        break;
    case 1:
        symbol(p, "core/kv/get");
        symbol(p, "user/%lu/name", roll(p, 5000));
        break;
    case 2:
        symbol(p, "core/kv/cas");
        symbol(p, "counter/%lu", roll(p, 500));
        integer(p, roll(p, 10000));
        integer(p, roll(p, 1000000));
        break;
    case 3:
        symbol(p, "core/event/pub");
        symbol(p, "channel-a");
        integer(p, roll(p, 65536));
        enter(p, "[");
        integer(p, roll(p, 100));
        string(p, "payload");
        real(p, (double)roll(p, 1000000) / 1000);
        leave(p, "]");
        break;
    default:
        symbol(p, "core/kv/iterate");
        symbol(p, "user/");
        integer(p, 0);
        integer(p, roll(p, 100));
        enter(p, "{");
        symbol(p, "core/util/log");
        symbol(p, "key");
        leave(p, "}");
    }
    leave(p, ")");
}

static void form_list(pen *p, char what) {
    enter(p, "(");
    for (int i = 0; i < 8; i++)
        if (what == 's') symbol(p, "name-%lu/part", roll(p, 3000));
        else if (what == 't') string(p, "a string of some length, the %luth of them all", roll(p, 100000));
        else if (i % 2) real(p, (double)roll(p, 1u << 30) / 1000);
        else integer(p, roll(p, 64) < 32 ? roll(p, 1000) : roll(p, UINT64_MAX / 2));
    leave(p, ")");
}

static void form_nested(pen *p) {
    for (int i = 0; i < DEEP; i++) enter(p, "("), integer(p, (uint64_t)i);
    for (int i = 0; i < DEEP; i++) leave(p, ")");
}

static void form(pen *p, const char *mix) {
    if (!strcmp(mix, "mixed")) form_mixed(p);
    else if (!strcmp(mix, "nested")) form_nested(p);
    else form_list(p, strcmp(mix, "symbols") == 0 ? 's' : strcmp(mix, "strings") == 0 ? 't' : 'n');
}

static bool open_pen(pen *p, size_t room) {
    p->slp = malloc(room);
    p->json = malloc(2 * room);
    return p->slp && p->json;
}

/* The forms lie in the text as they are for us; for JSON in an array. */
static void write_text(pen *p, const char *mix, size_t bytes) {
    p->json[p->json_n++] = '[';
    p->first = true;
    while (p->slp_n < bytes) form(p, mix);
    p->json[p->json_n++] = ']';
    p->nodes++;
}

static void *take(pen *p) {
    static const weir_slp_limits all = {128, 1u << 29, WEIR_SLP_UNITS_MAX, 4096};
    bench_slp *d = calloc(1, sizeof *d);
    if (!d) return NULL;
    *d = (bench_slp){p->slp, p->json, p->slp_n, p->json_n, p->nodes, weir_slp_reader_new(&all), NULL, NULL};
    memset(d->slp + d->slp_bytes, 0, PADDING);
    memset(d->json + d->json_bytes, 0, PADDING);
    if (d->reader) d->buffer = weir_slp_read(d->reader, d->slp, d->slp_bytes, WEIR_SLP_ALL, NULL);
    if (d->buffer && weir_slp_nodes(d->buffer) == d->nodes) return d;
    bench_slp_destroy(d);
    return NULL;
}

void *bench_slp_make(const bench_params *params) {
    size_t bytes = params->size ? (size_t)params->size : 33000;
    pen p = {.state = params->seed * 2 + 1};
    if (!open_pen(&p, bytes + FORM_MAX + PADDING)) return NULL;
    write_text(&p, params->mix[0] ? params->mix : "mixed", bytes);
    return take(&p);
}

void *bench_slp_make_command(const bench_params *params) {
    (void)params;
    pen p = {.first = true};
    if (!open_pen(&p, FORM_MAX)) return NULL;
    p.json[p.json_n++] = '[';
    enter(&p, "(");
    symbol(&p, "core/kv/set");
    symbol(&p, "counter");
    integer(&p, 42);
    leave(&p, ")");
    p.json[p.json_n++] = ']';
    p.nodes++;
    return take(&p);
}

void bench_slp_destroy(void *data) {
    bench_slp *d = data;
    if (!d) return;
    weir_slp_reader_free(d->reader);
    free(d->slp);
    free(d->json);
    free(d);
}

/* Rounds between two looks at the clock take about 0.1 ms. */
static double ns_of_one(bench_slp *d, const bench_params *p, bench_sample *s, bench_slp_work *work, uint64_t want) {
    uint64_t rounds = 1, done = 0, start = weir_now_ns(), end = start + (uint64_t)(p->seconds * 1e9), now = start;
    do {
        uint64_t before = now;
        for (uint64_t i = 0; i < rounds; i++)
            if (work(d) != want) {
                s->wrong = true;
                snprintf(s->error, sizeof s->error, "not %lu as it should be", want);
                return 1;
            }
        done += rounds;
        now = weir_now_ns();
        if (now - before < 50000) rounds *= 2;
    } while (now < end);
    s->items = (double)done;
    s->wall_ns = s->cpu_ns = (double)(now - start);
    return s->wall_ns / s->items;
}

void bench_slp_speed(bench_slp *d, const bench_params *p, bench_sample *s, bench_slp_work *work, size_t bytes,
                     uint64_t want) {
    s->value = (double)bytes * 1e3 / ns_of_one(d, p, s, work, want);
}

void bench_slp_cost(bench_slp *d, const bench_params *p, bench_sample *s, bench_slp_work *work, uint64_t per,
                    uint64_t want) {
    s->value = ns_of_one(d, p, s, work, want) / (double)per;
}
