/* Unit test of waiting: the user-space futex, the thread's wait under all parkers, hooks and counts. */
#include <poll.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "prims/test_p.h"

#include "prims/lock_p.h"
#include "prims/wait.h"

typedef bool parker(struct weir_wait *, uint64_t, struct weir_learned *);
static parker *const parkers[] = {weir_parker_adaptive_wait, weir_parker_futex_wait, weir_parker_eventfd_wait};
enum { PARKERS = sizeof parkers / sizeof *parkers };

typedef struct node {
    weir_wait wait; /* first */
    int woken;
} node;

static int order[64], woken_count;

static void note_wake(weir_wait *w) {
    node *n = (node *)w;
    n->woken++;
    order[woken_count++] = (int)n->wait.mask >> 8;
}

static void make(node *n, size_t count) {
    for (size_t i = 0; i < count; i++) {
        weir_wait_init(&n[i].wait, note_wake);
        n[i].woken = 0;
    }
    woken_count = 0;
}

static void park_compares(void **state) {
    (void)state;
    node n;
    weir_a32 word = {5};
    make(&n, 1);
    assert_false(weir_park(&n.wait, &word, 4, 1));
    assert_int_equal(weir_unpark(&word, UINT32_MAX, UINT32_MAX), 0);
    assert_true(weir_park(&n.wait, &word, 5, 1));
    assert_int_equal(weir_unpark(&word, 2, UINT32_MAX), 0); /* another mask */
    assert_int_equal(weir_unpark(&word, 3, 0), 0);          /* none allowed */
    assert_int_equal(n.woken, 0);
    assert_int_equal(weir_unpark(&word, 3, 1), 1);
    assert_int_equal(n.woken, 1);
    assert_int_equal(weir_unpark(&word, 3, 1), 0);
}

static void cancel_takes_back(void **state) {
    (void)state;
    node n[3];
    weir_a32 word = {0};
    make(n, 3);
    for (int i = 0; i < 3; i++) assert_true(weir_park(&n[i].wait, &word, 0, 1u | (uint32_t)i << 8));
    assert_true(weir_park_cancel(&n[1].wait));
    assert_false(weir_park_cancel(&n[1].wait));
    assert_int_equal(weir_unpark(&word, 1, UINT32_MAX), 2);
    assert_false(weir_park_cancel(&n[0].wait)); /* woken already */
    assert_int_equal(n[0].woken + 10 * n[1].woken + 100 * n[2].woken, 101);
    assert_true(weir_park(&n[1].wait, &word, 0, 1)); /* a node may be used again */
    assert_true(weir_park_cancel(&n[1].wait));
}

/* Many words share buckets: each unpark finds its own, oldest first, never more than asked. */
static void fifo_per_word(void **state) {
    (void)state;
    enum { WORDS = 1000, EACH = 5 };
    weir_a32 *words = calloc(WORDS, sizeof *words);
    node *n = calloc((size_t)WORDS * EACH, sizeof *n);
    make(n, (size_t)WORDS * EACH);
    for (uint32_t i = 0; i < EACH; i++)
        for (uint32_t k = 0; k < WORDS; k++) assert_true(weir_park(&n[k * EACH + i].wait, &words[k], 0, i << 8 | 1));
    for (uint32_t k = 0; k < WORDS; k++) {
        woken_count = 0;
        assert_int_equal(weir_unpark(&words[k], 1, 2), 2);
        assert_int_equal(weir_unpark(&words[k], 1, UINT32_MAX), EACH - 2);
        for (int i = 0; i < EACH; i++) assert_int_equal(order[i], i);
    }
    free(n);
    free(words);
}

static void deadlines(void **state) {
    (void)state;
    for (size_t i = 0; i < PARKERS; i++) {
        weir_learned learned = {{0}, {0}};
        weir_a32 word = {0};
        weir_wait w;
        weir_thread_arm(&w);
        assert_true(weir_park(&w, &word, 0, 1));
        assert_false(parkers[i](&w, 0, &learned));
        assert_false(parkers[i](&w, weir_now_ns(), &learned));
        uint64_t at = weir_now_ns() + 2000000;
        assert_false(parkers[i](&w, at, &learned));
        assert_true(weir_now_ns() >= at);
        assert_int_equal(weir_unpark(&word, 1, 1), 1); /* the cancel would fail now: wait again, without deadline */
        assert_false(weir_park_cancel(&w));
        assert_true(parkers[i](&w, WEIR_FOREVER, &learned));
        assert_true(weir_park(&w, &word, 0, 1)); /* armed again */
        assert_false(parkers[i](&w, 0, &learned));
        assert_true(weir_park_cancel(&w));
    }
}

static int around;
static void before_block(void *arg) { around += *(int *)arg; }
static void after_block(void *arg) { around *= 2 + *(int *)arg; }

static void hooks_surround_the_sleep(void **state) {
    (void)state;
    int one = 1;
    weir_block_hooks mine = {before_block, after_block, &one}, none = {NULL, NULL, NULL};
    assert_null(weir_thread_hooks(mine).before);
    uint64_t waits = weir_a64_load(&weir_wait_counts_mine()->waits),
             sleeps = weir_a64_load(&weir_wait_counts_mine()->sleeps);
    weir_learned learned = {{0}, {0}};
    weir_wait w;
    weir_thread_arm(&w);
    assert_false(weir_thread_wait(&w, 1, &learned));
    assert_int_equal(around, 3);
    assert_int_equal(weir_a64_load(&weir_wait_counts_mine()->waits), waits + 1);
    assert_int_equal(weir_a64_load(&weir_wait_counts_mine()->sleeps), sleeps + 1);
    assert_ptr_equal(weir_thread_hooks(none).arg, &one);
}

/* Two threads pass a token through one word, each parked until its turn: a lost wake-up hangs (and CTest kills it). */
enum { TURNS = 3000 };
typedef struct table {
    weir_a32 turn;
    parker *wait;
    weir_learned learned[2];
    uint64_t plain; /* TSan sees whether the wake carries it */
} table;
typedef struct seat {
    table *table;
    uint32_t side;
} seat;

static void await_turn(table *t, uint32_t side) {
    weir_wait w;
    weir_thread_arm(&w);
    for (uint32_t turn; (turn = weir_a32_load_acquire(&t->turn)) % 2 != side;)
        if (weir_park(&w, &t->turn, turn, 1u << side)) t->wait(&w, WEIR_FOREVER, &t->learned[side]);
}

static void *pass(void *arg) {
    seat *s = arg;
    for (int i = 0; i < TURNS; i++) {
        await_turn(s->table, s->side);
        s->table->plain++;
        weir_a32_add_acq_rel(&s->table->turn, 1);
        weir_unpark(&s->table->turn, 1u << !s->side, UINT32_MAX);
    }
    return NULL;
}

static void ping_pong(void **state) {
    (void)state;
    for (size_t i = 0; i < PARKERS; i++) {
        table t = {.wait = parkers[i]};
        seat a = {&t, 0}, b = {&t, 1};
        pthread_t other = weir_test_thread(pass, &b);
        pass(&a);
        pthread_join(other, NULL);
        assert_int_equal(t.plain, 2 * TURNS);
    }
}

/* -- the eventfd parker -- */

/* One poll for a wake and for a pipe: each is told from the other. */
static void one_poll_for_both(void **state) {
    (void)state;
    int pipe_[2];
    weir_a32 word = {0};
    weir_wait w;
    assert_int_equal(pipe(pipe_), 0);
    weir_thread_arm(&w);
    assert_true(weir_park(&w, &word, 0, 1));
    struct pollfd p[2] = {{.fd = weir_parker_eventfd_begin(&w), .events = POLLIN}, {.fd = pipe_[0], .events = POLLIN}};
    assert_true(p[0].fd >= 0);
    assert_int_equal(poll(p, 2, 0), 0);
    assert_int_equal(write(pipe_[1], "x", 1), 1);
    assert_int_equal(poll(p, 2, -1), 1);
    assert_int_equal(p[1].revents, POLLIN);
    assert_false(weir_parker_eventfd_end(&w));
    assert_int_equal(weir_parker_eventfd_begin(&w), p[0].fd); /* the same again */
    assert_int_equal(weir_unpark(&word, 1, 1), 1);
    assert_int_equal(poll(p, 1, -1), 1);
    assert_true(weir_parker_eventfd_end(&w));
    assert_int_equal(poll(p, 1, 0), 0); /* the signal has been taken */
    assert_true(weir_park(&w, &word, 0, 1));
    assert_int_equal(weir_unpark(&word, 1, 1), 1);
    assert_int_equal(weir_parker_eventfd_begin(&w), -1); /* woken already */
    assert_true(weir_parker_eventfd_end(&w));
    close(pipe_[0]);
    close(pipe_[1]);
}

static void *event_of_a_thread(void *arg) {
    *(int *)arg = weir_event_mine();
    return NULL;
}

/* Threads that come and go need no more descriptors than there were at once; a child has its own. */
static void events_are_handed_on(void **state) {
    (void)state;
    int mine = weir_event_mine(), first = -1, event;
    assert_true(mine >= 0);
    for (int i = 0; i < 100; i++) {
        pthread_t t = weir_test_thread(event_of_a_thread, &event);
        pthread_join(t, NULL);
        if (i == 0) first = event;
        assert_int_equal(event, first);
        assert_int_not_equal(event, mine);
    }
    weir_event_signal(first); /* late: its next owner looks once more */
    assert_false(weir_event_wait(mine, 0));
    pid_t child = fork();
    if (child == 0) _exit(weir_event_mine() == mine || weir_event_mine() == first);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

/* Without a descriptor to be had it sleeps by futex. */
static void *wait_without_descriptors(void *arg) {
    weir_a32 *word = arg;
    weir_learned learned = {{0}, {0}};
    weir_wait w;
    weir_thread_arm(&w);
    if (weir_event_mine() >= 0) return "it had a descriptor";
    if (weir_parker_eventfd_begin(&w) >= 0) return "began without one";
    while (weir_park(&w, word, 0, 1))
        if (!weir_parker_eventfd_wait(&w, WEIR_FOREVER, &learned)) return "timed out";
    return NULL;
}

static void no_descriptors(void **state) {
    (void)state;
    fflush(NULL);
    pid_t child = fork(); /* its limit is its own */
    if (child == 0) {
        void *said = "no thread";
        weir_a32 word = {0};
        setrlimit(RLIMIT_NOFILE, &(struct rlimit){3, 3});
        pthread_t t = weir_test_thread(wait_without_descriptors, &word);
        weir_yield();
        weir_a32_store_release(&word, 1);
        weir_unpark(&word, 1, 1);
        pthread_join(t, &said);
        _exit(said != NULL);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

/* A deadline races with the wake: whichever the cancel says, wake comes exactly once per park that was not cancelled. */
typedef struct race {
    weir_a32 word, stop;
    uint64_t woken; /* by the waker */
} race;

static void *keep_waking(void *arg) {
    race *r = arg;
    while (!weir_a32_load(&r->stop)) {
        r->woken += weir_unpark(&r->word, 1, 1);
        weir_yield();
    }
    return NULL;
}

static void cancel_races_with_wake(void **state) {
    (void)state;
    race r = {.woken = 0};
    weir_learned learned = {{0}, {0}};
    uint64_t woken = 0, lost = 0;
    pthread_t waker = weir_test_thread(keep_waking, &r);
    for (int i = 0; i < 20000; i++) {
        weir_wait w;
        weir_thread_arm(&w);
        lost += !weir_park(&w, &r.word, 0, 1);
        bool in_time = weir_thread_wait(&w, weir_now_ns() + (uint64_t)(i % 7) * 500, &learned);
        if (!in_time && weir_park_cancel(&w)) continue;
        if (!in_time) weir_thread_wait(&w, WEIR_FOREVER, &learned);
        woken++;
    }
    weir_a32_store(&r.stop, 1);
    pthread_join(waker, NULL);
    assert_int_equal(lost, 0);
    assert_int_equal(woken, r.woken);
}

/* The short lock, contended by more threads than processors, some preempted while holding it. */
typedef struct tally {
    weir_lock lock;
    uint64_t n;
} tally;

static void *count_up(void *arg) {
    tally *t = arg;
    for (int i = 0; i < 20000; i++) {
        weir_lock_acquire(&t->lock);
        t->n++;
        if (i % 512 == 0) weir_yield();
        weir_lock_release(&t->lock);
    }
    return NULL;
}

static void lock_excludes(void **state) {
    (void)state;
    tally t = {.n = 0};
    weir_lock_init(&t.lock);
    pthread_t threads[6];
    for (int i = 0; i < 6; i++) threads[i] = weir_test_thread(count_up, &t);
    for (int i = 0; i < 6; i++) pthread_join(threads[i], NULL);
    assert_int_equal(t.n, 6 * 20000);
    assert_int_equal(weir_a32_load(&t.lock.state), WEIR_LOCK_FREE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(park_compares),
        cmocka_unit_test(cancel_takes_back),
        cmocka_unit_test(fifo_per_word),
        cmocka_unit_test(deadlines),
        cmocka_unit_test(hooks_surround_the_sleep),
        cmocka_unit_test(ping_pong),
        cmocka_unit_test(lock_excludes),
        cmocka_unit_test(cancel_races_with_wake),
        cmocka_unit_test(one_poll_for_both),
        cmocka_unit_test(events_are_handed_on),
        cmocka_unit_test(no_descriptors),
    };
    return cmocka_run_group_tests_name("wait", tests, NULL, NULL);
}
