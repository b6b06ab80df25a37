/* Unit test of services, compiled once a variant of co: the four kinds, order, bounds, circles, ends. */
#include "prims/test_p.h"

#include "sched/loop.h"
#include "sched/request.h"

enum { MANY = 5, ROUNDS = 40, CAPACITY = 2 };

static weir_loop *loop;
static char trail[512];

static void mark(char c) {
    size_t n = strlen(trail);
    trail[n] = c;
    trail[n + 1] = 0;
}

static int setup(void **state) {
    (void)state;
    trail[0] = 0;
    return weir_loop_open(NULL, &loop);
}

static int teardown(void **state) {
    (void)state;
    return (int)weir_loop_close(loop);
}

/* -- who answers before taking the next -- */

struct sync {
    weir_co co;
    weir_service service;
    weir_taken job;
    unsigned inside; /* requests between take and answer */
    bool sleeps, marks;
};
WEIR_COROUTINE(sync) {
    weir_status st;
    WEIR_CO_BEGIN;
    weir_service_open(&self->service, co, CAPACITY);
    for (;;) {
        WEIR_TAKE(st, &self->service, &self->job, WEIR_FOREVER);
        if (st) WEIR_RETURN;
        if (self->marks) mark((char)self->job.word);
        self->inside++;
        if (self->sleeps) WEIR_YIELD;
        assert_int_equal(self->inside, 1);
        self->inside--;
        weir_respond(&self->job, self->job.word * 3);
    }
    WEIR_CO_FINALLY;
    weir_service_close(&self->service);
    WEIR_CO_END;
}

/* -- who answers when it likes: holds up to three, answers the newest first -- */

struct async {
    weir_co co;
    weir_service service;
    weir_taken job[3];
    int n;
};
WEIR_COROUTINE(async) {
    weir_status st;
    WEIR_CO_BEGIN;
    weir_service_open(&self->service, co, CAPACITY);
    for (;;) {
        for (self->n = 0; self->n < 3; self->n++) {
            WEIR_TAKE(st, &self->service, &self->job[self->n], self->n ? weir_co_now(co) + 100000 : WEIR_FOREVER);
            if (st == WEIR_CLOSED) WEIR_RETURN;
            if (st == WEIR_TIMEOUT) break;
        }
        while (self->n-- > 0) weir_respond(&self->job[self->n], self->job[self->n].word * 3);
    }
    WEIR_CO_FINALLY;
    weir_service_close(&self->service);
    WEIR_CO_END;
}

/* -- who asks and waits -- */

struct caller {
    weir_co co;
    weir_service *service;
    weir_request request;
    uint64_t i, n, first, right;
    uint64_t wait_ns;
    weir_status st;
};
WEIR_COROUTINE(caller) {
    WEIR_CO_BEGIN;
    for (self->i = 0; self->i < self->n; self->i++) {
        WEIR_REQUEST(self->st, self->service, &self->request, self->first + self->i,
                     self->wait_ns ? weir_now_ns() + self->wait_ns : WEIR_FOREVER);
        if (self->st) WEIR_RETURN;
        self->right += self->request.word == 3 * (self->first + self->i);
    }
    WEIR_CO_END;
}

/* -- who asks several times, and collects later, newest first -- */

struct asker {
    weir_co co;
    weir_service *service;
    weir_request request[3];
    uint64_t round, rounds, right;
    int i;
    weir_status st;
};
WEIR_COROUTINE(asker) {
    WEIR_CO_BEGIN;
    for (; self->round < self->rounds; self->round++) {
        for (self->i = 0; self->i < 3; self->i++) {
            WEIR_ASK(self->st, self->service, &self->request[self->i], 10 * self->round + (uint64_t)self->i,
                     WEIR_FOREVER);
            assert_int_equal(self->st, WEIR_OK);
        }
        while (self->i-- > 0) {
            WEIR_ANSWER(self->st, &self->request[self->i], WEIR_FOREVER);
            assert_int_equal(self->st, WEIR_OK);
            self->right += self->request[self->i].word == 30 * self->round + 3 * (uint64_t)self->i;
        }
    }
    WEIR_CO_FINALLY;
    for (self->i = 0; self->i < 3; self->i++) weir_request_drop(&self->request[self->i]);
    WEIR_CO_END;
}

static void call_from_many(weir_service *service) {
    struct caller caller[MANY];
    for (uint64_t i = 0; i < MANY; i++)
        WEIR_SPAWN(loop, caller, &caller[i], .service = service, .n = ROUNDS * 3, .first = 1000 * i);
    assert_int_equal(weir_loop_run_quiet(loop), 1); /* the service */
    for (int i = 0; i < MANY; i++) assert_int_equal(caller[i].right, ROUNDS * 3);
    assert_in_range(service->most, 1, CAPACITY);
}

static void ask_from_many(weir_service *service) {
    struct asker asker[MANY];
    for (int i = 0; i < MANY; i++) WEIR_SPAWN(loop, asker, &asker[i], .service = service, .rounds = ROUNDS);
    assert_int_equal(weir_loop_run_quiet(loop), 1);
    for (int i = 0; i < MANY; i++) assert_int_equal(asker[i].right, ROUNDS * 3);
    assert_in_range(service->most, 1, CAPACITY);
}

static void end(weir_co *co) {
    weir_co_cancel(co);
    assert_int_equal(weir_loop_run_quiet(loop), 0);
}

static void sync_asks_sync(void **state) {
    (void)state;
    struct sync s;
    WEIR_SPAWN(loop, sync, &s, .sleeps = true);
    weir_loop_run_quiet(loop);
    call_from_many(&s.service);
    end(&s.co);
}

static void async_asks_sync(void **state) {
    (void)state;
    struct sync s;
    WEIR_SPAWN(loop, sync, &s, .sleeps = true);
    weir_loop_run_quiet(loop);
    ask_from_many(&s.service);
    end(&s.co);
}

static void sync_asks_async(void **state) {
    (void)state;
    struct async s;
    WEIR_SPAWN(loop, async, &s, .n = 0);
    weir_loop_run_quiet(loop);
    call_from_many(&s.service);
    end(&s.co);
}

static void async_asks_async(void **state) {
    (void)state;
    struct async s;
    WEIR_SPAWN(loop, async, &s, .n = 0);
    weir_loop_run_quiet(loop);
    ask_from_many(&s.service);
    end(&s.co);
}

/* -- order and bound: callers beyond the capacity wait outside, and all are served as they came -- */

static void served_as_they_came(void **state) {
    (void)state;
    struct sync s;
    struct caller caller[MANY];
    WEIR_SPAWN(loop, sync, &s, .sleeps = true, .marks = true);
    weir_loop_run_quiet(loop);
    for (uint64_t i = 0; i < MANY; i++)
        WEIR_SPAWN(loop, caller, &caller[i], .service = &s.service, .n = 2, .first = 'a' + 2 * i);
    assert_int_equal(weir_loop_run_quiet(loop), 1);
    assert_string_equal(trail, "acegibdfhj");
    assert_int_equal(s.service.most, CAPACITY);
    end(&s.co);
}

/* -- deadlines: in the queue, outside, and when it has been taken -- */

struct stuck {
    weir_co co;
    weir_service service;
    weir_taken job;
    bool dropped;
    uint64_t sleep_ns;
};
WEIR_COROUTINE(stuck) {
    weir_status st;
    WEIR_CO_BEGIN;
    weir_service_open(&self->service, co, 1);
    WEIR_TAKE(st, &self->service, &self->job, WEIR_FOREVER);
    if (st == WEIR_OK) WEIR_SLEEP(self->sleep_ns);
    self->dropped = !weir_respond(&self->job, 1);
    WEIR_CO_FINALLY;
    weir_service_close(&self->service);
    WEIR_CO_END;
}

static void deadlines_withdraw(void **state) {
    (void)state;
    struct stuck s;
    struct caller caller[4];
    WEIR_SPAWN(loop, stuck, &s, .sleep_ns = 3000000);
    weir_loop_run_quiet(loop);
    for (int i = 0; i < 4; i++)
        WEIR_SPAWN(loop, caller, &caller[i], .service = &s.service, .n = 1, .wait_ns = i < 3 ? 1000000 : 0);
    assert_int_equal(weir_loop_run_quiet(loop), 0);
    for (int i = 0; i < 3; i++) assert_int_equal(caller[i].st, WEIR_TIMEOUT);
    assert_int_equal(caller[3].st, WEIR_CLOSED); /* the service ended before it came to that */
    assert_true(s.dropped);
}

/* -- who withdraws from the queue leaves a place, which the first outside takes -- */

struct slow {
    weir_co co;
    weir_service service;
    weir_taken job;
    int i;
};
WEIR_COROUTINE(slow) {
    weir_status st;
    WEIR_CO_BEGIN;
    weir_service_open(&self->service, co, 1);
    for (self->i = 0; self->i < 2; self->i++) {
        WEIR_TAKE(st, &self->service, &self->job, WEIR_FOREVER);
        if (st) WEIR_RETURN;
        WEIR_SLEEP(3000000);
        weir_respond(&self->job, 3 * self->job.word);
    }
    WEIR_CO_FINALLY;
    weir_service_close(&self->service);
    WEIR_CO_END;
}

static void withdrawal_leaves_a_place(void **state) {
    (void)state;
    struct slow s;
    struct caller caller[3];
    WEIR_SPAWN(loop, slow, &s, .i = 0);
    for (int i = 0; i < 3; i++)
        WEIR_SPAWN(loop, caller, &caller[i], .service = &s.service, .n = 1, .wait_ns = i == 1 ? 1000000 : 0);
    assert_int_equal(weir_loop_run_quiet(loop), 0);
    assert_int_equal(caller[0].right, 1);
    assert_int_equal(caller[1].st, WEIR_TIMEOUT);
    assert_int_equal(caller[2].right, 1);
}

/* -- a service that ends tells all: who was taken, queued, outside -- */

static void close_tells_callers(void **state) {
    (void)state;
    struct stuck s;
    struct caller caller[MANY];
    WEIR_SPAWN(loop, stuck, &s, .sleep_ns = WEIR_FOREVER / 2);
    weir_loop_run_quiet(loop);
    for (int i = 0; i < MANY; i++) WEIR_SPAWN(loop, caller, &caller[i], .service = &s.service, .n = 1);
    weir_co_cancel(&s.co);
    assert_int_equal(weir_loop_run_quiet(loop), 0);
    for (int i = 0; i < MANY; i++) assert_int_equal(caller[i].st, WEIR_CLOSED);
}

/* -- one takes, another answers -- */

struct hand {
    weir_co co;
    weir_taken job;
    bool ready;
};
WEIR_COROUTINE(hand) {
    WEIR_CO_BEGIN;
    while (!self->ready) WEIR_YIELD;
    weir_respond(&self->job, 3 * self->job.word);
    WEIR_CO_END;
}

struct desk {
    weir_co co;
    weir_service service;
    weir_taken job;
    struct hand hand[MANY];
    int i;
};
WEIR_COROUTINE(desk) {
    weir_status st;
    WEIR_CO_BEGIN;
    weir_service_open(&self->service, co, MANY);
    for (; self->i < MANY; self->i++) {
        WEIR_TAKE(st, &self->service, &self->job, WEIR_FOREVER);
        if (st) WEIR_RETURN;
        WEIR_SPAWN(loop, hand, &self->hand[self->i], .ready = false);
        weir_taken_pass(&self->job, &self->hand[self->i].job, &self->hand[self->i].co);
        assert_false(weir_respond(&self->job, 0)); /* not its any more */
    }
    while (self->i > 0) self->hand[--self->i].ready = true; /* all are held at once */
    WEIR_YIELD;
    WEIR_YIELD;
    WEIR_CO_FINALLY;
    weir_service_close(&self->service);
    WEIR_CO_END;
}

static void one_takes_another_answers(void **state) {
    (void)state;
    struct desk desk;
    struct caller caller[MANY];
    WEIR_SPAWN(loop, desk, &desk, .i = 0);
    for (uint64_t i = 0; i < MANY; i++)
        WEIR_SPAWN(loop, caller, &caller[i], .service = &desk.service, .n = 1, .first = i);
    assert_int_equal(weir_loop_run_quiet(loop), 0);
    for (int i = 0; i < MANY; i++) assert_int_equal(caller[i].right, 1);
}

/* -- a circle: relay asks `next` before it answers -- */

struct relay {
    weir_co co;
    weir_service service, *shared, *next;
    weir_taken job;
    weir_request request;
    int status;
};
WEIR_COROUTINE(relay) {
    weir_status st;
    WEIR_CO_BEGIN;
    if (!self->shared) {
        weir_service_open(&self->service, co, CAPACITY);
        self->shared = &self->service;
    }
    for (;;) {
        WEIR_TAKE(st, self->shared, &self->job, WEIR_FOREVER);
        if (st) WEIR_RETURN;
        if (self->job.word > 1) {
            WEIR_REQUEST(st, self->next, &self->request, self->job.word - 1, WEIR_FOREVER);
            if (st) WEIR_RETURN;
        } else self->request.word = 0;
        weir_respond(&self->job, self->request.word + 1);
    }
    WEIR_CO_FINALLY;
    self->status = weir_co_status(co);
    if (self->status == WEIR_CO_DEADLOCK) assert_string_equal(weir_co_text(co), "deadlock: relay -> relay -> relay");
    weir_service_close(self->shared);
    WEIR_CO_END;
}

static void note_end(weir_co *co, int status) {
    (void)co;
    (void)status;
}

static void circle_is_reported(void **state) {
    (void)state;
    struct relay a, b;
    struct caller caller;
    WEIR_SPAWN(loop, relay, &a, .co.end = note_end, .next = &b.service);
    WEIR_SPAWN(loop, relay, &b, .co.end = note_end, .next = &a.service);
    WEIR_SPAWN(loop, caller, &caller, .service = &a.service, .n = 1, .first = 3);
    assert_int_equal(weir_loop_run_quiet(loop), 0);
    assert_int_equal(b.status, WEIR_CO_DEADLOCK);
    assert_int_equal(a.status, 0); /* b was closed; so it ended */
    assert_int_equal(caller.st, WEIR_CLOSED);
}

/* a has two that take from it: the circle a -> b -> a works. */
static void circle_works_when_reentrant(void **state) {
    (void)state;
    struct relay a, again, b;
    struct caller caller;
    WEIR_SPAWN(loop, relay, &a, .next = &b.service);
    WEIR_SPAWN(loop, relay, &b, .next = &a.service);
    weir_loop_run_quiet(loop);
    weir_service_share(&a.service);
    WEIR_SPAWN(loop, relay, &again, .shared = &a.service, .next = &b.service);
    WEIR_SPAWN(loop, caller, &caller, .service = &a.service, .n = 1, .first = 3);
    assert_int_equal(weir_loop_run_quiet(loop), 3);
    assert_int_equal(caller.st, WEIR_OK);
    assert_int_equal(caller.request.word, 3);
    weir_co_cancel(&a.co);
    weir_co_cancel(&b.co);
    assert_int_equal(weir_loop_run_quiet(loop), 0);
    assert_int_equal(a.status, WEIR_CO_CANCELLED);
    assert_int_equal(again.status, 0);
}

/* -- bad use -- */

struct forgets {
    weir_co co;
    weir_service service;
    weir_taken job;
    char text[256];
};
WEIR_COROUTINE(forgets) {
    weir_status st;
    WEIR_CO_BEGIN;
    weir_service_open(&self->service, co, 1);
    WEIR_TAKE(st, &self->service, &self->job, WEIR_FOREVER);
    WEIR_TAKE(st, &self->service, &self->job, WEIR_FOREVER);
    mark((char)st);
    WEIR_CO_FINALLY;
    assert_int_equal(weir_co_status(co), WEIR_CO_MISUSE);
    memcpy(self->text, weir_co_text(co), sizeof self->text);
    weir_service_close(&self->service);
    WEIR_CO_END;
}

static void forgotten_answer_is_named(void **state) {
    (void)state;
    struct forgets s;
    struct caller caller;
    WEIR_SPAWN(loop, forgets, &s, .co.end = note_end);
    WEIR_SPAWN(loop, caller, &caller, .service = &s.service, .n = 1);
    assert_int_equal(weir_loop_run_quiet(loop), 0);
    assert_string_equal(s.text, "forgets takes a request before it has answered the last one");
    assert_int_equal(caller.st, WEIR_CLOSED);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(sync_asks_sync, setup, teardown),
        cmocka_unit_test_setup_teardown(async_asks_sync, setup, teardown),
        cmocka_unit_test_setup_teardown(sync_asks_async, setup, teardown),
        cmocka_unit_test_setup_teardown(async_asks_async, setup, teardown),
        cmocka_unit_test_setup_teardown(served_as_they_came, setup, teardown),
        cmocka_unit_test_setup_teardown(deadlines_withdraw, setup, teardown),
        cmocka_unit_test_setup_teardown(withdrawal_leaves_a_place, setup, teardown),
        cmocka_unit_test_setup_teardown(close_tells_callers, setup, teardown),
        cmocka_unit_test_setup_teardown(one_takes_another_answers, setup, teardown),
        cmocka_unit_test_setup_teardown(circle_is_reported, setup, teardown),
        cmocka_unit_test_setup_teardown(circle_works_when_reentrant, setup, teardown),
        cmocka_unit_test_setup_teardown(forgotten_answer_is_named, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
