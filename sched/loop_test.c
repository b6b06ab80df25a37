/* Unit test of loops and crews, compiled once a variant of co: fairness, waits, deadlines, cancels, several threads. */
#include "prims/test_p.h"

#include "prims/chan.h"
#include "prims/cubby.h"
#include "sched/loop.h"

static weir_loop *open_loop(void) {
    weir_loop *loop;
    assert_int_equal(weir_loop_open(NULL, &loop), WEIR_OK);
    return loop;
}

/* -- a channel between coroutines of one loop -- */

struct producer {
    weir_co co;
    weir_chan *to;
    weir_chan_op op;
    uint64_t i, n;
};
WEIR_COROUTINE(producer) {
    weir_status st;
    WEIR_CO_BEGIN;
    for (self->i = 1; self->i <= self->n; self->i++) {
        WEIR_CHAN_PUSH(st, self->to, &self->op, self->i, WEIR_FOREVER);
        if (st) WEIR_RAISE((int)st, "push: %s", weir_status_text(st));
    }
    WEIR_CO_END;
}

struct consumer {
    weir_co co;
    weir_chan *from;
    weir_chan_op op;
    uint64_t sum, count, until;
};
WEIR_COROUTINE(consumer) {
    weir_status st;
    WEIR_CO_BEGIN;
    while (self->count < self->until) {
        WEIR_CHAN_POP(st, self->from, &self->op, WEIR_FOREVER);
        if (st) WEIR_RAISE((int)st, "pop: %s", weir_status_text(st));
        self->sum += self->op.value;
        self->count++;
    }
    WEIR_CO_END;
}

static void channel_on_one_loop(void **state) {
    (void)state;
    weir_loop *loop = open_loop();
    weir_chan *chan = weir_test_alloc(sizeof *chan);
    void *block = weir_test_alloc(weir_chan_bytes(2));
    assert_int_equal(weir_chan_init(chan, 2, block), WEIR_OK);
    struct producer p;
    struct consumer c[2];
    WEIR_SPAWN(loop, consumer, &c[0], .from = chan, .until = 500);
    WEIR_SPAWN(loop, consumer, &c[1], .from = chan, .until = 500);
    WEIR_SPAWN(loop, producer, &p, .to = chan, .n = 1000);
    assert_int_equal(weir_loop_run_quiet(loop), 0);
    assert_int_equal(c[0].sum + c[1].sum, 500500);
    assert_int_equal(weir_loop_close(loop), 0);
    free(block);
    free(chan);
}

/* -- deadlines and sleep -- */

struct late {
    weir_co co;
    weir_cubby *cubby;
    weir_cubby_op op;
    weir_status st;
    uint64_t began, took;
};
WEIR_COROUTINE(late) {
    WEIR_CO_BEGIN;
    self->began = weir_co_now(co);
    WEIR_CUBBY_POP(self->st, self->cubby, &self->op, self->began + 2000000);
    WEIR_SLEEP(1000000);
    self->took = weir_co_now(co) - self->began;
    WEIR_CO_END;
}

static void deadlines_pass(void **state) {
    (void)state;
    weir_loop *loop = open_loop();
    weir_cubby *cubby = weir_test_alloc(sizeof *cubby);
    assert_int_equal(weir_cubby_init(cubby), WEIR_OK);
    struct late late;
    WEIR_SPAWN(loop, late, &late, .cubby = cubby);
    assert_int_equal(weir_loop_run_quiet(loop), 0);
    assert_int_equal(late.st, WEIR_TIMEOUT);
    assert_true(late.took >= 3000000);
    assert_int_equal(weir_cubby_pressure(cubby), 0);
    assert_int_equal(weir_loop_close(loop), 0);
    weir_cubby_destroy(cubby);
    free(cubby);
}

/* -- a crew: producers on one thread, consumers on another, and the main thread in between -- */

static void crew_meets_thread(void **state) {
    (void)state;
    enum { N = 20000 };
    weir_crew *crew;
    assert_int_equal(weir_crew_open(2, &crew), WEIR_OK);
    weir_chan *in = weir_test_alloc(sizeof *in), *out = weir_test_alloc(sizeof *out);
    void *b1 = weir_test_alloc(weir_chan_bytes(4)), *b2 = weir_test_alloc(weir_chan_bytes(4));
    assert_int_equal(weir_chan_init(in, 4, b1), WEIR_OK);
    assert_int_equal(weir_chan_init(out, 4, b2), WEIR_OK);
    struct producer p[2];
    struct consumer c;
    WEIR_SPAWN(weir_crew_loop(crew, 0), producer, &p[0], .to = in, .n = N);
    WEIR_SPAWN(weir_crew_loop(crew, 1), producer, &p[1], .to = in, .n = N);
    WEIR_SPAWN(weir_crew_loop(crew, 1), consumer, &c, .from = out, .until = UINT64_MAX);
    uint64_t v = 0, sum = 0;
    for (int i = 0; i < 2 * N; i++) {
        assert_int_equal(weir_chan_pop(in, &v), WEIR_OK);
        sum += v;
        assert_int_equal(weir_chan_push(out, v), WEIR_OK);
    }
    assert_int_equal(sum, (uint64_t)N * (N + 1));
    assert_int_equal(weir_crew_close(crew), 0); /* withdraws the consumer */
    assert_true(c.count <= 2 * N && c.count >= 2 * N - 4);
    free(b1);
    free(b2);
    free(in);
    free(out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(channel_on_one_loop),
        cmocka_unit_test(deadlines_pass),
        cmocka_unit_test(crew_meets_thread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
