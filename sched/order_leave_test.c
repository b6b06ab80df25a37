/* Workers that come, leave and are lost, and what is closed with work under way. */
#include "sched/order_test_p.h"

#include <assert.h>
#include <time.h>

#define VARIANT WEIR_STRING(WEIR_ORDER)

static const load small = {.seed = 77, .streams = 2, .each = 400, .spread = 3000, .depth = 3};

static weir_sched *open_with(weir_sched_options o) {
    weir_sched *s = NULL;
    o.variant = VARIANT;
    assert_int_equal(weir_sched_open(&o, &s, NULL), WEIR_SCHED_OK);
    return s;
}

static weir_source *source_of(weir_sched *s, uint32_t stream) {
    weir_source *source = NULL;
    assert_int_equal(weir_source_open(s, stream, NULL, &source), WEIR_SCHED_OK);
    return source;
}

/* All sources are open before any is closed: else what the first has would not wait for the others. */
static void submit_all(weir_sched *s, const load *l) {
    weir_source *sources[4];
    for (uint32_t k = 0; k < l->streams; k++) sources[k] = source_of(s, k);
    for (uint32_t k = 0; k < l->streams; k++)
        for (uint32_t i = 0; i < l->each; i++)
            assert_int_equal(weir_source_submit(sources[k], &source_node(k, i, NULL, 0)->event), WEIR_SCHED_OK);
    for (uint32_t k = 0; k < l->streams; k++) weir_source_close(sources[k]);
}

static void check_trace(const world *w) {
    uint64_t *trace = weir_test_alloc(NODES_MAX * sizeof *trace);
    size_t traced;
    machine_run(&w->load, trace, &traced);
    assert_int_equal(w->traced, traced);
    assert_memory_equal(w->trace, trace, traced * sizeof *trace);
    free(trace);
}

static void *worker_thread(void *arg) { return (void *)(uintptr_t)weir_sched_work(arg); }

static uint64_t soon(void) { return weir_now_ns() + 120000000000u; }

/* Threads come and are made to leave all the time; the order does not change. */
static void test_come_and_go(void **state) {
    (void)state;
    world w;
    world_open(&w, small);
    the_world = &w;
    weir_sched *s = open_with((weir_sched_options){.workers = 1, .workers_max = 4});
    pthread_t threads[20];
    submit_all(s, &w.load);
    for (int i = 0; i < 20; i++) {
        threads[i] = weir_test_thread(worker_thread, s);
        for (unsigned k = 1; k < 4; k++) weir_sched_leave(s, k);
    }
    assert_int_equal(weir_sched_wait(s, soon()), WEIR_SCHED_OK);
    check_trace(&w);
    weir_sched_stats stats;
    do { /* who has come since must go, too */
        for (unsigned k = 1; k < 4; k++) weir_sched_leave(s, k);
        weir_sched_stats_get(s, &stats);
    } while (stats.workers > 1);
    for (int i = 0; i < 20; i++) {
        while (weir_sched_leave(s, 1) == WEIR_SCHED_OK || weir_sched_leave(s, 2) == WEIR_SCHED_OK ||
               weir_sched_leave(s, 3) == WEIR_SCHED_OK)
            weir_yield();
        void *answer;
        struct timespec late;
        int joined;
        do {
            for (unsigned k = 1; k < 4; k++) weir_sched_leave(s, k);
            clock_gettime(CLOCK_REALTIME, &late);
            late.tv_nsec += 1000000;
            if (late.tv_nsec >= 1000000000) late.tv_nsec -= 1000000000, late.tv_sec++;
            joined = pthread_timedjoin_np(threads[i], &answer, &late);
        } while (joined);
        assert_true((uintptr_t)answer == WEIR_SCHED_OK || (uintptr_t)answer == WEIR_SCHED_BAD);
    }
    weir_sched_close(s);
    world_close(&w);
}

/* A handler makes its own worker leave; what is left goes on when somebody else works. */
static void leave_self(weir_turn *turn, weir_event *e) {
    (void)e;
    if (weir_sched_leave(weir_turn_sched(turn), WEIR_NO_WORKER)) weir_a32_add(&the_world->wrong, 1);
}

static void test_leave_self(void **state) {
    (void)state;
    world w;
    world_open(&w, small);
    the_world = &w;
    weir_sched *s = open_with((weir_sched_options){.streams = 4});
    node *quits = node_new(4, 1500, 0);
    quits->event.run = leave_self;
    quits->event.data = NULL;
    weir_source *source = source_of(s, 3);
    assert_int_equal(weir_source_submit(source, &quits->event), WEIR_SCHED_OK);
    submit_all(s, &w.load);
    weir_source_close(source);
    assert_int_equal(weir_sched_leave(s, 0), WEIR_SCHED_BAD);
    assert_int_equal(weir_sched_leave(s, WEIR_NO_WORKER), WEIR_SCHED_BAD);
    assert_int_equal(weir_sched_lost(s, 7), WEIR_SCHED_BAD);
    assert_int_equal(weir_sched_work(s), WEIR_SCHED_OK); /* until it leaves */
    assert_int_equal(weir_a32_load(&quits->ran), 0);
    assert_int_equal(weir_sched_wait(s, soon()), WEIR_SCHED_OK);
    assert_int_equal(weir_a32_load(&w.wrong), 0);
    check_trace(&w);
    weir_sched_close(s);
    world_close(&w);
}

/* The same in a data part whose children have run parts: they are read by who comes next, into the same place. */
enum { MANY = 300 };

static void many_and_leave(weir_turn *turn, weir_event *e) {
    for (uint32_t i = 0; i < MANY; i++) {
        node *child = node_new(5 + i, e->key, the_world->load.depth);
        child->event.run = node_run;
        if (weir_sched_submit(turn, &child->event)) weir_a32_add(&the_world->wrong, 1);
    }
    leave_self(turn, e);
}

static void test_leave_in_data(void **state) {
    (void)state;
    world w;
    world_open(&w, small);
    the_world = &w;
    weir_sched *s = open_with((weir_sched_options){0});
    node *quits = node_new(4, 1, 0);
    quits->event.run = NULL;
    quits->event.data = many_and_leave;
    node *behind = node_new(4, 1, small.depth); /* so that it leaves in the middle */
    behind->event.run = NULL;
    behind->event.data = node_data;
    weir_source *source = source_of(s, 0);
    assert_int_equal(weir_source_submit(source, &quits->event), WEIR_SCHED_OK);
    assert_int_equal(weir_source_submit(source, &behind->event), WEIR_SCHED_OK);
    weir_source_close(source);
    assert_int_equal(weir_sched_work(s), WEIR_SCHED_OK);
    assert_int_equal(weir_sched_wait(s, soon()), WEIR_SCHED_OK);
    assert_int_equal(weir_a32_load(&w.wrong), 0);
    for (uint32_t i = 0; i <= MANY + 1; i++) assert_int_equal(weir_a32_load(&w.nodes[i].ended), 1);
    weir_sched_close(s);
    world_close(&w);
}

/* -- loss -- */

static weir_a32 stuck, may_return;
static unsigned stuck_worker;
static weir_sched_status submit_status;

static void hang(weir_turn *turn, weir_event *e) {
    stuck_worker = weir_turn_worker(turn);
    weir_a32_store_release(&stuck, 1);
    while (!weir_a32_load_acquire(&may_return)) weir_yield();
    node *n = (node *)e;
    submit_status = weir_sched_submit(turn, &n[1].event);
}

static void wait_until_stuck(void) {
    while (!weir_a32_load_acquire(&stuck)) weir_yield();
}

/* One worker hangs in a part of an event: it is declared lost, all else goes on in order, and what depended on it is
 * lost. */
static void lose(bool in_data, uint64_t lookahead) {
    world w;
    world_open(&w, small);
    the_world = &w;
    weir_a32_store(&stuck, 0);
    weir_a32_store(&may_return, 0);
    weir_sched *s = open_with((weir_sched_options){.workers = 2, .streams = 4, .domains = 2, .lookahead = lookahead});
    node *bad = node_new(4, 1000, 0), *child = node_new(4, 1000, 0), *after = node_new(4, 1100, 0);
    bad->event.run = in_data ? NULL : hang;
    bad->event.data = in_data ? hang : NULL;
    bad->event.domain = lookahead ? 1 : 0;
    child->event.run = child->event.data = NULL;
    after->event.run = node_run;
    after->event.data = node_data;
    after->dep = (weir_dep){.kind = WEIR_DEP_EVENT, .on.event = &bad->event};
    after->event.deps = &after->dep;
    after->event.ndeps = 1;
    weir_source *source = source_of(s, 3);
    assert_int_equal(weir_source_submit(source, &bad->event), WEIR_SCHED_OK);
    assert_int_equal(weir_source_submit(source, &after->event), WEIR_SCHED_OK);
    submit_all(s, &w.load);
    weir_source_close(source);
    wait_until_stuck();
    assert_int_equal(weir_sched_wait(s, weir_now_ns() + 20000000), WEIR_SCHED_TIMEOUT);
    assert_int_equal(weir_sched_lost(s, stuck_worker), WEIR_SCHED_OK);
    assert_int_equal(weir_sched_wait(s, soon()), WEIR_SCHED_OK);
    check_trace(&w);
    assert_int_equal(bad->status, WEIR_SCHED_LOST);
    assert_int_equal(after->status, WEIR_SCHED_LOST);
    assert_int_equal(weir_a32_load(&bad->ended), 1);
    assert_int_equal(weir_a32_load(&after->ended), 1);
    assert_int_equal(weir_a32_load(&after->ran), 0);
    assert_int_equal(weir_a32_load(&after->done), 0);
    weir_sched_stats stats;
    weir_sched_stats_get(s, &stats);
    assert_int_equal(stats.lost, 2);
    assert_int_equal(stats.workers, 1);
    weir_a32_store_release(&may_return, 1);
    weir_sched_close(s); /* joins the one that was lost */
    assert_int_equal(submit_status, WEIR_SCHED_CLOSED);
    world_close(&w);
}

static void test_lost_in_run(void **state) {
    (void)state;
    lose(false, 0);
}

static void test_lost_in_data(void **state) {
    (void)state;
    lose(true, 0);
}

/* While another domain goes on beside it. */
static void test_lost_in_domain(void **state) {
    (void)state;
    lose(true, 1000000);
}

/* It is lost in a data part, with a run part ready in its deque, and comes back before anybody else works: it takes nothing
 * more. */
static void test_lost_comes_back(void **state) {
    (void)state;
    world w;
    world_open(&w, small);
    the_world = &w;
    weir_a32_store(&stuck, 0);
    weir_a32_store(&may_return, 0);
    weir_sched *s = open_with((weir_sched_options){0});
    node *bad = node_new(4, 1, 0), *child = node_new(4, 1, 0), *other = node_new(4, 2, small.depth);
    bad->event.run = NULL;
    bad->event.data = hang;
    child->event.run = child->event.data = NULL;
    other->event.run = node_run;
    other->event.data = node_data;
    weir_source *source = source_of(s, 0);
    assert_int_equal(weir_source_submit(source, &bad->event), WEIR_SCHED_OK);
    assert_int_equal(weir_source_submit(source, &other->event), WEIR_SCHED_OK);
    weir_source_close(source);
    pthread_t thread = weir_test_thread(worker_thread, s);
    wait_until_stuck();
    assert_int_equal(weir_sched_lost(s, stuck_worker), WEIR_SCHED_OK);
    weir_a32_store_release(&may_return, 1);
    void *answer;
    assert_int_equal(pthread_join(thread, &answer), 0);
    assert_int_equal((uintptr_t)answer, WEIR_SCHED_OK);
    assert_int_equal(weir_sched_wait(s, soon()), WEIR_SCHED_OK);
    assert_int_equal(bad->status, WEIR_SCHED_LOST);
    assert_int_equal(weir_a32_load(&bad->ended), 1);
    assert_int_equal(other->status, WEIR_SCHED_OK);
    assert_int_equal(weir_a32_load(&other->ended), 1);
    assert_int_equal(weir_a32_load(&other->done), 1);
    weir_sched_close(s);
    world_close(&w);
}

static weir_a32 told_stuck;
static weir_sched_status told_status;
static unsigned told_worker;

static void take_fault(void *arg, const weir_sched_fault *fault) {
    (void)arg;
    if (weir_a32_load(&told_stuck)) return;
    told_status = fault->status;
    told_worker = fault->worker;
    assert(fault->count == 1 && strstr(fault->text, "has not returned"));
    weir_a32_store_release(&told_stuck, 1);
}

static void test_watchdog(void **state) {
    (void)state;
    world w;
    world_open(&w, small);
    the_world = &w;
    weir_a32_store(&stuck, 0);
    weir_a32_store(&may_return, 0);
    weir_a32_store(&told_stuck, 0);
    weir_sched *s = open_with((weir_sched_options){.workers = 1, .stuck_ns = 5000000, .fault = take_fault});
    node *bad = node_new(4, 1000, 0), *child = node_new(4, 1000, 0);
    bad->event.run = hang;
    child->event.run = NULL;
    weir_source *source = source_of(s, 0);
    assert_int_equal(weir_source_submit(source, &bad->event), WEIR_SCHED_OK);
    weir_source_close(source);
    wait_until_stuck();
    while (!weir_a32_load_acquire(&told_stuck)) weir_yield();
    assert_int_equal(told_status, WEIR_SCHED_STUCK);
    assert_int_equal(told_worker, stuck_worker);
    weir_a32_store_release(&may_return, 1);
    assert_int_equal(weir_sched_wait(s, soon()), WEIR_SCHED_OK);
    assert_int_equal(submit_status, WEIR_SCHED_OK);
    weir_sched_close(s);
    world_close(&w);
}

/* Each event that was taken ends exactly once, whatever it was in the middle of. */
static void test_close(void **state) {
    (void)state;
    for (int round = 0; round < 30; round++) {
        world w;
        load l = small;
        l.seed += (uint64_t)round;
        l.deps = true;
        world_open(&w, l);
        the_world = &w;
        weir_sched *s = open_with((weir_sched_options){.workers = (unsigned)round % 3, .window = 64});
        node *all[1024];
        uint32_t n = 0;
        weir_source *sources[] = {source_of(s, 0), source_of(s, 1)};
        for (uint32_t i = 0; i < 2 * l.each; i++, n++) {
            all[n] = source_node(i % 2, i / 2, all, n);
            assert_int_equal(weir_source_submit(sources[i % 2], &all[n]->event), WEIR_SCHED_OK);
        }
        for (uint32_t k = 0; k < 2; k++) {
            if (round % 2) weir_source_promise(sources[k], l.spread / 2);
            else weir_source_close(sources[k]);
        }
        weir_sched_close(s);
        size_t closed = 0, refused = 0;
        for (size_t i = 0; i < weir_a64_load(&w.used); i++) {
            const node *e = &w.nodes[i];
            refused += !weir_a32_load(&e->ended); /* submitted while it closed */
            assert_true(weir_a32_load(&e->ended) <= 1);
            assert_true(e->status == WEIR_SCHED_OK || e->status == WEIR_SCHED_CLOSED);
            if (e->status == WEIR_SCHED_OK && weir_a32_load(&e->ended))
                assert_int_equal(weir_a32_load(&e->done), e->event.data != NULL);
            closed += e->status == WEIR_SCHED_CLOSED;
        }
        assert_int_equal(refused, weir_a32_load(&w.wrong));
        if (round % 3 == 0) assert_true(closed > 0);
        world_close(&w);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_come_and_go),     cmocka_unit_test(test_leave_self),
        cmocka_unit_test(test_lost_in_run),     cmocka_unit_test(test_leave_in_data),
        cmocka_unit_test(test_lost_comes_back), cmocka_unit_test(test_lost_in_data),
        cmocka_unit_test(test_lost_in_domain),  cmocka_unit_test(test_watchdog),
        cmocka_unit_test(test_close),
    };
    return cmocka_run_group_tests_name("order_leave." VARIANT, tests, NULL, NULL);
}
