#include "bench/cases/kv_data.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench/cases/axes.h"
#include "bench/cases/kv_team.h"

enum { LOAD_SLOTS = 4096, TRACE_MANY = 1 << 20, TRACE_FEW = 1 << 17, LATE_ROOM = 1 << 18 };
static const uint64_t interval_ns = 50000; /* of kv.latency: 20,000 gets a second */

typedef struct subject {
    const bench_kv_store *store;
    bench_kv_keys keys;
    void *map;
    double bytes_per_key, accounted; /* once it is full */
    struct {
        char *slots;
        double zipf;
    } trace[2]; /* uniform, and the skew last asked for */
    /* of the repetition */
    bench_kv_work *work, *others; /* of thread 0, and of those beside it */
    bench_kv_worker *workers;
    weir_a32 stop;
} subject;

/* ---- traces ---- */

static size_t trace_slots(const bench_kv_keys *k) { return k->keys > 65536 ? TRACE_MANY : TRACE_FEW; }

static const char *trace_of(subject *s, const bench_params *p) {
    unsigned i = p->zipf > 0;
    if (s->trace[i].slots && s->trace[i].zipf == p->zipf) return s->trace[i].slots;
    free(s->trace[i].slots);
    s->trace[i].zipf = p->zipf;
    s->trace[i].slots = bench_kv_trace(&s->keys, trace_slots(&s->keys), p->zipf, p->seed);
    return s->trace[i].slots;
}

/* ---- a repetition ---- */

static bool enter(void *arg, unsigned i) {
    subject *s = arg;
    s->workers[i].session = s->store->enter(s->map, i);
    return s->workers[i].session != NULL;
}

static void leave(void *arg, unsigned i) { ((subject *)arg)->store->leave(((subject *)arg)->workers[i].session); }

static void work(void *arg, unsigned i) {
    subject *s = arg;
    (i ? s->others : s->work)(&s->workers[i]);
}

/* What a thread does first is not counted, except that it must be right. */
static void warm(void *arg, unsigned i) {
    work(arg, i);
    ((subject *)arg)->workers[i].ops = 0;
}

static bool hire(subject *s, const bench_params *p) {
    size_t bytes = p->threads * sizeof *s->workers;
    s->workers = aligned_alloc(WEIR_CACHE_LINE, bytes);
    if (!s->workers) return false;
    memset(s->workers, 0, bytes);
    for (unsigned i = 0; i < p->threads; i++) {
        bench_kv_worker *w = &s->workers[i];
        w->index = i;
        w->stride = s->keys.stride;
        w->stop = &s->stop;
        w->batch = p->batch;
        w->writes = p->writes;
    }
    return true;
}

/* Thread i begins at a place of its own in the trace. */
static void hand_out(subject *s, const bench_params *p, const char *trace) {
    size_t slots = trace_slots(&s->keys);
    for (unsigned i = 0; i < p->threads; i++) {
        bench_kv_worker *w = &s->workers[i];
        w->trace = trace;
        w->at = (slots / p->threads * i + p->seed * 7919 % slots) % slots * s->keys.stride;
        w->end = slots * s->keys.stride;
    }
}

/* A scan's prefix is "user:" and so many digits that a hundred keys and more begin with it. */
static void choose_prefix(subject *s, const bench_params *p) {
    unsigned digits = 1;
    uint32_t least = 1;
    for (uint32_t n = s->keys.keys; n >= 10000; n /= 10, digits++) least *= 10;
    for (unsigned i = 0; i < p->threads; i++) {
        s->workers[i].prefix = 5 + digits;
        s->workers[i].least = least;
    }
}

static void count(subject *s, const bench_params *p, bench_sample *sample) {
    uint64_t wrong = 0;
    for (unsigned i = 0; i < p->threads; i++) {
        sample->items += (double)s->workers[i].ops;
        wrong += s->workers[i].wrong;
    }
    sample->value = sample->wall_ns / sample->items; /* no operation: infinite, which the cell refuses */
    if (!wrong) return;
    sample->wrong = true;
    snprintf(sample->error, sizeof sample->error, "%llu of %.0f operations gave not what had been set",
             (unsigned long long)wrong, sample->items);
}

static void settle(subject *s) {
    if (s->store->settle) s->store->settle(s->map);
}

/* For so long as the repetition takes. */
static void run_timed(subject *s, const bench_params *p, bench_sample *sample, bench_kv_work *first,
                      bench_kv_work *others) {
    const char *trace = trace_of(s, p);
    sample->value = NAN;
    if (!trace || !hire(s, p)) return;
    hand_out(s, p, trace);
    choose_prefix(s, p);
    s->work = first;
    s->others = others;
    const kv_team team = {s, enter, warm, work, leave, &s->stop};
    if (kv_team_run(&team, p, sample)) count(s, p, sample);
    settle(s);
    free(s->workers);
}

static void measure_get(void *o, const bench_params *p, bench_sample *sample) {
    run_timed(o, p, sample, ((subject *)o)->store->get, ((subject *)o)->store->get);
}
static void measure_mixed(void *o, const bench_params *p, bench_sample *sample) {
    run_timed(o, p, sample, ((subject *)o)->store->mixed, ((subject *)o)->store->mixed);
}
static void measure_multiget(void *o, const bench_params *p, bench_sample *sample) {
    run_timed(o, p, sample, ((subject *)o)->store->multiget, ((subject *)o)->store->multiget);
}
static void measure_scan(void *o, const bench_params *p, bench_sample *sample) {
    run_timed(o, p, sample, ((subject *)o)->store->scan, ((subject *)o)->store->scan);
}

/* ---- all keys, divided among the threads ---- */

static void divide(subject *s, const bench_params *p, const char *slots) {
    for (unsigned i = 0; i < p->threads; i++) {
        bench_kv_worker *w = &s->workers[i];
        w->trace = slots;
        w->at = (uint64_t)s->keys.keys * i / p->threads * s->keys.stride;
        w->end = (uint64_t)s->keys.keys * (i + 1) / p->threads * s->keys.stride;
    }
}

static void run_all_keys(subject *s, const bench_params *p, bench_sample *sample, bench_kv_work *todo) {
    char *slots = malloc((size_t)s->keys.keys * s->keys.stride);
    sample->value = NAN;
    if (slots && hire(s, p)) {
        bench_kv_load_order(&s->keys, 0, s->keys.keys, slots);
        divide(s, p, slots);
        s->work = s->others = todo;
        const kv_team team = {s, enter, NULL, work, leave, NULL};
        if (kv_team_run(&team, p, sample)) count(s, p, sample);
        free(s->workers);
    }
    free(slots);
}

/* One thread gets some of the keys: are they there? */
static void look(subject *s, const bench_params *p, bench_sample *sample) {
    bench_params one = *p;
    bench_sample ignored = {.value = 0};
    one.threads = 1;
    one.seconds = 0.002;
    one.zipf = 0;
    run_timed(s, &one, &ignored, s->store->get, s->store->get);
    if (!ignored.wrong || sample->wrong) return;
    sample->wrong = true;
    memcpy(sample->error, ignored.error, sizeof sample->error);
}

static void measure_load(void *o, const bench_params *p, bench_sample *sample) {
    subject *s = o;
    run_all_keys(s, p, sample, s->store->put);
    if (isfinite(sample->value)) look(s, p, sample);
}

static void measure_del(void *o, const bench_params *p, bench_sample *sample) {
    subject *s = o;
    run_all_keys(s, p, sample, s->store->del);
}

/* ---- memory ---- */

static double resident(void) {
    unsigned long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (f && fscanf(f, "%*s %lu", &pages) != 1) pages = 0;
    if (f) fclose(f);
    return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static void measure_memory(void *o, const bench_params *p, bench_sample *sample) {
    subject *s = o;
    (void)p;
    sample->value = s->bytes_per_key;
    sample->items = s->keys.keys;
    if (s->accounted > 0) bench_extra(sample, "accounted", s->accounted);
}

/* ---- latency ---- */

static int by_size(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static double quantile(const uint32_t *late, size_t n, double q) { return late[(size_t)((double)(n - 1) * q)]; }

static void work_late(void *arg, unsigned i) {
    subject *s = arg;
    bench_kv_worker *w = &s->workers[i];
    static uint32_t late[LATE_ROOM];
    if (i) {
        w->writes = 100;
        s->store->mixed(w);
        return;
    }
    w->late = late;
    w->late_room = LATE_ROOM;
    w->interval = interval_ns;
    s->store->paced(w);
}

static void measure_latency(void *o, const bench_params *p, bench_sample *sample) {
    subject *s = o;
    const char *trace = trace_of(s, p);
    sample->value = NAN;
    if (!trace || !hire(s, p)) return;
    hand_out(s, p, trace);
    const kv_team team = {s, enter, NULL, work_late, leave, &s->stop};
    if (kv_team_run(&team, p, sample)) {
        const bench_kv_worker *reader = &s->workers[0];
        uint64_t n = reader->ops;
        uint32_t *late = reader->late;
        count(s, p, sample);
        if (n) qsort(late, n, sizeof *late, by_size);
        sample->value = n ? quantile(late, n, 0.99) : NAN;
        bench_extra(sample, "p50", n ? quantile(late, n, 0.5) : 0);
        bench_extra(sample, "p99.9", n ? quantile(late, n, 0.999) : 0);
        bench_extra(sample, "max", n ? late[n - 1] : 0);
        bench_extra(sample, "sets_per_s", (sample->items - (double)n) * 1e9 / sample->wall_ns);
    }
    settle(s);
    free(s->workers);
}

/* ---- making ---- */

static void destroy(void *o) {
    subject *s = o;
    if (s->map) s->store->close(s->map);
    for (int i = 0; i < 2; i++) free(s->trace[i].slots);
    free(s);
}

static subject *open_empty(const bench_kv_store *store, const bench_params *p) {
    subject *s = calloc(1, sizeof *s);
    if (!s) return NULL;
    s->store = store;
    if (bench_kv_keys_of(&s->keys, p)) s->map = store->open(&s->keys);
    if (s->map) return s;
    free(s);
    return NULL;
}

/* By one thread, in pieces, so that what memory is counted is the store's. */
static bool fill(subject *s) {
    static WEIR_ALIGNED(WEIR_CACHE_LINE) bench_kv_worker w;
    char *slots = malloc((size_t)LOAD_SLOTS * s->keys.stride);
    memset(&w, 0, sizeof w);
    w.session = slots ? s->store->enter(s->map, 0) : NULL;
    w.trace = slots;
    w.stride = s->keys.stride;
    for (uint32_t i = 0; w.session && i < s->keys.keys; i += LOAD_SLOTS) {
        uint32_t n = s->keys.keys - i < LOAD_SLOTS ? s->keys.keys - i : LOAD_SLOTS;
        bench_kv_load_order(&s->keys, i, n, slots);
        w.at = 0;
        w.end = (size_t)n * s->keys.stride;
        s->store->put(&w);
    }
    if (w.session) s->store->leave(w.session);
    free(slots);
    settle(s);
    return w.ops == s->keys.keys && !w.wrong;
}

void *bench_kv_make_empty(const bench_kv_store *store, const bench_params *p) { return open_empty(store, p); }

void *bench_kv_make(const bench_kv_store *store, const bench_params *p) {
    double before = resident(), after;
    subject *s = open_empty(store, p);
    if (!s) return NULL;
    if (store->resident) before = store->resident(s->map);
    if (!fill(s)) {
        destroy(s);
        return NULL;
    }
    after = store->resident ? store->resident(s->map) : resident();
    s->bytes_per_key = (after - before) / s->keys.keys;
    s->accounted = store->accounted ? store->accounted(s->map) / s->keys.keys : 0;
    return s;
}

/* ---- rows ---- */

static bench_dear dear_once(const bench_params *p) {
    return (bench_dear){0, 4e7 + 250.0 * (double)p->keys, 0.005 + 1.5e-6 * (double)p->keys};
}

static bench_dear dear(const bench_params *p) {
    bench_kv_keys k;
    bench_dear d = dear_once(p);
    d.key = bench_kv_keys_of(&k, p) ? bench_kv_keys_number(&k) : 1;
    d.bytes += 1e8; /* traces */
    return d;
}

bool bench_kv_supports(const bench_kv_store *store, const bench_params *p) {
    bench_kv_keys k;
    return bench_kv_keys_of(&k, p) && p->batch <= BENCH_KV_BATCH_MAX && (!store->can || store->can(p));
}

/* What the cases differ in. */
static const struct {
    const char *name, *unit;
    const bench_axis *axes;
    void (*measure)(void *, const bench_params *, bench_sample *);
    bool empty, stays; /* begins with an empty store; leaves the store as it was */
} cases[BENCH_KV_CASES] = {
    {"kv.load", "ns/op", bench_axes_kv_load, measure_load, true, false},
    {"kv.get", "ns/op", bench_axes_kv_get, measure_get, false, true},
    {"kv.mixed", "ns/op", bench_axes_kv_mixed, measure_mixed, false, true},
    {"kv.multiget", "ns/op", bench_axes_kv_multiget, measure_multiget, false, true},
    {"kv.scan", "ns/scan", bench_axes_kv_scan, measure_scan, false, true},
    {"kv.del", "ns/op", bench_axes_kv_del, measure_del, false, false},
    {"kv.memory", "B/key", bench_axes_kv_memory, measure_memory, false, true},
    {"kv.latency", "ns", bench_axes_kv_latency, measure_latency, false, true},
};

static bool has(const bench_kv_store *s, enum bench_kv_case c) {
    bench_kv_work *const needs[BENCH_KV_CASES] = {
        s->get ? s->put : NULL, s->get, s->mixed, s->multiget, s->scan, s->del, s->get ? s->put : NULL, s->paced};
    return needs[c] != NULL;
}

void bench_kv_register(const bench_kv_store *store, bench_row rows[BENCH_KV_CASES], void *(*make)(const bench_params *),
                       void *(*make_empty)(const bench_params *), bool (*supports)(const bench_params *), bool chosen) {
    for (int i = 0; i < BENCH_KV_CASES; i++) {
        if (!has(store, (enum bench_kv_case)i)) continue;
        rows[i] = (bench_row){.name = cases[i].name,
                              .variant = store->variant,
                              .flags = store->flags,
                              .note = store->note,
                              .unit = cases[i].unit,
                              .axes = cases[i].axes,
                              .supports = supports,
                              .make = cases[i].empty ? make_empty : make,
                              .destroy = destroy,
                              .measure = cases[i].measure,
                              .dear = cases[i].stays ? dear : dear_once};
        bench_register(&rows[i], chosen);
    }
}
