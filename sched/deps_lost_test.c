/* Unit test, once a variant of order: what a lost handler had submitted ends as CLOSED and never runs, but not before what it waits
 * for, where its edges hang. */
#include "sched/pool_test_p.h"

static weir_a32 stuck, go_on;
static weir_join gate;
static noted *child; /* gone with its end */
static weir_a32 child_ended;
static weir_sched_status child_status;

static void child_end(weir_event *e, weir_sched_status status) {
    child_status = status;
    free(e);
    weir_a32_add_release(&child_ended, 1);
}

static void hang(weir_turn *turn, weir_event *e) {
    (void)e;
    if (weir_sched_submit(turn, &child->event)) abort();
    weir_a32_store_release(&stuck, weir_turn_worker(turn) + 1);
    while (!weir_a32_load_acquire(&go_on)) weir_yield();
}

static void a_child_of_the_lost_waits_for_its_dependencies(void **state) {
    (void)state;
    weir_sched_options o = pool_options(2);
    o.variant = WEIR_STRING(WEIR_ORDER);
    pool p = pool_open(&o);
    noted parent;
    weir_join_init(&gate, NULL);
    child = malloc(sizeof *child);
    noted_after_join(noted_init(child, NULL), &gate);
    child->event.end = child_end;
    pool_submit(&p, &noted_init(&parent, hang)->event);
    assert_int_equal(weir_source_promise(p.source, WEIR_KEY_NONE), WEIR_SCHED_OK);
    while (!weir_a32_load_acquire(&stuck)) weir_yield();
    assert_int_equal(weir_sched_lost(p.s, weir_a32_load(&stuck) - 1), WEIR_SCHED_OK);
    noted_await(&parent);
    assert_int_equal(parent.how, WEIR_SCHED_LOST);
    weir_a32_store_release(&go_on, 1);
    assert_int_equal(weir_sched_wait(p.s, weir_now_ns() + 20000000), WEIR_SCHED_TIMEOUT);
    assert_int_equal(weir_a32_load(&child_ended), 0);
    weir_join_seal(p.s, &gate);
    pool_wait(&p);
    assert_int_equal(weir_a32_load_acquire(&child_ended), 1);
    assert_int_equal(child_status, WEIR_SCHED_CLOSED);
    pool_close(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_child_of_the_lost_waits_for_its_dependencies)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
