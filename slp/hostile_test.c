/* Texts and buffers that somebody made to do harm: nested too deep, with bytes that are no text, that claim more than is there,
 * that point at themselves. All of it on a thread with the stack that slp.h promises to be enough. */
#include <pthread.h>

#include "slp/test_p.h"

enum { LEVELS = 300000 };

static const weir_slp_limits highest = {WEIR_SLP_DEPTH_MAX, WEIR_SLP_UNITS_MAX * 4, WEIR_SLP_UNITS_MAX, (1 << 24) - 1};

/* `levels` times the opener, what is in them, and as many closers. */
static char *nested(char open, size_t levels, const char *inside, char close, size_t *bytes) {
    size_t n = strlen(inside), closers = close ? levels : 0;
    char *text = malloc(2 * levels + n);
    assert_non_null(text);
    memset(text, open, levels);
    memcpy(text + levels, inside, n);
    memset(text + levels + n, close, closers);
    *bytes = levels + n + closers;
    return text;
}

static void is_too_deep(const weir_slp_error *e, uint32_t limit) {
    assert_int_equal(e->what, WEIR_SLP_DEPTH);
    assert_int_equal(e->limit, limit);
    assert_int_equal(e->offset, limit); /* the first opener beyond it */
    assert_true(e->line == 1 && e->column == limit + 1);
}

static void reader_refuses(const weir_slp_limits *limits, const char *text, size_t bytes) {
    weir_slp_error e;
    weir_slp_reader *r = weir_slp_reader_new(limits);
    assert_null(weir_slp_read(r, text, bytes, WEIR_SLP_ALL, &e));
    is_too_deep(&e, limits->depth);
    weir_slp_reader_free(r);
}

static void feed_refuses(const weir_slp_limits *limits, const char *text, size_t bytes) {
    weir_slp_error e;
    const weir_slp *form;
    weir_slp_feed *f = weir_slp_feed_new(limits);
    for (size_t at = 0, n; at < bytes; at += n) {
        n = bytes - at < 1000 ? bytes - at : 1000;
        assert_true(weir_slp_feed_push(f, text + at, n));
        weir_slp_fed fed = weir_slp_feed_next(f, at + n == bytes, &form, &e);
        assert_int_equal(fed, at + n == bytes ? WEIR_SLP_BAD : WEIR_SLP_MORE);
    }
    is_too_deep(&e, limits->depth);
    weir_slp_feed_free(f);
}

/* Formatting has no limits; of a text that cannot be read it does no harm. */
static void texts_nested_too_deep(void **state) {
    (void)state;
    static const char kinds[][2] = {{'(', ')'}, {'[', ']'}, {'{', '}'}, {'(', 0}, {'\'', 0}};
    const weir_slp_limits limits[] = {weir_slp_limits_default(), highest};
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        for (size_t l = 0; l < 2; l++) {
            size_t bytes;
            char *text = nested(kinds[k][0], LEVELS, "a", kinds[k][1], &bytes);
            reader_refuses(&limits[l], text, bytes);
            feed_refuses(&limits[l], text, bytes);
            assert_true(weir_slp_fmt(text, bytes, NULL, 0) >= bytes);
            free(text);
        }
}

/* As deep as may be, everything works, also round the body that all forms are in. */
static void use(const weir_slp *s) {
    weir_slp_value v = weir_slp_root(s);
    weir_slp_error e;
    assert_non_null(weir_slp_verify(s, weir_slp_bytes(s), &highest, &e));
    assert_null(weir_slp_verify(s, weir_slp_bytes(s), NULL, &e));
    assert_true(e.what == WEIR_SLP_DEPTH && e.limit == 128 && e.offset < weir_slp_bytes(s));
    weir_slp_object *o = weir_slp_detach(v);
    assert_non_null(o);
    assert_true(same_bytes(weir_slp_object_buffer(o), s));
    assert_true(weir_slp_equal(v, weir_slp_root(weir_slp_object_buffer(o))));
    assert_true(weir_slp_hash(v, 1) == weir_slp_hash(weir_slp_root(weir_slp_object_buffer(o)), 1));
    weir_slp_release(o);
}

static void prints_and_reads(const weir_slp *s, weir_slp_reader *other) {
    for (weir_slp_style style = WEIR_SLP_CANONICAL; style <= WEIR_SLP_PRETTY; style++) {
        size_t n = weir_slp_print_forms(weir_slp_root(s), style, NULL, 0);
        char *text = malloc(n);
        assert_int_equal(weir_slp_print_forms(weir_slp_root(s), style, text, n), n);
        const weir_slp *again = weir_slp_read(other, text, n, WEIR_SLP_ALL, NULL);
        assert_non_null(again);
        assert_true(same_bytes(again, s));
        free(text);
    }
}

static void texts_as_deep_as_may_be(void **state) {
    (void)state;
    static const char kinds[][2] = {{'(', ')'}, {'[', ']'}, {'{', '}'}, {'\'', 0}};
    static const char too_long[] =
        "\"a string so long that no line of a hundred columns has room for it, so that every "
        "list round it is broken\" 2 3";
    weir_slp_reader *r = weir_slp_reader_new(&highest), *other = weir_slp_reader_new(&highest);
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        size_t bytes;
        char *text = nested(kinds[k][0], WEIR_SLP_DEPTH_MAX, kinds[k][1] ? too_long : "a", kinds[k][1], &bytes);
        const weir_slp *s = weir_slp_read(r, text, bytes, WEIR_SLP_ALL, NULL);
        assert_non_null(s);
        use(s);
        prints_and_reads(s, other);
        s = weir_slp_read(r, text, bytes, WEIR_SLP_ONE, NULL);
        assert_non_null(s);
        use(s);
        free(text);
    }
    weir_slp_reader_free(other);
    weir_slp_reader_free(r);
}

static void the_builder_nested_too_deep(void **state) {
    (void)state;
    weir_slp_builder *b = weir_slp_builder_new(&highest);
    weir_slp_error e;
    for (int i = 0; i < LEVELS; i++) weir_slp_open(b, WEIR_SLP_LIST);
    assert_null(weir_slp_finish(b, &e));
    assert_true(e.what == WEIR_SLP_DEPTH && e.limit == WEIR_SLP_DEPTH_MAX && e.offset == WEIR_SLP_DEPTH_MAX);
    weir_slp_builder_free(b);
}

/* -- bytes that are no text -- */

static void is_kept(const char *text, size_t bytes, size_t item, const char *kept, size_t length) {
    const weir_slp *s = weir_slp_read(reader, text, bytes, WEIR_SLP_ALL, NULL);
    assert_non_null(s);
    weir_slp_text t = weir_slp_text_of(weir_slp_at(weir_slp_root(s), (uint32_t)item));
    assert_int_equal(t.bytes, length);
    assert_memory_equal(t.at, kept, length);
    assert_non_null(weir_slp_verify(s, weir_slp_bytes(s), NULL, NULL));
    weir_slp_object *o = weir_slp_object_new(s);
    size_t n = weir_slp_print_forms(weir_slp_root(s), WEIR_SLP_CANONICAL, printed, sizeof printed);
    const weir_slp *again = weir_slp_read(reader, printed, n, WEIR_SLP_ALL, NULL);
    assert_non_null(again);
    assert_true(same_bytes(again, weir_slp_object_buffer(o)));
    weir_slp_release(o);
}

static void zero_bytes_are_bytes(void **state) {
    (void)state;
    static const char text[] = "a\0b \"c\0d\" $\0 @\"\0\" \0\0";
    is_kept(text, sizeof text - 1, 0, "a\0b", 3);
    is_kept(text, sizeof text - 1, 1, "c\0d", 3);
    is_kept(text, sizeof text - 1, 2, "\0", 1);
    is_kept(text, sizeof text - 1, 3, "\0", 1);
    is_kept(text, sizeof text - 1, 4, "\0\0", 2);
    weir_slp_error e;
    assert_null(weir_slp_read(reader, "1\0", 2, WEIR_SLP_ONE, &e)); /* no number ends there */
    assert_true(e.what == WEIR_SLP_NUMBER && e.offset == 0);
}

static void bytes_that_are_no_utf8_are_kept(void **state) {
    (void)state;
    static const char *const odd[] = {"\xff", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\x80\xbf"};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        char text[64];
        size_t n = (size_t)sprintf(text, "%s \"%s\" $%s @\"%s\"", odd[i], odd[i], odd[i], odd[i]);
        for (size_t item = 0; item < 4; item++) is_kept(text, n, item, odd[i], strlen(odd[i]));
    }
}

/* Wherever a text is cut, and whatever a byte of it becomes: an error says a place that is there, as line and column too. */
static void is_placed(const char *text, size_t bytes) {
    weir_slp_error e = {0};
    if (weir_slp_read(reader, text, bytes, WEIR_SLP_ALL, &e)) return;
    assert_true(e.what > WEIR_SLP_OK && e.what < WEIR_SLP_DEPTH && e.limit == 0 && e.offset <= bytes && e.message);
    uint32_t line = 1, column = 1;
    for (uint32_t i = 0; i < e.offset; i++) column = text[i] == '\n' ? line++, 1 : column + 1;
    if (e.line != line || e.column != column)
        fail_msg("%s at %u: %u:%u, not %u:%u", e.message, e.offset, e.line, e.column, line, column);
}

static void texts_changed_and_cut_anywhere(void **state) {
    (void)state;
    char text[] = "; why\n(set key \"two\nlines\\t\")\n [1 -2.5e3 $x]\n\n  {'quoted @\"a: b\"} ; end\n";
    for (size_t n = 0; n < sizeof text; n++) is_placed(text, n);
    for (size_t i = 0; i < sizeof text - 1; i++) {
        char was = text[i];
        for (int c = 0; c < 256; c++) text[i] = (char)c, is_placed(text, sizeof text - 1);
        text[i] = was;
    }
}

/* -- buffers -- */

#define CELL(at, tag) ((uint32_t)(at) << WEIR_SLP_TAG_BITS | WEIR_SLP_TAG_##tag)

/* Refused, under the highest limits, at that unit. The copy has nothing behind it. */
static void is_refused(const uint32_t *unit, size_t units, weir_slp_class what, uint32_t where) {
    uint32_t *copy = malloc(units * 4);
    weir_slp_error e = {0};
    memcpy(copy, unit, units * 4);
    if (weir_slp_verify(copy, units * 4, &highest, &e)) fail_msg("accepted");
    if (e.what != what || e.offset != where * 4)
        fail_msg("%s at unit %u, not %s at %u", weir_slp_class_name(e.what), e.offset / 4, weir_slp_class_name(what),
                 where);
    free(copy);
}

/* LEVELS lists, the innermost empty; then as many quotes. */
static void buffers_nested_too_deep(void **state) {
    (void)state;
    uint32_t units = WEIR_SLP_HEADER + 2 * LEVELS, *unit = malloc(units * 4), at = WEIR_SLP_HEADER;
    uint32_t cell = CELL(0, LIST);
    for (int i = 0; i < LEVELS; i++, at += 2) unit[at] = 1, unit[at + 1] = cell, cell = CELL(at, LIST);
    memcpy(unit, (uint32_t[]){WEIR_SLP_MAGIC_WORD, WEIR_SLP_VERSION_WORD, at, cell, LEVELS + 1, 0}, 24);
    /* the cell that is too deep is that of the record `depth` levels within the last */
    is_refused(unit, at, WEIR_SLP_DEPTH, at - 2 * WEIR_SLP_DEPTH_MAX + 1);
    weir_slp_error e;
    assert_null(weir_slp_verify(unit, at * 4, NULL, &e));
    assert_true(e.what == WEIR_SLP_DEPTH && e.limit == 128 && e.offset == (at - 2 * 128 + 1) * 4);
    at = WEIR_SLP_HEADER, cell = CELL(1, SMALL);
    for (int i = 0; i < LEVELS; i++, at++) unit[at] = cell, cell = CELL(at, QUOTE);
    memcpy(unit, (uint32_t[]){WEIR_SLP_MAGIC_WORD, WEIR_SLP_VERSION_WORD, at, cell, LEVELS + 1, 0}, 24);
    is_refused(unit, at, WEIR_SLP_DEPTH, at - WEIR_SLP_DEPTH_MAX);
    free(unit);
}

/* (a "b") is 6 + 2 + 3 + 2 + 1 units. */
enum { STRING = WEIR_SLP_HEADER, LIST = STRING + 2, NAME = LIST + 3, TABLE = NAME + 2, UNITS = TABLE + 1 };

static void take_pair(uint32_t unit[UNITS]) {
    const weir_slp *s = read_one("(a \"b\")");
    assert_int_equal(weir_slp_bytes(s), UNITS * 4);
    memcpy(unit, s, UNITS * 4);
    assert_true(unit[STRING] == 1 && unit[LIST] == 2 && unit[LIST + 2] == CELL(STRING, STRING) && unit[NAME] == 1);
}

/* Each number in it becomes one that says 1 GiB, or all there can be. */
static void claims(void **state) {
    (void)state;
    static const struct {
        uint32_t where, says;
        weir_slp_class what;
        uint32_t found;
    } table[] = {
        {WEIR_SLP_UNITS, WEIR_SLP_UNITS_MAX, WEIR_SLP_TRUNCATED, WEIR_SLP_UNITS},
        {WEIR_SLP_UNITS, UINT32_MAX, WEIR_SLP_CORRUPT, WEIR_SLP_UNITS},
        {WEIR_SLP_NODES, 1 << 28, WEIR_SLP_CORRUPT, WEIR_SLP_NODES},
        {WEIR_SLP_SYMBOLS, 1 << 28, WEIR_SLP_CORRUPT, WEIR_SLP_SYMBOLS},
        {WEIR_SLP_SYMBOLS, UINT32_MAX, WEIR_SLP_CORRUPT, WEIR_SLP_SYMBOLS},
        {STRING, 1 << 30, WEIR_SLP_CORRUPT, STRING},
        {STRING, UINT32_MAX, WEIR_SLP_CORRUPT, STRING},
        {LIST, 1 << 28, WEIR_SLP_CORRUPT, LIST},
        {LIST, UINT32_MAX, WEIR_SLP_CORRUPT, LIST},
        {NAME, 1 << 30, WEIR_SLP_CORRUPT, NAME},
        {NAME, UINT32_MAX, WEIR_SLP_CORRUPT, NAME},
        {TABLE, 1 << 28, WEIR_SLP_CORRUPT, TABLE},
        {WEIR_SLP_ROOT, CELL((1 << 28) - 1, LIST), WEIR_SLP_CORRUPT, WEIR_SLP_ROOT},
        {LIST + 1, CELL((1 << 28) - 1, SYMBOL), WEIR_SLP_CORRUPT, LIST + 1},
        {LIST + 2, CELL((1 << 28) - 1, STRING), WEIR_SLP_CORRUPT, LIST + 2},
    };
    uint32_t unit[UNITS];
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        take_pair(unit);
        unit[table[i].where] = table[i].says;
        is_refused(unit, UNITS, table[i].what, table[i].found);
    }
}

static void a_file_that_claims_more(void **state) {
    (void)state;
    static const uint64_t says[] = {UNITS * 4 + 1, 1 << 30, UINT64_C(1) << 63, UINT64_MAX, UINT64_MAX - 15};
    uint32_t file[WEIR_SLP_FILE_HEADER / 4 + UNITS];
    take_pair(file + WEIR_SLP_FILE_HEADER / 4);
    for (size_t i = 0; i < sizeof says / sizeof *says; i++) {
        weir_slp_error e;
        weir_slp_file_header((weir_slp *)(file + WEIR_SLP_FILE_HEADER / 4), (unsigned char *)file);
        memcpy(file + 2, &says[i], sizeof says[i]);
        assert_null(weir_slp_file_open(file, sizeof file, &highest, &e));
        assert_true(e.what == WEIR_SLP_TRUNCATED && e.offset == sizeof file);
    }
}

static void cycles_and_shares(void **state) {
    (void)state;
    uint32_t unit[UNITS];
    take_pair(unit), unit[LIST + 1] = CELL(LIST, LIST); /* in itself */
    is_refused(unit, UNITS, WEIR_SLP_CORRUPT, LIST + 1);
    take_pair(unit), unit[LIST + 2] = CELL(LIST, QUOTE); /* quoted in itself */
    is_refused(unit, UNITS, WEIR_SLP_CORRUPT, LIST + 2);
    take_pair(unit), unit[LIST + 1] = CELL(STRING, STRING); /* the same string twice */
    is_refused(unit, UNITS, WEIR_SLP_CORRUPT, LIST + 2);
    take_pair(unit), unit[LIST + 2] = CELL(0, SYMBOL); /* the string is nobody's */
    is_refused(unit, UNITS, WEIR_SLP_CORRUPT, LIST);
    const weir_slp *s = read_one("((1) (2))"); /* records: (1) (2) and both */
    uint32_t two[13];
    assert_int_equal(weir_slp_bytes(s), sizeof two);
    memcpy(two, s, sizeof two), two[12] = two[11]; /* one list twice */
    is_refused(two, 13, WEIR_SLP_CORRUPT, 12);
    memcpy(two, s, sizeof two), two[7] = two[12], two[9] = two[11]; /* each in the other */
    is_refused(two, 13, WEIR_SLP_CORRUPT, 7);
}

static void other_machines_and_times(void **state) {
    (void)state;
    uint32_t unit[UNITS];
    take_pair(unit);
    for (int i = 0; i < UNITS; i++) unit[i] = __builtin_bswap32(unit[i]);
    is_refused(unit, UNITS, WEIR_SLP_FOREIGN, WEIR_SLP_MAGIC);
    for (uint32_t version = 0; version < 1000; version++) {
        take_pair(unit), unit[WEIR_SLP_VERSION] = version;
        if (version != WEIR_SLP_VERSION_WORD) is_refused(unit, UNITS, WEIR_SLP_FOREIGN, WEIR_SLP_VERSION);
    }
    unsigned char at[UNITS * 4 + 4];
    weir_slp_error e;
    for (size_t by = 1; by < 4; by++) { /* not aligned */
        unsigned char *odd = at + (4 - (uintptr_t)at % 4) % 4 + by;
        take_pair(unit), memcpy(odd, unit, UNITS * 4 - 4);
        assert_null(weir_slp_verify(odd, UNITS * 4 - 4, NULL, &e));
        assert_true(e.what == WEIR_SLP_FOREIGN && e.offset == 0);
    }
}

static void *run(void *failed) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_nested_too_deep),           cmocka_unit_test(texts_as_deep_as_may_be),
        cmocka_unit_test(the_builder_nested_too_deep),     cmocka_unit_test(zero_bytes_are_bytes),
        cmocka_unit_test(bytes_that_are_no_utf8_are_kept), cmocka_unit_test(texts_changed_and_cut_anywhere),
        cmocka_unit_test(buffers_nested_too_deep),         cmocka_unit_test(claims),
        cmocka_unit_test(a_file_that_claims_more),         cmocka_unit_test(cycles_and_shares),
        cmocka_unit_test(other_machines_and_times),
    };
    *(int *)failed = cmocka_run_group_tests(tests, make_reader, free_reader);
    return NULL;
}

/* 128 KiB for slp, and some for cmocka and printf; sanitizers need more. */
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__ || !defined __OPTIMIZE__
enum { STACK = 1 << 20 };
#else
enum { STACK = (128 + 64) << 10 };
#endif

int main(void) {
    pthread_attr_t attr;
    pthread_t t;
    int failed = 1;
    if (pthread_attr_init(&attr) || pthread_attr_setstacksize(&attr, STACK)) return 1;
    if (pthread_create(&t, &attr, run, &failed) || pthread_join(t, NULL)) return 1;
    return failed;
}
