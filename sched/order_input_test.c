/* What is refused, and by which name; what comes late. */
#include "sched/order_test_p.h"

#define VARIANT WEIR_STRING(WEIR_ORDER)

static weir_sched_status try_open(weir_sched_options o, const char *names) {
    weir_sched *s = NULL;
    weir_sched_error error = {.text = ""};
    if (!o.variant) o.variant = VARIANT;
    weir_sched_status status = weir_sched_open(&o, &s, &error);
    if (!status) {
        weir_sched_close(s);
        return status;
    }
    assert_int_equal(error.status, status);
    if (!strstr(error.text, names)) fail_msg("'%s' does not name %s", error.text, names);
    return status;
}

static void test_options(void **state) {
    (void)state;
    assert_int_equal(try_open((weir_sched_options){.workers = 0}, ""), WEIR_SCHED_OK);
    assert_int_equal(try_open((weir_sched_options){.variant = "fifo"}, "fifo"), WEIR_SCHED_BAD);
    assert_int_equal(try_open((weir_sched_options){.sort = "bogo"}, "bogo"), WEIR_SCHED_BAD);
    assert_int_equal(try_open((weir_sched_options){.filter = "sieve"}, "sieve"), WEIR_SCHED_BAD);
    assert_int_equal(try_open((weir_sched_options){.workers = 257}, "256"), WEIR_SCHED_BAD);
    assert_int_equal(try_open((weir_sched_options){.workers_max = 300}, "workers_max is 300"), WEIR_SCHED_BAD);
    assert_int_equal(try_open((weir_sched_options){.workers = 3, .workers_max = 2}, "workers is 3"), WEIR_SCHED_BAD);
    assert_int_equal(try_open((weir_sched_options){.streams = 65537}, "streams"), WEIR_SCHED_BAD);
    assert_int_equal(try_open((weir_sched_options){.domains = 65537}, "domains"), WEIR_SCHED_BAD);
    assert_int_equal(try_open((weir_sched_options){.window = 1}, "window is 1"), WEIR_SCHED_WINDOW);
    assert_int_equal(try_open((weir_sched_options){.window = 100}, "window is 100"), WEIR_SCHED_WINDOW);
    assert_int_equal(try_open((weir_sched_options){.time = (weir_time)7}, "time"), WEIR_SCHED_BAD);
    assert_int_equal(try_open((weir_sched_options){.late = (weir_late)7}, "late"), WEIR_SCHED_BAD);
}

/* -- one scheduler, nobody works but the test while it waits -- */

static weir_sched *s;
static weir_source *source;
static uint64_t order[64];
static size_t ordered;
static weir_sched_status told[64];
static size_t n_told;

static void note(weir_turn *turn, weir_event *e) {
    order[ordered++] = weir_turn_now(turn);
    assert_ptr_equal(weir_turn_sched(turn), s);
    assert_int_equal(e->key, weir_turn_now(turn));
}

static void on_fault(void *arg, const weir_sched_fault *fault) {
    assert_ptr_equal(arg, &s);
    told[n_told++] = fault->status;
}

static void quick(weir_turn *turn, weir_event *e) {
    (void)turn;
    (void)e;
}

static weir_sched_status ended_as;
static size_t n_ended;
static void note_end(weir_event *e, weir_sched_status status) {
    (void)e;
    ended_as = status;
    n_ended++;
}

static void begin(weir_sched_options o, weir_source_options so) {
    ordered = n_told = n_ended = 0;
    o.variant = VARIANT;
    o.fault = on_fault;
    o.arg = &s;
    assert_int_equal(weir_sched_open(&o, &s, NULL), WEIR_SCHED_OK);
    assert_int_equal(weir_source_open(s, 0, &so, &source), WEIR_SCHED_OK);
}

static void quiet(void) { assert_int_equal(weir_sched_wait(s, weir_now_ns() + 60000000000u), WEIR_SCHED_OK); }

static void test_submit(void **state) {
    (void)state;
    begin((weir_sched_options){.domains = 2}, (weir_source_options){.limit = 4, .promise = 10});
    weir_event e[8];
    for (int i = 0; i < 8; i++) e[i] = (weir_event){.key = 20, .data = note, .end = note_end};
    weir_source *again;
    assert_int_equal(weir_source_open(s, 0, NULL, &again), WEIR_SCHED_BAD);
    assert_int_equal(weir_source_open(s, 16, NULL, &again), WEIR_SCHED_BAD);
    e[0].key = WEIR_KEY_NONE;
    assert_int_equal(weir_source_submit(source, &e[0]), WEIR_SCHED_BAD);
    e[0].key = 20;
    e[0].domain = 2;
    assert_int_equal(weir_source_submit(source, &e[0]), WEIR_SCHED_BAD);
    e[0].domain = 1;
    e[0].levels = 9;
    assert_int_equal(weir_source_submit(source, &e[0]), WEIR_SCHED_BAD);
    e[0].levels = 0;
    e[0].ndeps = 1;
    assert_int_equal(weir_source_submit(source, &e[0]), WEIR_SCHED_BAD);
    e[0].ndeps = 0;
    e[0].key = 9;
    assert_int_equal(weir_source_submit(source, &e[0]), WEIR_SCHED_BACKWARDS);
    e[0].key = 20;
    e[0].seq = 5;
    assert_int_equal(weir_source_submit(source, &e[0]), WEIR_SCHED_OK);
    assert_int_equal(weir_source_submit(source, &e[0]), WEIR_SCHED_BAD); /* it is under way */
    e[1].seq = 5;
    assert_int_equal(weir_source_submit(source, &e[1]), WEIR_SCHED_DUPLICATE);
    e[1].seq = 0;
    weir_dep self = {.kind = WEIR_DEP_EVENT, .on.event = &e[1]};
    e[1].deps = &self;
    e[1].ndeps = 1;
    assert_int_equal(weir_source_submit(source, &e[1]), WEIR_SCHED_SELF);
    weir_dep later = {.kind = WEIR_DEP_EVENT, .on.event = &e[0]};
    e[1].deps = &later;
    e[1].key = 19;
    assert_int_equal(weir_source_submit(source, &e[1]), WEIR_SCHED_DISORDER);
    e[1].key = 20;
    assert_int_equal(weir_source_submit(source, &e[1]), WEIR_SCHED_OK);
    weir_event *rest[] = {&e[2], &e[3], &e[4], &e[5]};
    size_t taken;
    assert_int_equal(weir_source_submit_batch(source, rest, 4, &taken), WEIR_SCHED_AGAIN);
    assert_int_equal(taken, 2);
    assert_int_equal(weir_source_submit_until(source, &e[4], weir_now_ns() + 1000000), WEIR_SCHED_TIMEOUT);
    assert_int_equal(weir_source_promise(source, 9), WEIR_SCHED_BACKWARDS);
    assert_int_equal(weir_source_promise(source, 21), WEIR_SCHED_OK);
    quiet();
    assert_int_equal(ordered, 4);
    e[4].key = 30;
    e[4].seq = UINT64_MAX;
    assert_int_equal(weir_source_submit_until(source, &e[4], weir_now_ns() + 1000000), WEIR_SCHED_OK);
    e[5].key = 31; /* and no number comes behind that one */
    assert_int_equal(weir_source_submit(source, &e[5]), WEIR_SCHED_DUPLICATE);
    weir_source_close(source);
    quiet();
    assert_int_equal(ordered, 5);
    assert_int_equal(n_ended, 5);
    assert_int_equal(n_told, 0);
    weir_sched_close(s);
}

/* Its seq goes on, and it takes no more than it did at first. */
static void test_open_again(void **state) {
    (void)state;
    begin((weir_sched_options){.workers = 0}, (weir_source_options){.limit = 2});
    weir_event e[4];
    for (int i = 0; i < 4; i++) e[i] = (weir_event){.key = 20, .data = note, .end = note_end};
    assert_int_equal(weir_source_submit(source, &e[0]), WEIR_SCHED_OK);
    weir_source_close(source);
    assert_int_equal(weir_source_open(s, 0, &(weir_source_options){.limit = 100}, &source), WEIR_SCHED_OK);
    e[1].seq = 1;
    assert_int_equal(weir_source_submit(source, &e[1]), WEIR_SCHED_DUPLICATE);
    e[1].seq = 2;
    assert_int_equal(weir_source_submit(source, &e[1]), WEIR_SCHED_OK);
    assert_int_equal(weir_source_submit(source, &e[2]), WEIR_SCHED_AGAIN);
    assert_int_equal(weir_source_promise(source, 21), WEIR_SCHED_OK);
    quiet();
    e[2].key = 21;
    assert_int_equal(weir_source_submit(source, &e[2]), WEIR_SCHED_OK);
    weir_source_close(source);
    quiet();
    assert_int_equal(n_ended, 3);
    weir_sched_close(s);
}

/* -- late keys: a source that promises nothing it could hold to -- */

static weir_event late[3];

static void submit_late(weir_late policy) {
    begin((weir_sched_options){.late = policy}, (weir_source_options){.promise = WEIR_KEY_NONE});
    for (int i = 0; i < 3; i++) late[i] = (weir_event){.key = 100, .data = note, .end = note_end};
    late[2].key = 40;
    assert_int_equal(weir_source_submit(source, &late[0]), WEIR_SCHED_OK);
    assert_int_equal(weir_source_submit(source, &late[1]), WEIR_SCHED_OK);
    quiet();
}

static void close_late(bool deterministic, uint64_t n_late) {
    quiet();
    weir_sched_stats stats;
    weir_sched_stats_get(s, &stats);
    assert_int_equal(stats.deterministic, deterministic);
    assert_int_equal(stats.late, n_late);
    weir_sched_close(s);
}

static void test_late_hold(void **state) {
    (void)state;
    submit_late(WEIR_LATE_HOLD);
    assert_int_equal(weir_source_submit(source, &late[2]), WEIR_SCHED_OK);
    quiet();
    assert_int_equal(ordered, 3);
    assert_int_equal(order[2], 100); /* its seq is above that of the last */
    close_late(true, 1);
}

static void test_late_reject(void **state) {
    (void)state;
    submit_late(WEIR_LATE_REJECT);
    assert_int_equal(weir_source_submit(source, &late[2]), WEIR_SCHED_LATE);
    assert_int_equal(n_ended, 2);
    close_late(true, 0);
}

/* Both were accepted before one of them had run; the later one came first. */
static void test_late_reject_on_the_way(void **state) {
    (void)state;
    begin((weir_sched_options){.late = WEIR_LATE_REJECT}, (weir_source_options){.promise = WEIR_KEY_NONE});
    weir_source *other;
    assert_int_equal(weir_source_open(s, 1, &(weir_source_options){.promise = WEIR_KEY_NONE}, &other), WEIR_SCHED_OK);
    weir_event a = {.key = 7, .data = note}, b = {.key = 7, .data = note, .end = note_end};
    assert_int_equal(weir_source_submit(other, &a), WEIR_SCHED_OK);
    quiet();
    assert_int_equal(weir_source_submit(source, &b), WEIR_SCHED_OK); /* stream 0 at 7 is before stream 1 at 7 */
    quiet();
    assert_int_equal(ended_as, WEIR_SCHED_LATE);
    assert_int_equal(n_told, 1);
    assert_int_equal(told[0], WEIR_SCHED_LATE);
    assert_int_equal(ordered, 1);
    close_late(true, 1);
}

static void test_late_run(void **state) {
    (void)state;
    submit_late(WEIR_LATE_RUN);
    assert_int_equal(weir_source_submit(source, &late[2]), WEIR_SCHED_OK);
    quiet();
    assert_int_equal(ordered, 3);
    assert_int_equal(order[2], 40);
    close_late(false, 1);
}

static weir_event child;
static weir_sched_status child_status;
static void submit_child(weir_turn *turn, weir_event *e) {
    note(turn, e);
    child_status = weir_sched_submit(turn, &child);
}

static void late_child(weir_late policy, weir_sched_status expected, uint64_t key) {
    begin((weir_sched_options){.late = policy}, (weir_source_options){.limit = 0});
    weir_event parent = {.key = 50, .data = submit_child};
    child = (weir_event){.key = 49, .data = note};
    assert_int_equal(weir_source_submit(source, &parent), WEIR_SCHED_OK);
    weir_source_close(source);
    quiet();
    assert_int_equal(child_status, expected);
    assert_int_equal(ordered, expected ? 1 : 2);
    if (!expected) assert_int_equal(order[1], key);
    close_late(policy != WEIR_LATE_RUN, expected == WEIR_SCHED_OK);
}

static void test_late_child(void **state) {
    (void)state;
    late_child(WEIR_LATE_HOLD, WEIR_SCHED_OK, 50);
    late_child(WEIR_LATE_REJECT, WEIR_SCHED_LATE, 0);
    late_child(WEIR_LATE_RUN, WEIR_SCHED_OK, 49);
}

/* A child for another domain stands at least the lookahead behind its parent. */
static void test_lookahead(void **state) {
    (void)state;
    for (uint32_t domain = 0; domain < 2; domain++) {
        begin((weir_sched_options){.domains = 2, .lookahead = 10}, (weir_source_options){.limit = 0});
        weir_event parent = {.key = 50, .data = submit_child};
        child = (weir_event){.key = 55, .data = note, .domain = domain};
        assert_int_equal(weir_source_submit(source, &parent), WEIR_SCHED_OK);
        weir_source_close(source);
        quiet();
        assert_int_equal(ordered, 2);
        assert_int_equal(order[1], domain ? 60 : 55);
        close_late(true, domain);
    }
}

/* a waits for three events that only run and may be behind it; but what each of them waits for is, too, and has a data
 * part: a would wait for itself, in three ways. */
static void test_disorder_through_others(void **state) {
    (void)state;
    begin((weir_sched_options){.workers = 1}, (weir_source_options){.limit = 0});
    weir_event a = {.key = 50, .run = quick, .data = note, .end = note_end}, b[3], c[3];
    weir_dep on_b[3], on_c[3];
    for (int i = 0; i < 3; i++) {
        c[i] = (weir_event){.key = 90 + (uint64_t)i, .run = quick, .data = note, .end = note_end};
        on_c[i] = (weir_dep){.kind = WEIR_DEP_EVENT, .on.event = &c[i]};
        b[i] = (weir_event){.key = 100, .run = quick, .end = note_end, .deps = &on_c[i], .ndeps = 1};
        on_b[i] = (weir_dep){.kind = WEIR_DEP_EVENT, .on.event = &b[i]};
        assert_int_equal(weir_source_submit(source, &c[i]), WEIR_SCHED_OK);
        assert_int_equal(weir_source_submit(source, &b[i]), WEIR_SCHED_OK);
    }
    a.deps = on_b;
    a.ndeps = 3;
    assert_int_equal(weir_source_submit(source, &a), WEIR_SCHED_OK);
    weir_source_close(source);
    quiet();
    assert_int_equal(n_told, 3);
    assert_int_equal(told[0], WEIR_SCHED_DISORDER);
    assert_int_equal(n_ended, 7);
    assert_int_equal(ordered, 3);
    assert_int_equal(order[0], 90);
    weir_sched_close(s);
}

/* More incomplete events than window and spill may hold. */
static void test_full(void **state) {
    (void)state;
    begin((weir_sched_options){.window = 2, .spill_max = 3}, (weir_source_options){.limit = 0});
    weir_event e[8];
    for (int i = 0; i < 8; i++) {
        e[i] = (weir_event){.key = (uint64_t)i, .data = note, .end = note_end};
        assert_int_equal(weir_source_submit(source, &e[i]), WEIR_SCHED_OK);
    }
    weir_source_close(source);
    quiet();
    assert_int_equal(n_ended, 8);
    assert_int_equal(ordered, 5);
    assert_int_equal(n_told, 3);
    assert_int_equal(told[2], WEIR_SCHED_WINDOW);
    weir_sched_close(s);
}

/* -- copies, and pulled sources -- */

static uint64_t posted_sum;
static void posted(weir_turn *turn, weir_event *e) {
    posted_sum += *(uint64_t *)weir_posted_arg(e);
    static uint64_t two = 2;
    if (weir_turn_now(turn) < 10)
        assert_int_equal(weir_sched_post(turn, weir_turn_now(turn) + 1, posted, &two), WEIR_SCHED_OK);
}

static void post_first(weir_turn *turn, weir_event *e) {
    (void)e;
    static uint64_t one = 1;
    assert_int_equal(weir_sched_post(turn, 5, posted, &one), WEIR_SCHED_OK);
}

static void test_post(void **state) {
    (void)state;
    begin((weir_sched_options){.workers = 0}, (weir_source_options){.limit = 0});
    weir_event e = {.key = 1, .run = post_first};
    assert_int_equal(weir_source_submit(source, &e), WEIR_SCHED_OK);
    weir_source_close(source);
    quiet();
    assert_int_equal(posted_sum, 1 + 5 * 2);
    weir_sched_close(s);
}

static weir_event pulled[40];
static size_t n_pulled;
static weir_event *pull(weir_source *from, void *arg) {
    assert_ptr_equal(arg, &pulled);
    if (n_pulled == 40) weir_source_close(from);
    if (n_pulled == 20 && !ordered) return NULL; /* until ready is called */
    if (n_pulled == 40) return NULL;
    weir_event *e = &pulled[n_pulled++];
    *e = (weir_event){.key = n_pulled, .data = note};
    weir_source_promise(from, n_pulled);
    return e;
}

static void test_pull(void **state) {
    (void)state;
    n_pulled = 0;
    begin((weir_sched_options){.workers = 0}, (weir_source_options){.limit = 8, .pull = pull, .arg = &pulled});
    quiet();
    weir_source_ready(source);
    quiet();
    assert_int_equal(n_pulled, 40);
    assert_int_equal(ordered, 40);
    for (size_t i = 0; i < 40; i++) assert_int_equal(order[i], i + 1);
    weir_sched_close(s);
}

/* All have one key, and are more than the source may have under way before it promises more. */
static weir_event *pull_one_key(weir_source *from, void *arg) {
    assert_ptr_equal(arg, &pulled);
    if (n_pulled == 40) weir_source_close(from);
    if (n_pulled == 40) return NULL;
    weir_event *e = &pulled[n_pulled++];
    *e = (weir_event){.key = 7, .run = n_pulled % 2 ? quick : NULL, .data = note};
    return e;
}

static bool quiet_in_time(void) {
    return weir_sched_wait(s, weir_now_ns() + 20 * UINT64_C(1000000000)) == WEIR_SCHED_OK;
}

static weir_a32 may_say;

/* Has nothing; and says, once it may, that nothing below 6 will come. */
static weir_event *pull_nothing(weir_source *from, void *closes) {
    if (!weir_a32_load_acquire(&may_say)) return NULL;
    if (*(bool *)closes) weir_source_close(from);
    else weir_source_promise(from, 6);
    return NULL;
}

/* For which an event of another source waits. */
static void test_promised_in_a_pull(void **state) {
    (void)state;
    for (int i = 0; i < 2; i++) {
        weir_source *second;
        bool closes = i;
        weir_event e = {.key = 5, .data = note, .end = note_end};
        ordered = 0;
        weir_a32_store(&may_say, 0);
        begin((weir_sched_options){.workers = 1}, (weir_source_options){.promise = WEIR_KEY_NONE});
        assert_int_equal(weir_source_open(s, 1, &(weir_source_options){.pull = pull_nothing, .arg = &closes}, &second),
                         WEIR_SCHED_OK);
        assert_int_equal(weir_source_submit(source, &e), WEIR_SCHED_OK);
        /* the worker mostly sleeps by then, or it would look twice */
        assert_int_equal(weir_sched_wait(s, weir_now_ns() + 20000000), WEIR_SCHED_TIMEOUT);
        assert_int_equal(ordered, 0);
        weir_a32_store_release(&may_say, 1);
        weir_source_ready(second);
        if (!quiet_in_time()) fail_msg("nobody has seen the promise");
        assert_int_equal(ordered, 1);
        weir_sched_close(s);
    }
}

static void test_pull_beyond_the_limit(void **state) {
    (void)state;
    for (uint64_t promise = 0; promise <= 7; promise += 7)
        for (uint64_t limit = 1; limit <= 64; limit *= 4) {
            n_pulled = n_told = ordered = 0;
            begin((weir_sched_options){.workers = 0},
                  (weir_source_options){.limit = limit, .promise = promise, .pull = pull_one_key, .arg = &pulled});
            if (!quiet_in_time()) fail_msg("limit %d, promise %d: stalls", (int)limit, (int)promise);
            assert_int_equal(ordered, 40);
            assert_int_equal(n_told, limit < 64);
            if (n_told) assert_int_equal(told[0], WEIR_SCHED_AGAIN);
            weir_sched_close(s);
        }
}

static void *submit_one_key(void *arg) {
    for (int i = 0; i < 40; i++) {
        pulled[i] = (weir_event){.key = 7, .data = note};
        if (weir_source_submit_until(source, &pulled[i], WEIR_FOREVER)) return arg;
    }
    weir_source_close(source);
    return NULL;
}

static void test_wait_beyond_the_limit(void **state) {
    (void)state;
    pthread_t thread;
    void *failed;
    n_told = ordered = 0;
    begin((weir_sched_options){.workers = 1}, (weir_source_options){.limit = 4, .promise = 7});
    assert_int_equal(pthread_create(&thread, NULL, submit_one_key, &s), 0);
    assert_int_equal(pthread_join(thread, &failed), 0);
    assert_null(failed);
    quiet();
    assert_int_equal(ordered, 40);
    assert_int_equal(n_told, 1);
    assert_int_equal(told[0], WEIR_SCHED_AGAIN);
    weir_sched_close(s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_submit),
        cmocka_unit_test(test_open_again),
        cmocka_unit_test(test_late_hold),
        cmocka_unit_test(test_late_reject),
        cmocka_unit_test(test_late_reject_on_the_way),
        cmocka_unit_test(test_late_run),
        cmocka_unit_test(test_late_child),
        cmocka_unit_test(test_lookahead),
        cmocka_unit_test(test_full),
        cmocka_unit_test(test_disorder_through_others),
        cmocka_unit_test(test_post),
        cmocka_unit_test(test_pull),
        cmocka_unit_test(test_promised_in_a_pull),
        cmocka_unit_test(test_pull_beyond_the_limit),
        cmocka_unit_test(test_wait_beyond_the_limit),
    };
    return cmocka_run_group_tests_name("order_input." VARIANT, tests, NULL, NULL);
}
