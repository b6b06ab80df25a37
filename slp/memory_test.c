/* What others send decides how much memory is taken, but for a few times its size only: the bounds that slp.h states, for the
 * texts and buffers that come nearest to them. Every allocation is counted. */
#include <malloc.h>

#include "slp/test_p.h"

/* Bytes that are allocated; the most there were. volatile: compilers take it that malloc changes no variable. */
static volatile size_t now, most;

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void __real_free(void *p);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
void __wrap_free(void *p);

static void *count(void *p) {
    now += malloc_usable_size(p);
    if (now > most) most = now;
    return p;
}

void *__wrap_malloc(size_t n) { return count(__real_malloc(n)); }
void *__wrap_calloc(size_t n, size_t size) { return count(__real_calloc(n, size)); }

void __wrap_free(void *p) {
    now -= malloc_usable_size(p);
    __real_free(p);
}

/* As if it always moved: the old block and the new one are there together. */
void *__wrap_realloc(void *p, size_t n) {
    void *q = __wrap_malloc(n);
    if (p && q) memcpy(q, p, n < malloc_usable_size(p) ? n : malloc_usable_size(p));
    __wrap_free(p);
    return q;
}

/* -- texts: pieces one after the other, the last one perhaps cut -- */

enum { BYTES = 1 << 20 };

static const char *const pieces[] = {"1 ",       "99999999999 ", "() ",     "(1) ", "\"\" ",    "\"a\" ",
                                     "\"\\n\" ", "a ",           "'a ",     "''a ", "(",        "((((",
                                     "'",        "\"",           ";",       " ",    "(a b) ",   "@\"\" ",
                                     "$ $a ",    "[]",           "{(1 2)}", "\\",   "aaaaaaaa", "\"\\x00"};
enum { PIECES = sizeof pieces / sizeof *pieces };

static size_t repeated(char *to, const char *piece) {
    size_t n = strlen(piece);
    for (size_t i = 0; i < BYTES; i++) to[i] = piece[i % n];
    return BYTES;
}

static char letter(unsigned i) {
    static const char some[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_/<=>";
    return i < 128 ? (char)(i + 128) : some[i - 128];
}
enum { LETTERS = 128 + 57 };

/* Symbols of two or three bytes that are all different: nothing takes more memory for its length. Just so many that the table
 * of them has grown once more. A blank or a bracket behind each. */
static size_t different(char *to, unsigned letters, bool brackets) {
    size_t n = 0;
    for (unsigned i = 0, count = letters == 2 ? 1 << 15 : 1 << 18; i < count; i++) {
        for (unsigned l = 0, rest = i; l < letters; l++, rest /= LETTERS) to[n++] = letter(rest % LETTERS);
        to[n++] = brackets ? "[]"[i % 2] : ' ';
    }
    return n;
}

enum { TEXTS = PIECES + 4 };

static size_t make_text(char *to, int i) {
    return i < PIECES ? repeated(to, pieces[i]) : different(to, 2 + (unsigned)(i - PIECES) / 2, i % 2);
}

static const weir_slp_limits highest = {WEIR_SLP_DEPTH_MAX, WEIR_SLP_UNITS_MAX * 4, WEIR_SLP_UNITS_MAX, (1 << 24) - 1};

/* As slp.h says: a reader takes at most so many bytes, and so many for each byte of a text. */
enum { READER = 100000, FOR_EACH = 96 };

static void what_a_reader_takes(void **state) {
    (void)state;
    char *text = malloc(BYTES);
    double worst = 0;
    for (int i = 0; i < 2 * TEXTS; i++) {
        size_t bytes = make_text(text, i / 2), before = most = now;
        weir_slp_reader *r = weir_slp_reader_new(i % 2 ? &highest : NULL);
        weir_slp_read(r, text, bytes, WEIR_SLP_ALL, NULL);
        double each = ((double)(most - before) - READER) / (double)bytes;
        if (each > FOR_EACH) fail_msg("%.12s...: %.1f bytes for each of the text", text, each);
        if (each > worst) worst = each;
        weir_slp_reader_free(r);
        assert_int_equal(now, before);
    }
    assert_true(worst > FOR_EACH / 2); /* the bound is not a loose one */
    free(text);
}

/* The text that is pending is kept besides. */
static void what_a_feed_takes(void **state) {
    (void)state;
    enum { PIECE = 1000 };
    char *text = malloc(BYTES);
    for (int i = 0; i < TEXTS; i++) {
        size_t bytes = make_text(text, i), before = most = now;
        weir_slp_feed *f = weir_slp_feed_new(&highest);
        const weir_slp *form;
        for (size_t at = 0; at < bytes; at += PIECE) {
            if (!weir_slp_feed_push(f, text + at, bytes - at < PIECE ? bytes - at : PIECE)) break;
            while (weir_slp_feed_next(f, at + PIECE >= bytes, &form, NULL) == WEIR_SLP_FORM)
                ;
        }
        assert_true(most - before <= READER + (FOR_EACH + 4) * bytes);
        weir_slp_feed_free(f);
        assert_int_equal(now, before);
    }
    free(text);
}

/* Verifying takes less than the buffer has, and nothing where there are few symbols. Looking takes nothing. */
static void what_a_verifier_takes(void **state) {
    (void)state;
    char *text = malloc(BYTES);
    double worst = 0;
    weir_slp_reader *r = weir_slp_reader_new(&highest);
    for (int i = 0; i < TEXTS; i++) {
        const weir_slp *s = weir_slp_read(r, text, make_text(text, i), WEIR_SLP_ALL, NULL);
        if (!s) continue;
        size_t before = most = now;
        assert_non_null(weir_slp_verify(s, weir_slp_bytes(s), &highest, NULL));
        double each = (double)(most - before) / (double)weir_slp_bytes(s);
        if (each > worst) worst = each;
        if (weir_slp_symbols(s) <= 8) assert_true(most == before);
        most = now;
        weir_slp_value v = weir_slp_root(s);
        assert_true(weir_slp_print(v, WEIR_SLP_PRETTY, NULL, 0) && weir_slp_hash(v, 1) && weir_slp_equal(v, v));
        assert_true(weir_slp_fmt(text, BYTES, NULL, 0) > 0);
        assert_int_equal(most, before);
    }
    assert_true(worst > 0.25 && worst <= 1);
    weir_slp_reader_free(r);
    free(text);
}

/* What a buffer claims is believed only as far as there are bytes. */
static void claims_take_nothing(void **state) {
    (void)state;
    const weir_slp *s = read_one("(a \"b\")");
    size_t bytes = weir_slp_bytes(s), before = most = now;
    uint32_t *unit = malloc(bytes);
    most = now;
    size_t mine = now - before;
    for (size_t i = 0; i < bytes / 4; i++)
        for (int shift = 0; shift < 32; shift++) {
            memcpy(unit, s, bytes);
            unit[i] = 1u << shift;
            weir_slp_verify(unit, bytes, &highest, NULL);
        }
    assert_int_equal(most - before, mine);
    free(unit);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_reader_takes),
        cmocka_unit_test(what_a_feed_takes),
        cmocka_unit_test(what_a_verifier_takes),
        cmocka_unit_test(claims_take_nothing),
    };
    return cmocka_run_group_tests(tests, make_reader, free_reader);
}
