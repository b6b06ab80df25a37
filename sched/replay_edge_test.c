/* A replay whose run parts are faster than when it was recorded, so that at the end of an epoch what follows could retire at once:
 * the inputs of the next epoch, some of which stand before that, come first. */
#include "prims/test_p.h"

#include <stdio.h>
#include <unistd.h>

#include "sched/record.h"
#include "sched/sched.h"

enum { EVENTS = 5, WINDOW = 2, PROGRAM = 5 };

/* The first two are an epoch; the last comes in the second one, before what waits there. */
static const uint64_t keys[EVENTS] = {0, 0, 10, 20, 5};
static const unsigned in_order[EVENTS] = {0, 1, 4, 2, 3};

static weir_event events[EVENTS];
static unsigned log_of[EVENTS], logged;
static weir_a32 go, third_ran, replaying;
static char path[64];

static void wait_for(const weir_a32 *flag) {
    while (!weir_a32_load_acquire(flag)) weir_yield();
}

static void run(weir_turn *turn, weir_event *e) {
    (void)turn;
    if (e == &events[1] && weir_a32_load(&replaying)) wait_for(&third_ran);
    if (e != &events[2]) return;
    wait_for(&go);
    weir_a32_store_release(&third_ran, 1);
}

static void data(weir_turn *turn, weir_event *e) {
    (void)turn;
    log_of[logged++] = (unsigned)(e - events);
}

static weir_event *fresh(unsigned i) {
    events[i] = (weir_event){.key = keys[i], .run = i == 1 || i == 2 ? run : NULL, .data = data};
    return &events[i];
}

static weir_event *make(void *arg, const weir_replay_input *in) {
    (void)arg;
    return fresh((unsigned)in->seq - 1);
}

static weir_sched *open_sched(weir_record *record, weir_replay *replay) {
    weir_sched *s;
    weir_sched_options o = {.variant = "horizon", .workers = 2, .window = WINDOW, .record = record};
    if (replay) {
        o.epoch = weir_replay_epoch;
        o.arg = replay;
    }
    assert_int_equal(weir_sched_open(&o, &s, NULL), WEIR_SCHED_OK);
    logged = 0;
    weir_a32_store(&third_ran, 0);
    weir_a32_store(&replaying, replay != NULL);
    return s;
}

static void assert_in_order(weir_sched *s) {
    assert_int_equal(weir_sched_wait(s, WEIR_FOREVER), WEIR_SCHED_OK);
    weir_sched_close(s);
    assert_int_equal(logged, EVENTS);
    assert_memory_equal(log_of, in_order, sizeof in_order);
}

/* The last is submitted when the first epoch has ended, and before the third has run. */
static void write_down(void) {
    weir_record *r;
    weir_source *source;
    weir_sched_stats stats;
    assert_int_equal(weir_record_create(path, &(weir_record_options){.program = PROGRAM}, &r, NULL), WEIR_SCHED_OK);
    weir_sched *s = open_sched(r, NULL);
    weir_source_options o = {.promise = WEIR_KEY_NONE};
    assert_int_equal(weir_source_open(s, 0, &o, &source), WEIR_SCHED_OK);
    for (unsigned i = 0; i < EVENTS - 1; i++) assert_int_equal(weir_source_submit(source, fresh(i)), WEIR_SCHED_OK);
    do {
        weir_yield();
        weir_sched_stats_get(s, &stats);
    } while (!stats.epochs);
    assert_int_equal(weir_source_submit(source, fresh(EVENTS - 1)), WEIR_SCHED_OK);
    weir_a32_store_release(&go, 1);
    weir_source_close(source);
    assert_in_order(s);
    assert_int_equal(weir_record_close(r, NULL), WEIR_SCHED_OK);
}

static void inputs_come_before_what_may_retire(void **state) {
    weir_replay *r;
    weir_sched_error error;
    (void)state;
    write_down();
    assert_int_equal(weir_replay_open(path, PROGRAM, &r, &error), WEIR_SCHED_OK);
    weir_sched *s = open_sched(NULL, r);
    assert_int_equal(weir_replay_start(r, s, make, NULL), WEIR_SCHED_OK);
    assert_in_order(s);
    if (weir_replay_result(r, &error) != WEIR_SCHED_OK) fail_msg("%s", error.text);
    weir_replay_close(r);
}

/* -- what is not recorded ------------------------------------------------------------------------------------------ */

static const char *const variants[] = {"epoch", "double", "phase", "horizon"};
static weir_join join;
static weir_dep on_join;
static weir_a32 told;
static weir_sched *replayed;

/* The first waits; it and the second are an epoch, horizon's ends when the third is there. */
enum { WAITS = 4 };
static weir_event *waits(unsigned i) {
    if (i == 0) on_join = (weir_dep){.kind = WEIR_DEP_JOIN, .on.join = &join};
    events[i] = (weir_event){.key = i, .data = data, .deps = i ? NULL : &on_join, .ndeps = !i};
    return &events[i];
}

static weir_event *make_waits(void *arg, const weir_replay_input *in) {
    (void)arg;
    return waits((unsigned)in->seq - 1);
}

/* Nobody would seal the join, if it were not told that nothing happens. */
static void seal(void *arg, const weir_sched_fault *fault) {
    (void)arg;
    assert_int_equal(fault->status, WEIR_SCHED_CORRUPT);
    assert_non_null(strstr(fault->text, "of 4 inputs"));
    if (weir_a32_xchg(&told, 1) == 0) weir_join_seal(replayed, &join);
}

static void open_variant(const char *variant, weir_record *record, weir_replay *replay) {
    weir_sched_options o = {.variant = variant, .window = WINDOW, .record = record, .fault = seal, .arg = replay};
    if (replay) o.epoch = weir_replay_epoch;
    logged = 0;
    weir_join_init(&join, NULL);
    weir_a32_store(&told, 0);
    assert_int_equal(weir_sched_open(&o, &replayed, NULL), WEIR_SCHED_OK);
}

static void write_with_seal(const char *variant) {
    weir_record *r;
    weir_source *source;
    assert_int_equal(weir_record_create(path, &(weir_record_options){.program = PROGRAM}, &r, NULL), WEIR_SCHED_OK);
    open_variant(variant, r, NULL);
    assert_int_equal(weir_source_open(replayed, 0, NULL, &source), WEIR_SCHED_OK);
    weir_join_seal(replayed, &join);
    for (unsigned i = 0; i < WAITS; i++) {
        assert_int_equal(weir_source_submit(source, waits(i)), WEIR_SCHED_OK);
        if (i == 0) continue;
        assert_int_equal(weir_source_promise(source, i + 1), WEIR_SCHED_OK);
        assert_int_equal(weir_sched_wait(replayed, WEIR_FOREVER), WEIR_SCHED_OK);
    }
    weir_source_close(source);
    assert_int_equal(weir_sched_wait(replayed, WEIR_FOREVER), WEIR_SCHED_OK);
    weir_sched_close(replayed);
    assert_int_equal(weir_record_close(r, NULL), WEIR_SCHED_OK);
}

static void a_stall_is_told(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
        weir_replay *r;
        write_with_seal(variants[i]);
        assert_int_equal(weir_replay_open(path, PROGRAM, &r, NULL), WEIR_SCHED_OK);
        open_variant(variants[i], NULL, r);
        assert_int_equal(weir_replay_start(r, replayed, make_waits, NULL), WEIR_SCHED_OK);
        assert_int_equal(weir_sched_wait(replayed, WEIR_FOREVER), WEIR_SCHED_OK);
        weir_sched_close(replayed);
        assert_int_equal(logged, WAITS);
        if (!weir_a32_load(&told)) fail_msg("%s: nothing was told", variants[i]);
        weir_replay_close(r);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(inputs_come_before_what_may_retire),
                                       cmocka_unit_test(a_stall_is_told)};
    snprintf(path, sizeof path, "/tmp/weir-replay-edge-%d", (int)getpid());
    int failed = cmocka_run_group_tests_name("replay_edge", tests, NULL, NULL);
    unlink(path);
    return failed;
}
