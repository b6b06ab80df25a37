#include "bench/axis.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SHAPE, LOAD, THREADS, KEYS, DIST, MIX, TENANTS, SIZE, BITS, ORDER, BATCH, PARKER, CAPACITY, WAIT };

const char *const axis_names[AXIS_COUNT] = {"shape", "load", "threads", "keys",  "dist",   "mix",      "tenants",
                                            "size",  "bits", "order",   "batch", "parker", "capacity", "wait"};

int axis_index(const char *name) {
    for (int i = 0; i < AXIS_COUNT; i++)
        if (!strcmp(axis_names[i], name)) return i;
    return -1;
}

bool axis_is_number(int axis) {
    return axis == THREADS || axis == KEYS || axis == TENANTS || axis == SIZE || axis == BITS || axis == BATCH ||
           axis == CAPACITY;
}

static bool refuse(char *why, size_t bytes, const char *format, ...) {
    va_list args;
    va_start(args, format);
    vsnprintf(why, bytes, format, args);
    va_end(args);
    return false;
}

/* 4096, 16k, 2M (of 1024). */
static bool parse_count(const char *text, uint64_t *n) {
    char *end;
    errno = 0;
    if (!isdigit((unsigned char)*text)) return false;
    unsigned long long v = strtoull(text, &end, 10);
    int shift = *end == 'k' || *end == 'K' ? 10 : *end == 'm' || *end == 'M' ? 20 : 0;
    if (shift) end++;
    if (*end || errno || v > UINT64_MAX >> shift) return false;
    *n = (uint64_t)v << shift;
    return true;
}

static bool apply_shape(bench_params *p, const char *v, char *why, size_t bytes) {
    unsigned producers, consumers;
    char c, extra;
    int digits = 0;
    if (!isdigit((unsigned char)*v) || sscanf(v, "%5up%n%5u%c%c", &producers, &digits, &consumers, &c, &extra) != 3 ||
        c != 'c' || !isdigit((unsigned char)v[digits]))
        return refuse(why, bytes, "shape '%s' is not of the form 4p2c (4 producers, 2 consumers)", v);
    if (!producers || !consumers) return refuse(why, bytes, "shape '%s' has a side with 0 threads", v);
    if (producers + consumers > BENCH_THREADS_MAX)
        return refuse(why, bytes, "shape '%s' needs more than %d threads", v, BENCH_THREADS_MAX);
    p->producers = producers;
    p->consumers = consumers;
    p->threads = producers + consumers;
    return true;
}

static bool apply_threads(bench_params *p, const char *v, char *why, size_t bytes) {
    size_t n = strlen(v);
    char digits[AXIS_VALUE_MAX];
    uint64_t threads, processors = 1;
    snprintf(digits, sizeof digits, "%s", v);
    if (n > 1 && v[n - 1] == 'x') { /* times the processors */
        digits[n - 1] = '\0';
        processors = (uint64_t)sysconf(_SC_NPROCESSORS_ONLN);
    }
    if (!parse_count(digits, &threads))
        return refuse(why, bytes, "threads '%s' is not a number or a multiple like 2x", v);
    if (threads == 0) return refuse(why, bytes, "threads '%s': at least 1 thread is needed", v);
    if (threads > BENCH_THREADS_MAX || threads * processors > BENCH_THREADS_MAX)
        return refuse(why, bytes, "threads '%s': at most %d threads", v, BENCH_THREADS_MAX);
    p->threads = (unsigned)(threads * processors);
    return true;
}

static bool apply_count(bench_params *p, int axis, const char *v, char *why, size_t bytes) {
    uint64_t n;
    if (!parse_count(v, &n) || n == 0)
        return refuse(why, bytes, "%s '%s' is not a count above 0 (such as 1024, 16k, 2M)", axis_names[axis], v);
    if ((axis == BITS || axis == BATCH) && n > UINT32_MAX)
        return refuse(why, bytes, "%s '%s' is too large", axis_names[axis], v);
    switch (axis) {
    case KEYS: p->keys = n; break;
    case TENANTS: p->tenants = n; break;
    case SIZE: p->size = n; break;
    case CAPACITY: p->capacity = n; break;
    case BITS: p->bits = (unsigned)n; break;
    default: p->batch = (unsigned)n; break;
    }
    return true;
}

static bool apply_word(char *field, size_t room, int axis, const char *v, char *why, size_t bytes) {
    if (!*v || strlen(v) >= room) return refuse(why, bytes, "%s '%s' is empty or too long", axis_names[axis], v);
    snprintf(field, room, "%s", v);
    return true;
}

static bool apply_dist(bench_params *p, const char *v, char *why, size_t bytes) {
    char *end = NULL;
    p->zipf = 0;
    if (!strncmp(v, "zipf:", 5)) p->zipf = strtod(v + 5, &end);
    if (strcmp(v, "uniform") && !(end && end > v + 5 && !*end && p->zipf > 0 && p->zipf < 1))
        return refuse(why, bytes, "dist '%s': choose uniform, or zipf:S with S between 0 and 1, such as zipf:0.99", v);
    return apply_word(p->dist, sizeof p->dist, DIST, v, why, bytes);
}

/* Reads and writes in percent; -1: not of this form. */
static int percent_of_writes(const char *mix) {
    unsigned reads, writes;
    char r, w, extra;
    if (!isdigit((unsigned char)*mix) || sscanf(mix, "%3u%c%3u%c%c", &reads, &r, &writes, &w, &extra) != 4) return -1;
    return r == 'r' && w == 'w' && reads + writes == 100 ? (int)writes : -1;
}

bool axis_is_read_write(const char *mix) {
    char first[AXIS_VALUE_MAX];
    return axis_next(&mix, first) && percent_of_writes(first) >= 0;
}

static bool apply_mix(bench_params *p, const char *v, char *why, size_t bytes) {
    int writes = percent_of_writes(v);
    if (isdigit((unsigned char)*v) && writes < 0)
        return refuse(why, bytes, "mix '%s' is not of the form 95r5w (95 %% reads, 5 %% writes)", v);
    p->writes = writes < 0 ? 0 : (unsigned)writes;
    return apply_word(p->mix, sizeof p->mix, MIX, v, why, bytes);
}

bool axis_apply(bench_params *p, int axis, const char *v, char *why, size_t bytes) {
    switch (axis) {
    case SHAPE: return apply_shape(p, v, why, bytes);
    case THREADS: return apply_threads(p, v, why, bytes);
    case LOAD:
        p->busy = !strcmp(v, "busy");
        return p->busy || !strcmp(v, "quiet") || refuse(why, bytes, "load '%s': choose quiet, busy or both", v);
    case ORDER: return apply_word(p->order, sizeof p->order, axis, v, why, bytes);
    case DIST: return apply_dist(p, v, why, bytes);
    case MIX: return apply_mix(p, v, why, bytes);
    case WAIT: return apply_word(p->wait, sizeof p->wait, axis, v, why, bytes);
    case PARKER: return apply_word(p->parker, sizeof p->parker, axis, v, why, bytes);
    default: return apply_count(p, axis, v, why, bytes);
    }
}

bool axis_next(const char **list, char value[AXIS_VALUE_MAX]) {
    if (!*list) return false;
    size_t n = strcspn(*list, ",;");
    snprintf(value, AXIS_VALUE_MAX, "%.*s", (int)n, *list);
    *list = (*list)[n] ? *list + n + 1 : NULL;
    return true;
}
