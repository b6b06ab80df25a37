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

/* A peer that waits for an answer gets one: what is whole, or wrong, is told without a byte more. */
static void answers_come_at_once(void **state) {
    (void)state;
    static const struct {
        const char *text;
        weir_slp_fed fed;
    } table[] = {{"(a)", WEIR_SLP_FORM},    {"'(a [b])", WEIR_SLP_FORM}, {"\"s\"", WEIR_SLP_FORM},
                 {"@\"e\"", WEIR_SLP_FORM}, {"a ", WEIR_SLP_FORM},       {"a(", WEIR_SLP_FORM},
                 {"1;", WEIR_SLP_FORM},     {")", WEIR_SLP_BAD},         {"(]", WEIR_SLP_BAD},
                 {"(1x)", WEIR_SLP_BAD},    {"@x ", WEIR_SLP_BAD},       {"1x\n", WEIR_SLP_BAD},
                 {"a", WEIR_SLP_MORE},      {"([)", WEIR_SLP_MORE},      {"\"s\\\"", WEIR_SLP_MORE},
                 {"; (a)", WEIR_SLP_MORE},  {"(a ;)", WEIR_SLP_MORE},    {"'", WEIR_SLP_MORE}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        weir_slp_feed *f = weir_slp_feed_new(NULL);
        const weir_slp *s;
        assert_true(weir_slp_feed_push(f, table[i].text, strlen(table[i].text)));
        if (weir_slp_feed_next(f, false, &s, NULL) != table[i].fed) fail_msg("%s", table[i].text);
        weir_slp_feed_free(f);
    }
}

static size_t random_text(char *to) {
    static const char *const pieces[] = {"(", ")",   "[",  "]",  "{",   "}",  " ",   "\n",  "'",  "$",
                                         "@", "@\"", "\"", "\\", "; c", "12", "-1x", "abc", "\\n"};
    size_t n = 0;
    for (uint64_t k = roll(16); k; k--) {
        const char *p = pieces[roll(sizeof pieces / sizeof *pieces)];
        memcpy(to + n, p, strlen(p));
        n += strlen(p);
    }
    return n;
}

/* Forms of the feed until it has no more; false: it is BAD. What it gives out is what s has in order. */
static bool take(weir_slp_feed *f, bool ended, const weir_slp *s, uint32_t *seen, weir_slp_error *e) {
    const weir_slp *form;
    for (;;) {
        weir_slp_fed fed = weir_slp_feed_next(f, ended, &form, e);
        if (fed != WEIR_SLP_FORM) return fed == WEIR_SLP_MORE;
        if (s) assert_true(weir_slp_equal(weir_slp_root(form), weir_slp_at(weir_slp_root(s), *seen)));
        ++*seen;
    }
}

/* In pieces or whole: the same forms, or the same error at the same place. */
static void feed_and_reader_agree(void **state) {
    (void)state;
    long good = 0, bad = 0;
    for (int i = 0; i < 200000; i++) {
        char text[16 * 4];
        size_t bytes = random_text(text), at = 0;
        weir_slp_error e = {0}, fed = {0};
        const weir_slp *s = weir_slp_read(reader, text, bytes, WEIR_SLP_ALL, &e);
        weir_slp_feed *f = weir_slp_feed_new(NULL);
        uint32_t seen = 0;
        bool fine = true;
        while (fine && at < bytes) {
            size_t n = 1 + roll(bytes - at);
            assert_true(weir_slp_feed_push(f, text + at, n));
            at += n;
            if (roll(2)) fine = take(f, false, s, &seen, &fed);
        }
        if (fine) fine = take(f, true, s, &seen, &fed);
        if (s || e.what == WEIR_SLP_EMPTY) {
            if (!fine || (s && seen != weir_slp_count(weir_slp_root(s))))
                fail_msg("%.*s: %s", (int)bytes, text, fed.message);
            good++;
        } else {
            if (fine || fed.what != e.what || fed.offset != e.offset || fed.line != e.line || fed.column != e.column)
                fail_msg("%.*s: %s at %u, fed %s at %u", (int)bytes, text, weir_slp_class_name(e.what), e.offset,
                         weir_slp_class_name(fed.what), fed.offset);
            bad++;
        }
        weir_slp_feed_free(f);
    }
    assert_true(good > 10000 && bad > 10000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_cut_anywhere_gives_the_same_forms),
        cmocka_unit_test(a_bad_form_is_placed_in_all_that_was_pushed),
        cmocka_unit_test(answers_come_at_once),
        cmocka_unit_test(feed_and_reader_agree),
        cmocka_unit_test(what_is_pending_is_limited),
        cmocka_unit_test(a_push_moves_little),
    };
    return cmocka_run_group_tests(tests, make_reader, free_reader);
}
