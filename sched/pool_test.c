/* Unit test of pools, once a variant: every event once, its dependencies before it, data parts of a domain one at a time,
 * whoever submits, and whatever the number of workers. */
#include "sched/pool_test_p.h"

enum { WORKERS = 3 };

/* -- random graphs ------------------------------------------------------------------------------------------------ */

enum { NODES = 20000, DEPS = 4 };

typedef struct node {
    weir_event event;
    weir_dep deps[DEPS];
    uint32_t depth; /* 1 + the greatest of its dependencies'; plain: that they happen before it makes it right */
    uint32_t runs, ends;
} node;

static void node_run(weir_turn *turn, weir_event *e) {
    (void)turn;
    node *n = (node *)e;
    uint32_t depth = 0;
    for (uint32_t i = 0; i < e->ndeps; i++) {
        const node *on = (const node *)n->deps[i].on.event;
        if (on->depth > depth) depth = on->depth;
    }
    n->depth = depth + 1;
    n->runs++;
}

static void node_end(weir_event *e, weir_sched_status status) {
    if (status == WEIR_SCHED_OK) ((node *)e)->ends++;
}

/* Each node waits for up to DEPS before it, mostly near ones, some of them the same twice. */
static node *graph_new(uint64_t seed) {
    node *g = calloc(NODES, sizeof *g);
    for (uint32_t i = 0; i < NODES; i++) {
        g[i].event = (weir_event){.run = node_run, .end = node_end, .deps = g[i].deps};
        g[i].event.ndeps = i ? pool_random(&seed) % (DEPS + 1) : 0;
        for (uint32_t k = 0; k < g[i].event.ndeps; k++) {
            uint32_t back = 1 + pool_random(&seed) % (pool_random(&seed) % 8 ? 16 : NODES);
            g[i].deps[k] = (weir_dep){.kind = WEIR_DEP_EVENT, .on.event = &g[i - (back > i ? i : back)].event};
        }
    }
    return g;
}

/* Kahn's algorithm: takes away, layer by layer, what waits for nothing; the layer is the depth. */
static uint32_t *kahn(const node *g) {
    uint32_t *depth = calloc(NODES, sizeof *depth), *unmet = calloc(NODES, sizeof *unmet);
    uint32_t *first = calloc(NODES + 1, sizeof *first), *to = calloc((size_t)NODES * DEPS, sizeof *to);
    uint32_t *queue = calloc(NODES, sizeof *queue), head = 0, tail = 0;
    for (uint32_t i = 0; i < NODES; i++)
        for (uint32_t k = 0; k < g[i].event.ndeps; k++) first[(const node *)g[i].deps[k].on.event - g + 1]++;
    for (uint32_t i = 0; i < NODES; i++) first[i + 1] += first[i];
    uint32_t *at = malloc(NODES * sizeof *at);
    memcpy(at, first, NODES * sizeof *at);
    for (uint32_t i = 0; i < NODES; i++) {
        for (uint32_t k = 0; k < g[i].event.ndeps; k++) to[at[(const node *)g[i].deps[k].on.event - g]++] = i;
        if (!(unmet[i] = g[i].event.ndeps)) queue[tail++] = i;
    }
    for (; head < tail; head++) {
        uint32_t i = queue[head];
        depth[i]++;
        for (uint32_t k = first[i]; k < first[i + 1]; k++) {
            if (depth[to[k]] < depth[i]) depth[to[k]] = depth[i];
            if (!--unmet[to[k]]) queue[tail++] = to[k];
        }
    }
    assert_int_equal(tail, NODES);
    free(unmet), free(first), free(to), free(queue), free(at);
    return depth;
}

static void check_graph(const node *g, const uint32_t *depth, uint32_t times) {
    for (uint32_t i = 0; i < NODES; i++) {
        assert_int_equal(g[i].runs, times);
        assert_int_equal(g[i].ends, times);
        assert_int_equal(g[i].depth, depth[i]);
    }
}

static void a_random_graph_runs_as_kahn_says(void **state) {
    (void)state;
    for (unsigned workers = 0; workers <= WORKERS; workers++) {
        weir_sched_options o = pool_options(workers);
        pool p = pool_open(&o);
        node *g = graph_new(workers + 1);
        uint32_t *depth = kahn(g);
        for (uint32_t round = 1; round <= 3; round++) {
            for (uint32_t i = 0; i < NODES; i++) {
                g[i].depth = 0;
                pool_submit(&p, &g[i].event);
            }
            pool_wait(&p);
            check_graph(g, depth, round);
            for (uint32_t i = 0; i < NODES; i++) weir_event_reset(&g[i].event);
        }
        pool_close(&p);
        free(g), free(depth);
    }
}

typedef struct submitter {
    weir_event event;
    node *graph;
} submitter;

static void submit_graph(weir_turn *turn, weir_event *e) {
    node *g = ((submitter *)e)->graph;
    for (uint32_t i = 0; i < NODES; i++)
        if (weir_sched_submit(turn, &g[i].event)) abort();
}

static void a_graph_of_children(void **state) {
    (void)state;
    weir_sched_options o = pool_options(WORKERS);
    pool p = pool_open(&o);
    node *g = graph_new(77);
    uint32_t *depth = kahn(g);
    submitter root = {.event = {.run = submit_graph}, .graph = g};
    pool_submit(&p, &root.event);
    pool_wait(&p);
    check_graph(g, depth, 1);
    pool_close(&p);
    free(g), free(depth);
}

/* -- trees -------------------------------------------------------------------------------------------------------- */

enum { FAN = 10, HEIGHT = 6 }; /* a million leaves */

/* Forks FAN children and, when all below them is over, adds up what they found. Their memory goes when the last of their events
 * has ended, and the sum is made. */
typedef struct fork {
    weir_event event, after;
    weir_join join;
    weir_dep dep;
    struct brood *brood, *in;
    unsigned height;
    uint64_t leaves;
} fork;

typedef struct brood {
    weir_a32 used;
    fork child[FAN];
} brood;

static void brood_leave(brood *b) {
    if (b && weir_a32_sub_acq_rel(&b->used, 1) == 1) free(b);
}

static fork *fork_of_after(weir_event *e) { return (fork *)((char *)e - offsetof(fork, after)); }

static void fork_end(weir_event *e, weir_sched_status status) {
    if (status) abort();
    brood_leave(((fork *)e)->in);
}

static void fork_after_end(weir_event *e, weir_sched_status status) {
    if (status) abort();
    brood_leave(fork_of_after(e)->in);
}

static void fork_after(weir_turn *turn, weir_event *e) {
    (void)turn;
    fork *f = fork_of_after(e);
    for (int i = 0; i < FAN; i++) f->leaves += f->brood->child[i].leaves;
    brood_leave(f->brood);
}

static void fork_run(weir_turn *turn, weir_event *e) {
    fork *f = (fork *)e;
    if (!f->height) {
        f->leaves = 1;
        return;
    }
    f->brood = calloc(1, sizeof *f->brood);
    weir_a32_store(&f->brood->used, 1 + FAN * (f->height > 1 ? 2 : 1));
    weir_join_init(&f->join, NULL);
    f->dep = (weir_dep){.kind = WEIR_DEP_JOIN, .on.join = &f->join};
    f->after = (weir_event){.run = fork_after, .end = fork_after_end, .deps = &f->dep, .ndeps = 1, .join = e->join};
    if (weir_sched_submit(turn, &f->after)) abort();
    for (int i = 0; i < FAN; i++) {
        fork *child = f->brood->child + i;
        child->event = (weir_event){.run = fork_run, .end = fork_end, .join = &f->join};
        child->height = f->height - 1;
        child->in = f->brood;
        if (weir_sched_submit(turn, &child->event)) abort();
    }
    weir_join_seal(weir_turn_sched(turn), &f->join);
}

static void a_tree_of_a_million_leaves(void **state) {
    (void)state;
    weir_sched_options o = pool_options(2);
    pool p = pool_open(&o);
    fork root = {.event = {.run = fork_run, .end = fork_end}, .height = HEIGHT};
    pool_submit(&p, &root.event);
    pool_wait(&p);
    assert_int_equal(root.leaves, 1000000);
    pool_close(&p);
}

/* -- data parts --------------------------------------------------------------------------------------------------- */

enum { DOMAINS = 5, DATA_EVENTS = 30000 };

static struct {
    weir_a32 inside;
    uint64_t sum; /* plain: only data parts of the domain touch it */
} domains[DOMAINS];
static weir_a32 overlaps;

static void data_part(weir_turn *turn, weir_event *e) {
    (void)turn;
    if (weir_a32_add(&domains[e->domain].inside, 1)) weir_a32_add(&overlaps, 1);
    domains[e->domain].sum += e->key;
    weir_a32_sub(&domains[e->domain].inside, 1);
}

static void nothing(weir_turn *turn, weir_event *e) { (void)turn, (void)e; }

static void data_parts_of_a_domain_never_overlap(void **state) {
    (void)state;
    weir_sched_options o = pool_options(WORKERS);
    o.domains = DOMAINS;
    pool p = pool_open(&o);
    weir_event *e = calloc(DATA_EVENTS, sizeof *e);
    uint64_t want[DOMAINS] = {0};
    memset(domains, 0, sizeof domains);
    for (uint32_t i = 0; i < DATA_EVENTS; i++) {
        e[i] = (weir_event){.key = i, .domain = i % 7 % DOMAINS, .run = i % 3 ? nothing : NULL, .data = data_part};
        want[e[i].domain] += i;
        pool_submit(&p, e + i);
    }
    pool_wait(&p);
    assert_int_equal(weir_a32_load(&overlaps), 0);
    for (int d = 0; d < DOMAINS; d++) assert_int_equal(domains[d].sum, want[d]);
    weir_sched_stats stats;
    weir_sched_stats_get(p.s, &stats);
    assert_int_equal(stats.data_parts, DATA_EVENTS);
    assert_int_equal(stats.submitted, stats.ended);
    pool_close(&p);
    free(e);
}

/* -- many submitters ---------------------------------------------------------------------------------------------- */

enum { SOURCES = 4, EACH = 20000 };

static weir_a64 hits;

static void hit(weir_turn *turn, weir_event *e) {
    (void)turn, (void)e;
    weir_a64_add(&hits, 1);
}

typedef struct feeder {
    weir_sched *s;
    uint32_t stream;
    weir_event *events;
    bool bad;
} feeder;

static void *feed(void *arg) {
    feeder *f = arg;
    weir_source *source;
    weir_source_options o = {.limit = 500};
    f->bad = weir_source_open(f->s, f->stream, &o, &source);
    for (int i = 0; i < EACH && !f->bad; i++) {
        f->events[i] = (weir_event){.run = hit};
        f->bad = weir_source_submit_until(source, f->events + i, WEIR_FOREVER);
    }
    if (!f->bad) weir_source_close(source);
    return NULL;
}

static void many_threads_submit(void **state) {
    (void)state;
    weir_sched_options o = pool_options(2);
    pool p = pool_open(&o);
    feeder f[SOURCES];
    pthread_t t[SOURCES];
    weir_a64_store(&hits, 0);
    for (uint32_t i = 0; i < SOURCES; i++) {
        f[i] = (feeder){.s = p.s, .stream = i + 1, .events = malloc(EACH * sizeof(weir_event))};
        t[i] = weir_test_thread(feed, f + i);
    }
    for (int i = 0; i < SOURCES; i++) {
        pthread_join(t[i], NULL);
        assert_false(f[i].bad);
    }
    pool_wait(&p);
    assert_int_equal(weir_a64_load(&hits), SOURCES * EACH);
    pool_close(&p);
    for (int i = 0; i < SOURCES; i++) free(f[i].events);
}

/* -- more than a deque holds -------------------------------------------------------------------------------------- */

enum { FLOOD = 200000 };

static weir_event *flood;

static void flood_run(weir_turn *turn, weir_event *e) {
    (void)e;
    for (int i = 0; i < FLOOD; i++) {
        flood[i] = (weir_event){.run = hit};
        if (weir_sched_submit(turn, flood + i)) abort();
    }
}

static void more_is_ready_than_a_deque_holds(void **state) {
    (void)state;
    flood = malloc(FLOOD * sizeof *flood);
    for (unsigned workers = 0; workers <= WORKERS; workers++) {
        weir_sched_options o = pool_options(workers);
        pool p = pool_open(&o);
        weir_event root = {.run = flood_run};
        weir_a64_store(&hits, 0);
        pool_submit(&p, &root);
        pool_wait(&p);
        assert_int_equal(weir_a64_load(&hits), FLOOD);
        pool_close(&p);
    }
    free(flood);
}

/* -- the place of one that was lost --------------------------------------------------------------------------------- */

static weir_a32 stuck, go_on; /* stuck: 1 + the worker */

static void hang(weir_turn *turn, weir_event *e) {
    (void)e;
    weir_a32_store_release(&stuck, weir_turn_worker(turn) + 1);
    while (!weir_a32_load_acquire(&go_on)) weir_yield();
    weir_a32_store_release(&stuck, 0);
}

static void *works(void *s) {
    assert_int_equal(weir_sched_work(s), WEIR_SCHED_OK);
    return NULL;
}

static void await_workers(weir_sched *s, unsigned n) {
    weir_sched_stats stats;
    do weir_sched_stats_get(s, &stats);
    while (stats.workers != n);
}

/* Submits e, which hangs in the hands of one of the workers, who is declared lost, comes back and goes. Which it was. */
static unsigned lose_one(pool *p, noted *e) {
    weir_a32_store(&go_on, 0);
    pool_submit(p, &e->event);
    while (!weir_a32_load_acquire(&stuck)) weir_yield();
    unsigned worker = weir_a32_load(&stuck) - 1;
    assert_int_equal(weir_sched_lost(p->s, worker), WEIR_SCHED_OK);
    return worker;
}

/* First in a data part, then, another in the same place, in a run part: the domain is not given away a second time. */
static void lost_twice_in_one_place(void **state) {
    (void)state;
    weir_sched_options o = pool_options(0);
    pool p = pool_open(&o);
    noted in_data, in_run, other;
    pthread_t threads[3];
    for (unsigned i = 0; i < 2; i++) threads[i] = weir_test_thread(works, p.s);
    await_workers(p.s, 2);
    noted_init(&in_data, NULL)->event.data = hang;
    unsigned first = lose_one(&p, &in_data);
    noted_init(&other, NULL)->event.data = noted_run;
    pool_submit(&p, &other.event); /* for which the other worker takes the domain */
    pool_wait(&p);
    weir_a32_store_release(&go_on, 1);
    while (weir_a32_load_acquire(&stuck)) weir_yield();
    while (weir_sched_lost(p.s, first) == WEIR_SCHED_OK) weir_yield(); /* until the place is free */
    threads[2] = weir_test_thread(works, p.s);
    await_workers(p.s, 2);
    assert_int_equal(weir_sched_leave(p.s, 1 - first), WEIR_SCHED_OK);
    await_workers(p.s, 1);
    assert_int_equal(lose_one(&p, noted_init(&in_run, hang)), first);
    weir_a32_store_release(&go_on, 1);
    for (unsigned i = 0; i < 3; i++) assert_int_equal(pthread_join(threads[i], NULL), 0);
    noted_init(&other, NULL)->event.data = noted_run;
    pool_submit(&p, &other.event);
    pool_wait(&p);
    assert_int_equal(other.how, WEIR_SCHED_OK);
    pool_close(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_random_graph_runs_as_kahn_says),
        cmocka_unit_test(a_graph_of_children),
        cmocka_unit_test(a_tree_of_a_million_leaves),
        cmocka_unit_test(data_parts_of_a_domain_never_overlap),
        cmocka_unit_test(many_threads_submit),
        cmocka_unit_test(more_is_ready_than_a_deque_holds),
        cmocka_unit_test(lost_twice_in_one_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
