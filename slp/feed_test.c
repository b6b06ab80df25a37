/* Texts in pieces. */
#include "slp/test_p.h"

static void a_text_cut_anywhere_gives_the_same_forms(void **state) {
    (void)state;
    static const char text[] = " (a \"x;\\\" (\" b) ; c ( \n 12 'q '(1 [2] ) foo[1]@\"e\"{} \"s\" last";
    static const char *const forms[] = {
        "(a \"x;\\\" (\" b)", "12", "'q", "'(1 [2])", "foo", "[1]", "@\"e\"", "{}", "\"s\"", "last"};
    size_t bytes = sizeof text - 1;
    for (size_t step = 1; step <= bytes; step++) {
        weir_slp_feed *f = weir_slp_feed_new(NULL);
        const weir_slp *s;
        size_t seen = 0, at = 0;
        for (;;) {
            weir_slp_fed fed = weir_slp_feed_next(f, at == bytes, &s, NULL);
            assert_int_not_equal(fed, WEIR_SLP_BAD);
            if (fed == WEIR_SLP_FORM) {
                assert_string_equal(text_of(weir_slp_root(s)), forms[seen]);
                seen++;
                continue;
            }
            if (at == bytes) break;
            size_t n = bytes - at < step ? bytes - at : step;
            assert_true(weir_slp_feed_push(f, text + at, n));
            at += n;
        }
        assert_int_equal(seen, sizeof forms / sizeof *forms);
        weir_slp_feed_free(f);
    }
}

static void a_bad_form_is_placed_in_all_that_was_pushed(void **state) {
    (void)state;
    static const char text[] = "(a)\n (b c\n 1x)";
    weir_slp_feed *f = weir_slp_feed_new(NULL);
    const weir_slp *s;
    weir_slp_error e;
    for (size_t i = 0; i < sizeof text - 1; i++) assert_true(weir_slp_feed_push(f, text + i, 1));
    assert_int_equal(weir_slp_feed_next(f, false, &s, &e), WEIR_SLP_FORM);
    assert_int_equal(weir_slp_feed_next(f, false, &s, &e), WEIR_SLP_BAD);
    assert_int_equal(e.what, WEIR_SLP_NUMBER);
    assert_true(e.offset == 11 && e.line == 3 && e.column == 2);
    assert_int_equal(weir_slp_feed_next(f, false, &s, &e), WEIR_SLP_BAD);
    weir_slp_feed_free(f);
}

/* What is pending may be as long as limits.bytes, and not longer; what was taken does not count. */
static void what_is_pending_is_limited(void **state) {
    (void)state;
    weir_slp_limits limits = weir_slp_limits_default();
    limits.bytes = 400;
    weir_slp_feed *f = weir_slp_feed_new(&limits);
    const weir_slp *s;
    char text[401];
    memset(text, 'a', sizeof text);
    assert_false(weir_slp_feed_push(f, text, 401));
    text[0] = ' ', text[100] = ' ', text[300] = ' ';
    assert_true(weir_slp_feed_push(f, text, 400));
    assert_false(weir_slp_feed_push(f, "b", 1));
    assert_int_equal(weir_slp_feed_next(f, false, &s, NULL), WEIR_SLP_FORM);
    assert_int_equal(weir_slp_text_of(weir_slp_root(s)).bytes, 99);
    assert_false(weir_slp_feed_push(f, text + 1, 101)); /* 300 are pending */
    assert_true(weir_slp_feed_push(f, text + 1, 99));
    assert_true(weir_slp_feed_push(f, " ", 1));
    assert_int_equal(weir_slp_feed_next(f, false, &s, NULL), WEIR_SLP_FORM);
    assert_int_equal(weir_slp_text_of(weir_slp_root(s)).bytes, 199);
    assert_int_equal(weir_slp_feed_next(f, false, &s, NULL), WEIR_SLP_FORM);
    assert_int_equal(weir_slp_text_of(weir_slp_root(s)).bytes, 99 + 99);
    assert_int_equal(weir_slp_feed_next(f, true, &s, NULL), WEIR_SLP_MORE);
    weir_slp_feed_free(f);
}

/* Much is pending, and pushes and forms take turns. If each push moved all of it, this would not end today. */
static void a_push_moves_little(void **state) {
    (void)state;
    enum { FORMS = 4 << 20 };
    char *text = malloc(2 * FORMS);
    for (int i = 0; i < FORMS; i++) memcpy(text + 2 * i, "1 ", 2);
    weir_slp_feed *f = weir_slp_feed_new(NULL);
    const weir_slp *s;
    assert_true(weir_slp_feed_push(f, text, 2 * FORMS));
    for (int i = 0; i < FORMS; i++) {
        assert_true(weir_slp_feed_next(f, false, &s, NULL) == WEIR_SLP_FORM);
        assert_true(weir_slp_feed_push(f, " ", 1));
    }
    assert_true(weir_slp_feed_next(f, true, &s, NULL) == WEIR_SLP_MORE);
    weir_slp_feed_free(f);
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_cut_anywhere_gives_the_same_forms),
        cmocka_unit_test(a_bad_form_is_placed_in_all_that_was_pushed),
        cmocka_unit_test(what_is_pending_is_limited),
        cmocka_unit_test(a_push_moves_little),
    };
    return cmocka_run_group_tests(tests, make_reader, free_reader);
}
