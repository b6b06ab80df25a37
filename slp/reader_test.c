/* The variants of the reader give the same bytes and the same errors, whatever the text, and wherever in memory it ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "slp/reader/reader_p.h"

static weir_slp_reader *left, *right;
static long accepted, refused;

static int make_readers(void **state) {
    (void)state;
    left = weir_slp_reader_new(NULL);
    right = weir_slp_reader_new(NULL);
    return left && right ? 0 : -1;
}

static int free_readers(void **state) {
    (void)state;
    weir_slp_reader_free(left);
    weir_slp_reader_free(right);
    return 0;
}

static const slp_level *level; /* the one that is tried against scalar */

static bool at_once; /* it needed no second reading */

static slp_place read_on_level(slp_assembly *a, const char *text, size_t bytes, bool one) {
    at_once = level->read(a, text, bytes, one);
    slp_assembly_begin(a);
    return slp_read_on(level, a, text, bytes, one);
}

static void same_with(slp_read_forms *by, const char *text, size_t bytes, weir_slp_extent extent) {
    weir_slp_error e, f;
    const weir_slp *s = slp_read_by(by, left, text, bytes, extent, &e);
    const weir_slp *t = slp_read_by(slp_reader_scalar_read, right, text, bytes, extent, &f);
    if (!s != !t) fail_msg("only one reads %.*s", (int)bytes, text);
    if (s) {
        accepted++;
        if (!at_once) fail_msg("refused at first: %.*s", (int)bytes, text);
        if (weir_slp_bytes(s) != weir_slp_bytes(t) || memcmp(s, t, weir_slp_bytes(s)))
            fail_msg("two buffers of %.*s", (int)bytes, text);
    } else {
        refused++;
        assert_true(e.what == f.what && e.offset == f.offset && e.line == f.line && e.column == f.column);
    }
}

static void same(const char *text, size_t bytes) {
    at_once = true;
    same_with(slp_reader_simd_read, text, bytes, WEIR_SLP_ALL);
    for (level = slp_levels; level->name; level++)
        if (level->here()) same_with(read_on_level, text, bytes, bytes % 2 ? WEIR_SLP_ONE : WEIR_SLP_ALL);
}

static uint64_t dice = 88172645463325252u;
static uint64_t roll(uint64_t n) {
    dice ^= dice << 13, dice ^= dice >> 7, dice ^= dice << 17;
    return dice % n;
}

/* Pieces that between them have every kind of byte, and lengths round 16 and 32. */
static size_t random_text(char *to, size_t room) {
    static const char *const pieces[] = {"(",
                                         ")",
                                         "[",
                                         "]",
                                         "{",
                                         "}",
                                         " ",
                                         "\n",
                                         "\t ",
                                         "'",
                                         "$",
                                         "@\"",
                                         "\"",
                                         "\\\"",
                                         "\\",
                                         "; c\n",
                                         "1",
                                         "-",
                                         ".5",
                                         "e9",
                                         "a",
                                         "sixteen-bytes-a/",
                                         "fifteen-bytes-a",
                                         "thirty-two bytes of text with 32",
                                         "a-symbol-of-more-than-thirty-two-bytes-altogether",
                                         "\xff\x80",
                                         "\v\f\r",
                                         "\x01\x1f",
                                         "          "};
    size_t n = 0;
    for (uint64_t k = roll(12) + 1; k; k--) {
        const char *p = pieces[roll(sizeof pieces / sizeof *pieces)];
        if (n + strlen(p) > room) break;
        memcpy(to + n, p, strlen(p));
        n += strlen(p);
    }
    return n;
}

/* The text ends where the page ends, and the next page cannot be read. */
static void random_texts_at_the_end_of_memory(void **state) {
    (void)state;
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *map = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), text[512];
    assert_ptr_not_equal(map, MAP_FAILED);
    assert_int_equal(mprotect(map + page, page, PROT_NONE), 0);
    for (int i = 0; i < 200000; i++) {
        size_t n = random_text(text, sizeof text);
        memcpy(map + page - n, text, n);
        same(map + page - n, n);
    }
    munmap(map, 2 * page);
    assert_true(accepted > 10000 && refused > 10000);
}

/* A byte that is not what it was. */
static void every_byte_everywhere(void **state) {
    (void)state;
    static const char text[] =
        "(core/kv/set a-name-longer-than-16 \"a string of more than 32 bytes, with \\n in it\" 12 [1.5 $x] 'y) ; end\n z";
    char changed[sizeof text];
    for (size_t i = 0; i < sizeof text - 1; i++)
        for (int c = 0; c < 256; c++) {
            memcpy(changed, text, sizeof text);
            changed[i] = (char)c;
            same(changed, sizeof text - 1);
        }
}

/* Everything lies across the edge of a block once, and of two. */
static void every_edge(void **state) {
    (void)state;
    static const char text[] =
        "a \"b\\\"c\\\\\" 'd ;e \"(\n $f -1.5 @\"g: \\x41\" [12345678 {}] ''(\"\") abcdefghijklmnopqr)";
    char with[160 + sizeof text];
    for (size_t blanks = 0; blanks < 150; blanks++) {
        memset(with, ' ', sizeof with);
        with[blanks / 2] = '(';
        memcpy(with + blanks + 1, text, sizeof text);
        same(with, blanks + sizeof text);
    }
}

static void an_escape_everywhere(void **state) {
    (void)state;
    char text[256];
    for (size_t bytes = 2; bytes < 140; bytes++)
        for (size_t at = 1; at < bytes; at++) {
            memset(text, 'a', sizeof text);
            text[0] = text[bytes + 1] = '"';
            text[at] = '\\';
            text[at + 1] = at % 2 ? '"' : '\\';
            same(text, bytes + 2);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_texts_at_the_end_of_memory),
        cmocka_unit_test(every_byte_everywhere),
        cmocka_unit_test(every_edge),
        cmocka_unit_test(an_escape_everywhere),
    };
    return cmocka_run_group_tests(tests, make_readers, free_readers);
}
