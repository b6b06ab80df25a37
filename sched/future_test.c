/* Unit test of futures, compiled once a variant of co: threads and coroutines at the same one. */
#include "prims/test_p.h"

#include "sched/future.h"
#include "sched/loop.h"

struct waiter {
    weir_co co;
    weir_future *future;
    weir_future_op op;
    weir_status st;
    uint64_t wait_ns, value;
};
WEIR_COROUTINE(waiter) {
    WEIR_CO_BEGIN;
    WEIR_FUTURE(self->st, self->future, &self->op, self->wait_ns ? weir_co_now(co) + self->wait_ns : WEIR_FOREVER);
    if (self->st == WEIR_OK) self->value = self->future->value;
    WEIR_CO_END;
}

static void *thread_waits(void *future) {
    weir_future *f = future;
    return weir_future_wait(f, WEIR_FOREVER) == WEIR_OK ? (void *)(uintptr_t)f->value : NULL;
}

enum { N = 3, REPEAT = 200 };
static weir_a32 ended;
static weir_future all_ended;

static void count_end(weir_co *co, int status) {
    (void)co;
    (void)status;
    if (weir_a32_add_acq_rel(&ended, 1) == N * REPEAT - 1) weir_future_set(&all_ended, 1);
}

static void all_are_woken(void **state) {
    (void)state;
    weir_crew *crew;
    assert_int_equal(weir_crew_open(2, &crew), WEIR_OK);
    struct waiter w[REPEAT][N];
    weir_future f[REPEAT];
    memset(f, 0, sizeof f);
    for (int r = 0; r < REPEAT; r++) {
        pthread_t t = weir_test_thread(thread_waits, &f[r]);
        for (int i = 0; i < N; i++)
            WEIR_SPAWN(weir_crew_loop(crew, (unsigned)i % 2), waiter, &w[r][i], .co.end = count_end, .future = &f[r]);
        assert_true(weir_future_set(&f[r], 70 + (uint64_t)r));
        assert_false(weir_future_set(&f[r], 1));
        void *seen;
        pthread_join(t, &seen);
        assert_int_equal((uintptr_t)seen, 70 + r);
    }
    assert_int_equal(weir_future_wait(&all_ended, WEIR_FOREVER), WEIR_OK);
    for (int r = 0; r < REPEAT; r++)
        for (int i = 0; i < N; i++) assert_int_equal(w[r][i].value, 70 + r);
    assert_int_equal(weir_crew_close(crew), 0);
}

static void deadline_passes(void **state) {
    (void)state;
    weir_loop *loop;
    assert_int_equal(weir_loop_open(NULL, &loop), WEIR_OK);
    weir_future f;
    memset(&f, 0, sizeof f);
    struct waiter a, b;
    WEIR_SPAWN(loop, waiter, &a, .future = &f, .wait_ns = 100000);
    WEIR_SPAWN(loop, waiter, &b, .future = &f);
    assert_int_equal(weir_loop_run_quiet(loop), 1);
    assert_int_equal(a.st, WEIR_TIMEOUT);
    assert_int_equal(weir_future_wait(&f, 1), WEIR_TIMEOUT);
    assert_true(weir_future_set(&f, 9));
    assert_int_equal(weir_loop_run_quiet(loop), 0);
    assert_int_equal(b.value, 9);
    assert_int_equal(weir_future_wait(&f, 1), WEIR_OK);
    assert_int_equal(weir_loop_close(loop), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_are_woken),
        cmocka_unit_test(deadline_passes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
