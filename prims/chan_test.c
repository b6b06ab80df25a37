/* Unit test of chan, compiled once a variant of mpmc. A lost wake-up is a hang: then a watchdog prints who is stuck in
 * which call, and aborts. */
#include <stdio.h>

#include "prims/test_p.h"

#include "prims/chan.h"

static weir_chan *make(uint64_t capacity, void **block) {
    weir_chan *c = weir_test_alloc(sizeof *c);
    *block = weir_test_alloc(weir_chan_bytes(capacity));
    assert_int_equal(weir_chan_init(c, capacity, *block), WEIR_OK);
    return c;
}

static void unmake(weir_chan *c, void *block) {
    free(block);
    free(c);
}

static void init_refuses(void **state) {
    (void)state;
    weir_chan *c = weir_test_alloc(2 * sizeof *c);
    char *block = weir_test_alloc(4096);
    memset(c, 0x5a, sizeof *c);
    assert_int_equal(weir_chan_init(NULL, 8, block), WEIR_BAD_NULL);
    assert_int_equal(weir_chan_init(c, 8, NULL), WEIR_BAD_NULL);
    assert_int_equal(weir_chan_init(c, 8, block + 8), WEIR_BAD_ALIGN);
    assert_int_equal(weir_chan_init((weir_chan *)((char *)c + 8), 8, block), WEIR_BAD_ALIGN);
    assert_int_equal(weir_chan_init(c, 0, block), WEIR_BAD_ZERO);
    assert_int_equal(weir_chan_init(c, 12, block), WEIR_BAD_POWER_OF_TWO);
    assert_int_equal(weir_chan_init(c, (uint64_t)1 << 32, block), WEIR_BAD_RANGE);
    assert_int_equal(weir_chan_bytes(12), 0);
    for (size_t i = 0; i < sizeof *c; i++) assert_int_equal(((unsigned char *)c)[i], 0x5a);
    free(block);
    free(c);
}

static void on_one_thread(void **state) {
    (void)state;
    void *block;
    weir_chan *c = make(2, &block);
    uint64_t v = 7, soon = weir_now_ns() + 2000000;
    assert_int_equal(weir_chan_try_pop(c, &v), WEIR_AGAIN);
    assert_int_equal(weir_chan_pop_until(c, &v, 0), WEIR_TIMEOUT);
    assert_int_equal(weir_chan_pop_until(c, &v, soon), WEIR_TIMEOUT);
    assert_true(weir_now_ns() >= soon);
    assert_int_equal(v, 7);
    assert_int_equal(weir_chan_push_until(c, 1, 0), WEIR_OK); /* a deadline in the past tries */
    assert_int_equal(weir_chan_pressure(c), 1);
    assert_int_equal(weir_chan_push(c, 2), WEIR_OK);
    assert_int_equal(weir_chan_try_push(c, 3), WEIR_AGAIN);
    assert_int_equal(weir_chan_push_until(c, 3, 1), WEIR_TIMEOUT);
    assert_int_equal(weir_chan_push_until(c, 3, weir_now_ns() + 2000000), WEIR_TIMEOUT);
    assert_int_equal(weir_chan_size(c), 2);
    assert_int_equal(weir_chan_pop_until(c, &v, 1), WEIR_OK);
    assert_int_equal(v, 1);
    weir_chan_close(c);
    assert_int_equal(weir_chan_push(c, 4), WEIR_CLOSED);
    assert_int_equal(weir_chan_try_push(c, 4), WEIR_CLOSED);
    assert_int_equal(weir_chan_push_until(c, 4, 0), WEIR_CLOSED);
    assert_int_equal(weir_chan_pop(c, &v), WEIR_OK);
    assert_int_equal(v, 2);
    assert_int_equal(weir_chan_pop(c, &v), WEIR_CLOSED);
    assert_int_equal(weir_chan_try_pop(c, &v), WEIR_CLOSED);
    assert_int_equal(weir_chan_close(c), WEIR_OK); /* again */
    assert_int_equal(weir_chan_pop_until(c, &v, 0), WEIR_CLOSED);
    assert_int_equal(v, 2);
    unmake(c, block);
}

/* -- steps, on one thread: a node that counts its wakes -- */

typedef struct counted {
    weir_chan_op op;
    int wakes;
} counted;

static void count(weir_wait *w) { ((counted *)w)->wakes++; }

static counted begin(uint64_t value) {
    counted op;
    memset(&op, 0, sizeof op);
    weir_chan_op_init(&op.op, value, count);
    return op;
}

static void steps(void **state) {
    (void)state;
    void *block;
    weir_chan *c = make(1, &block);
    counted a = begin(0), b = begin(0), p = begin(5);
    uint64_t v;
    assert_int_equal(weir_chan_pop_step(c, &a.op), WEIR_PARKED);
    assert_int_equal(weir_chan_pop_step(c, &b.op), WEIR_PARKED);
    assert_int_equal(weir_chan_pressure(c), -1);
    assert_int_equal(weir_chan_push_step(c, &p.op), WEIR_OK);
    assert_int_equal(a.wakes + b.wakes, 1);
    assert_int_equal(a.wakes, 1);                                /* longest parked first */
    assert_int_equal(weir_chan_try_pop(c, &v), WEIR_OK);         /* overtaken */
    assert_int_equal(weir_chan_pop_step(c, &a.op), WEIR_PARKED); /* finds nothing, parks behind b */
    assert_int_equal(weir_chan_push(c, 6), WEIR_OK);
    assert_int_equal(b.wakes, 1);
    assert_false(weir_chan_cancel(c, &b.op)); /* has been woken: it must go on */
    assert_int_equal(weir_chan_pop_step(c, &b.op), WEIR_OK);
    assert_int_equal(b.op.value, 6);
    assert_int_equal(a.wakes, 1);
    assert_true(weir_chan_cancel(c, &a.op));
    assert_int_equal(weir_chan_push(c, 7), WEIR_OK); /* meant for nobody, kept */
    assert_int_equal(a.wakes, 1);
    assert_int_equal(weir_chan_pop(c, &v), WEIR_OK);
    assert_int_equal(v, 7);
    unmake(c, block);
}

/* Pushers at a full channel, woken one by one; close wakes the rest, and they are refused. */
static void steps_of_pushers(void **state) {
    (void)state;
    void *block;
    weir_chan *c = make(1, &block);
    counted p[3] = {begin(10), begin(11), begin(12)};
    uint64_t v;
    assert_int_equal(weir_chan_push(c, 9), WEIR_OK);
    for (int i = 0; i < 3; i++) assert_int_equal(weir_chan_push_step(c, &p[i].op), WEIR_PARKED);
    assert_int_equal(weir_chan_pressure(c), 2);
    assert_int_equal(weir_chan_pop(c, &v), WEIR_OK);
    assert_int_equal(p[0].wakes, 1);
    assert_int_equal(weir_chan_push_step(c, &p[0].op), WEIR_OK);
    assert_int_equal(p[1].wakes + p[2].wakes, 0);
    weir_chan_close(c);
    assert_int_equal(p[1].wakes, 1);
    assert_int_equal(p[2].wakes, 1);
    assert_int_equal(weir_chan_push_step(c, &p[1].op), WEIR_CLOSED);
    assert_int_equal(weir_chan_push_step(c, &p[2].op), WEIR_CLOSED);
    assert_int_equal(weir_chan_pop(c, &v), WEIR_OK);
    assert_int_equal(v, 10);
    assert_int_equal(weir_chan_pop(c, &v), WEIR_CLOSED);
    unmake(c, block);
}

/* One wake may stand for several items: who was woken passes it on. */
static void wakes_are_handed_on(void **state) {
    (void)state;
    void *block;
    weir_chan *c = make(4, &block);
    counted a = begin(0), b = begin(0);
    assert_int_equal(weir_chan_pop_step(c, &a.op), WEIR_PARKED);
    assert_int_equal(weir_chan_pop_step(c, &b.op), WEIR_PARKED);
    assert_int_equal(weir_chan_push(c, 1), WEIR_OK);
    assert_int_equal(weir_chan_push(c, 2), WEIR_OK);
    assert_int_equal(a.wakes, 1);
    assert_int_equal(weir_chan_pop_step(c, &a.op), WEIR_OK);
    assert_int_equal(b.wakes, 1);
    assert_int_equal(weir_chan_pop_step(c, &b.op), WEIR_OK);
    assert_int_equal(b.op.value, 2);
    unmake(c, block);
}

/* -- teams -- */

enum { TEAM_MAX = 24 };
static const char *const doing_text[] = {"not begun", "push", "pop", "done"};
typedef struct member {
    struct team *team;
    weir_a32 doing;
    unsigned seed;
    uint64_t moved, sum, timeouts, wrong;
} member;
typedef struct team {
    weir_chan *c;
    unsigned producers, consumers;
    uint64_t each;    /* items a producer pushes */
    uint64_t wait_ns; /* 0: no deadline; else up to so long, from the past on */
    member members[TEAM_MAX];
} team;

static uint64_t some_deadline(member *m) {
    if (!m->team->wait_ns) return WEIR_FOREVER;
    m->seed = m->seed * 1103515245u + 12345u;
    return weir_now_ns() - 1000 + (m->seed >> 8) % m->team->wait_ns;
}

static void *produce(void *arg) {
    member *m = arg;
    weir_a32_store(&m->doing, 1);
    for (uint64_t i = 1; i <= m->team->each;) {
        weir_status st = weir_chan_push_until(m->team->c, i, some_deadline(m));
        if (st == WEIR_CLOSED) break;
        m->timeouts += st == WEIR_TIMEOUT;
        m->wrong += st != WEIR_OK && st != WEIR_TIMEOUT;
        if (st != WEIR_OK) continue;
        m->sum += i++;
        m->moved++;
    }
    weir_a32_store(&m->doing, 3);
    return NULL;
}

static void *consume(void *arg) {
    member *m = arg;
    uint64_t v = 0;
    weir_a32_store(&m->doing, 2);
    for (;;) {
        weir_status st = weir_chan_pop_until(m->team->c, &v, some_deadline(m));
        if (st == WEIR_CLOSED) break;
        m->timeouts += st == WEIR_TIMEOUT;
        m->wrong += st != WEIR_OK && st != WEIR_TIMEOUT;
        if (st != WEIR_OK) continue;
        m->sum += v;
        m->moved++;
    }
    m->wrong += weir_chan_try_pop(m->team->c, &v) != WEIR_CLOSED; /* final */
    weir_a32_store(&m->doing, 3);
    return NULL;
}

static void stuck(const team *t) {
    fprintf(stderr, "stuck: capacity %u, %up%uc, %zu inside, words: poppers %x pushers %x\n", (unsigned)t->c->capacity,
            t->producers, t->consumers, weir_chan_size(t->c), (unsigned)weir_a32_load(&t->c->poppers),
            (unsigned)weir_a32_load(&t->c->pushers));
    for (unsigned i = 0; i < t->producers + t->consumers; i++)
        fprintf(stderr, "  thread %u: %s\n", i, doing_text[weir_a32_load(&t->members[i].doing)]);
    abort();
}

static void join(team *t, pthread_t thread) {
    struct timespec limit;
    clock_gettime(CLOCK_REALTIME, &limit);
    limit.tv_sec += 100;
    if (pthread_timedjoin_np(thread, NULL, &limit)) stuck(t);
}

/* Runs a team; closes after the producers have ended, or after so many yields. What was accepted is what came out. */
static void conserve(uint64_t capacity, unsigned producers, unsigned consumers, uint64_t each, uint64_t wait_ns,
                     int close_after_yields) {
    void *block;
    static team t;
    memset(&t, 0, sizeof t);
    t.c = make(capacity, &block);
    t.producers = producers;
    t.consumers = consumers;
    t.each = each;
    t.wait_ns = wait_ns;
    pthread_t thread[TEAM_MAX];
    for (unsigned i = 0; i < producers + consumers; i++) {
        t.members[i].team = &t;
        t.members[i].seed = i;
        thread[i] = weir_test_thread(i < producers ? produce : consume, &t.members[i]);
    }
    for (int i = 0; i < close_after_yields; i++) weir_yield();
    if (close_after_yields >= 0) weir_chan_close(t.c);
    uint64_t in = 0, out = 0, in_sum = 0, out_sum = 0;
    for (unsigned i = 0; i < producers + consumers; i++) {
        if (i == producers) weir_chan_close(t.c);
        join(&t, thread[i]);
        *(i < producers ? &in : &out) += t.members[i].moved;
        *(i < producers ? &in_sum : &out_sum) += t.members[i].sum;
        assert_int_equal(t.members[i].wrong, 0);
    }
    assert_int_equal(in, out);
    assert_int_equal(in_sum, out_sum);
    if (close_after_yields < 0) assert_int_equal(in, producers * each);
    assert_int_equal(weir_chan_size(t.c), 0);
    unmake(t.c, block);
}

static void oversubscribed(void **state) {
    (void)state;
    conserve(1, 8, 8, 1000, 0, -1);
    conserve(2, 8, 8, 1500, 0, -1);
    conserve(1024, 8, 8, 4000, 0, -1);
}

static void lopsided(void **state) {
    (void)state;
    conserve(1, 1, 1, 4000, 0, -1);
    conserve(2, 8, 1, 800, 0, -1);
    conserve(2, 1, 8, 4000, 0, -1);
    conserve(64, 1, 16, 4000, 0, -1);
}

static void timed(void **state) {
    (void)state;
    conserve(1, 4, 4, 400, 20000, -1);
    conserve(2, 2, 4, 800, 200000, -1);
    conserve(1, 4, 1, 400, 60000, -1);
}

/* Closes at many moments, with timed and untimed waiters parked on both sides. */
static void closing(void **state) {
    (void)state;
    for (int i = 0; i < 80; i++)
        conserve((uint64_t)1 << i % 3, 1 + (unsigned)i % 4, 1 + (unsigned)i % 3, 1u << 30, i % 2 ? 0 : 30000, i * 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(init_refuses),
                                       cmocka_unit_test(on_one_thread),
                                       cmocka_unit_test(steps),
                                       cmocka_unit_test(steps_of_pushers),
                                       cmocka_unit_test(wakes_are_handed_on),
                                       cmocka_unit_test(oversubscribed),
                                       cmocka_unit_test(lopsided),
                                       cmocka_unit_test(timed),
                                       cmocka_unit_test(closing)};
    return cmocka_run_group_tests_name("chan." WEIR_STRING(WEIR_MPMC), tests, NULL, NULL);
}
