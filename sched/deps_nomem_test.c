/* The nth allocation fails, for many n, in what pools and dependencies do: the answer is NOMEM and nothing has changed, the next
 * try succeeds, a search for cycles is made again, and nothing leaks. Once a variant of pool. */
#include "prims/nomem_test_p.h"
#include "sched/pool_test_p.h"

enum { EVENTS = 4500, RING = 300, TOLD = 2 }; /* enough that tables grow */

static weir_sched_status told[TOLD];
static unsigned told_count;

static void fault(void *arg, const weir_sched_fault *f) {
    (void)arg;
    assert_true(told_count < TOLD);
    told[told_count++] = f->status;
}

/* Submits; a refusal for want of memory is made good by the next try. */
static void submit(pool *p, noted *n) {
    weir_sched_status st = weir_source_submit(p->source, &n->event);
    if (st == WEIR_SCHED_NOMEM) {
        assert_true(nomem_has_failed());
        assert_null(weir_aptr_load(&n->event.dependents));
        assert_int_equal(weir_a32_load(&n->event.state), 0);
        st = weir_source_submit(p->source, &n->event);
    }
    assert_int_equal(st, WEIR_SCHED_OK);
}

/* Named, in a hierarchy, and each waits for the gate, for one before it, and for a subtree. */
static void submit_all(pool *p, noted *n, weir_join *gates) {
    for (uint32_t i = 0; i < EVENTS; i++) {
        weir_join_init(gates + i, NULL);
        noted_init(n + i, NULL)->event.flags = WEIR_EVENT_NAMED;
        n[i].event.path = (uint64_t)i << 44;
        n[i].event.levels = 3;
        noted_after_join(n + i, gates + i);
        if (i) noted_dep(n + i, WEIR_DEP_ID)->on.seq = i;
        weir_dep *d = noted_dep(n + i, WEIR_DEP_SUBTREE);
        d->on.path = (uint64_t)(i / 2) << 44, d->levels = 3;
        submit(p, n + i);
    }
    for (uint32_t i = 0; i < EVENTS; i++) weir_join_seal(p->s, gates + i);
}

static void submit_ring(pool *p, noted *n, weir_join *joins) {
    for (int i = 0; i < RING; i++) weir_join_init(joins + i, NULL);
    for (int i = 0; i < RING; i++) {
        noted_after_join(noted_init(n + i, NULL), joins + (i + 1) % RING);
        n[i].event.join = joins + i;
        submit(p, n + i);
    }
    for (int i = 0; i < RING; i++) weir_join_seal(p->s, joins + i);
}

static bool open_pool(pool *p) {
    weir_sched_options o = pool_options(0);
    o.workers_max = 2;
    o.fault = fault;
    weir_sched_error error = {0};
    weir_sched_status st = weir_sched_open(&o, &p->s, &error);
    if (st) {
        assert_true(st == WEIR_SCHED_NOMEM && error.status == st && error.text[0]);
        return false;
    }
    st = weir_source_open(p->s, 0, NULL, &p->source);
    if (!st) return true;
    assert_int_equal(st, WEIR_SCHED_NOMEM);
    weir_sched_close(p->s);
    return false;
}

static void check(const noted *n, int count, weir_sched_status how) {
    for (int i = 0; i < count; i++) {
        assert_int_equal(weir_a32_load(&n[i].ended), 1);
        assert_int_equal(n[i].how, how);
    }
}

static void all_of_it(noted *n, noted *ring, weir_join *joins) {
    pool p;
    told_count = 0;
    if (!open_pool(&p)) return;
    submit_all(&p, n, joins);
    pool_wait(&p);
    check(n, EVENTS, WEIR_SCHED_OK);
    submit_ring(&p, ring, joins);
    pool_wait(&p);
    check(ring, RING, WEIR_SCHED_CYCLE);
    assert_int_equal(told[told_count - 1], WEIR_SCHED_CYCLE);
    if (told_count == 2) assert_true(nomem_has_failed() && told[0] == WEIR_SCHED_NOMEM);
    pool_close(&p);
}

static void the_nth_allocation_fails(void **state) {
    (void)state;
    noted *n = calloc(EVENTS, sizeof *n), *ring = calloc(RING, sizeof *ring);
    weir_join *joins = calloc(EVENTS, sizeof *joins);
    uint32_t tries = 0;
    do {
        nomem_begin(tries, NOMEM_ONCE, NOMEM_ALL);
        tries += 1 + tries / 16; /* later ones are much alike */
        all_of_it(n, ring, joins);
    } while (nomem_end());
    assert_true(tries > 50);
    free(n), free(ring), free(joins);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_nth_allocation_fails)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
