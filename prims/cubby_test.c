/* Unit test of cubby, compiled once a variant. What a variant lacks is tested to answer NOTSUP. */
#include "prims/cubby_test_p.h"

static weir_cubby *make(uint64_t start) {
    weir_cubby *c = weir_test_alloc(sizeof *c);
    assert_int_equal(INIT_AT(c, start), WEIR_OK);
    return c;
}

static void done(weir_cubby *c) {
    weir_cubby_destroy(c);
    free(c);
}

static void init_refuses(void **state) {
    (void)state;
    limit_time("init_refuses", 100);
    char *memory = weir_test_alloc(sizeof(weir_cubby) + WEIR_CACHE_LINE);
    memset(memory, 0x5a, sizeof(weir_cubby) + WEIR_CACHE_LINE);
    assert_int_equal(weir_cubby_init(NULL), WEIR_BAD_NULL);
    assert_int_equal(weir_cubby_init((weir_cubby *)(memory + 8)), WEIR_BAD_ALIGN);
    for (size_t i = 0; i < sizeof(weir_cubby) + WEIR_CACHE_LINE; i++) assert_int_equal(memory[i], 0x5a);
    free(memory);
}

/* What a cubby does when only one thread uses it. */
typedef struct model {
    bool full, closed;
    uint64_t value;
} model;

static weir_status model_push(model *m, uint64_t v, weir_status otherwise) {
    if (m->closed) return WEIR_CLOSED;
    if (m->full) return otherwise;
    m->full = true;
    m->value = v;
    return WEIR_OK;
}

static weir_status model_pop(model *m, weir_status otherwise) {
    if (!m->full) return m->closed ? WEIR_CLOSED : otherwise;
    m->full = false;
    return WEIR_OK;
}

enum { TRY_PUSH, TRY_POP, PUSH_UNTIL, POP_UNTIL, CLOSE, OPS };

static void one_op(weir_cubby *c, model *m, unsigned op, uint64_t next) {
    static const uint64_t past[] = {0, 1, 1000000007};
    uint64_t v = 77, deadline = past[next % 3];
    weir_status expected = WEIR_OK;
    bool timed = has_deadlines();
    switch (op) {
    case TRY_PUSH: assert_int_equal(weir_cubby_try_push(c, next), model_push(m, next, WEIR_AGAIN)); break;
    case PUSH_UNTIL:
        expected = timed ? model_push(m, next, WEIR_TIMEOUT) : WEIR_NOTSUP;
        assert_int_equal(weir_cubby_push_until(c, next, deadline), expected);
        break;
    case TRY_POP:
    case POP_UNTIL:
        expected = op == TRY_POP ? model_pop(m, WEIR_AGAIN) : timed ? model_pop(m, WEIR_TIMEOUT) : WEIR_NOTSUP;
        assert_int_equal(op == TRY_POP ? weir_cubby_try_pop(c, &v) : weir_cubby_pop_until(c, &v, deadline), expected);
        assert_int_equal(v, expected == WEIR_OK ? m->value : 77);
        break;
    default:
        if (has("close=yes")) m->closed = true;
        assert_int_equal(weir_cubby_close(c), has("close=yes") ? WEIR_OK : WEIR_NOTSUP);
    }
    assert_int_equal(weir_cubby_pressure(c), m->full);
}

/* Every string of 6 operations, with tickets about to wrap in each of their representations. */
static void short_strings(void **state) {
    (void)state;
    limit_time("short_strings", 100);
    static const uint64_t starts[] = {0, (1u << 20) - 2, ((uint64_t)1 << 32) - 2, ((uint64_t)1 << 35) - 2,
                                      UINT64_MAX - 1};
    weir_cubby *c = weir_test_alloc(sizeof *c);
    for (size_t s = 0; s < sizeof starts / sizeof *starts; s++)
        for (unsigned word = 0; word < OPS * OPS * OPS * OPS * OPS * OPS; word++) {
            model m = {false, false, 0};
            assert_int_equal(INIT_AT(c, starts[s]), WEIR_OK);
            for (unsigned i = 0, left = word; i < 6; i++, left /= OPS) one_op(c, &m, left % OPS, 100 + i);
            weir_cubby_destroy(c);
        }
    free(c);
}

/* -- steps: many waiters on one thread --------------------------------------------------------------------------- */

typedef struct task {
    weir_cubby_op op; /* first, and its wait first in it */
    int woken;
} task;

static void task_wake(weir_wait *w) { ((task *)w)->woken++; }

static void begin_pushes(weir_cubby *c, task *t, int from, int to) {
    for (int i = from; i < to; i++) {
        t[i].woken = 0;
        weir_cubby_op_init(&t[i].op, 100 + (uint64_t)i, task_wake);
        assert_int_equal(weir_cubby_push_step(c, &t[i].op), WEIR_PARKED);
    }
}

static void begin_pops(weir_cubby *c, task *t, int from, int to) {
    for (int i = from; i < to; i++) {
        t[i].woken = 0;
        weir_cubby_op_init(&t[i].op, 0, task_wake);
        assert_int_equal(weir_cubby_pop_step(c, &t[i].op), WEIR_PARKED);
    }
}

/* Each wake allows one step; a variant may need several. */
static void expect_pushed(weir_cubby *c, task *t) {
    assert_int_equal(t->woken, 1);
    assert_int_equal(weir_cubby_push_step(c, &t->op), WEIR_OK);
}

static void expect_popped(weir_cubby *c, task *t, uint64_t value) {
    assert_int_equal(t->woken, 1);
    assert_int_equal(weir_cubby_pop_step(c, &t->op), WEIR_OK);
    assert_int_equal(t->op.value, value);
}

static void no_steps(weir_cubby *c) {
    weir_cubby_op op;
    weir_cubby_op_init(&op, 1, task_wake);
    assert_int_equal(weir_cubby_push_step(c, &op), WEIR_NOTSUP);
    assert_int_equal(weir_cubby_pop_step(c, &op), WEIR_NOTSUP);
    assert_false(weir_cubby_cancel(c, &op));
    assert_int_equal(weir_cubby_pressure(c), 0);
}

/* 1 inside, 5 pushers parked, then pops: the parked are let in longest parked first, each woken once. */
static void parked_pushers_are_fifo(void **state) {
    (void)state;
    limit_time("parked_pushers_are_fifo", 100);
    weir_cubby *c = make(UINT64_MAX - 3);
    task t[5];
    uint64_t v;
    if (!has("async=yes")) {
        no_steps(c);
    } else {
        assert_int_equal(weir_cubby_push(c, 99), WEIR_OK);
        begin_pushes(c, t, 0, 5);
        assert_int_equal(weir_cubby_pressure(c), 6);
        for (int i = 0; i < 6; i++) {
            assert_int_equal(weir_cubby_pop(c, &v), WEIR_OK);
            assert_int_equal(v, 99 + i);
            if (i < 5) expect_pushed(c, &t[i]);
            for (int k = i + 1; k < 5; k++) assert_int_equal(t[k].woken, 0);
            assert_int_equal(weir_cubby_pressure(c), 5 - i);
        }
    }
    done(c);
}

static void parked_poppers_are_fifo(void **state) {
    (void)state;
    limit_time("parked_poppers_are_fifo", 100);
    weir_cubby *c = make(UINT64_MAX - 3);
    task t[5];
    if (has("async=yes")) {
        begin_pops(c, t, 0, 5);
        assert_int_equal(weir_cubby_pressure(c), -5);
        for (int i = 0; i < 5; i++) {
            assert_int_equal(weir_cubby_push(c, 40 + (uint64_t)i), WEIR_OK);
            expect_popped(c, &t[i], 40 + (uint64_t)i);
            for (int k = i + 1; k < 5; k++) assert_int_equal(t[k].woken, 0);
            assert_int_equal(weir_cubby_pressure(c), i - 4);
        }
    }
    done(c);
}

/* 5 pushes pending and 5 pops at once: what the up/down counter gets wrong. All are begun before any is continued. */
static void five_against_five(void **state) {
    (void)state;
    limit_time("five_against_five", 100);
    weir_cubby *c = make(0);
    task push[5], pop[5];
    weir_status st[5];
    if (has("async=yes")) {
        weir_cubby_op_init(&push[0].op, 100, task_wake);
        assert_int_equal(weir_cubby_push_step(c, &push[0].op), WEIR_OK);
        begin_pushes(c, push, 1, 5);
        for (int i = 0; i < 5; i++) {
            pop[i].woken = 0;
            weir_cubby_op_init(&pop[i].op, 0, task_wake);
            st[i] = weir_cubby_pop_step(c, &pop[i].op);
        }
        for (int turns = 0; turns < 10; turns++) { /* continue whoever has been woken, until nobody has */
            for (int i = 1; i < 5; i++)
                if (push[i].woken && !(push[i].woken = 0)) weir_cubby_push_step(c, &push[i].op);
            for (int i = 0; i < 5; i++)
                if (pop[i].woken && !(pop[i].woken = 0)) st[i] = weir_cubby_pop_step(c, &pop[i].op);
        }
        for (int i = 0; i < 5; i++) {
            assert_int_equal(st[i], WEIR_OK);
            assert_int_equal(pop[i].op.value, 100 + i);
        }
        assert_int_equal(weir_cubby_pressure(c), 0);
    }
    done(c);
}

static void cancel_withdraws(void **state) {
    (void)state;
    limit_time("cancel_withdraws", 100);
    weir_cubby *c = make(0);
    task t[3];
    uint64_t v;
    if (has("async=yes") && has_deadlines()) {
        assert_int_equal(weir_cubby_push(c, 99), WEIR_OK);
        begin_pushes(c, t, 0, 3);
        assert_true(weir_cubby_cancel(c, &t[1].op));
        assert_int_equal(weir_cubby_pressure(c), 3);
        assert_int_equal(weir_cubby_pop(c, &v), WEIR_OK);
        assert_false(weir_cubby_cancel(c, &t[0].op)); /* it is in: too late */
        expect_pushed(c, &t[0]);
        for (uint64_t i = 0; i <= 2; i += 2) {
            assert_int_equal(weir_cubby_pop(c, &v), WEIR_OK);
            assert_int_equal(v, 100 + i);
        }
        assert_int_equal(t[1].woken, 0);
        begin_pops(c, t, 0, 3);
        assert_true(weir_cubby_cancel(c, &t[0].op));
        assert_true(weir_cubby_cancel(c, &t[2].op));
        assert_int_equal(weir_cubby_pressure(c), -1);
        assert_int_equal(weir_cubby_push(c, 7), WEIR_OK);
        assert_false(weir_cubby_cancel(c, &t[1].op));
        expect_popped(c, &t[1], 7);
        assert_int_equal(t[0].woken + t[2].woken, 0);
    }
    done(c);
}

static void close_ends_steps(void **state) {
    (void)state;
    limit_time("close_ends_steps", 100);
    weir_cubby *c = make(0), *d = make(0);
    task t[3];
    uint64_t v = 0;
    if (has("async=yes") && has("close=yes")) {
        assert_int_equal(weir_cubby_push(c, 99), WEIR_OK);
        begin_pushes(c, t, 0, 3);
        assert_int_equal(weir_cubby_close(c), WEIR_OK);
        for (int i = 0; i < 3; i++) {
            assert_int_equal(t[i].woken, 1);
            assert_false(weir_cubby_cancel(c, &t[i].op));
            assert_int_equal(weir_cubby_push_step(c, &t[i].op), WEIR_CLOSED);
        }
        assert_int_equal(weir_cubby_pop(c, &v), WEIR_OK);
        assert_int_equal(v, 99);
        assert_int_equal(weir_cubby_pop(c, &v), WEIR_CLOSED);
        begin_pops(d, t, 0, 3);
        assert_int_equal(weir_cubby_close(d), WEIR_OK);
        for (int i = 0; i < 3; i++) assert_int_equal(weir_cubby_pop_step(d, &t[i].op), WEIR_CLOSED);
        assert_int_equal(weir_cubby_pressure(d), 0);
    }
    done(c);
    done(d);
}

/* -- threads ----------------------------------------------------------------------------------------------------- */

typedef struct worker {
    weir_cubby *cubby;
    uint64_t value, count, sum; /* count: operations that answered OK, sum: of their values */
    weir_status last;
    bool timed; /* with deadlines of a few microseconds */
} worker;

static void *push_once(void *arg) {
    worker *w = arg;
    w->last = weir_cubby_push(w->cubby, w->value);
    return NULL;
}

static void *pop_once(void *arg) {
    worker *w = arg;
    w->last = weir_cubby_pop(w->cubby, &w->value);
    return NULL;
}

static void until_pressure(weir_cubby *c, int64_t wanted) {
    while (weir_cubby_pressure(c) != wanted) weir_yield();
}

/* 5 pusher threads pending, then 5 poppers. */
static void unbalanced_threads(void **state) {
    (void)state;
    limit_time("unbalanced_threads", 100);
    if (has("contract=broken")) return; /* cubby_ticket_test convicts it */
    for (int round = 0; round < 40; round++) {
        weir_cubby *c = make(round % 2 ? 0 : UINT64_MAX - 2);
        worker w[10] = {{.cubby = NULL}};
        pthread_t t[10];
        uint64_t seen = 0;
        for (int i = 0; i < 10; i++) {
            w[i].cubby = c;
            w[i].value = i < 5 ? (uint64_t)1 << i : 0;
            if (i == 5) until_pressure(c, 5);
            t[i] = weir_test_thread(i < 5 ? push_once : pop_once, &w[i]);
        }
        for (int i = 0; i < 10; i++) pthread_join(t[i], NULL);
        for (int i = 0; i < 10; i++) assert_int_equal(w[i].last, WEIR_OK);
        for (int i = 5; i < 10; i++) seen |= w[i].value;
        assert_int_equal(seen, 31);
        assert_int_equal(weir_cubby_pressure(c), 0);
        done(c);
    }
}

static void timeouts(void **state) {
    (void)state;
    limit_time("timeouts", 100);
    weir_cubby *c = make(0);
    uint64_t v = 77, at = weir_now_ns() + 3000000;
    if (has_deadlines()) {
        assert_int_equal(weir_cubby_pop_until(c, &v, at), WEIR_TIMEOUT);
        assert_true(weir_now_ns() >= at);
        assert_int_equal(weir_cubby_push(c, 1), WEIR_OK);
        at = weir_now_ns() + 3000000;
        assert_int_equal(weir_cubby_push_until(c, 2, at), WEIR_TIMEOUT);
        assert_true(weir_now_ns() >= at);
        assert_int_equal(weir_cubby_pressure(c), 1);
        assert_int_equal(weir_cubby_pop_until(c, &v, at), WEIR_OK); /* at has passed: once */
        assert_int_equal(v, 1);
        assert_int_equal(weir_cubby_try_pop(c, &v), WEIR_AGAIN); /* 2 is never delivered */
    } else {
        assert_int_equal(weir_cubby_pop_until(c, &v, at), WEIR_NOTSUP);
        assert_int_equal(weir_cubby_push_until(c, 2, at), WEIR_NOTSUP);
        assert_int_equal(weir_cubby_pressure(c), 0);
    }
    assert_int_equal(weir_cubby_push_until(c, 3, WEIR_FOREVER), WEIR_OK);
    assert_int_equal(weir_cubby_pop_until(c, &v, WEIR_FOREVER), WEIR_OK);
    assert_int_equal(v, 3);
    done(c);
}

/* Threads that sleep in a cubby are sent home by close, and what was accepted stays. */
static void close_wakes_threads(void **state) {
    (void)state;
    limit_time("close_wakes_threads", 100);
    if (!has("close=yes") || has("contract=broken")) return;
    for (int pushers = 0; pushers < 2; pushers++) {
        weir_cubby *c = make(0);
        worker w[4] = {{.cubby = NULL}};
        pthread_t t[4];
        uint64_t v;
        if (pushers) assert_int_equal(weir_cubby_push(c, 42), WEIR_OK);
        for (int i = 0; i < 4; i++) {
            w[i].cubby = c;
            t[i] = weir_test_thread(pushers ? push_once : pop_once, &w[i]);
        }
        until_pressure(c, pushers ? 5 : -4);
        assert_int_equal(weir_cubby_close(c), WEIR_OK);
        for (int i = 0; i < 4; i++) pthread_join(t[i], NULL);
        for (int i = 0; i < 4; i++) assert_int_equal(w[i].last, WEIR_CLOSED);
        if (pushers) {
            assert_int_equal(weir_cubby_pop(c, &v), WEIR_OK);
            assert_int_equal(v, 42);
        }
        assert_int_equal(weir_cubby_pop(c, &v), WEIR_CLOSED);
        assert_int_equal(weir_cubby_push(c, 1), WEIR_CLOSED);
        assert_int_equal(weir_cubby_try_push(c, 1), WEIR_CLOSED);
        assert_int_equal(weir_cubby_try_pop(c, &v), WEIR_CLOSED);
        assert_int_equal(weir_cubby_close(c), WEIR_OK);
        done(c);
    }
}

static uint64_t soon(const worker *w, uint64_t i) { return w->timed ? weir_now_ns() + i % 5 * 3000 : WEIR_FOREVER; }

static void *push_until_closed(void *arg) {
    worker *w = arg;
    weir_status st = WEIR_OK;
    for (uint64_t i = 0; st != WEIR_CLOSED; i++) {
        st = weir_cubby_push_until(w->cubby, w->value + i, soon(w, i));
        if (st == WEIR_OK) w->count++, w->sum += w->value + i;
    }
    return NULL;
}

static void *pop_until_closed(void *arg) {
    worker *w = arg;
    weir_status st = WEIR_OK;
    for (uint64_t i = 0, v; st != WEIR_CLOSED; i++) {
        st = weir_cubby_pop_until(w->cubby, &v, soon(w, i));
        if (st == WEIR_OK) w->count++, w->sum += v;
    }
    return NULL;
}

/* Cancel races with wake, close with everything: what was accepted is popped, once, and nothing else. */
static void storm(bool timed) {
    for (int round = 0; round < 30; round++) {
        weir_cubby *c = make(UINT64_MAX - 50);
        worker w[6] = {{.cubby = NULL}};
        pthread_t t[6];
        for (unsigned i = 0; i < 6; i++) {
            w[i] = (worker){.cubby = c, .value = (uint64_t)(i + 1) << 40, .timed = timed};
            t[i] = weir_test_thread(i < 3 ? push_until_closed : pop_until_closed, &w[i]);
        }
        uint64_t until = weir_now_ns() + 5000000;
        while (weir_now_ns() < until) weir_yield();
        assert_int_equal(weir_cubby_close(c), WEIR_OK);
        for (int i = 0; i < 6; i++) pthread_join(t[i], NULL);
        assert_int_equal(w[0].count + w[1].count + w[2].count, w[3].count + w[4].count + w[5].count);
        assert_int_equal(w[0].sum + w[1].sum + w[2].sum, w[3].sum + w[4].sum + w[5].sum);
        assert_int_equal(weir_cubby_pressure(c), 0);
        done(c);
    }
}

static void storm_of_closes(void **state) {
    (void)state;
    limit_time("storm_of_closes", 100);
    if (has("close=yes") && !has("contract=broken")) storm(false);
}

static void storm_of_timeouts(void **state) {
    (void)state;
    limit_time("storm_of_timeouts", 100);
    if (has_deadlines() && has("close=yes") && !has("contract=broken")) storm(true);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(init_refuses),
        cmocka_unit_test(short_strings),
        cmocka_unit_test(parked_pushers_are_fifo),
        cmocka_unit_test(parked_poppers_are_fifo),
        cmocka_unit_test(five_against_five),
        cmocka_unit_test(cancel_withdraws),
        cmocka_unit_test(close_ends_steps),
        cmocka_unit_test(unbalanced_threads),
        cmocka_unit_test(timeouts),
        cmocka_unit_test(close_wakes_threads),
        cmocka_unit_test(storm_of_closes),
        cmocka_unit_test(storm_of_timeouts),
    };
    return cmocka_run_group_tests_name("cubby." WEIR_STRING(WEIR_CUBBY), tests, NULL, NULL);
}
