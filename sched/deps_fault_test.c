/* Unit test of dependencies that go wrong, once a variant of pool: cycles are reported with their members and ended, what hangs
 * on the lost is lost, and closing ends everything. */
#include <stdio.h>

#include "sched/pool_test_p.h"

/* -- what was told to fault --------------------------------------------------------------------------------------- */

enum { MEMBERS = 16 };

static struct {
    weir_a32 calls;
    weir_sched_status status;
    size_t count;
    const weir_event *events[MEMBERS];
    char text[256];
} told;

static void fault(void *arg, const weir_sched_fault *f) {
    (void)arg;
    told.status = f->status;
    told.count = f->count;
    memcpy(told.text, f->text, sizeof told.text);
    for (size_t i = 0; i < f->count && i < MEMBERS; i++) told.events[i] = f->events[i];
    weir_a32_add_release(&told.calls, 1);
}

static pool open_told(unsigned workers) {
    weir_sched_options o = pool_options(workers);
    o.fault = fault;
    told.count = 0;
    weir_a32_store(&told.calls, 0);
    return pool_open(&o);
}

static void check_end(const noted *n, uint32_t ran, weir_sched_status how) {
    assert_int_equal(weir_a32_load(&n->ended), 1);
    assert_int_equal(weir_a32_load(&n->ran), ran);
    assert_int_equal(n->how, how);
}

/* -- cycles ------------------------------------------------------------------------------------------------------- */

enum { RING = 5 };

/* n[i] counts in join i and waits for join i+1, the last for the first. */
static void make_ring(pool *p, noted *n, weir_join *joins) {
    for (int i = 0; i < RING; i++) weir_join_init(joins + i, NULL);
    for (int i = 0; i < RING; i++) {
        noted_after_join(noted_init(n + i, NULL), joins + (i + 1) % RING);
        n[i].event.join = joins + i;
        pool_submit(p, &n[i].event);
    }
    for (int i = 0; i < RING; i++) weir_join_seal(p->s, joins + i);
}

static size_t index_of(const noted *n, const weir_event *e) { return (size_t)((const noted *)e - n); }

static void a_cycle_is_told_with_its_members_and_ended(void **state) {
    (void)state;
    for (unsigned workers = 0; workers <= 2; workers++) {
        pool p = open_told(workers);
        noted n[RING], before, behind, further, other;
        weir_join joins[RING];
        make_ring(&p, n, joins);
        noted_after(noted_init(&behind, NULL), n + 2);
        noted_after(noted_init(&further, NULL), &behind);
        noted_after(&further, noted_init(&before, NULL));
        pool_submit(&p, &before.event);
        pool_submit(&p, &behind.event);
        pool_submit(&p, &further.event);
        pool_submit(&p, &noted_init(&other, NULL)->event);
        pool_wait(&p);
        assert_int_equal(weir_a32_load_acquire(&told.calls), 1);
        assert_int_equal(told.status, WEIR_SCHED_CYCLE);
        assert_int_equal(told.count, RING);
        for (int i = 0; i < RING; i++) { /* each waits for the one before it: n[i] waits for n[i + 1] */
            size_t mine = index_of(n, told.events[i]), next = index_of(n, told.events[(i + 1) % RING]);
            assert_int_equal((next + 1) % RING, mine);
            char name[32];
            snprintf(name, sizeof name, "event 0:%d at key 0", i + 1);
            assert_non_null(strstr(told.text, name));
            check_end(n + i, 0, WEIR_SCHED_CYCLE);
        }
        check_end(&behind, 0, WEIR_SCHED_CYCLE);
        check_end(&further, 0, WEIR_SCHED_CYCLE);
        check_end(&before, 1, WEIR_SCHED_OK);
        check_end(&other, 1, WEIR_SCHED_OK);
        pool_close(&p);
    }
}

static void two_cycles_and_a_join_that_is_open(void **state) {
    (void)state;
    pool p = open_told(2);
    noted n[RING], m[RING], waits;
    weir_join joins[RING], more[RING], gate;
    weir_join_init(&gate, NULL);
    noted_after_join(noted_init(&waits, NULL), &gate);
    pool_submit(&p, &waits.event);
    make_ring(&p, n, joins);
    make_ring(&p, m, more);
    while (weir_a32_load_acquire(&told.calls) < 2) weir_yield();
    assert_int_equal(weir_a32_load(&waits.ended), 0); /* which is no cycle */
    weir_join_seal(p.s, &gate);
    pool_wait(&p);
    assert_int_equal(weir_a32_load(&told.calls), 2);
    check_end(&waits, 1, WEIR_SCHED_OK);
    for (int i = 0; i < RING; i++) check_end(n + i, 0, WEIR_SCHED_CYCLE), check_end(m + i, 0, WEIR_SCHED_CYCLE);
    pool_close(&p);
}

/* first counts in a join and waits for another; second, below a prefix, waits for the first join; third waits for the prefix and
 * counts in the second one. */
static void a_cycle_through_a_subtree(void **state) {
    (void)state;
    pool p = open_told(1);
    weir_join one, two;
    noted first, second, third;
    weir_join_init(&one, NULL), weir_join_init(&two, NULL);
    noted_after_join(noted_init(&first, NULL), &two);
    first.event.join = &one;
    noted_after_join(noted_init(&second, NULL), &one);
    second.event.path = (uint64_t)7 << 56, second.event.levels = 1;
    weir_dep *d = noted_dep(noted_init(&third, NULL), WEIR_DEP_SUBTREE);
    d->on.path = (uint64_t)7 << 56, d->levels = 1;
    third.event.join = &two;
    pool_submit(&p, &first.event);
    pool_submit(&p, &second.event);
    pool_submit(&p, &third.event);
    weir_join_seal(p.s, &one), weir_join_seal(p.s, &two);
    pool_wait(&p);
    assert_int_equal(told.count, 3);
    check_end(&first, 0, WEIR_SCHED_CYCLE), check_end(&second, 0, WEIR_SCHED_CYCLE),
        check_end(&third, 0, WEIR_SCHED_CYCLE);
    pool_close(&p);
}

/* -- lost --------------------------------------------------------------------------------------------------------- */

static weir_a32 stuck, go_on;

static void stuck_run(weir_turn *turn, weir_event *e) {
    noted_run(turn, e);
    weir_a32_store_release(&stuck, weir_turn_worker(turn) + 1);
    while (!weir_a32_load_acquire(&go_on)) weir_yield();
}

static void submit_stuck(pool *p, noted *n) {
    weir_a32_store(&stuck, 0), weir_a32_store(&go_on, 0);
    pool_submit(p, &n->event);
    while (!weir_a32_load_acquire(&stuck)) weir_yield();
}

enum { CHAIN = 60000 };

/* What waits for a lost event is lost, however far behind, by any kind of dependency. */
static void what_hangs_on_the_lost_is_lost(void **state) {
    (void)state;
    pool p = open_told(2);
    weir_join join;
    noted dead, by_id, by_join, by_subtree, late, well, *chain = calloc(CHAIN, sizeof *chain);
    weir_join_init(&join, NULL);
    noted_init(&dead, stuck_run)->event.flags = WEIR_EVENT_NAMED;
    dead.event.seq = 1, dead.event.join = &join, dead.event.levels = 1;
    submit_stuck(&p, &dead);
    noted_dep(noted_init(&by_id, NULL), WEIR_DEP_ID)->on.seq = 1;
    noted_after_join(noted_init(&by_join, NULL), &join);
    noted_dep(noted_init(&by_subtree, NULL), WEIR_DEP_SUBTREE);
    pool_submit(&p, &by_id.event), pool_submit(&p, &by_join.event), pool_submit(&p, &by_subtree.event);
    pool_submit(&p, &noted_init(&well, NULL)->event);
    for (int i = 0; i < CHAIN; i++) {
        noted_after(noted_init(chain + i, NULL), i ? chain + i - 1 : &dead);
        if (i) noted_after(chain + i, i > 1 ? chain + i - 2 : &dead);
        pool_submit(&p, &chain[i].event);
    }
    weir_join_seal(p.s, &join);
    assert_int_equal(weir_sched_lost(p.s, weir_a32_load(&stuck) - 1), WEIR_SCHED_OK);
    pool_wait(&p);
    check_end(&dead, 1, WEIR_SCHED_LOST), check_end(&by_id, 0, WEIR_SCHED_LOST);
    check_end(&by_join, 0, WEIR_SCHED_LOST), check_end(&by_subtree, 0, WEIR_SCHED_LOST);
    check_end(&well, 1, WEIR_SCHED_OK);
    for (int i = 0; i < CHAIN; i++) check_end(chain + i, 0, WEIR_SCHED_LOST);
    noted_dep(noted_init(&late, NULL), WEIR_DEP_ID)->on.seq = 1; /* it is known for good */
    pool_submit(&p, &late.event);
    pool_wait(&p);
    check_end(&late, 0, WEIR_SCHED_LOST);
    weir_a32_store_release(&go_on, 1);
    pool_close(&p);
    free(chain);
}

/* A worker lost in a data part leaves its domain to others. */
static void a_domain_outlives_its_worker(void **state) {
    (void)state;
    pool p = open_told(2);
    noted dead, n[20];
    noted_init(&dead, NULL)->event.run = NULL;
    dead.event.data = stuck_run;
    submit_stuck(&p, &dead);
    for (int i = 0; i < 20; i++) {
        noted_init(n + i, NULL)->event.data = noted_run;
        pool_submit(&p, &n[i].event);
    }
    assert_int_equal(weir_sched_wait(p.s, weir_now_ns() + 3000000), WEIR_SCHED_TIMEOUT);
    assert_int_equal(weir_sched_lost(p.s, weir_a32_load(&stuck) - 1), WEIR_SCHED_OK);
    pool_wait(&p);
    for (int i = 0; i < 20; i++) check_end(n + i, 2, WEIR_SCHED_OK);
    check_end(&dead, 1, WEIR_SCHED_LOST);
    weir_a32_store_release(&go_on, 1);
    pool_close(&p);
}

/* -- leaving and closing ------------------------------------------------------------------------------------------ */

static void leave_run(weir_turn *turn, weir_event *e) {
    noted_run(turn, e);
    weir_sched_leave(weir_turn_sched(turn), WEIR_NO_WORKER);
}

static void leaving_workers_leave_nothing_behind(void **state) {
    (void)state;
    enum { N = 3000 };
    pool p = open_told(4);
    noted *n = calloc(N, sizeof *n);
    for (int i = 0; i < N; i++) {
        noted_init(n + i, i == 500 || i == 1500 || i == 2500 ? leave_run : NULL);
        if (i % 3 == 0) n[i].event.data = noted_run;
        if (i) noted_after(n + i, n + i / 2);
        pool_submit(&p, &n[i].event);
    }
    pool_wait(&p);
    for (int i = 0; i < N; i++) check_end(n + i, i % 3 ? 1 : 2, WEIR_SCHED_OK);
    pool_close(&p);
    free(n);
}

/* Without a worker nothing runs: the inbox, what waits for an open join, and what waits for that. */
static void closing_ends_everything(void **state) {
    (void)state;
    pool p = open_told(0);
    weir_join gate;
    noted free_to_run, waits, behind, named;
    weir_join_init(&gate, NULL);
    noted_init(&free_to_run, NULL)->event.data = noted_run;
    noted_after_join(noted_init(&waits, NULL), &gate);
    noted_after(noted_init(&behind, NULL), &waits);
    noted_after(&behind, &free_to_run);
    noted_after(noted_init(&named, NULL), &behind);
    named.event.flags = WEIR_EVENT_NAMED, named.event.levels = 3;
    noted *all[] = {&free_to_run, &waits, &behind, &named};
    for (int i = 0; i < 4; i++) pool_submit(&p, &all[i]->event);
    pool_close(&p);
    for (int i = 0; i < 4; i++) check_end(all[i], 0, WEIR_SCHED_CLOSED);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cycle_is_told_with_its_members_and_ended),
        cmocka_unit_test(two_cycles_and_a_join_that_is_open),
        cmocka_unit_test(a_cycle_through_a_subtree),
        cmocka_unit_test(what_hangs_on_the_lost_is_lost),
        cmocka_unit_test(a_domain_outlives_its_worker),
        cmocka_unit_test(leaving_workers_leave_nothing_behind),
        cmocka_unit_test(closing_ends_everything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
