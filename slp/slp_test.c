/* Reader, printer, builder, views, comparison, verifier, feed and names, against each other and against a naive reference. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "slp/slp.h"

static weir_slp_reader *reader;

static int make_reader(void **state) {
    (void)state;
    reader = weir_slp_reader_new(NULL);
    return reader ? 0 : -1;
}

static int free_reader(void **state) {
    (void)state;
    weir_slp_reader_free(reader);
    return 0;
}

static const weir_slp *read_one(const char *text) {
    return weir_slp_read(reader, text, strlen(text), WEIR_SLP_ONE, NULL);
}

static char printed[1 << 16];

static const char *text_of(weir_slp_value v) {
    size_t n = weir_slp_print(v, WEIR_SLP_CANONICAL, printed, sizeof printed - 1);
    assert_true(n < sizeof printed);
    printed[n] = 0;
    return printed;
}

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
    assert_true(e.what == WEIR_SLP_SIZE && e.limit == 5);
    assert_null(weir_slp_read(r, "abcde", 5, WEIR_SLP_ONE, &e));
    assert_true(e.what == WEIR_SLP_SIZE && e.limit == 4);
    char big[128];
    memset(big, 'a', sizeof big);
    assert_null(weir_slp_read(r, big, 101, WEIR_SLP_ONE, &e));
    assert_true(e.what == WEIR_SLP_SIZE && e.limit == 100);
    weir_slp_reader_free(r);
    l.depth = WEIR_SLP_DEPTH_MAX + 1;
    assert_null(weir_slp_reader_new(&l));
    enum { DEEP = 300000 };
    char *deep = malloc(DEEP);
    memset(deep, '(', DEEP);
    assert_null(weir_slp_read(reader, deep, DEEP, WEIR_SLP_ALL, &e));
    assert_true(e.what == WEIR_SLP_DEPTH && e.offset == 128);
    free(deep);
}

/* -- all short texts against a reader that is as simple as can be -- */

typedef struct naive {
    const char *p;
    char out[256];
} naive;

static void say(naive *n, const char *s) { strcat(n->out, s); }

static bool naive_form(naive *n, int depth);

static void naive_blanks(naive *n) {
    for (; *n->p && strchr(" ;", *n->p); n->p++)
        if (*n->p == ';') n->p += strlen(n->p) - 1; /* no line ends in the alphabet */
}

static bool naive_list(naive *n, char close, int depth) {
    char end[2] = {close, 0};
    for (int i = 0;; i++) {
        naive_blanks(n);
        if (*n->p == close) break;
        if (i) say(n, " ");
        if (!naive_form(n, depth + 1)) return false;
    }
    n->p++;
    say(n, end);
    return true;
}

static bool naive_string(naive *n) {
    say(n, "\"");
    for (; *n->p != '"'; n->p++) {
        char c[3] = {*n->p, 0, 0};
        if (!*n->p) return false;
        if (*n->p == '\\') {
            c[1] = *++n->p;
            if (c[1] != '\\' && c[1] != '"') return false;
        }
        say(n, c);
    }
    n->p++;
    say(n, "\"");
    return true;
}

static bool naive_form(naive *n, int depth) {
    naive_blanks(n);
    char c = *n->p, one[2] = {c, 0};
    if (!c || strchr(")]}", c)) return false;
    n->p++;
    if (c == '\'') return say(n, one), naive_form(n, depth);
    if (c == '(') return say(n, one), naive_list(n, ')', depth);
    if (c == '[') return say(n, one), naive_list(n, ']', depth);
    if (c == '"') return naive_string(n);
    if (c == '@') return *n->p++ == '"' && (say(n, one), naive_string(n));
    const char *begin = n->p - 1;
    while (*n->p && !strchr(" ()[]{}\";", *n->p)) n->p++;
    char atom[16] = {0};
    memcpy(atom, begin, (size_t)(n->p - begin));
    if (strchr("1", *atom) || !strcmp(atom, ".") || !strncmp(atom, ".1", 2) || !strncmp(atom, "-1", 2) ||
        !strncmp(atom, "-.1", 3)) {
        char *end, text[32];
        double d = strtod(atom, &end);
        if (*end) return false;
        if (strchr(atom, '.')) snprintf(text, sizeof text, "%.17g", d);
        else snprintf(text, sizeof text, "%ld", (long)d);
        if (strchr(atom, '.')) snprintf(text, sizeof text, "%g", d), strchr(text, '.') ? 0 : (strcat(text, ".0"), 0);
        return say(n, text), true;
    }
    return say(n, atom), true;
}

static void every_short_text(void **state) {
    (void)state;
    static const char alphabet[] = "a1.-$ '@\"\\;()[]";
    enum { LONGEST = 5, LETTERS = sizeof alphabet - 1 };
    long accepted = 0, total = 0;
    for (int length = 0; length <= LONGEST; length++) {
        long all = 1;
        for (int i = 0; i < length; i++) all *= LETTERS;
        for (long k = 0; k < all; k++, total++) {
            char text[LONGEST + 1] = {0};
            long rest = k;
            for (int i = 0; i < length; i++, rest /= LETTERS) text[i] = alphabet[rest % LETTERS];
            naive n = {text, ""};
            bool good = naive_form(&n, 0);
            if (good) naive_blanks(&n), good = *n.p == 0;
            const weir_slp *s = weir_slp_read(reader, text, (size_t)length, WEIR_SLP_ONE, NULL);
            if (good != (s != NULL)) fail_msg("<%s> %s", text, good ? "is not read" : "is read");
            if (!s) continue;
            accepted++;
            if (strcmp(text_of(weir_slp_root(s)), n.out)) fail_msg("<%s> is printed %s, not %s", text, printed, n.out);
            if (!weir_slp_verify(s, weir_slp_bytes(s), NULL, NULL)) fail_msg("<%s> is refused by verify", text);
        }
    }
    assert_true(accepted > 10000 && total > 500000);
}

/* -- random values -- */

static uint64_t dice = 88172645463325252u;
static uint64_t roll(uint64_t n) {
    dice ^= dice << 13, dice ^= dice >> 7, dice ^= dice << 17;
    return dice % n;
}

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
            if (weir_slp_bytes(again) != weir_slp_bytes(s) || memcmp(again, s, weir_slp_bytes(s)))
                fail_msg("reads back as another: %.*s", (int)n, printed);
            assert_true(weir_slp_equal(v, weir_slp_root(again)));
            assert_true(weir_slp_hash(v, 5) == weir_slp_hash(weir_slp_root(again), 5));
        }
        weir_slp_put(copy, v);
        const weir_slp *copied = weir_slp_finish(copy, NULL);
        assert_true(weir_slp_bytes(copied) == weir_slp_bytes(s) && !memcmp(copied, s, weir_slp_bytes(s)));
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

/* -- the verifier -- */

static void changed_buffers_are_refused_or_canonical(void **state) {
    (void)state;
    static const char text[] =
        "(core/kv/set key \"some text\" [1 2.5 99999999999] {a $a 'b} @\"x: y\" core/kv/set a-name-longer-than-16-bytes)";
    const weir_slp *s = read_one(text);
    size_t bytes = weir_slp_bytes(s);
    uint32_t *original = malloc(bytes), *changed = malloc(bytes);
    memcpy(original, s, bytes);
    long accepted = 0;
    for (size_t bit = 0; bit < bytes * 8; bit++) {
        memcpy(changed, original, bytes);
        ((unsigned char *)changed)[bit / 8] ^= (unsigned char)(1 << bit % 8);
        const weir_slp *v = weir_slp_verify(changed, bytes, NULL, NULL);
        if (!v) continue;
        accepted++;
        size_t n = weir_slp_print(weir_slp_root(v), WEIR_SLP_CANONICAL, printed, sizeof printed);
        const weir_slp *again = weir_slp_read(reader, printed, n, WEIR_SLP_ONE, NULL);
        if (!again || weir_slp_bytes(again) != bytes || memcmp(again, changed, bytes))
            fail_msg("bit %zu gives an encoding that is not canonical: %.*s", bit, (int)n, printed);
    }
    assert_true(accepted > 100);
    for (size_t n = 0; n < bytes; n++) {
        weir_slp_error e;
        unsigned char *cut = malloc(n + 1);
        memcpy(cut, original, n);
        assert_null(weir_slp_verify(cut, n, NULL, &e));
        assert_true(e.what == WEIR_SLP_TRUNCATED || e.what == WEIR_SLP_FOREIGN);
        free(cut);
    }
    free(original);
    free(changed);
}

static void a_file_is_checked(void **state) {
    (void)state;
    const weir_slp *s = read_one("(a \"b\" 3)");
    size_t bytes = weir_slp_bytes(s) + WEIR_SLP_FILE_HEADER;
    unsigned char *file = malloc(bytes + 4);
    weir_slp_file_header(s, file);
    memcpy(file + WEIR_SLP_FILE_HEADER, s, weir_slp_bytes(s));
    weir_slp_error e;
    assert_non_null(weir_slp_file_open(file, bytes, NULL, &e));
    for (size_t n = 0; n < bytes; n++) assert_null(weir_slp_file_open(file, n, NULL, &e));
    assert_int_equal(e.what, WEIR_SLP_TRUNCATED);
    memset(file + bytes, 0, 4);
    assert_null(weir_slp_file_open(file, bytes + 4, NULL, &e));
    for (size_t bit = 0; bit < bytes * 8; bit++) {
        file[bit / 8] ^= (unsigned char)(1 << bit % 8);
        if (weir_slp_file_open(file, bytes, NULL, &e)) fail_msg("bit %zu", bit);
        file[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
    free(file);
}

/* -- builder, feed, names -- */

static void the_builder_refuses(void **state) {
    (void)state;
    weir_slp_builder *b = weir_slp_builder_new(NULL);
    weir_slp_error e;
#define REFUSES(class, ...)                  \
    do {                                     \
        __VA_ARGS__;                         \
        assert_null(weir_slp_finish(b, &e)); \
        assert_int_equal(e.what, class);     \
    } while (0)
    REFUSES(WEIR_SLP_EMPTY, (void)0);
    REFUSES(WEIR_SLP_UNCLOSED, weir_slp_open(b, WEIR_SLP_LIST));
    REFUSES(WEIR_SLP_STRAY, weir_slp_close(b));
    REFUSES(WEIR_SLP_OPERAND, weir_slp_quote(b));
    REFUSES(WEIR_SLP_OPERAND, weir_slp_open(b, WEIR_SLP_LIST); weir_slp_quote(b); weir_slp_close(b));
    REFUSES(WEIR_SLP_OPERAND, weir_slp_open(b, WEIR_SLP_QUOTE));
    REFUSES(WEIR_SLP_SURPLUS, weir_slp_put_integer(b, 1); weir_slp_put_integer(b, 2));
    REFUSES(WEIR_SLP_OPERAND, weir_slp_put_symbol(b, "", 0));
    REFUSES(WEIR_SLP_OPERAND, weir_slp_put_symbol(b, "a b", 3));
    REFUSES(WEIR_SLP_OPERAND, weir_slp_put_symbol(b, "12", 2));
    REFUSES(WEIR_SLP_OPERAND, weir_slp_put_symbol(b, "$a", 2));
    REFUSES(WEIR_SLP_OPERAND, weir_slp_put_symbol(b, "'a", 2));
    REFUSES(WEIR_SLP_NUMBER, weir_slp_put_real(b, 1e308 * 10));
    weir_slp_put_variable(b, "1", 1);
    assert_string_equal(text_of(weir_slp_root(weir_slp_finish(b, &e))), "$1");
    weir_slp_builder_free(b);
}

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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_and_their_canonical_forms),
        cmocka_unit_test(what_is_wrong_and_where),
        cmocka_unit_test(limits_are_named),
        cmocka_unit_test(every_short_text),
        cmocka_unit_test(printed_and_read_it_is_the_same),
        cmocka_unit_test(a_part_detached_is_what_it_was),
        cmocka_unit_test(the_order),
        cmocka_unit_test(changed_buffers_are_refused_or_canonical),
        cmocka_unit_test(a_file_is_checked),
        cmocka_unit_test(the_builder_refuses),
        cmocka_unit_test(a_text_cut_anywhere_gives_the_same_forms),
        cmocka_unit_test(a_bad_form_is_placed_in_all_that_was_pushed),
        cmocka_unit_test(symbols_are_resolved_once),
        cmocka_unit_test(many_symbols),
    };
    return cmocka_run_group_tests(tests, make_reader, free_reader);
}
