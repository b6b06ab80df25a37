/* Unit test of coroutines as events, compiled once a variant of co: virtual time, the same for any number of workers,
 * wakes from outside. */
#include "prims/test_p.h"

#include "prims/chan.h"
#include "prims/cubby.h"
#include "sched/frame.h"
#include "sched/request.h"

static const char *const variants[] = {"epoch", "double", "phase"};
enum { VARIANTS = sizeof variants / sizeof *variants };

static weir_sched *open_sched(const char *variant, unsigned workers, weir_frames **frames) {
    weir_sched *s;
    weir_sched_options o = {.variant = variant, .workers = workers, .window = 256, .streams = 4};
    assert_int_equal(weir_sched_open(&o, &s, NULL), WEIR_SCHED_OK);
    assert_int_equal(weir_frames_open(s, 1, 0, frames), WEIR_SCHED_OK);
    return s;
}

static void close_sched(weir_sched *s, weir_frames *frames) {
    assert_int_equal(weir_sched_wait(s, WEIR_FOREVER), WEIR_SCHED_OK);
    assert_int_equal(weir_frames_close(frames), 0);
    weir_sched_close(s);
}

/* -- a bank: customers arrive, wait for the only clerk, are served; all in virtual time -- */

enum { CUSTOMERS = 50 };

typedef struct bank {
    weir_cubby *queue; /* to the clerk */
    uint64_t log[4 * CUSTOMERS];
    unsigned logged, late;
} bank;

static void note(bank *b, uint64_t what, uint64_t now) { b->log[b->logged++] = what << 32 | now; }

struct customer {
    weir_co co;
    bank *bank;
    weir_cubby_op op;
    uint64_t number, patience;
};
WEIR_COROUTINE(customer) {
    weir_status st;
    WEIR_CO_BEGIN;
    WEIR_SLEEP(7 * self->number);
    note(self->bank, self->number, weir_co_now(co));
    WEIR_CUBBY_PUSH(st, self->bank->queue, &self->op, self->number, weir_co_now(co) + self->patience);
    if (st == WEIR_TIMEOUT) self->bank->late++;
    note(self->bank, self->number | st << 16, weir_co_now(co));
    WEIR_CO_END;
}

struct clerk {
    weir_co co;
    bank *bank;
    weir_cubby_op op;
    unsigned idle;
};
WEIR_COROUTINE(clerk) {
    weir_status st;
    WEIR_CO_BEGIN;
    for (;;) {
        WEIR_CUBBY_POP(st, self->bank->queue, &self->op, weir_co_now(co) + 1000);
        if (st) break;
        note(self->bank, self->op.value | 1 << 20, weir_co_now(co));
        WEIR_SLEEP(10 + self->op.value % 3);
    }
    WEIR_CO_END;
}

struct opening {
    weir_co co;
    weir_frames *frames;
    bank *bank;
    struct customer customer[CUSTOMERS];
    struct clerk clerk;
};
WEIR_COROUTINE(opening) {
    WEIR_CO_BEGIN;
    WEIR_FRAMES_SPAWN(self->frames, clerk, &self->clerk, .bank = self->bank);
    for (uint64_t i = 0; i < CUSTOMERS; i++)
        WEIR_FRAMES_SPAWN(self->frames, customer, &self->customer[i], .bank = self->bank, .number = i,
                          .patience = i % 4 ? 300 : 5);
    WEIR_CO_END;
}

static void run_bank(const char *variant, unsigned workers, bank *b) {
    weir_frames *frames;
    weir_sched *s = open_sched(variant, workers, &frames);
    memset(b, 0, sizeof *b);
    b->queue = weir_test_alloc(sizeof *b->queue);
    assert_int_equal(weir_cubby_init(b->queue), WEIR_OK);
    struct opening *o = malloc(sizeof *o);
    WEIR_FRAMES_SPAWN(frames, opening, o, .frames = frames, .bank = b);
    close_sched(s, frames);
    weir_cubby_destroy(b->queue);
    free(b->queue);
    free(o);
}

static void same_for_any_number_of_workers(void **state) {
    (void)state;
    static bank first, other;
    run_bank(variants[0], 1, &first);
    assert_in_range(first.late, 1, CUSTOMERS / 2);
    assert_in_range(first.logged, 2 * CUSTOMERS, 3 * CUSTOMERS);
    for (int v = 0; v < VARIANTS; v++)
        for (unsigned workers = 1; workers <= 4; workers *= 2) {
            run_bank(variants[v], workers, &other);
            assert_int_equal(other.logged, first.logged);
            assert_memory_equal(other.log, first.log, sizeof first.log);
        }
}

/* -- a thread outside feeds it, and is answered -- */

struct doubler {
    weir_co co;
    weir_chan *in, *out;
    weir_chan_op op;
};
WEIR_COROUTINE(doubler) {
    weir_status st;
    WEIR_CO_BEGIN;
    for (;;) {
        WEIR_CHAN_POP(st, self->in, &self->op, WEIR_FOREVER);
        if (st) break;
        WEIR_CHAN_PUSH(st, self->out, &self->op, 2 * self->op.value, WEIR_FOREVER);
    }
    WEIR_CO_END;
}

static void thread_meets_frames(void **state) {
    (void)state;
    for (int v = 0; v < VARIANTS; v++) {
        weir_frames *frames;
        weir_sched *s = open_sched(variants[v], 2, &frames);
        weir_chan *chan[2];
        void *block[2];
        for (int i = 0; i < 2; i++) {
            chan[i] = weir_test_alloc(sizeof **chan);
            block[i] = weir_test_alloc(weir_chan_bytes(2));
            assert_int_equal(weir_chan_init(chan[i], 2, block[i]), WEIR_OK);
        }
        struct doubler d;
        WEIR_FRAMES_SPAWN(frames, doubler, &d, .in = chan[0], .out = chan[1]);
        uint64_t word = 0;
        for (uint64_t i = 0; i < 300; i++) {
            assert_int_equal(weir_chan_push(chan[0], i), WEIR_OK);
            assert_int_equal(weir_chan_pop(chan[1], &word), WEIR_OK);
            assert_int_equal(word, 2 * i);
        }
        weir_chan_close(chan[0]);
        close_sched(s, frames);
        for (int i = 0; i < 2; i++) {
            free(block[i]);
            free(chan[i]);
        }
    }
}

/* -- services, and a cancel from outside -- */

struct serves {
    weir_co co;
    weir_service service;
    weir_taken job;
};
WEIR_COROUTINE(serves) {
    weir_status st;
    WEIR_CO_BEGIN;
    weir_service_open(&self->service, co, 1);
    for (;;) {
        WEIR_TAKE(st, &self->service, &self->job, WEIR_FOREVER);
        if (st) break;
        WEIR_SLEEP(100);
        weir_respond(&self->job, self->job.word + weir_co_now(co));
    }
    WEIR_CO_FINALLY;
    weir_service_close(&self->service);
    WEIR_CO_END;
}

struct asks {
    weir_co co;
    struct serves *server;
    weir_request request;
    uint64_t i, sum;
    weir_status st;
};
WEIR_COROUTINE(asks) {
    WEIR_CO_BEGIN;
    self->i = weir_co_now(co);
    WEIR_YIELD;
    assert_int_equal(weir_co_now(co), self->i); /* a yield takes no time */
    self->i = 0;
    for (;; self->i++) {
        WEIR_REQUEST(self->st, &self->server->service, &self->request, self->i, weir_co_now(co) + 450);
        if (self->st || self->i == 2) break;
        self->sum += self->request.word;
    }
    WEIR_CO_END;
}

typedef struct cancel_post {
    weir_post post;
    weir_co *co;
} cancel_post;

static void cancel(weir_home *home, weir_post *post) {
    (void)home;
    weir_co_cancel(((cancel_post *)post)->co);
}

static void services_in_virtual_time(void **state) {
    (void)state;
    weir_frames *frames;
    weir_sched *s = open_sched("epoch", 2, &frames);
    struct serves server;
    struct asks a[6];
    weir_source *gate; /* time stands still, until all have come */
    assert_int_equal(weir_source_open(s, 2, &(weir_source_options){.promise = 1}, &gate), WEIR_SCHED_OK);
    WEIR_FRAMES_SPAWN(frames, serves, &server, .job.word = 0);
    assert_int_equal(weir_sched_wait(s, WEIR_FOREVER), WEIR_SCHED_OK);
    for (int i = 0; i < 6; i++) WEIR_FRAMES_SPAWN(frames, asks, &a[i], .server = &server);
    weir_source_close(gate);
    assert_int_equal(weir_sched_wait(s, WEIR_FOREVER), WEIR_SCHED_OK);
    unsigned timeouts = 0;
    for (int i = 0; i < 6; i++) timeouts += a[i].st == WEIR_TIMEOUT;
    assert_in_range(timeouts, 1, 6);
    assert_int_equal(weir_frames_close(frames), 1); /* the service is left, and nothing has happened */
    cancel_post kill = {.post.run = cancel, .co = &server.co};
    weir_frames_post(frames, &kill.post);
    close_sched(s, frames);
}

static void open_refuses(void **state) {
    (void)state;
    weir_sched *s;
    weir_frames *frames;
    weir_sched_options o = {.variant = "counters"};
    assert_int_equal(weir_sched_open(&o, &s, NULL), WEIR_SCHED_OK);
    assert_int_equal(weir_frames_open(s, 0, 0, &frames), WEIR_SCHED_NOTSUP);
    weir_sched_close(s);
    o = (weir_sched_options){.variant = "epoch", .late = WEIR_LATE_REJECT};
    assert_int_equal(weir_sched_open(&o, &s, NULL), WEIR_SCHED_OK);
    assert_int_equal(weir_frames_open(s, 0, 0, &frames), WEIR_SCHED_NOTSUP);
    weir_sched_close(s);
    o = (weir_sched_options){.variant = "epoch"};
    assert_int_equal(weir_sched_open(&o, &s, NULL), WEIR_SCHED_OK);
    assert_int_equal(weir_frames_open(s, 0, 1, &frames), WEIR_SCHED_BAD);
    assert_int_equal(weir_frames_open(s, 16, 0, &frames), WEIR_SCHED_BAD);
    weir_sched_close(s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_for_any_number_of_workers),
        cmocka_unit_test(thread_meets_frames),
        cmocka_unit_test(services_in_virtual_time),
        cmocka_unit_test(open_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
