#include "bench/cases/runner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/cases/axes.h"

static const uint64_t interval_ns = 50000; /* of sched.latency: 20,000 events a second */

typedef struct subject {
    const bench_runner *runner;
    void *object;
    bench_graph *graph;
    void (*round)(void *);
} subject;

static double cpu_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* ---- rounds ---- */

static bool one_round(subject *s, bench_sample *sample) {
    bench_graph_begin(s->graph);
    double cpu = cpu_ns();
    uint64_t start = weir_now_ns();
    s->round(s->object);
    sample->wall_ns += (double)(weir_now_ns() - start);
    sample->cpu_ns += cpu_ns() - cpu;
    sample->items += s->graph->n;
    return bench_graph_check(s->graph, sample);
}

static void measure_rounds(void *o, const bench_params *p, bench_sample *sample) {
    const subject *s = o;
    bench_sample warm_up = {0};
    if (!one_round(o, &warm_up)) *sample = warm_up;
    while (!sample->wrong && sample->wall_ns < p->seconds * 1e9) one_round(o, sample);
    if (s->runner->ordered && s->graph->disordered && !sample->wrong) {
        sample->wrong = true;
        snprintf(sample->error, sizeof sample->error, "%u serial parts ran out of order", s->graph->disordered);
    }
    sample->value = sample->wall_ns / sample->items;
}

/* ---- latency ---- */

static int by_size(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void sum_up_latency(bench_graph *g, bench_sample *sample) {
    for (uint32_t i = 0; i < g->n; i++) g->end[i] -= g->due[i];
    qsort(g->end, g->n, sizeof *g->end, by_size);
    static const struct {
        const char *name;
        double q;
    } extras[] = {{"p50", 0.5}, {"p99.9", 0.999}, {"max", 1}};
    sample->value = (double)g->end[(size_t)((g->n - 1) * 0.99)];
    for (int i = 0; i < 3; i++) bench_extra(sample, extras[i].name, (double)g->end[(size_t)((g->n - 1) * extras[i].q)]);
}

static void measure_latency(void *o, const bench_params *p, bench_sample *sample) {
    subject *s = o;
    bench_graph *g = s->graph;
    (void)p;
    bench_graph_begin(g);
    double cpu = cpu_ns();
    uint64_t start = weir_now_ns() + interval_ns;
    for (uint32_t i = 0; i < g->n; i++) {
        g->due[i] = start + i * interval_ns;
        while (weir_now_ns() < g->due[i]) weir_pause(); /* nobody sleeps: waking up would be what is measured */
        s->runner->at(s->object, i);
    }
    s->runner->quiet(s->object);
    sample->wall_ns = (double)(weir_now_ns() - start);
    sample->cpu_ns = cpu_ns() - cpu;
    sample->items = g->n;
    if (bench_graph_check(g, sample)) sum_up_latency(g, sample);
}

/* ---- making ---- */

static void destroy(void *o) {
    subject *s = o;
    if (s->object) s->runner->close(s->object);
    bench_graph_free(s->graph);
    free(s);
}

static void (*round_of(const bench_runner *r, enum bench_runner_case c, const bench_params *p))(void *) {
    if (c == BENCH_FILTER) return r->named;
    if (c != BENCH_INDEPENDENT) return r->graph;
    return !strcmp(p->mix, "flat")     ? r->flat
           : !strcmp(p->mix, "spawn")  ? r->spawn
           : !strcmp(p->mix, "source") ? r->source
                                       : NULL;
}

static bench_graph_kind kind_of(enum bench_runner_case c, const bench_params *p) {
    if (c == BENCH_DAG) return BENCH_GRAPH_RANDOM;
    if (c == BENCH_CHAIN) return BENCH_GRAPH_CHAIN;
    if (c == BENCH_FILTER) return strcmp(p->order, "chains") ? BENCH_GRAPH_RANDOM : BENCH_GRAPH_CHAINS;
    return c == BENCH_INDEPENDENT && !strcmp(p->mix, "spawn") ? BENCH_GRAPH_TREE : BENCH_GRAPH_NONE;
}

static bool clocked(bench_graph *g) {
    g->due = calloc(g->n, sizeof *g->due);
    g->end = calloc(g->n, sizeof *g->end);
    return g->due && g->end;
}

/* What a case wants of its graph beside nodes and edges. */
static bool furnished(bench_graph *g, enum bench_runner_case c, const bench_params *p) {
    if (c == BENCH_LATENCY) return clocked(g);
    return c != BENCH_FILTER || bench_graph_line_up(g, !strcmp(p->order, "shuffled"), p->seed);
}

void *bench_runner_make(const bench_runner *self, enum bench_runner_case c, const bench_params *p) {
    bool latency = c == BENCH_LATENCY;
    uint32_t n = latency ? 1 + (uint32_t)(p->seconds * 1e9 / (double)interval_ns) : (uint32_t)p->size;
    subject *s = calloc(1, sizeof *s);
    if (!s) return NULL;
    s->runner = self;
    s->round = round_of(self, c, p);
    s->graph = bench_graph_new(kind_of(c, p), n, p->seed);
    if (s->graph) s->graph->data = c == BENCH_DAG && !strcmp(p->mix, "data");
    if (s->graph && furnished(s->graph, c, p))
        s->object = self->open(self, s->graph, p->threads, latency || s->round == self->source);
    if (s->object) return s;
    if (s->graph) bench_graph_free(s->graph);
    free(s);
    return NULL;
}

static bool known_order(const bench_runner *r, const bench_params *p) {
    return !strcmp(p->order, "topological") || !strcmp(p->order, "chains") ||
           (r->forward && !strcmp(p->order, "shuffled"));
}

bool bench_runner_supports(const bench_runner *self, enum bench_runner_case c, const bench_params *p) {
    if (c == BENCH_LATENCY) return true;
    if (c == BENCH_DAG && strcmp(p->mix, "run") && !(self->serial && !strcmp(p->mix, "data"))) return false;
    if (c == BENCH_FILTER && !known_order(self, p)) return false;
    return p->size > 0 && p->size <= (self->most ? self->most : 1u << 24) && round_of(self, c, p);
}

/* ---- rows ---- */

static const struct {
    const char *name, *unit;
    const bench_axis *axes;
    void (*measure)(void *, const bench_params *, bench_sample *);
} cases[BENCH_RUNNER_CASES] = {
    {"sched.independent", "ns/event", bench_axes_sched_independent, measure_rounds},
    {"sched.dag", "ns/event", bench_axes_sched_dag, measure_rounds},
    {"sched.chain", "ns/event", bench_axes_sched_chain, measure_rounds},
    {"sched.filter", "ns/event", bench_axes_sched_filter, measure_rounds},
    {"sched.latency", "ns", bench_axes_sched_latency, measure_latency},
};

static unsigned flags_of(const bench_runner *r, enum bench_runner_case c) {
    return r->flags | (r->by_hand && (c == BENCH_DAG || c == BENCH_CHAIN) ? BENCH_WEAKER : 0);
}

static bool has(const bench_runner *r, enum bench_runner_case c) {
    if (c == BENCH_INDEPENDENT) return r->flat || r->spawn || r->source;
    return c == BENCH_FILTER ? r->named != NULL : c == BENCH_LATENCY ? r->at != NULL : r->graph != NULL;
}

void bench_runner_register(const bench_runner *self, bench_row rows[BENCH_RUNNER_CASES],
                           void *(*const make[BENCH_RUNNER_CASES])(const bench_params *),
                           bool (*const supports[BENCH_RUNNER_CASES])(const bench_params *), bool chosen) {
    for (int i = 0; i < BENCH_RUNNER_CASES; i++) {
        if (!has(self, (enum bench_runner_case)i)) continue;
        rows[i] = (bench_row){.name = cases[i].name,
                              .variant = self->variant,
                              .flags = flags_of(self, (enum bench_runner_case)i),
                              .note = self->note,
                              .unit = cases[i].unit,
                              .axes = cases[i].axes,
                              .supports = supports[i],
                              .make = make[i],
                              .destroy = destroy,
                              .measure = cases[i].measure};
        bench_register(&rows[i], chosen);
    }
}
