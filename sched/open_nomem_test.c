/* Opening without memory, or without threads: named, and nothing is left behind (the address sanitizer looks). */
#include "prims/nomem_test_p.h"
#include "sched/sched.h"

#include <pthread.h>

int __real_pthread_create(pthread_t *t, const pthread_attr_t *a, void *(*run)(void *), void *arg);
int __wrap_pthread_create(pthread_t *t, const pthread_attr_t *a, void *(*run)(void *), void *arg);

int __wrap_pthread_create(pthread_t *t, const pthread_attr_t *a, void *(*run)(void *), void *arg) {
    return nomem_now() ? 11 : __real_pthread_create(t, a, run, arg);
}

static weir_a32 ran;
static void count(weir_turn *turn, weir_event *e) {
    (void)turn;
    (void)e;
    weir_a32_add(&ran, 1);
}

static void use(weir_sched *s) {
    weir_event e = {.key = 1, .run = count};
    weir_source *source;
    weir_a32_store(&ran, 0);
    nomem_begin(0, NOMEM_ONCE, NOMEM_MINE);
    assert_int_equal(weir_source_open(s, 3, NULL, &source), WEIR_SCHED_NOMEM);
    nomem_begin(1, NOMEM_ONCE, NOMEM_MINE);
    assert_int_equal(weir_source_open(s, 3, NULL, &source), WEIR_SCHED_NOMEM);
    nomem_end();
    assert_int_equal(weir_source_open(s, 3, NULL, &source), WEIR_SCHED_OK);
    assert_int_equal(weir_source_submit(source, &e), WEIR_SCHED_OK);
    weir_source_close(source);
    assert_int_equal(weir_sched_wait(s, weir_now_ns() + 60000000000u), WEIR_SCHED_OK);
    assert_int_equal(weir_a32_load(&ran), 1);
}

static void test_each_allocation(void **state) {
    (void)state;
    static const char *const variants[] = {"epoch", "double", "phase", "counters", "lock"};
    for (size_t v = 0; v < sizeof variants / sizeof *variants; v++) {
        weir_sched_options o = {.variant = variants[v], .workers = 2, .window = 16};
        weir_sched *s = NULL;
        weir_sched_error error;
        uint32_t n = 0;
        for (;; n++) {
            error.text[0] = 0;
            nomem_begin(n, NOMEM_ONCE, NOMEM_MINE);
            weir_sched_status status = weir_sched_open(&o, &s, &error);
            nomem_end();
            if (status == WEIR_SCHED_OK) break;
            assert_int_equal(status, WEIR_SCHED_NOMEM);
            assert_int_equal(error.status, WEIR_SCHED_NOMEM);
            assert_true(strstr(error.text, "no "));
        }
        assert_true(n > 8);
        use(s);
        weir_sched_close(s);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_each_allocation)};
    return cmocka_run_group_tests_name("open_nomem", tests, NULL, NULL);
}
