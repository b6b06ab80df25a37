/* Names that a process knows; counted owners. */
#include <pthread.h>

#include "slp/test_p.h"

static void symbols_are_resolved_once(void **state) {
    (void)state;
    static const char *const names[] = {"core/kv/get", "core/kv/set"}, *const twice[] = {"a", "a"};
    weir_slp_names *n = weir_slp_names_new(names, 2);
    const weir_slp *s = read_one("(core/kv/set x core/kv/get core/kv/set)");
    uint32_t number[3];
    assert_int_equal(weir_slp_symbols(s), 3);
    weir_slp_resolve(s, n, number);
    weir_slp_value v = weir_slp_root(s);
    assert_int_equal(number[weir_slp_symbol(weir_slp_at(v, 0))], 1);
    assert_int_equal(number[weir_slp_symbol(weir_slp_at(v, 1))], WEIR_SLP_UNKNOWN);
    assert_int_equal(number[weir_slp_symbol(weir_slp_at(v, 2))], 0);
    assert_int_equal(weir_slp_symbol(weir_slp_at(v, 0)), weir_slp_symbol(weir_slp_at(v, 3)));
    weir_slp_names_free(n);
    assert_null(weir_slp_names_new(twice, 2));
}

/* Of lengths round 8, 16 and 32, and which differ in one byte only. */
static void many_names(void **state) {
    (void)state;
    enum { N = 5000 };
    static char text[N][48];
    const char *names[N];
    for (int i = 0; i < N; i++) {
        sprintf(text[i], "%0*d", 4 + i % 40, i);
        names[i] = text[i];
    }
    weir_slp_names *n = weir_slp_names_new(names, N);
    assert_non_null(n);
    for (uint32_t i = 0; i < N; i++) {
        size_t bytes = strlen(text[i]);
        assert_int_equal(weir_slp_name_find(n, text[i], bytes), i);
        text[i][bytes / 2] ^= 64;
        assert_true(weir_slp_name_find(n, text[i], bytes) == WEIR_SLP_UNKNOWN); /* and the names are copies */
        text[i][bytes / 2] ^= 64;
        assert_true(weir_slp_name_find(n, text[i], bytes + 1) == WEIR_SLP_UNKNOWN);
    }
    weir_slp_names_free(n);
}

/* A thread has a reference of its own, and gives it back; ThreadSanitizer sees whether all that they read comes before the end. */
static void *look(void *object) {
    weir_slp_object *o = object;
    bool good = true;
    for (int i = 0; i < 1000; i++) {
        weir_slp_retain(o);
        good = good && weir_slp_integer(weir_slp_at(weir_slp_root(weir_slp_object_buffer(o)), 1)) == 42;
        weir_slp_release(o);
    }
    weir_slp_release(o);
    return good ? object : NULL;
}

static void owners_may_be_several(void **state) {
    (void)state;
    enum { THREADS = 4, TIMES = 50 };
    for (int i = 0; i < TIMES; i++) {
        pthread_t t[THREADS];
        weir_slp_object *o = weir_slp_object_new(read_one("(the-answer 42)"));
        assert_non_null(o);
        for (int k = 0; k < THREADS; k++) assert_int_equal(pthread_create(&t[k], NULL, look, weir_slp_retain(o)), 0);
        weir_slp_release(o); /* who is last frees it */
        for (int k = 0; k < THREADS; k++) {
            void *good;
            assert_int_equal(pthread_join(t[k], &good), 0);
            assert_non_null(good);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(symbols_are_resolved_once),
        cmocka_unit_test(many_names),
        cmocka_unit_test(owners_may_be_several),
    };
    return cmocka_run_group_tests(tests, make_reader, free_reader);
}
