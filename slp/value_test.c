/* Random values: printed and read again, copied, compared; the order; parts detached. */
#include "slp/test_p.h"

static void put_random(weir_slp_builder *b, int depth) {
    static const char *const names[] = {
        "a", "b", "true", "core/kv/set", "a-name-longer-than-16-bytes", "a-name-longer-than-16-byteS", "+", "..."};
    char bytes[24];
    uint64_t bits;
    double d;
    switch (roll(depth > 4 ? 7 : 11)) {
    case 0: weir_slp_put_integer(b, (int64_t)roll(200) - 100); break;
    case 1: weir_slp_put_integer(b, (int64_t)(roll(UINT64_MAX) >> roll(64))); break;
    case 2:
        do bits = roll(UINT64_MAX), memcpy(&d, &bits, sizeof d);
        while (d - d != 0);
        weir_slp_put_real(b, roll(2) ? d : (double)roll(1000) / 8);
        break;
    case 3:
        for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (char)roll(256);
        weir_slp_put_string(b, bytes, roll(sizeof bytes));
        break;
    case 4: bits = roll(8), weir_slp_put_symbol(b, names[bits], strlen(names[bits])); break;
    case 5: bits = roll(8), weir_slp_put_variable(b, names[bits], strlen(names[bits])); break;
    case 6: weir_slp_put_error(b, "range: too much", roll(16)); break;
    case 7:
        weir_slp_quote(b);
        put_random(b, depth + 1);
        break;
    default:
        weir_slp_open(b, (weir_slp_type)(WEIR_SLP_LIST + roll(3)));
        for (uint64_t n = roll(6); n; n--) put_random(b, depth + 1);
        weir_slp_close(b);
    }
}

static void printed_and_read_it_is_the_same(void **state) {
    (void)state;
    weir_slp_builder *b = weir_slp_builder_new(NULL), *copy = weir_slp_builder_new(NULL);
    weir_slp_object *before = NULL;
    for (int i = 0; i < 20000; i++) {
        put_random(b, 0);
        const weir_slp *s = weir_slp_finish(b, NULL);
        assert_non_null(s);
        weir_slp_value v = weir_slp_root(s);
        assert_non_null(weir_slp_verify(s, weir_slp_bytes(s), NULL, NULL));
        for (weir_slp_style style = WEIR_SLP_CANONICAL; style <= WEIR_SLP_PRETTY; style++) {
            size_t n = weir_slp_print(v, style, printed, sizeof printed);
            const weir_slp *again = weir_slp_read(reader, printed, n, WEIR_SLP_ONE, NULL);
            if (!again) fail_msg("does not read back: %.*s", (int)n, printed);
            if (!same_bytes(again, s)) fail_msg("reads back as another: %.*s", (int)n, printed);
            assert_true(weir_slp_equal(v, weir_slp_root(again)));
            assert_true(weir_slp_hash(v, 5) == weir_slp_hash(weir_slp_root(again), 5));
        }
        weir_slp_put(copy, v);
        const weir_slp *copied = weir_slp_finish(copy, NULL);
        assert_true(same_bytes(copied, s));
        weir_slp_object *kept = weir_slp_object_new(s);
        if (before) {
            weir_slp_value w = weir_slp_root(weir_slp_object_buffer(before));
            int c = weir_slp_compare(v, w);
            assert_int_equal(c == 0, weir_slp_equal(v, w));
            assert_true((c < 0) == (weir_slp_compare(w, v) > 0));
            weir_slp_release(before);
        }
        before = kept;
    }
    weir_slp_release(before);
    weir_slp_builder_free(b);
    weir_slp_builder_free(copy);
}

static void a_part_detached_is_what_it_was(void **state) {
    (void)state;
    const weir_slp *s = read_one("(a (b $c \"text\" 1.5) 'd 99999999999)");
    for (uint32_t i = 0; i < 4; i++) {
        weir_slp_value part = weir_slp_at(weir_slp_root(s), i);
        weir_slp_object *o = weir_slp_detach(part);
        const weir_slp *t = weir_slp_object_buffer(o);
        assert_true(weir_slp_equal(part, weir_slp_root(t)));
        assert_non_null(weir_slp_verify(t, weir_slp_bytes(t), NULL, NULL));
        assert_ptr_equal(weir_slp_retain(o), o);
        weir_slp_release(o);
        weir_slp_release(o);
    }
}

static void the_order(void **state) {
    (void)state;
    static const char *const rising[] = {"-9223372036854775808",
                                         "-1",
                                         "0",
                                         "1",
                                         "134217728",
                                         "-1e300",
                                         "-0.5",
                                         "-0.0",
                                         "0.0",
                                         "1.0",
                                         "1e300",
                                         "\"\"",
                                         "\"a\"",
                                         "\"a\\x00\"",
                                         "\"b\"",
                                         "a",
                                         "b",
                                         "$a",
                                         "()",
                                         "(1)",
                                         "(1 1)",
                                         "(2)",
                                         "((1))",
                                         "[]",
                                         "{}",
                                         "'1",
                                         "'a",
                                         "@\"\"",
                                         "@\"a\""};
    enum { N = sizeof rising / sizeof *rising };
    weir_slp_object *o[N];
    for (int i = 0; i < N; i++) o[i] = weir_slp_object_new(read_one(rising[i]));
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            int c = weir_slp_compare(weir_slp_root(weir_slp_object_buffer(o[i])),
                                     weir_slp_root(weir_slp_object_buffer(o[j])));
            if ((c > 0) - (c < 0) != (i > j) - (i < j)) fail_msg("%s against %s: %d", rising[i], rising[j], c);
        }
    for (int i = 0; i < N; i++) weir_slp_release(o[i]);
}

/* Random values sorted: then none is greater than any that comes later. */
static int by_value(const void *a, const void *b) {
    return weir_slp_compare(weir_slp_root(weir_slp_object_buffer(*(weir_slp_object *const *)a)),
                            weir_slp_root(weir_slp_object_buffer(*(weir_slp_object *const *)b)));
}

static void the_order_is_total(void **state) {
    (void)state;
    enum { N = 700 };
    weir_slp_object *o[N];
    weir_slp_builder *b = weir_slp_builder_new(NULL);
    for (int i = 0; i < N; i++) {
        put_random(b, i % 4);
        o[i] = weir_slp_object_new(weir_slp_finish(b, NULL));
        assert_non_null(o[i]);
    }
    qsort(o, N, sizeof *o, by_value);
    for (int i = 0; i < N; i++)
        for (int j = i; j < N; j++) assert_true(by_value(&o[i], &o[j]) <= 0 && by_value(&o[j], &o[i]) >= 0);
    for (int i = 0; i < N; i++) weir_slp_release(o[i]);
    weir_slp_builder_free(b);
}

/* Whatever the room, it holds the beginning of the text, and nothing behind it is touched. */
static void what_does_not_fit_is_cut(void **state) {
    (void)state;
    static char cut[sizeof printed + 1];
    weir_slp_builder *b = weir_slp_builder_new(NULL);
    for (int i = 0; i < 300; i++) {
        put_random(b, 1);
        weir_slp_value v = weir_slp_root(weir_slp_finish(b, NULL));
        weir_slp_style style = i % 2 ? WEIR_SLP_PRETTY : WEIR_SLP_CANONICAL;
        size_t n = weir_slp_print(v, style, printed, sizeof printed);
        for (size_t room = 0; room <= n + 60 && room < sizeof printed; room += n < 500 ? 1 : 1 + roll(50)) {
            memset(cut, '#', n + 61);
            assert_int_equal(weir_slp_print(v, style, cut, room), n);
            assert_memory_equal(cut, printed, room < n ? room : n);
            assert_int_equal(cut[room], '#');
        }
    }
    weir_slp_builder_free(b);
}

/* What was made under some limits is accepted under them, and what is beyond one is refused by that one, whoever looks. */
static void limits_are_the_same_for_all(void **state) {
    (void)state;
    long refused[WEIR_SLP_NOMEM] = {0}, taken = 0;
    weir_slp_builder *random = weir_slp_builder_new(NULL);
    for (int i = 0; i < 20000; i++) {
        put_random(random, 0);
        const weir_slp *s = weir_slp_finish(random, NULL), *t;
        weir_slp_limits l = {1 + (uint32_t)roll(5), 1 + (uint32_t)roll(200), 1 + (uint32_t)roll(20),
                             1 + (uint32_t)roll(30)};
        weir_slp_error v = {0}, e = {0};
        if (weir_slp_type_of(weir_slp_root(s)) == WEIR_SLP_BODY) continue; /* verify does not count it */
        bool fits = weir_slp_verify(s, weir_slp_bytes(s), &l, &v) != NULL;
        weir_slp_builder *b = weir_slp_builder_new(&l);
        weir_slp_put(b, weir_slp_root(s));
        if ((weir_slp_finish(b, &e) != NULL) != fits)
            fail_msg("%s: builder %s, verifier %s", text_of(weir_slp_root(s)), weir_slp_class_name(e.what),
                     weir_slp_class_name(v.what));
        size_t n = weir_slp_print(weir_slp_root(s), WEIR_SLP_CANONICAL, printed, sizeof printed);
        weir_slp_reader *r = weir_slp_reader_new(&l);
        t = weir_slp_read(r, printed, n, WEIR_SLP_ONE, &e);
        if (t && !fits) fail_msg("%.*s is read, and refused by %s", (int)n, printed, weir_slp_class_name(v.what));
        if (!t) assert_true(e.what >= WEIR_SLP_DEPTH && e.what <= WEIR_SLP_LENGTH && e.limit > 0);
        if (t) taken++;
        else refused[e.what]++;
        weir_slp_reader_free(r);
        weir_slp_builder_free(b);
    }
    for (weir_slp_class c = WEIR_SLP_DEPTH; c <= WEIR_SLP_LENGTH; c++) assert_true(refused[c] > 100);
    assert_true(taken > 1000);
    weir_slp_builder_free(random);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(printed_and_read_it_is_the_same),
        cmocka_unit_test(a_part_detached_is_what_it_was),
        cmocka_unit_test(the_order),
        cmocka_unit_test(the_order_is_total),
        cmocka_unit_test(what_does_not_fit_is_cut),
        cmocka_unit_test(limits_are_the_same_for_all),
    };
    return cmocka_run_group_tests(tests, make_reader, free_reader);
}
