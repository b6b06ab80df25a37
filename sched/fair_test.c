/* Chains without end keep nobody waiting: some events that submit another of their kind, for ever, and a source all of whose events
 * must run meanwhile. Run parts and data parts, on every variant of both families. */
#include "prims/test_p.h"

#include <stdlib.h>

#include "prims/platform.h"
#include "sched/sched.h"

enum { CHAINS = 3, EVENTS = 500 };

static weir_a32 stop, done;
static bool in_data; /* changes between schedulers */

static void free_event(weir_event *e, weir_sched_status status) {
    (void)status;
    free(e);
}

static weir_event *new_event(weir_event_fn *fn, uint64_t key) {
    weir_event *e = malloc(sizeof *e);
    *e = (weir_event){.key = key, .end = free_event};
    *(in_data ? &e->data : &e->run) = fn;
    return e;
}

static void again(weir_turn *turn, weir_event *e) {
    (void)e;
    if (!weir_a32_load(&stop)) weir_sched_submit(turn, new_event(again, weir_turn_now(turn) + 1));
}

static void count(weir_turn *turn, weir_event *e) {
    (void)turn, (void)e;
    if (weir_a32_add(&done, 1) + 1 == EVENTS) weir_a32_store(&stop, 1); /* only this ends the chains */
}

static void chains(const char *variant, unsigned workers) {
    weir_sched *s;
    weir_source *source;
    weir_sched_options o = {.variant = variant, .workers = workers, .window = 1024};
    weir_source_options live = {.promise = WEIR_KEY_NONE};
    weir_a32_store(&stop, 0);
    weir_a32_store(&done, 0);
    assert_int_equal(weir_sched_open(&o, &s, NULL), WEIR_SCHED_OK);
    assert_int_equal(weir_source_open(s, 0, &live, &source), WEIR_SCHED_OK);
    for (int i = 0; i < CHAINS; i++) assert_int_equal(weir_source_submit(source, new_event(again, 0)), WEIR_SCHED_OK);
    for (int i = 0; i < EVENTS; i++) assert_int_equal(weir_source_submit(source, new_event(count, 0)), WEIR_SCHED_OK);
    weir_sched_status st = weir_sched_wait(s, weir_now_ns() + UINT64_C(10000000000));
    if (st != WEIR_SCHED_OK)
        fail_msg("%s, %u workers: %s, %u of %u", variant, workers, weir_sched_status_text(st), weir_a32_load(&done),
                 EVENTS);
    assert_int_equal(weir_a32_load(&done), EVENTS);
    weir_source_close(source);
    weir_sched_close(s);
}

static void all(void) {
    static const char *const variant[] = {"counters", "lock", "epoch", "double", "horizon", "phase"};
    for (size_t i = 0; i < sizeof variant / sizeof *variant; i++)
        for (unsigned workers = 1; workers <= 4; workers *= 2) chains(variant[i], workers);
}

static void run_parts(void **state) {
    (void)state;
    in_data = false;
    all();
}

static void data_parts(void **state) {
    (void)state;
    in_data = true;
    all();
}

/* More than a worker's deque holds, ready at once. */
enum { MANY = 70000 };

static void count_many(weir_turn *turn, weir_event *e) {
    (void)turn, (void)e;
    if (weir_a32_add(&done, 1) + 1 == MANY) weir_a32_store(&stop, 1);
}

static void submit_many(weir_turn *turn, weir_event *e) {
    (void)e;
    for (int i = 0; i < CHAINS; i++) weir_sched_submit(turn, new_event(again, 0));
    for (int i = 0; i < MANY; i++) weir_sched_submit(turn, new_event(count_many, 0));
}

/* In counters, which takes the oldest rarely, it takes as many turns of the chains as 64 for each. */
static void more_than_a_deque(void **state) {
    (void)state;
    weir_sched *s;
    weir_source *source;
    weir_sched_options o = {.variant = "horizon", .workers = 1};
    weir_source_options live = {.promise = WEIR_KEY_NONE};
    in_data = false;
    weir_a32_store(&stop, 0);
    weir_a32_store(&done, 0);
    assert_int_equal(weir_sched_open(&o, &s, NULL), WEIR_SCHED_OK);
    assert_int_equal(weir_source_open(s, 0, &live, &source), WEIR_SCHED_OK);
    assert_int_equal(weir_source_submit(source, new_event(submit_many, 0)), WEIR_SCHED_OK);
    weir_sched_status st = weir_sched_wait(s, weir_now_ns() + UINT64_C(60000000000));
    if (st != WEIR_SCHED_OK) fail_msg("%s, %u of %d", weir_sched_status_text(st), weir_a32_load(&done), MANY);
    weir_source_close(source);
    weir_sched_close(s);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(run_parts), cmocka_unit_test(data_parts),
                                       cmocka_unit_test(more_than_a_deque)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
