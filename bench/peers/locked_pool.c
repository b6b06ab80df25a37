/* The pool that everybody writes: one queue, one mutex, one condition. Who puts in wakes only when somebody sleeps, after it has let go
 * of the mutex; the dependents that one event makes ready are put in together. */
#include <pthread.h>
#include <stdlib.h>

#include "bench/cases/runner.h"

typedef struct pool pool;
typedef void job_fn(pool *p, uint32_t i);

typedef struct job {
    job_fn *run;
    uint32_t i;
} job;

struct pool {
    bench_graph *g;
    pthread_t *threads;
    unsigned count;
    weir_a32 *unmet;
    pthread_mutex_t mutex;
    pthread_cond_t work, quiet;
    job *ring; /* this and all below under the mutex */
    size_t head, tail, capacity;
    uint32_t ended, sleepers; /* ended: of this round */
    bool over;
};

/* Twice the room; the jobs in front. */
static void grow(pool *p) {
    size_t n = p->tail - p->head, capacity = p->capacity ? 2 * p->capacity : 1024;
    job *ring = malloc(capacity * sizeof *ring);
    if (!ring) abort(); /* the cell is "failed" */
    for (size_t i = 0; i < n; i++) ring[i] = p->ring[(p->head + i) % p->capacity];
    free(p->ring);
    p->ring = ring;
    p->capacity = capacity;
    p->head = 0;
    p->tail = n;
}

static void put(pool *p, job_fn *run, const uint32_t *events, uint32_t n) {
    pthread_mutex_lock(&p->mutex);
    for (uint32_t i = 0; i < n; i++) {
        if (p->tail - p->head == p->capacity) grow(p);
        p->ring[p->tail++ & (p->capacity - 1)] = (job){run, events[i]};
    }
    uint32_t wake = p->sleepers < n ? p->sleepers : n;
    pthread_mutex_unlock(&p->mutex);
    while (wake--) pthread_cond_signal(&p->work);
}

static bool get(pool *p, uint32_t ended, job *j) {
    pthread_mutex_lock(&p->mutex);
    p->ended += ended;
    if (ended && p->ended == p->g->n) pthread_cond_signal(&p->quiet);
    while (p->head == p->tail && !p->over) {
        p->sleepers++;
        pthread_cond_wait(&p->work, &p->mutex);
        p->sleepers--;
    }
    bool some = p->head != p->tail;
    if (some) *j = p->ring[p->head++ & (p->capacity - 1)];
    pthread_mutex_unlock(&p->mutex);
    return some;
}

static void *work(void *arg) {
    pool *p = arg;
    job j;
    for (uint32_t ended = 0; get(p, ended, &j); ended = j.i != p->g->n) /* event n is the one that submits the others */
        j.run(p, j.i);
    return NULL;
}

/* ---- what an event does ---- */

static void run_one(pool *p, uint32_t i) { bench_node_run(p->g, i); }

static void run_flat(pool *p, uint32_t i) {
    (void)i;
    for (uint32_t k = 0; k < p->g->n; k++) put(p, run_one, &k, 1);
}

static void run_spawn(pool *p, uint32_t i) {
    const uint32_t child[] = {2 * i + 1, 2 * i + 2};
    bench_node_run(p->g, i);
    if (child[0] < p->g->n) put(p, run_spawn, child, child[1] < p->g->n ? 2 : 1);
}

static void run_graph(pool *p, uint32_t i) {
    enum { TOGETHER = 32 };
    const bench_graph *g = p->g;
    uint32_t ready[TOGETHER], n = 0;
    bench_node_run(p->g, i);
    for (uint32_t k = g->first[i]; k < g->first[i + 1]; k++) {
        uint32_t d = g->dependents[k];
        if (weir_a32_sub_acq_rel(&p->unmet[d], 1) != 1)
            continue; /* C1: pairs with itself; the last sees what the others wrote */
        ready[n++] = d;
        if (n == TOGETHER) put(p, run_graph, ready, n), n = 0;
    }
    if (n) put(p, run_graph, ready, n);
}

/* ---- rounds ---- */

static void begin(pool *p) {
    pthread_mutex_lock(&p->mutex);
    p->ended = 0;
    pthread_mutex_unlock(&p->mutex);
}

static void wait_quiet(void *o) {
    pool *p = o;
    pthread_mutex_lock(&p->mutex);
    while (p->ended < p->g->n) pthread_cond_wait(&p->quiet, &p->mutex);
    pthread_mutex_unlock(&p->mutex);
}

static void from(pool *p, job_fn *run, uint32_t first) {
    begin(p);
    put(p, run, &first, 1);
    wait_quiet(p);
}

static void flat(void *o) { from(o, run_flat, ((pool *)o)->g->n); }
static void spawn(void *o) { from(o, run_spawn, 0); }

static void at(void *o, uint32_t i) {
    pool *p = o;
    if (i == 0) begin(p);
    put(p, run_one, &i, 1);
}

static void source(void *o) {
    pool *p = o;
    for (uint32_t i = 0; i < p->g->n; i++) at(p, i);
    wait_quiet(p);
}

static void graph(void *o) {
    pool *p = o;
    for (uint32_t i = 0; i < p->g->n; i++) weir_a32_store(&p->unmet[i], bench_node_deps(p->g, i));
    begin(p);
    put(p, run_graph, p->g->roots, p->g->nroots);
    wait_quiet(p);
}

/* ---- threads ---- */

static void *start(const bench_runner *self, bench_graph *g, unsigned threads, bool outside) {
    (void)self;
    (void)outside; /* the caller always is: it sleeps meanwhile */
    pool *p = calloc(1, sizeof *p);
    if (!p) return NULL;
    p->g = g;
    p->unmet = malloc(g->n * sizeof *p->unmet);
    p->threads = malloc(threads * sizeof *p->threads);
    if (!p->unmet || !p->threads || pthread_mutex_init(&p->mutex, NULL) || pthread_cond_init(&p->work, NULL) ||
        pthread_cond_init(&p->quiet, NULL))
        abort(); /* the cell is "failed" */
    for (; p->count < threads; p->count++)
        if (pthread_create(&p->threads[p->count], NULL, work, p)) abort();
    return p;
}

static void end(void *o) {
    pool *p = o;
    pthread_mutex_lock(&p->mutex);
    p->over = true;
    pthread_cond_broadcast(&p->work);
    pthread_mutex_unlock(&p->mutex);
    for (unsigned i = 0; i < p->count; i++) pthread_join(p->threads[i], NULL);
    pthread_mutex_destroy(&p->mutex);
    pthread_cond_destroy(&p->work);
    pthread_cond_destroy(&p->quiet);
    free(p->ring);
    free(p->unmet);
    free(p->threads);
    free(p);
}

static const bench_runner locked = {.variant = "peer.locked_pool",
                                    .flags = BENCH_PEER,
                                    .note = "a queue, a mutex, a condition; graphs are counted down by hand",
                                    .by_hand = true,
                                    .open = start,
                                    .close = end,
                                    .flat = flat,
                                    .spawn = spawn,
                                    .source = source,
                                    .graph = graph,
                                    .at = at,
                                    .quiet = wait_quiet};
BENCH_RUNNER(locked, false)
