#include "bench/cases/events.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct runner runner;

/* Two cache lines. Its place in no hierarchy is used for the runner. */
typedef struct item {
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_event event;
} item;

struct runner {
    bench_graph *g;
    weir_sched *sched;
    weir_source *source;
    uint64_t key, seq; /* of this round: of all events; of the one before the first, when they are named */
    uint64_t *seqs;    /* sched.filter: of the nodes, in this round */
    item *items;       /* of the nodes, and one that submits the others */
    weir_dep (*dep)[BENCH_GRAPH_DEPS]; /* of the nodes */
    weir_event **at;                   /* a batch */
};

enum { BATCH = 256, TOGETHER = 64 };

void bench_events_must(weir_sched_status status, const char *what) {
    if (status == WEIR_SCHED_OK) return;
    fprintf(stderr, "bench: %s: %s\n", what, weir_sched_status_text(status));
    abort();
}

weir_sched *bench_events_sched(const char *variant, const char *filter, unsigned threads, bool outside) {
    weir_sched *s;
    weir_sched_error error;
    weir_sched_options o = {.variant = variant, .filter = filter, .workers = threads > 1 || outside ? threads : 0};
    if (weir_sched_open(&o, &s, &error) == WEIR_SCHED_OK) return s;
    fprintf(stderr, "bench: %s\n", error.text);
    return NULL;
}

/* ---- what an event does ---- */

static runner *runner_of(const weir_event *e) { return (runner *)(uintptr_t)e->path; }
static uint32_t number(const item *it) { return (uint32_t)(it - runner_of(&it->event)->items); }

static weir_event *make(runner *r, uint32_t i, weir_event_fn *run) {
    weir_event *e = &r->items[i].event;
    weir_event_init(e, run);
    e->path = (uintptr_t)r;
    return e;
}

static void run_node(weir_turn *turn, weir_event *e) {
    item *it = (item *)e;
    (void)turn;
    bench_node_run(runner_of(e)->g, number(it));
}

static void submit(weir_turn *turn, runner *r, uint32_t i, weir_event_fn *run) {
    bench_events_must(weir_sched_submit(turn, make(r, i, run)), "submit");
}

static void run_flat(weir_turn *turn, weir_event *e) {
    runner *r = runner_of(e);
    for (uint32_t i = 0; i < r->g->n; i++) submit(turn, r, i, run_node);
}

/* Who spawns may have few events at a time, and uses their memory again, as libraries with tasks of their own do. What is left at the end
 * is the child's, which ends as well. */
typedef struct spawned {
    weir_event event;
    runner *runner;
    uint32_t i;
    struct spawned *next;
} spawned;

static _Thread_local spawned *unused;

static void spawned_end(weir_event *e, weir_sched_status status) {
    spawned *it = (spawned *)e;
    bench_events_must(status, "end");
    it->next = unused;
    unused = it;
}

static void run_tree(weir_turn *turn, weir_event *e);

static spawned *fresh(runner *r) {
    spawned *it = malloc(sizeof *it);
    if (!it) abort();
    *it = (spawned){.event = {.run = run_tree, .end = spawned_end}, .runner = r};
    return it;
}

static void spawn(weir_turn *turn, runner *r, uint32_t i) {
    spawned *it = unused;
    if (it) {
        unused = it->next;
        weir_event_reset(&it->event);
    } else it = fresh(r);
    it->i = i;
    bench_events_must(weir_sched_submit(turn, &it->event), "submit");
}

static void run_tree(weir_turn *turn, weir_event *e) {
    const spawned *it = (spawned *)e;
    uint32_t child = 2 * it->i + 1;
    bench_node_run(it->runner->g, it->i);
    if (child < it->runner->g->n) spawn(turn, it->runner, child);
    if (child + 1 < it->runner->g->n) spawn(turn, it->runner, child + 1);
}

static void run_spawn(weir_turn *turn, weir_event *e) { spawn(turn, runner_of(e), 0); }

static void serve_node(weir_turn *turn, weir_event *e) {
    item *it = (item *)e;
    (void)turn;
    bench_node_serve(runner_of(e)->g, number(it));
}

static void run_graph(weir_turn *turn, weir_event *first) {
    runner *r = runner_of(first);
    weir_event_fn *data = r->g->data ? serve_node : NULL;
    for (uint32_t i = 0; i < r->g->n; i++) {
        weir_event *e = make(r, i, run_node);
        e->data = data;
        e->deps = r->dep[i];
        e->ndeps = bench_node_deps(r->g, i);
        for (unsigned k = 0; k < e->ndeps; k++)
            r->dep[i][k] = (weir_dep){.kind = WEIR_DEP_EVENT, .on.event = &r->items[r->g->dep[i][k]].event};
        bench_events_must(weir_sched_submit(turn, e), "submit");
    }
}

/* ---- rounds ---- */

void bench_events_quiet(void *o) { bench_events_must(weir_sched_wait(((runner *)o)->sched, WEIR_FOREVER), "wait"); }

static void from(runner *r, uint32_t first, weir_event_fn *run) {
    bench_events_must(weir_source_submit(r->source, make(r, first, run)), "submit from outside");
    bench_events_quiet(r);
}

void bench_events_flat(void *o) { from(o, ((runner *)o)->g->n, run_flat); }
void bench_events_spawn(void *o) { from(o, ((runner *)o)->g->n, run_spawn); }
void bench_events_graph(void *o) { from(o, ((runner *)o)->g->n, run_graph); }

void bench_events_at(void *o, uint32_t i) {
    runner *r = o;
    bench_events_must(weir_source_submit(r->source, make(r, i, run_node)), "submit from outside");
}

void bench_events_source(void *o) {
    runner *r = o;
    for (uint32_t i = 0; i < r->g->n;) {
        size_t n = 0, taken;
        for (; n < BATCH && i < r->g->n; i++, n++) r->at[n] = make(r, i, run_node);
        bench_events_must(weir_source_submit_batch(r->source, r->at, n, &taken), "submit of a batch");
    }
    bench_events_quiet(r);
}

static weir_event *named(runner *r, uint32_t i) {
    weir_event *e = make(r, i, run_node);
    e->key = r->key;
    e->seq = r->seq + r->seqs[i];
    e->flags = WEIR_EVENT_NAMED;
    e->deps = r->dep[i];
    e->ndeps = bench_node_deps(r->g, i);
    for (unsigned k = 0; k < e->ndeps; k++)
        r->dep[i][k] = (weir_dep){.kind = WEIR_DEP_ID, .on.seq = r->seq + r->seqs[r->g->dep[i][k]]};
    return e;
}

/* In parts, each of which has ended before the next comes, so that most dependencies have: what filters are for. A part that is out of
 * order is the whole. With an order nothing runs before the promise, so that all names of a part are known by then. */
void bench_events_named(void *o) {
    runner *r = o;
    uint32_t part = r->g->shuffled ? r->g->n : TOGETHER;
    for (uint32_t i = 0; i < r->g->n;) {
        size_t n = 0, taken;
        for (; n < part && i < r->g->n; n++, i++) r->at[n] = named(r, r->g->order[i]);
        bench_events_must(weir_source_submit_batch(r->source, r->at, n, &taken), "submit of a batch");
        bench_events_must(weir_source_promise(r->source, ++r->key), "promise");
        bench_events_quiet(r);
    }
    r->seq += r->g->n;
}

/* ---- making ---- */

void bench_events_close(void *o) {
    runner *r = o;
    if (r->source) weir_source_close(r->source);
    if (r->sched) weir_sched_close(r->sched);
    free(r->items);
    free(r->dep);
    free(r->at);
    free(r->seqs);
    free(r);
}

/* counters.idset: the variant, and the filter in front of names. */
static bool open_sched(runner *r, const char *name, unsigned threads, bool outside) {
    char variant[24];
    const char *dot = strchr(name, '.');
    snprintf(variant, sizeof variant, "%.*s", dot ? (int)(dot - name) : (int)strlen(name), name);
    r->sched = bench_events_sched(variant, dot ? dot + 1 : NULL, threads, outside);
    return r->sched != NULL;
}

/* Where keys are nothing to the events the source promises none, and all get the lowest that is possible. */
static bool open_source(runner *r) {
    const weir_source_options o = {.limit = 2 * (uint64_t)r->g->n + 2, .promise = r->g->order ? 0 : WEIR_KEY_NONE};
    return weir_source_open(r->sched, 0, &o, &r->source) == WEIR_SCHED_OK;
}

static bool allocate(runner *r) {
    bool is_named = r->g->order != NULL;
    uint32_t n = r->g->n;
    r->items = aligned_alloc(WEIR_CACHE_LINE, ((size_t)n + 1) * sizeof *r->items);
    r->dep = calloc(n, sizeof *r->dep);
    r->at = calloc(is_named ? n : BATCH, sizeof(weir_event *));
    r->seqs = calloc(is_named ? n : 1, sizeof *r->seqs);
    if (!r->items || !r->dep || !r->at || !r->seqs) return false;
    for (uint32_t i = 0; i <= n; i++) make(r, i, NULL);
    for (uint32_t i = 0; is_named && i < n; i++) r->seqs[r->g->order[i]] = i + 1;
    return true;
}

void *bench_events_open(const bench_runner *self, bench_graph *g, unsigned threads, bool outside) {
    runner *r = calloc(1, sizeof *r);
    if (!r) return NULL;
    r->g = g;
    if (allocate(r) && open_sched(r, self->variant, threads, outside) && open_source(r)) return r;
    bench_events_close(r);
    return NULL;
}
