/* libuv: uv_queue_work, whose pool takes work from the loop's thread alone. So nobody spawns; a graph's counters are counted down on the
 * loop's thread, when it hears that a piece of work is done. The loop's thread is one more than the column has. */
#include <uv.h>

#include <stdio.h>
#include <stdlib.h>

#include "bench/cases/runner.h"

typedef struct pool pool;

typedef struct request {
    uv_work_t work;
    pool *pool;
} request;

struct pool {
    uv_loop_t loop;
    bench_graph *g;
    request *requests;
    uint32_t *unmet;
};

static uint32_t number(const uv_work_t *w) {
    const request *r = (const request *)(const void *)w;
    return (uint32_t)(r - r->pool->requests);
}

static void run(uv_work_t *w) { bench_node_run(((request *)(void *)w)->pool->g, number(w)); }

static void queue(pool *p, uint32_t i, uv_after_work_cb after) {
    p->requests[i].pool = p;
    if (uv_queue_work(&p->loop, &p->requests[i].work, run, after)) abort(); /* the cell is "failed" */
}

static void done(uv_work_t *w, int status) {
    (void)w;
    (void)status; /* nothing is cancelled */
}

static void done_in_graph(uv_work_t *w, int status) {
    pool *p = ((request *)(void *)w)->pool;
    const bench_graph *g = p->g;
    uint32_t i = number(w);
    (void)status;
    for (uint32_t k = g->first[i]; k < g->first[i + 1]; k++)
        if (--p->unmet[g->dependents[k]] == 0) queue(p, g->dependents[k], done_in_graph);
}

static void at(void *o, uint32_t i) { queue(o, i, done); }
static void quiet(void *o) { uv_run(&((pool *)o)->loop, UV_RUN_DEFAULT); }

static void source(void *o) {
    pool *p = o;
    for (uint32_t i = 0; i < p->g->n; i++) at(p, i);
    quiet(p);
}

static void graph(void *o) {
    pool *p = o;
    for (uint32_t i = 0; i < p->g->n; i++) p->unmet[i] = bench_node_deps(p->g, i);
    for (uint32_t i = 0; i < p->g->nroots; i++) queue(p, p->g->roots[i], done_in_graph);
    quiet(p);
}

static void *start(const bench_runner *self, bench_graph *g, unsigned threads, bool outside) {
    char text[16];
    (void)self;
    (void)outside;
    pool *p = calloc(1, sizeof *p);
    if (!p) return NULL;
    snprintf(text, sizeof text, "%u", threads);
    setenv("UV_THREADPOOL_SIZE", text, 1); /* read when the first work is queued */
    p->g = g;
    p->requests = calloc(g->n, sizeof *p->requests);
    p->unmet = calloc(g->n, sizeof *p->unmet);
    if (!p->requests || !p->unmet || uv_loop_init(&p->loop)) abort();
    return p;
}

static void end(void *o) {
    pool *p = o;
    uv_loop_close(&p->loop);
    free(p->requests);
    free(p->unmet);
    free(p);
}

static const bench_runner uv = {.variant = "peer.uv_work",
                                .flags = BENCH_PEER,
                                .note = "uv_queue_work; from the loop's thread only; graphs are counted down by hand",
                                .by_hand = true,
                                .open = start,
                                .close = end,
                                .source = source,
                                .graph = graph,
                                .at = at,
                                .quiet = quiet};
BENCH_RUNNER(uv, false)
