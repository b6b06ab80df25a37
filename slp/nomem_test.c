/* The nth allocation fails, for every n: the answer is NOMEM or NULL, nothing leaks, and the next try is as if it had not been. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "slp/slp.h"

static long left = -1; /* allocations until the one that fails; -1: none does */

static bool failed; /* one has */

static bool fails(void) {
    if (left < 0 || left-- > 0) return false;
    return failed = true;
}

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);

void *__wrap_malloc(size_t n) { return fails() ? NULL : __real_malloc(n); }
void *__wrap_calloc(size_t n, size_t size) { return fails() ? NULL : __real_calloc(n, size); }
void *__wrap_realloc(void *p, size_t n) { return fails() ? NULL : __real_realloc(p, n); }

enum { SYMBOLS = 3000 };
static char text[SYMBOLS * 16 + 256];
static size_t bytes;

static const weir_slp *read_big(weir_slp_reader *r, weir_slp_error *e) {
    return weir_slp_read(r, text, bytes, WEIR_SLP_ONE, e);
}

static bool all_of_it(long n) {
    weir_slp_error e = {0};
    bool good = false;
    left = n;
    weir_slp_reader *r = weir_slp_reader_new(NULL);
    const weir_slp *s = r ? read_big(r, &e) : NULL;
    if (r && !s) {
        assert_int_equal(e.what, WEIR_SLP_NOMEM);
        left = -1;
        assert_non_null(read_big(r, &e)); /* the reader is as before */
        left = 0;
    }
    if (s) {
        const weir_slp *v = weir_slp_verify(s, weir_slp_bytes(s), NULL, &e);
        weir_slp_object *o = weir_slp_detach(weir_slp_root(s));
        weir_slp_builder *b = weir_slp_builder_new(NULL);
        const weir_slp *t = NULL;
        if (b) {
            weir_slp_put(b, weir_slp_root(s));
            t = weir_slp_finish(b, &e);
        }
        good = v && o && t;
        if (!v && e.what != WEIR_SLP_NOMEM) fail_msg("%s", weir_slp_class_name(e.what));
        if (o) weir_slp_release(o);
        weir_slp_builder_free(b);
    }
    left = -1;
    weir_slp_reader_free(r);
    return good;
}

static void every_allocation_fails_once(void **state) {
    (void)state;
    text[bytes++] = '(';
    for (int i = 0; i < SYMBOLS; i++) bytes += (size_t)sprintf(text + bytes, "symbol%d ", i);
    bytes += (size_t)sprintf(text + bytes, "9007199254740993.%0200d1)", 0); /* all its digits are needed */
    bool good;
    long n = 0;
    do failed = false, good = all_of_it(n++);
    while (failed); /* which may have been good all the same: a reader can do with less */
    assert_true(good);
    assert_true(n > 30);
}

static void a_feed_loses_nothing(void **state) {
    (void)state;
    for (long n = 0;; n++) {
        left = n;
        weir_slp_feed *f = weir_slp_feed_new(NULL);
        bool pushed = f && weir_slp_feed_push(f, "(a b) ", 6);
        left = -1;
        if (f && !pushed) assert_true(weir_slp_feed_push(f, "(a b) ", 6));
        const weir_slp *s;
        if (f) assert_int_equal(weir_slp_feed_next(f, false, &s, NULL), WEIR_SLP_FORM);
        weir_slp_feed_free(f);
        if (pushed) return;
    }
}

static void names_are_made_whole_or_not_at_all(void **state) {
    (void)state;
    static const char *const names[] = {"a", "b"};
    for (long n = 0; n < 10; n++) {
        left = n;
        weir_slp_names *all = weir_slp_names_new(names, 2);
        left = -1;
        weir_slp_names_free(all);
        if (!all) continue;
        assert_true(n >= 1); /* something was refused */
        return;
    }
    fail();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_fails_once),
        cmocka_unit_test(a_feed_loses_nothing),
        cmocka_unit_test(names_are_made_whole_or_not_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
