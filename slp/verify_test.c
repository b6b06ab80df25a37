/* Buffers and files from outside: whole, changed in every byte, cut at every byte. What is accepted must be the one encoding
 * of its value; what is refused says why, and where. */
#include "slp/crc32c_p.h"
#include "slp/test_p.h"

static const char *const texts[] = {
    "(core/kv/set key \"some text\" [1 2.5 99999999999] {a $a 'b} @\"x: y\" core/kv/set a-name-longer-than-16-bytes)",
    "((a) \"b\" 300000000)",
    "'''$abc",
    "{[] () {} \"\" @\"\" 0}",
    "-1.5",
};
enum { TEXTS = sizeof texts / sizeof *texts };

/* A copy, so that nothing lies behind it. */
static void *copy_of(const void *at, size_t bytes) {
    void *copy = malloc(bytes + !bytes);
    assert_non_null(copy);
    memcpy(copy, at, bytes);
    return copy;
}

/* Prints s, which lies at `at`, and reads it again: the same buffer? */
static void is_canonical(const weir_slp *s) {
    size_t n = weir_slp_print(weir_slp_root(s), WEIR_SLP_CANONICAL, printed, sizeof printed);
    const weir_slp *again = weir_slp_read(reader, printed, n, WEIR_SLP_ONE, NULL);
    if (!again || !same_bytes(again, s)) fail_msg("an encoding that is not canonical: %.*s", (int)n, printed);
}

static void is_placed(const weir_slp_error *e, size_t bytes) {
    assert_true(e->what == WEIR_SLP_FOREIGN || e->what == WEIR_SLP_CORRUPT || e->what == WEIR_SLP_TRUNCATED ||
                e->what == WEIR_SLP_SIZE);
    assert_true(e->offset <= bytes && e->line == 0 && e->column == 0 && e->message);
    assert_int_equal(e->limit, e->what == WEIR_SLP_SIZE ? weir_slp_limits_default().bytes : 0);
}

/* Every byte to every value. */
static void changed_buffers_are_refused_or_canonical(void **state) {
    (void)state;
    long accepted = 0, refused = 0;
    for (int t = 0; t < TEXTS; t++) {
        const weir_slp *s = read_one(texts[t]);
        size_t bytes = weir_slp_bytes(s);
        unsigned char *changed = copy_of(s, bytes);
        for (size_t i = 0; i < bytes; i++) {
            unsigned char was = changed[i];
            for (int c = 0; c < 256; c++) {
                weir_slp_error e;
                changed[i] = (unsigned char)c;
                const weir_slp *v = weir_slp_verify(changed, bytes, NULL, &e);
                if (v) is_canonical(v), accepted++;
                else is_placed(&e, bytes), refused++;
            }
            changed[i] = was;
        }
        free(changed);
    }
    assert_true(accepted > 10000 && refused > 50000);
}

/* Every unit of small buffers to every value up to 2^16: all tags, and all that a cell can point at and more. */
static void changed_units_are_refused_or_canonical(void **state) {
    (void)state;
    for (int t = 1; t < TEXTS; t++) {
        const weir_slp *s = read_one(texts[t]);
        size_t bytes = weir_slp_bytes(s);
        uint32_t *changed = copy_of(s, bytes);
        for (size_t i = 0; i < bytes / 4; i++) {
            uint32_t was = changed[i];
            for (uint32_t u = 0; u < 1 << 16; u++) {
                changed[i] = u;
                const weir_slp *v = weir_slp_verify(changed, bytes, NULL, NULL);
                if (v && u != was) is_canonical(v);
            }
            changed[i] = was;
        }
        free(changed);
    }
}

static void cut_buffers_are_refused(void **state) {
    (void)state;
    for (int t = 0; t < TEXTS; t++) {
        const weir_slp *s = read_one(texts[t]);
        size_t bytes = weir_slp_bytes(s);
        for (size_t n = 0; n < bytes; n++) {
            weir_slp_error e;
            void *cut = copy_of(s, n);
            assert_null(weir_slp_verify(cut, n, NULL, &e));
            assert_int_equal(e.what, n < 4 ? WEIR_SLP_FOREIGN : WEIR_SLP_TRUNCATED);
            is_placed(&e, bytes);
            free(cut);
        }
        uint32_t *longer = malloc(bytes + 4);
        memcpy(longer, s, bytes);
        longer[bytes / 4] = 0;
        assert_null(weir_slp_verify(longer, bytes + 4, NULL, NULL));
        free(longer);
    }
}

/* -- files -- */

static unsigned char *file_of(const weir_slp *s, size_t *bytes) {
    *bytes = weir_slp_bytes(s) + WEIR_SLP_FILE_HEADER;
    unsigned char *file = malloc(*bytes);
    assert_non_null(file);
    weir_slp_file_header(s, file);
    memcpy(file + WEIR_SLP_FILE_HEADER, s, weir_slp_bytes(s));
    return file;
}

/* The definition: a bit after the other. */
static uint32_t naive_crc32c(const unsigned char *p, size_t n) {
    uint32_t crc = UINT32_MAX;
    while (n--) {
        crc ^= *p++;
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0);
    }
    return ~crc;
}

/* A file made on one processor is one on another. */
static void the_checksum_is_the_same_everywhere(void **state) {
    (void)state;
    unsigned char bytes[100];
    assert_int_equal(slp_crc32c("123456789", 9), 0xe3069283);
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (unsigned char)roll(256);
    for (size_t from = 0; from < 9; from++)
        for (size_t n = 0; n <= sizeof bytes - from; n++) {
            uint32_t wanted = naive_crc32c(bytes + from, n);
            assert_int_equal(slp_crc32c(bytes + from, n), wanted);
            assert_int_equal(slp_crc32c_by_table(bytes + from, n), wanted);
        }
}

/* One byte that is not what it was is always found out. */
static void changed_files_are_refused(void **state) {
    (void)state;
    for (int t = 0; t < TEXTS; t++) {
        size_t bytes;
        unsigned char *file = file_of(read_one(texts[t]), &bytes);
        weir_slp_error e;
        for (size_t i = 0; i < bytes; i++) {
            unsigned char was = file[i];
            for (int c = 0; c < 256; c++) {
                file[i] = (unsigned char)c;
                bool opened = weir_slp_file_open(file, bytes, NULL, &e) != NULL;
                if (opened != (c == was)) fail_msg("byte %zu as %d", i, c);
                if (!opened) is_placed(&e, bytes);
            }
            file[i] = was;
        }
        free(file);
    }
}

static void cut_files_are_refused(void **state) {
    (void)state;
    for (int t = 0; t < TEXTS; t++) {
        size_t bytes;
        unsigned char *file = file_of(read_one(texts[t]), &bytes);
        weir_slp_error e;
        for (size_t n = 0; n < bytes; n++) {
            void *cut = copy_of(file, n);
            assert_null(weir_slp_file_open(cut, n, NULL, &e));
            assert_int_equal(e.what, WEIR_SLP_TRUNCATED);
            assert_int_equal(e.offset, n);
            free(cut);
        }
        file = realloc(file, bytes + 4);
        memset(file + bytes, 0, 4);
        assert_null(weir_slp_file_open(file, bytes + 4, NULL, &e));
        assert_true(e.what == WEIR_SLP_CORRUPT && e.offset == bytes);
        free(file);
    }
}

/* A buffer that is wrong under a right checksum: the place is one in the file. */
static void a_file_is_verified_too(void **state) {
    (void)state;
    size_t bytes;
    const weir_slp *s = read_one("(a)");
    uint32_t *unit = copy_of(s, weir_slp_bytes(s));
    unit[WEIR_SLP_NODES] = 7;
    unsigned char *file = file_of((const weir_slp *)unit, &bytes);
    weir_slp_error e;
    assert_null(weir_slp_file_open(file, bytes, NULL, &e));
    assert_true(e.what == WEIR_SLP_CORRUPT && e.offset == WEIR_SLP_FILE_HEADER + 4 * WEIR_SLP_NODES);
    free(file);
    free(unit);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(changed_buffers_are_refused_or_canonical),
        cmocka_unit_test(changed_units_are_refused_or_canonical),
        cmocka_unit_test(cut_buffers_are_refused),
        cmocka_unit_test(the_checksum_is_the_same_everywhere),
        cmocka_unit_test(changed_files_are_refused),
        cmocka_unit_test(cut_files_are_refused),
        cmocka_unit_test(a_file_is_verified_too),
    };
    return cmocka_run_group_tests(tests, make_reader, free_reader);
}
