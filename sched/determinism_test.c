/* The order family does what one thread would do that takes events from a heap: for any number of workers the data parts come
 * in the same order, with the same digest and the same final state. Random trees of events: children of both parts, many equal
 * keys, dependencies between siblings, domains, with lookahead each by itself; sources that push and that are pulled; late
 * keys that are held, replayed. */
#include "prims/test_p.h"

#include <stdio.h>
#include <unistd.h>

#include "prims/variant.h"
#include "sched/record.h"
#include "sched/sched.h"

enum { DOMAINS = 5, DOMAINS_MAX = 16, DEPTH = 5, ROOTS = 120, LOG_MAX = 1 << 18, PROGRAM = 11 };

static const unsigned worker_counts[] = {1, 2, 4, 8};
static uint32_t domains = DOMAINS; /* changes between runs */
static uint64_t lookahead = 0;
enum { WINDOW = 256 };
static uint32_t window = WINDOW;

static uint64_t mix(uint64_t a, uint64_t b) {
    uint64_t x = (a ^ b * 0x9e3779b97f4a7c15u) * 0xbf58476d1ce4e5b9u;
    return x ^ x >> 29;
}

/* -- what happens in a run ---------------------------------------------------------------------------------------- */

typedef struct history { /* of a domain */
    uint64_t *log;       /* ids of data parts in their order */
    size_t n;
    uint64_t state;
} history;

typedef struct world { /* changed by data parts only */
    history all;       /* without lookahead */
    history domain[DOMAINS_MAX];
} world;

static world *new_world(void) {
    world *w = calloc(1, sizeof *w);
    w->all.log = malloc(LOG_MAX * sizeof *w->all.log);
    for (int d = 0; d < DOMAINS_MAX; d++) w->domain[d].log = malloc(LOG_MAX * sizeof *w->all.log);
    return w;
}

static void free_world(world *w) {
    free(w->all.log);
    for (int d = 0; d < DOMAINS_MAX; d++) free(w->domain[d].log);
    free(w);
}

static void assert_same_history(const history *a, const history *b) {
    for (size_t i = 0; i < a->n && i < b->n; i++)
        if (a->log[i] != b->log[i])
            fail_msg("%u domains, lookahead %d: data part %zu of %zu differs", domains, (int)lookahead, i, a->n);
    assert_int_equal(a->n, b->n);
    assert_int_equal(a->state, b->state);
}

static void assert_same(const world *a, const world *b) {
    assert_same_history(&a->all, &b->all);
    for (int d = 0; d < DOMAINS_MAX; d++) assert_same_history(&a->domain[d], &b->domain[d]);
}

static size_t count(const world *w) {
    size_t n = 0;
    for (int d = 0; d < DOMAINS_MAX; d++) n += w->domain[d].n;
    return n;
}

/* -- events: all about one follows from its id -------------------------------------------------------------------- */

typedef struct node node;
struct node {
    weir_event e; /* first */
    weir_dep dep;
    world *world;
    uint64_t id, place; /* place: the model's */
    unsigned depth;
    node *next; /* the model's: children, newest first */
};

static void run(weir_turn *turn, weir_event *e);
static void data(weir_turn *turn, weir_event *e);

static void end(weir_event *e, weir_sched_status status) {
    if (status != WEIR_SCHED_OK) abort();
    free(e);
}

static node *new_node(world *w, uint64_t id, unsigned depth, uint64_t key) {
    node *n = calloc(1, sizeof *n);
    uint64_t h = mix(id, 1);
    n->e = (weir_event){.key = key, .domain = (uint32_t)(h >> 20) % domains, .end = end};
    if (h & 3) n->e.data = data;
    if (h & 12 || !n->e.data) n->e.run = run;
    n->world = w;
    n->id = id;
    n->depth = depth;
    return n;
}

typedef void take_child(void *to, node *child);

/* The children of one part, each given to `take`; a sibling may wait for the one before it. */
static void children(node *parent, bool in_data, take_child *take, void *to) {
    uint64_t h = mix(parent->id, in_data ? 3 : 2);
    unsigned count = parent->depth == DEPTH ? 0 : h % (in_data ? 3 : 4);
    node *before = NULL;
    for (unsigned i = 0; i < count; i++) {
        uint64_t id = mix(h, i), key = parent->e.key + (id >> 30) % 6;
        node *child = new_node(parent->world, id, parent->depth + 1, key);
        if (child->e.domain != parent->e.domain) child->e.key = key += lookahead;
        if (before && before->e.key <= key && id & 64) {
            child->dep = (weir_dep){.kind = WEIR_DEP_EVENT, .on.event = &before->e};
            child->e.deps = &child->dep;
            child->e.ndeps = 1;
        }
        before = child;
        take(to, child);
    }
}

static uint64_t note(history *h, uint64_t id, uint64_t key) {
    if (h->n < LOG_MAX) h->log[h->n++] = id;
    return h->state = mix(h->state + id, key);
}

static uint64_t change(node *n) {
    if (!lookahead) note(&n->world->all, n->id, n->e.key);
    return note(&n->world->domain[n->e.domain], n->id, n->e.key);
}

static void submit(void *turn, node *child) {
    if (weir_sched_submit(turn, &child->e) != WEIR_SCHED_OK) abort();
}

static void run(weir_turn *turn, weir_event *e) { children((node *)e, false, submit, turn); }

static void data(weir_turn *turn, weir_event *e) {
    weir_turn_digest(turn, change((node *)e));
    children((node *)e, true, submit, turn);
}

/* -- the model: one heap, one thread ------------------------------------------------------------------------------ */

typedef struct model {
    node **heap;
    size_t n;
    uint64_t places, index;
    node *made;
} model;

static bool before(const node *a, const node *b) {
    if (a->e.key != b->e.key) return a->e.key < b->e.key;
    return a->place < b->place;
}

static void model_add(model *m, node *n, uint64_t place) {
    size_t i = m->n++;
    n->place = place;
    for (; i && before(n, m->heap[(i - 1) / 2]); i = (i - 1) / 2) m->heap[i] = m->heap[(i - 1) / 2];
    m->heap[i] = n;
}

static node *model_take(model *m) {
    node *first = m->heap[0], *last = m->heap[--m->n];
    size_t i = 0;
    for (size_t c; (c = 2 * i + 1) < m->n; i = c) {
        if (c + 1 < m->n && before(m->heap[c + 1], m->heap[c])) c++;
        if (before(last, m->heap[c])) break;
        m->heap[i] = m->heap[c];
    }
    m->heap[i] = last;
    return first;
}

static void model_child(void *to, node *child) {
    model *m = to;
    child->next = m->made;
    m->made = child;
}

/* Behind all streams at its key: places of children begin above those of sources. */
static void model_step(model *m) {
    node *n = model_take(m);
    m->made = NULL;
    if (n->e.run) children(n, false, model_child, m);
    if (n->e.data) {
        change(n);
        children(n, true, model_child, m);
    }
    node *oldest = NULL;
    for (node *next; m->made; m->made = next) {
        next = m->made->next;
        m->made->next = oldest;
        oldest = m->made;
    }
    for (; oldest; oldest = oldest->next) model_add(m, oldest, (uint64_t)1 << 60 | m->places++);
    free(n);
}

/* -- sources ------------------------------------------------------------------------------------------------------ */

/* Root i comes by stream i % 3: 0 and 1 are pushed, 2 is pulled. In each, keys rise. */
static uint64_t root_key(uint64_t i) { return i / 4; }

static node *root(world *w, uint64_t i) { return new_node(w, mix(i, 99), 0, root_key(i)); }

static world *by_model(void) {
    world *w = new_world();
    model m = {.heap = malloc(LOG_MAX * sizeof *m.heap)};
    for (uint64_t i = 0; i < ROOTS; i++) model_add(&m, root(w, i), (i % 3) << 40 | i);
    while (m.n) model_step(&m);
    free(m.heap);
    return w;
}

typedef struct pulled {
    world *world;
    uint64_t next;
} pulled;

static weir_event *pull(weir_source *source, void *arg) {
    pulled *p = arg;
    if (p->next >= ROOTS) {
        weir_source_close(source);
        return NULL;
    }
    node *n = root(p->world, p->next);
    weir_source_promise(source, n->e.key);
    p->next += 3;
    return &n->e;
}

static const char *variant = WEIR_STRING(WEIR_ORDER);

static weir_sched *open_sched(unsigned workers, weir_record *record, const weir_replay *replay) {
    weir_sched *s;
    weir_sched_error error;
    weir_sched_options o = {.variant = variant,
                            .workers = workers,
                            .domains = domains,
                            .lookahead = lookahead,
                            .window = window,
                            .record = record,
                            .epoch = replay ? weir_replay_epoch : NULL,
                            .arg = (void *)(uintptr_t)replay};
    if (weir_sched_open(&o, &s, &error) != WEIR_SCHED_OK) fail_msg("%s", error.text);
    return s;
}

/* All are open before the first event comes: who opens later is late. */
static void feed(weir_sched *s, world *w, pulled *p) {
    weir_source *source[3];
    for (uint32_t i = 0; i < 3; i++) {
        weir_source_options o = {.limit = 32, .pull = i == 2 ? pull : NULL, .arg = p};
        assert_int_equal(weir_source_open(s, i, &o, &source[i]), WEIR_SCHED_OK);
    }
    for (uint64_t i = 0; i < ROOTS; i++) {
        if (i % 3 == 2) continue;
        node *n = root(w, i);
        weir_source_promise(source[0], n->e.key);
        weir_source_promise(source[1], n->e.key);
        assert_int_equal(weir_source_submit_until(source[i % 3], &n->e, WEIR_FOREVER), WEIR_SCHED_OK);
    }
    weir_source_close(source[0]);
    weir_source_close(source[1]);
}

static uint64_t digest_of(weir_sched *s) {
    weir_sched_stats stats;
    weir_sched_stats_get(s, &stats);
    assert_int_equal(stats.submitted, stats.ended);
    assert_true(stats.digest);
    return stats.digest;
}

static world *by_workers(unsigned workers, uint64_t *digest) {
    world *w = new_world();
    pulled p = {w, 2};
    weir_sched *s = open_sched(workers, NULL, NULL);
    feed(s, w, &p);
    assert_int_equal(weir_sched_wait(s, WEIR_FOREVER), WEIR_SCHED_OK);
    *digest = digest_of(s);
    weir_sched_close(s);
    return w;
}

static void compare_with_model(void) {
    world *expected = by_model();
    uint64_t first, digest;
    assert_true(count(expected) > 10 * ROOTS);
    variant = "horizon"; /* which runs all data parts one after another */
    free_world(by_workers(1, &first));
    variant = WEIR_STRING(WEIR_ORDER);
    for (size_t i = 0; i < sizeof worker_counts / sizeof *worker_counts; i++) {
        world *w = by_workers(worker_counts[i], &digest);
        assert_same(expected, w);
        assert_int_equal(digest, first);
        free_world(w);
    }
    free_world(expected);
}

static void as_one_thread_would(void **state) {
    (void)state;
    compare_with_model();
}

/* Domains run beside each other, and each as if it were alone. */
static void domains_within_lookahead(void **state) {
    (void)state;
    static const uint32_t counts[] = {1, 3, 16};
    static const uint64_t aheads[] = {0, 1, 7, 100000};
    for (size_t d = 0; d < sizeof counts / sizeof *counts; d++)
        for (size_t l = 0; l < sizeof aheads / sizeof *aheads; l++) {
            domains = counts[d];
            lookahead = aheads[l];
            if (domains == 1 && lookahead > 1) continue; /* nothing is beside it */
            compare_with_model();
        }
    domains = DOMAINS;
    lookahead = 0;
}

/* -- recorded, and fed back --------------------------------------------------------------------------------------- */

static char path[64], again[64];

static const void *payload(void *arg, const weir_event *e, size_t *size) {
    (void)arg;
    *size = sizeof(uint64_t);
    return &((const node *)e)->id;
}

static weir_event *make(void *arg, const weir_replay_input *in) {
    uint64_t id;
    memcpy(&id, in->payload, sizeof id);
    return &new_node(arg, id, 0, in->key)->e;
}

/* Two streams that promise nothing, whose keys are in no order: most come late, and what they are raised to is chance. */
static void feed_late(weir_sched *s, world *w) {
    weir_source *source[2];
    for (uint32_t i = 0; i < 2; i++) {
        weir_source_options o = {.limit = 32, .promise = WEIR_KEY_NONE};
        assert_int_equal(weir_source_open(s, i, &o, &source[i]), WEIR_SCHED_OK);
    }
    for (uint64_t i = 0; i < ROOTS; i++) {
        node *n = new_node(w, mix(i, 99), 0, mix(i, 7) % 100);
        assert_int_equal(weir_source_submit_until(source[i % 2], &n->e, WEIR_FOREVER), WEIR_SCHED_OK);
    }
    weir_source_close(source[0]);
    weir_source_close(source[1]);
}

static weir_record *create(const char *to) {
    weir_record *r;
    assert_int_equal(weir_record_create(to, &(weir_record_options){PROGRAM, payload, NULL}, &r, NULL), WEIR_SCHED_OK);
    return r;
}

static world *recorded(unsigned workers, uint64_t *digest) {
    world *w = new_world();
    weir_record *r = create(path);
    weir_sched *s = open_sched(workers, r, NULL);
    feed_late(s, w);
    assert_int_equal(weir_sched_wait(s, WEIR_FOREVER), WEIR_SCHED_OK);
    *digest = digest_of(s);
    weir_sched_close(s);
    assert_int_equal(weir_record_close(r, NULL), WEIR_SCHED_OK);
    return w;
}

/* It is recorded once more. */
static world *replayed(unsigned workers, uint64_t *digest) {
    world *w = new_world();
    weir_replay *r;
    weir_sched_error error;
    if (weir_replay_open(path, PROGRAM, &r, &error) != WEIR_SCHED_OK) fail_msg("%s", error.text);
    weir_record *second = create(again);
    weir_sched *s = open_sched(workers, second, r);
    assert_int_equal(weir_replay_start(r, s, make, w), WEIR_SCHED_OK);
    assert_int_equal(weir_sched_wait(s, WEIR_FOREVER), WEIR_SCHED_OK);
    *digest = digest_of(s);
    weir_sched_close(s);
    if (weir_replay_result(r, &error) != WEIR_SCHED_OK) fail_msg("%u workers: %s", workers, error.text);
    weir_replay_close(r);
    assert_int_equal(weir_record_close(second, NULL), WEIR_SCHED_OK);
    return w;
}

static void compare_with_replay(void) {
    uint64_t digest, first;
    weir_sched_error error;
    world *expected = recorded(4, &first);
    assert_true(count(expected) > 10 * ROOTS);
    for (size_t i = 0; i < sizeof worker_counts / sizeof *worker_counts; i++) {
        world *w = replayed(worker_counts[i], &digest);
        assert_same(expected, w);
        assert_int_equal(digest, first);
        if (weir_record_compare(path, again, &error) != WEIR_SCHED_OK) fail_msg("%s", error.text);
        free_world(w);
    }
    free_world(expected);
}

static void replay_is_bit_for_bit(void **state) {
    (void)state;
    compare_with_replay();
}

static void replay_within_lookahead(void **state) {
    (void)state;
    lookahead = 7;
    compare_with_replay();
    lookahead = 0;
}

/* Epochs are cut elsewhere, and the order is the same. */
static void replay_elsewhere(const char *in, uint32_t of_window, unsigned workers, const world *expected,
                             uint64_t first) {
    weir_replay *r;
    weir_sched_error error;
    world *w = new_world();
    variant = in;
    window = of_window;
    assert_int_equal(weir_replay_open(path, PROGRAM, &r, &error), WEIR_SCHED_OK);
    weir_sched *s = open_sched(workers, NULL, r);
    assert_int_equal(weir_replay_start(r, s, make, w), WEIR_SCHED_OK);
    assert_int_equal(weir_sched_wait(s, WEIR_FOREVER), WEIR_SCHED_OK);
    uint64_t digest = digest_of(s);
    weir_sched_close(s);
    if (weir_replay_result(r, &error)) fail_msg("in %s, window %u, %u workers: %s", in, of_window, workers, error.text);
    weir_replay_close(r);
    assert_same(expected, w);
    assert_int_equal(digest, first);
    free_world(w);
    variant = WEIR_STRING(WEIR_ORDER);
    window = WINDOW;
}

static void replay_in_another_variant(void **state) {
    (void)state;
    static const char *const variants[] = {"epoch", "phase", "double", "horizon"};
    uint64_t first;
    lookahead = 7;
    world *expected = recorded(4, &first);
    for (size_t v = 0; v < sizeof variants / sizeof *variants; v++)
        replay_elsewhere(variants[v], v % 2 ? WINDOW : 2, 1 + (unsigned)v, expected, first);
    free_world(expected);
    lookahead = 0;
}

/* What the lookahead makes late is late there only: that the order is another is found. */
static void replay_with_another_lookahead(void **state) {
    (void)state;
    uint64_t first;
    weir_replay *r;
    weir_sched_error error;
    lookahead = 7;
    free_world(recorded(2, &first));
    lookahead = 100;
    assert_int_equal(weir_replay_open(path, PROGRAM, &r, &error), WEIR_SCHED_OK);
    world *w = new_world();
    weir_sched *s = open_sched(2, NULL, r);
    assert_int_equal(weir_replay_start(r, s, make, w), WEIR_SCHED_OK);
    assert_int_equal(weir_sched_wait(s, WEIR_FOREVER), WEIR_SCHED_OK);
    weir_sched_close(s);
    assert_int_equal(weir_replay_result(r, &error), WEIR_SCHED_CORRUPT);
    assert_non_null(strstr(error.text, "lookahead"));
    weir_replay_close(r);
    free_world(w);
    lookahead = 0;
}

/* A changed input is found, and named: the test above can fail. */
static void a_difference_is_named(void **state) {
    (void)state;
    uint64_t digest;
    weir_sched_error error;
    weir_replay *r;
    free_world(recorded(2, &digest));
    assert_int_equal(weir_replay_open(path, PROGRAM, &r, &error), WEIR_SCHED_OK);
    world *w = new_world();
    weir_sched *s = open_sched(2, NULL, r);
    weir_source *source; /* a stream that was not there */
    assert_int_equal(weir_source_open(s, 2, NULL, &source), WEIR_SCHED_OK);
    assert_int_equal(weir_source_submit(source, &new_node(w, 5, 0, 3)->e), WEIR_SCHED_OK);
    weir_source_close(source);
    assert_int_equal(weir_replay_start(r, s, make, w), WEIR_SCHED_OK);
    assert_int_equal(weir_sched_wait(s, WEIR_FOREVER), WEIR_SCHED_OK);
    weir_sched_close(s);
    assert_int_equal(weir_replay_result(r, &error), WEIR_SCHED_CORRUPT);
    assert_non_null(strstr(error.text, "differs"));
    weir_replay_close(r);
    free_world(w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_one_thread_would),       cmocka_unit_test(domains_within_lookahead),
        cmocka_unit_test(replay_is_bit_for_bit),     cmocka_unit_test(replay_within_lookahead),
        cmocka_unit_test(replay_in_another_variant), cmocka_unit_test(replay_with_another_lookahead),
        cmocka_unit_test(a_difference_is_named),
    };
    snprintf(path, sizeof path, "/tmp/weir-determinism-%d", (int)getpid());
    snprintf(again, sizeof again, "/tmp/weir-determinism-%d.again", (int)getpid());
    int failed = cmocka_run_group_tests_name("determinism", tests, NULL, NULL);
    unlink(path);
    unlink(again);
    return failed;
}
