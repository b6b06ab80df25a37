/* Texts: what they say, what is wrong with them and where, the limits. */
#include "slp/test_p.h"

static void reads_as(const char *text, const char *canonical) {
    const weir_slp *s = read_one(text);
    if (!s) fail_msg("%s is not read", text);
    assert_string_equal(text_of(weir_slp_root(s)), canonical);
    assert_non_null(weir_slp_verify(s, weir_slp_bytes(s), NULL, NULL));
}

static void texts_and_their_canonical_forms(void **state) {
    (void)state;
    static const char *const pairs[][2] = {
        {"42", "42"},
        {"-7", "-7"},
        {"+5", "5"},
        {"0", "0"},
        {"-0", "0"},
        {"9223372036854775807", "9223372036854775807"},
        {"-9223372036854775808", "-9223372036854775808"},
        {"134217727", "134217727"},
        {"134217728", "134217728"},
        {"-134217728", "-134217728"},
        {"-134217729", "-134217729"},
        {"0000000000000000000000042", "42"},
        {"1.5", "1.5"},
        {"1.", "1.0"},
        {".5", "0.5"},
        {"-.5", "-0.5"},
        {"1e3", "1000.0"},
        {"1e22", "1e22"},
        {"-0.0", "-0.0"},
        {"0.1", "0.1"},
        {"1e-7", "1e-7"},
        {"123456789.125", "123456789.125"},
        {"5e-324", "5e-324"},
        {"1.7976931348623157e308", "1.7976931348623157e308"},
        {"2.2250738585072011e-308", "2.225073858507201e-308"},
        {"0.00001", "0.00001"},
        {"0.000001", "1e-6"},
        {"1e15", "1000000000000000.0"},
        {"1e16", "1e16"},
        {"12345678901234567.0", "1.2345678901234568e16"},
        {"\"\"", "\"\""},
        {"\"a\\\"b\\\\c\\n\\r\\t\\x00\\xfF\"", "\"a\\\"b\\\\c\\n\\r\\t\\x00\xff\""},
        {"\"two\nlines\"", "\"two\\nlines\""},
        {"h\xc3\xa9llo", "h\xc3\xa9llo"},
        {"a", "a"},
        {"core/kv/set", "core/kv/set"},
        {"+", "+"},
        {"-", "-"},
        {"-a", "-a"},
        {"...", "..."},
        {".a", ".a"},
        {"$x", "$x"},
        {"$", "$"},
        {"$$", "$$"},
        {"$1", "$1"},
        {"a'b", "a'b"},
        {"()", "()"},
        {"[]", "[]"},
        {"{}", "{}"},
        {" ( a\t[1 2]{b}\"s\"3 ) ; end", "(a [1 2] {b} \"s\" 3)"},
        {"foo;bar", "foo"},
        {"'x", "'x"},
        {"''(a)", "''(a)"},
        {"' ; c\n x", "'x"},
        {"@\"class: message\"", "@\"class: message\""},
        {"@\"\"", "@\"\""},
        {"(a$b $b @\"e\" '())", "(a$b $b @\"e\" '())"},
        {"a-symbol-of-sixteen_", "a-symbol-of-sixteen_"},
        {"(abcdefghijklmnop abcdefghijklmnopq abcdefghijklmnop)",
         "(abcdefghijklmnop abcdefghijklmnopq abcdefghijklmnop)"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) reads_as(pairs[i][0], pairs[i][1]);
}

static void is_refused(const char *text, weir_slp_extent extent, weir_slp_class what, uint32_t offset, uint32_t line,
                       uint32_t column) {
    weir_slp_error e;
    if (weir_slp_read(reader, text, strlen(text), extent, &e)) fail_msg("%s is read", text);
    if (e.what != what || e.offset != offset || e.line != line || e.column != column)
        fail_msg("%s: %s at %u, %u:%u", text, weir_slp_class_name(e.what), e.offset, e.line, e.column);
}

static void what_is_wrong_and_where(void **state) {
    (void)state;
    is_refused("(a (b)", WEIR_SLP_ALL, WEIR_SLP_UNCLOSED, 0, 1, 1);
    is_refused("a\n  [1 2", WEIR_SLP_ALL, WEIR_SLP_UNCLOSED, 4, 2, 3);
    is_refused("\"abc", WEIR_SLP_ALL, WEIR_SLP_UNCLOSED, 0, 1, 1);
    is_refused("\"abc\\", WEIR_SLP_ALL, WEIR_SLP_UNCLOSED, 0, 1, 1);
    is_refused("\"abc\\\"", WEIR_SLP_ALL, WEIR_SLP_UNCLOSED, 0, 1, 1);
    is_refused(")", WEIR_SLP_ALL, WEIR_SLP_STRAY, 0, 1, 1);
    is_refused("(a]", WEIR_SLP_ALL, WEIR_SLP_STRAY, 2, 1, 3);
    is_refused("'", WEIR_SLP_ALL, WEIR_SLP_OPERAND, 0, 1, 1);
    is_refused("(a ')", WEIR_SLP_ALL, WEIR_SLP_OPERAND, 3, 1, 4);
    is_refused("@", WEIR_SLP_ALL, WEIR_SLP_OPERAND, 0, 1, 1);
    is_refused("@a", WEIR_SLP_ALL, WEIR_SLP_OPERAND, 0, 1, 1);
    is_refused("1e999", WEIR_SLP_ALL, WEIR_SLP_NUMBER, 0, 1, 1);
    is_refused(".", WEIR_SLP_ALL, WEIR_SLP_NUMBER, 0, 1, 1);
    is_refused("9223372036854775808", WEIR_SLP_ALL, WEIR_SLP_NUMBER, 0, 1, 1);
    is_refused("(a 1x)", WEIR_SLP_ALL, WEIR_SLP_NUMBER, 3, 1, 4);
    is_refused("1e", WEIR_SLP_ALL, WEIR_SLP_NUMBER, 0, 1, 1);
    is_refused("\"a\\q\"", WEIR_SLP_ALL, WEIR_SLP_ESCAPE, 2, 1, 3);
    is_refused("\"\\x4\"", WEIR_SLP_ALL, WEIR_SLP_ESCAPE, 1, 1, 2);
    is_refused(" ; nothing", WEIR_SLP_ALL, WEIR_SLP_EMPTY, 10, 1, 11);
    is_refused("", WEIR_SLP_ONE, WEIR_SLP_EMPTY, 0, 1, 1);
    is_refused("a b", WEIR_SLP_ONE, WEIR_SLP_SURPLUS, 2, 1, 3);
}

static void limits_are_named(void **state) {
    (void)state;
    weir_slp_limits l = {3, 100, 5, 4};
    weir_slp_error e;
    weir_slp_reader *r = weir_slp_reader_new(&l);
    assert_non_null(weir_slp_read(r, "((()))", 6, WEIR_SLP_ONE, &e));
    assert_null(weir_slp_read(r, "(((())))", 8, WEIR_SLP_ONE, &e));
    assert_int_equal(e.what, WEIR_SLP_DEPTH);
    assert_int_equal(e.limit, 3);
    assert_int_equal(e.offset, 3);
    assert_null(weir_slp_read(r, "(1 2 3 4 5)", 11, WEIR_SLP_ONE, &e));
    assert_true(e.what == WEIR_SLP_COUNT && e.limit == 5);
    assert_null(weir_slp_read(r, "abcde", 5, WEIR_SLP_ONE, &e));
    assert_true(e.what == WEIR_SLP_LENGTH && e.limit == 4);
    char big[128];
    memset(big, 'a', sizeof big);
    assert_null(weir_slp_read(r, big, 101, WEIR_SLP_ONE, &e));
    assert_true(e.what == WEIR_SLP_SIZE && e.limit == 100);
    weir_slp_reader_free(r);
}

static void many_symbols(void **state) {
    (void)state;
    enum { N = 20000 };
    char *text = malloc(N * 24), *p = text;
    *p++ = '(';
    for (int i = 0; i < N; i++) p += sprintf(p, "%s%d ", i % 3 ? "s" : "a-rather-long-name/", i % (N / 2));
    *p++ = ')';
    const weir_slp *s = weir_slp_read(reader, text, (size_t)(p - text), WEIR_SLP_ONE, NULL);
    assert_non_null(s);
    assert_non_null(weir_slp_verify(s, weir_slp_bytes(s), NULL, NULL));
    size_t n = weir_slp_print(weir_slp_root(s), WEIR_SLP_CANONICAL, NULL, 0);
    assert_int_equal(n, p - text - 1); /* but for the last blank */
    free(text);
}

/* What has no bytes may be nowhere, as it is in C++. UBSan looks on. */
static void no_bytes_may_be_null(void **state) {
    (void)state;
    weir_slp_error e;
    const weir_slp *s;
    assert_null(weir_slp_read(reader, NULL, 0, WEIR_SLP_ALL, &e));
    assert_true(e.what == WEIR_SLP_EMPTY && e.offset == 0 && e.line == 1 && e.column == 1);
    assert_null(weir_slp_read(reader, NULL, 0, WEIR_SLP_ONE, NULL));
    weir_slp_feed *f = weir_slp_feed_new(NULL);
    assert_true(weir_slp_feed_push(f, NULL, 0));
    assert_int_equal(weir_slp_feed_next(f, true, &s, &e), WEIR_SLP_MORE);
    weir_slp_feed_free(f);
    weir_slp_builder *b = weir_slp_builder_new(NULL);
    weir_slp_put_string(b, NULL, 0);
    s = weir_slp_finish(b, &e);
    assert_int_equal(weir_slp_text_of(weir_slp_root(s)).bytes, 0);
    assert_int_equal(weir_slp_print(weir_slp_root(s), WEIR_SLP_PRETTY, NULL, 0), 2);
    weir_slp_put_symbol(b, NULL, 0);
    assert_null(weir_slp_finish(b, &e));
    weir_slp_builder_free(b);
    assert_int_equal(weir_slp_fmt(NULL, 0, NULL, 0), 0);
    assert_null(weir_slp_verify(NULL, 0, NULL, &e));
    assert_int_equal(e.what, WEIR_SLP_FOREIGN);
    assert_null(weir_slp_file_open(NULL, 0, NULL, &e));
    assert_int_equal(e.what, WEIR_SLP_TRUNCATED);
    weir_slp_names *n = weir_slp_names_new(NULL, 0);
    assert_non_null(n);
    assert_true(weir_slp_name_find(n, NULL, 0) == WEIR_SLP_UNKNOWN);
    weir_slp_names_free(n);
}

static void nothing_may_be_freed(void **state) {
    (void)state;
    weir_slp_reader_free(NULL);
    weir_slp_feed_free(NULL);
    weir_slp_builder_free(NULL);
    weir_slp_names_free(NULL);
}

/* Each may be 1 and as high as slp.h says, and neither 0 nor higher. */
static void limits_have_limits(void **state) {
    (void)state;
    static const weir_slp_limits hard = {WEIR_SLP_DEPTH_MAX, (1u << 30) - 4, (1u << 28) - 1, (1u << 24) - 1};
    for (int which = 0; which < 4; which++)
        for (int wrong = 0; wrong < 2; wrong++)
            for (int high = 0; high < 2; high++) {
                weir_slp_limits l = weir_slp_limits_default();
                uint32_t *limit[] = {&l.depth, &l.bytes, &l.nodes, &l.symbol_bytes};
                const uint32_t most[] = {hard.depth, hard.bytes, hard.nodes, hard.symbol_bytes};
                *limit[which] = high ? most[which] + (uint32_t)wrong : 1 - (uint32_t)wrong;
                weir_slp_reader *r = weir_slp_reader_new(&l);
                weir_slp_feed *f = weir_slp_feed_new(&l);
                weir_slp_builder *b = weir_slp_builder_new(&l);
                assert_true((r != NULL) != wrong && (f != NULL) != wrong && (b != NULL) != wrong);
                weir_slp_reader_free(r);
                weir_slp_feed_free(f);
                weir_slp_builder_free(b);
            }
}

static void classes_have_names(void **state) {
    (void)state;
    for (weir_slp_class c = WEIR_SLP_OK; c <= WEIR_SLP_TRUNCATED; c++) {
        const char *name = weir_slp_class_name(c);
        assert_true(name && strlen(name) > 1 && strcmp(name, "unknown"));
        for (weir_slp_class d = WEIR_SLP_OK; d < c; d++) assert_string_not_equal(weir_slp_class_name(d), name);
    }
    assert_string_equal(weir_slp_class_name(WEIR_SLP_TRUNCATED), "truncated");
    assert_string_equal(weir_slp_class_name(WEIR_SLP_TRUNCATED + 1), "unknown");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_and_their_canonical_forms),
        cmocka_unit_test(what_is_wrong_and_where),
        cmocka_unit_test(limits_are_named),
        cmocka_unit_test(limits_have_limits),
        cmocka_unit_test(classes_have_names),
        cmocka_unit_test(no_bytes_may_be_null),
        cmocka_unit_test(nothing_may_be_freed),
        cmocka_unit_test(many_symbols),
    };
    return cmocka_run_group_tests(tests, make_reader, free_reader);
}
