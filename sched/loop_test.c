/* Unit test of loops and crews, compiled once a variant of co: fairness, waits, deadlines, cancels, several threads. */
#include "sched/memory_test_p.h"

#include "prims/chan.h"
#include "prims/cubby.h"
#include "sched/loop_p.h"

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

/* -- two loops hand over: pairs over cubbies, with deadlines now and then, and a thread as the last -- */

enum { PAIRS = 3, ITEMS = 3000 };

struct passer {
    weir_co co;
    weir_cubby *from, *to; /* NULL: it makes items, or keeps them */
    weir_cubby_op op;
    uint64_t i, sum, first;
    weir_status st;
};
WEIR_COROUTINE(passer) {
    WEIR_CO_BEGIN;
    for (;; self->i++) {
        if (!self->from) self->op.value = self->first + self->i;
        else WEIR_CUBBY_POP(self->st, self->from, &self->op, WEIR_FOREVER);
        if (self->st || self->i == ITEMS) break;
        self->sum += self->op.value;
        /* a deadline keeps its loop on its own thread meanwhile; so far away, it does not pass */
        if (self->to)
            WEIR_CUBBY_PUSH(self->st, self->to, &self->op, self->op.value,
                            self->i % 3 ? WEIR_FOREVER : weir_co_now(co) + WEIR_FOREVER / 4);
        if (self->i % 100 == 0) WEIR_YIELD;
    }
    WEIR_CO_END;
}

static weir_a32 passed;
static void count_end(weir_co *co, int status) {
    (void)co;
    (void)status;
    weir_a32_add_release(&passed, 1);
    weir_futex_wake(&passed, 1);
}

static void loops_hand_over(void **state) {
    (void)state;
    weir_crew *crew;
    weir_a32_store(&passed, 0);
    assert_int_equal(weir_crew_open(2, &crew), WEIR_OK);
    weir_cubby *cubby[PAIRS][2];
    struct passer make[PAIRS], pass[PAIRS], waits;
    for (unsigned i = 0; i < PAIRS; i++) {
        for (int k = 0; k < 2; k++) {
            cubby[i][k] = weir_test_alloc(sizeof *cubby[i][k]);
            assert_int_equal(weir_cubby_init(cubby[i][k]), WEIR_OK);
        }
        WEIR_SPAWN(weir_crew_loop(crew, i % 2), passer, &make[i], .co.end = count_end, .to = cubby[i][0],
                   .first = 1000000 * i);
        WEIR_SPAWN(weir_crew_loop(crew, (i + 1) % 2), passer, &pass[i], .co.end = count_end, .from = cubby[i][0],
                   .to = cubby[i][1]);
    }
    WEIR_SPAWN(weir_crew_loop(crew, 0), passer, &waits, .from = cubby[0][0]); /* takes one, or none */
    uint64_t word = 0;
    for (unsigned n = 0; n < ITEMS; n++)
        for (uint64_t i = 1; i < PAIRS; i++) {
            assert_int_equal(weir_cubby_pop(cubby[i][1], &word), WEIR_OK);
            assert_int_equal(word, 1000000 * i + n);
        }
    for (uint32_t seen;
         (seen = weir_a32_load_acquire(&passed)) < PAIRS - 1;) /* who make items; the others wait for more */
        weir_futex_wait(&passed, seen, WEIR_FOREVER);
    assert_int_equal(weir_crew_close(crew), 0); /* the first pair and `waits` stand in the middle */
    for (int i = 0; i < PAIRS; i++)
        for (int k = 0; k < 2; k++) {
            weir_cubby_destroy(cubby[i][k]);
            free(cubby[i][k]);
        }
}

/* -- which thread runs a loop that is woken: a wait of our own, which a coroutine of the other loop ends -- */

typedef struct self_made {
    weir_wait wait; /* first */
    bool parked;
} self_made;

static weir_status self_made_step(weir_aptr *place, self_made *op) {
    if (op->parked) return WEIR_OK;
    op->parked = true;
    weir_aptr_store_release(place, op); /* R1: pairs with A1 */
    return WEIR_PARKED;
}

static bool self_made_cancel(weir_aptr *place, self_made *op) { return weir_aptr_xchg(place, NULL) == op; }

struct sleeper {
    weir_co co;
    weir_aptr place;
    self_made op;
    uint64_t wait_ns, sleeps_ns; /* its deadline, or 0; then it sleeps so long, if not 0 */
    weir_loop *loop;
    pthread_t thread[2];
    weir_a32 woken;
};
WEIR_COROUTINE(sleeper) {
    weir_status st;
    WEIR_CO_BEGIN;
    WEIR_AWAIT(st, self_made_step, self_made_cancel, &self->place, &self->op,
               self->wait_ns ? weir_co_now(co) + self->wait_ns : WEIR_FOREVER);
    self->loop = st == WEIR_OK ? weir_loop_here() : NULL;
    self->thread[0] = pthread_self();
    weir_a32_store_release(&self->woken, 1); /* R2: pairs with A2 */
    if (self->sleeps_ns) WEIR_SLEEP(self->sleeps_ns);
    self->thread[1] = pthread_self();
    WEIR_CO_END;
}

struct wakes {
    weir_co co;
    struct sleeper *sleeper;
    bool goes_on; /* until the other has been woken */
    pthread_t thread;
};
WEIR_COROUTINE(wakes) {
    self_made *op;
    WEIR_CO_BEGIN;
    while (!weir_aptr_load_acquire(&self->sleeper->place)) WEIR_YIELD;                 /* A1: pairs with R1 */
    while (!weir_aptr_load(&((weir_loop *)self->sleeper->co.home)->inbox)) WEIR_YIELD; /* until its loop sleeps */
    op = weir_aptr_load_acquire(&self->sleeper->place);
    self->thread = pthread_self();
    ((weir_loop *)co->home)->lent.refuses = 0; /* as when it had seen that its turns are short */
    op->wait.wake(&op->wait);
    while (self->goes_on && !weir_a32_load_acquire(&self->sleeper->woken)) WEIR_YIELD; /* A2: pairs with R2 */
    WEIR_CO_END;
}

/* Is it run by who wakes it? [0]: at once; [1]: after its sleep, if it has any. */
static void wake_one(uint64_t wait_ns, uint64_t sleeps_ns, bool busy, bool by_waker[2]) {
    weir_crew *crew;
    weir_a32_store(&passed, 0);
    assert_int_equal(weir_crew_open(2, &crew), WEIR_OK);
    struct sleeper a;
    struct wakes b;
    WEIR_SPAWN(weir_crew_loop(crew, 0), sleeper, &a, .co.end = count_end, .wait_ns = wait_ns, .sleeps_ns = sleeps_ns);
    WEIR_SPAWN(weir_crew_loop(crew, 1), wakes, &b, .co.end = count_end, .sleeper = &a, .goes_on = busy);
    for (uint32_t seen; (seen = weir_a32_load_acquire(&passed)) < 2;) weir_futex_wait(&passed, seen, WEIR_FOREVER);
    assert_ptr_equal(a.loop, weir_crew_loop(crew, 0));
    for (int i = 0; i < 2; i++) by_waker[i] = pthread_equal(a.thread[i], b.thread);
    assert_int_equal(weir_crew_close(crew), 0);
}

static void loop_that_sleeps_is_run_by_who_wakes_it(void **state) {
    (void)state;
    bool by_waker[2];
    wake_one(0, 0, false, by_waker);
    assert_true(by_waker[0]);
    wake_one(0, 0, true, by_waker); /* who wakes it has something to do */
    assert_false(by_waker[0]);
    wake_one(WEIR_FOREVER / 4, 0, false, by_waker); /* its alarm is its own thread's */
    assert_false(by_waker[0]);
    wake_one(0, 1000000, false, by_waker); /* armed where it was run */
    assert_true(by_waker[0]);
    assert_false(by_waker[1]);
}

/* -- posts, stop, fairness, memory from the pool -- */

struct taker {
    weir_co co;
    int *turns, *others; /* its own since the others' last */
};
WEIR_COROUTINE(taker) {
    WEIR_CO_BEGIN;
    for (; *self->turns < 1000; ++*self->turns) {
        assert_true(abs(*self->turns - *self->others) <= 1);
        WEIR_YIELD;
    }
    WEIR_CO_END;
}

static void nobody_runs_twice_before_another(void **state) {
    (void)state;
    weir_loop *loop = open_loop();
    int turns[2] = {0, 0};
    struct taker a, b;
    WEIR_SPAWN(loop, taker, &a, .turns = &turns[0], .others = &turns[1]);
    WEIR_SPAWN(loop, taker, &b, .turns = &turns[1], .others = &turns[0]);
    assert_int_equal(weir_loop_run_quiet(loop), 0);
    assert_int_equal(turns[0] + turns[1], 2000);
    assert_int_equal(weir_loop_close(loop), 0);
}

static weir_loop *posted_on;
static void note_post(weir_home *home, weir_post *post) {
    (void)post;
    posted_on = weir_loop_here();
    assert_ptr_equal(home, posted_on);
    weir_loop_stop(posted_on);
}

static void *post_one(void *loop) {
    static weir_post post;
    post.run = note_post;
    weir_loop_post(loop, &post);
    return NULL;
}

static void posts_arrive(void **state) {
    (void)state;
    weir_loop *loop = open_loop();
    assert_null(weir_loop_here());
    pthread_t t = weir_test_thread(post_one, loop);
    weir_loop_run(loop); /* until the post stops it */
    pthread_join(t, NULL);
    assert_ptr_equal(posted_on, loop);
    assert_int_equal(weir_loop_close(loop), 0);
}

struct brief {
    weir_co co;
    struct brief **seen;
    char filler[100];
};
WEIR_COROUTINE(brief) {
    WEIR_CO_BEGIN;
    *self->seen = self;
    WEIR_CO_END;
}

static void pool_is_used_again(void **state) {
    (void)state;
    weir_loop *loop = open_loop();
    struct brief *seen[2];
    for (int i = 0; i < 2; i++) {
        assert_non_null(WEIR_SPAWN_NEW(loop, brief, .seen = &seen[i]));
        assert_int_equal(weir_loop_run_quiet(loop), 0);
    }
    assert_ptr_equal(seen[0], seen[1]);
    weir_loop_stats stats;
    weir_loop_stats_get(loop, &stats);
    assert_int_equal(stats.spawned, 2);
    assert_int_equal(stats.ended, 2);
    void *large = weir_loop_alloc(loop, 100000);
    assert_non_null(large);
    weir_loop_free(loop, large, 100000);
    assert_int_equal(weir_loop_close(loop), 0);
}

/* -- very many, two levels each, cancelled where they wait -- */

enum { MANY = SANITIZED ? 20000 : 1000000, BYTES_EACH = SANITIZED ? 0 : 200 };

static unsigned begun, unwound[2], freed;

struct inner {
    weir_frame frame;
};
WEIR_COROUTINE(inner) {
    (void)self;
    WEIR_CO_BEGIN;
    begun++;
    WEIR_SLEEP_UNTIL(WEIR_FOREVER);
    WEIR_CO_FINALLY;
    unwound[1] += weir_co_status(co) == WEIR_CO_CANCELLED;
    WEIR_CO_END;
}

struct outer {
    weir_co co;
    struct inner inner;
};
WEIR_COROUTINE(outer) {
    WEIR_CO_BEGIN;
    WEIR_CALL(inner, &self->inner);
    WEIR_CO_FINALLY;
    unwound[0] += weir_co_status(co) == WEIR_CO_CANCELLED;
    WEIR_CO_END;
}

struct popper {
    weir_co co;
    weir_chan *from;
    weir_chan_op op;
};
WEIR_COROUTINE(popper) {
    weir_status st;
    WEIR_CO_BEGIN;
    begun++;
    WEIR_CHAN_POP(st, self->from, &self->op, WEIR_FOREVER);
    fail_msg("popped: %d", (int)st);
    WEIR_CO_FINALLY;
    unwound[1]++;
    WEIR_CO_END;
}

static void count_and_free(weir_co *co, int status) {
    freed++;
    weir_loop_end_free(co, status);
}

static void fill(weir_loop *loop, weir_chan *chan) {
    begun = unwound[0] = unwound[1] = freed = 0;
    for (unsigned i = 0; i < MANY; i++) {
        weir_co *co = i % 16 ? &WEIR_SPAWN_NEW(loop, outer)->co : &WEIR_SPAWN_NEW(loop, popper, .from = chan)->co;
        co->end = count_and_free;
    }
    assert_int_equal(weir_loop_run_quiet(loop), MANY);
    assert_int_equal(begun, MANY);
}

static void all_are_gone(void) {
    assert_int_equal(unwound[0], MANY - (MANY + 15) / 16); /* the poppers have one level */
    assert_int_equal(unwound[1], MANY);
    assert_int_equal(freed, MANY);
}

static void cancel_it(void *arg, const weir_co *co) {
    (void)arg;
    weir_co_cancel((weir_co *)(uintptr_t)co);
}

static void very_many_are_cancelled(void **state) {
    (void)state;
    weir_chan *chan = weir_test_alloc(sizeof *chan);
    void *block = weir_test_alloc(weir_chan_bytes(2));
    assert_int_equal(weir_chan_init(chan, 2, block), WEIR_OK);
    size_t before = resident(), most, most_again;
    weir_loop *loop = open_loop();
    fill(loop, chan);
    most = resident() - before;
    weir_loop_each(loop, cancel_it, NULL);
    assert_int_equal(weir_loop_run_quiet(loop), 0);
    all_are_gone();
    fill(loop, chan); /* in the same memory */
    most_again = resident() - before;
    assert_int_equal(weir_loop_close(loop), 0);
    all_are_gone();
    if (BYTES_EACH) {
        assert_in_range(most, 1, (size_t)MANY * BYTES_EACH);
        assert_in_range(most_again, 1, most + most / 16);
        assert_true(resident() - before < most / 16);
    }
    free(block);
    free(chan);
}

/* -- those that wait for nobody are named -- */

static void count_waiting(void *arg, const weir_co *co) {
    assert_string_equal(co->frame.type->name, "consumer");
    ++*(int *)arg;
}

static void left_ones_are_named(void **state) {
    (void)state;
    weir_loop *loop = open_loop();
    weir_chan *chan = weir_test_alloc(sizeof *chan);
    void *block = weir_test_alloc(weir_chan_bytes(2));
    assert_int_equal(weir_chan_init(chan, 2, block), WEIR_OK);
    struct consumer c[2];
    for (int i = 0; i < 2; i++) WEIR_SPAWN(loop, consumer, &c[i], .from = chan, .until = 1);
    assert_int_equal(weir_loop_run_quiet(loop), 2);
    int waiting = 0;
    weir_loop_each(loop, count_waiting, &waiting);
    assert_int_equal(waiting, 2);
    weir_loop_report(loop);
    assert_int_equal(weir_loop_close(loop), 0);
    free(block);
    free(chan);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(channel_on_one_loop),
        cmocka_unit_test(deadlines_pass),
        cmocka_unit_test(crew_meets_thread),
        cmocka_unit_test(loops_hand_over),
        cmocka_unit_test(loop_that_sleeps_is_run_by_who_wakes_it),
        cmocka_unit_test(nobody_runs_twice_before_another),
        cmocka_unit_test(posts_arrive),
        cmocka_unit_test(pool_is_used_again),
        cmocka_unit_test(very_many_are_cancelled),
        cmocka_unit_test(left_ones_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
