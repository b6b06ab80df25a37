/* Opening without memory, or without threads: named, and nothing is left behind (the address sanitizer looks). */
#include "prims/test_p.h"
#include "sched/sched.h"

#include <pthread.h>

static long left = -1; /* allocations until one is refused; -1: none is */

static int refuse(void) { return left >= 0 && left-- == 0; }

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__real_aligned_alloc(size_t align, size_t n);
int __real_pthread_create(pthread_t *t, const pthread_attr_t *a, void *(*run)(void *), void *arg);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
void *__wrap_aligned_alloc(size_t align, size_t n);
int __wrap_pthread_create(pthread_t *t, const pthread_attr_t *a, void *(*run)(void *), void *arg);

void *__wrap_malloc(size_t n) { return refuse() ? NULL : __real_malloc(n); }
void *__wrap_calloc(size_t n, size_t size) { return refuse() ? NULL : __real_calloc(n, size); }
void *__wrap_realloc(void *p, size_t n) { return refuse() ? NULL : __real_realloc(p, n); }
void *__wrap_aligned_alloc(size_t align, size_t n) { return refuse() ? NULL : __real_aligned_alloc(align, n); }
int __wrap_pthread_create(pthread_t *t, const pthread_attr_t *a, void *(*run)(void *), void *arg) {
    return refuse() ? 11 : __real_pthread_create(t, a, run, arg);
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
    left = 0;
    assert_int_equal(weir_source_open(s, 3, NULL, &source), WEIR_SCHED_NOMEM);
    left = 1;
    assert_int_equal(weir_source_open(s, 3, NULL, &source), WEIR_SCHED_NOMEM);
    left = -1;
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
        long n = 0;
        for (;; n++) {
            error.text[0] = 0;
            left = n;
            weir_sched_status status = weir_sched_open(&o, &s, &error);
            left = -1;
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
