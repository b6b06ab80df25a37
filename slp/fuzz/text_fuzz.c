/* Any bytes as a text: both readers agree; what they accept is canonical, verified, and printed and read again the same;
 * a feed that gets it in pieces gives the same forms. */
#include <stdlib.h>
#include <string.h>

#include "slp/reader/reader_p.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define must(c) ((c) ? (void)0 : abort())

static void same(const weir_slp *s, const weir_slp *t) {
    must(weir_slp_bytes(s) == weir_slp_bytes(t) && !memcmp(s, t, weir_slp_bytes(s)));
}

static void prints_and_reads(const weir_slp *s, weir_slp_style style, weir_slp_reader *again) {
    size_t n = weir_slp_print_forms(weir_slp_root(s), style, NULL, 0);
    char *text = malloc(n + 1);
    must(weir_slp_print_forms(weir_slp_root(s), style, text, n) == n);
    const weir_slp *t = weir_slp_read(again, text, n, WEIR_SLP_ALL, NULL);
    must(t);
    same(s, t);
    free(text);
}

/* Cut where the bytes themselves say. */
static void feeds(const weir_slp *s, const char *text, size_t size) {
    weir_slp_feed *f = weir_slp_feed_new(NULL);
    const weir_slp *form;
    uint32_t forms = 0;
    for (size_t at = 0;;) {
        weir_slp_fed fed = weir_slp_feed_next(f, at == size, &form, NULL);
        must(fed != WEIR_SLP_BAD);
        if (fed == WEIR_SLP_FORM) {
            must(weir_slp_equal(weir_slp_root(form), weir_slp_at(weir_slp_root(s), forms++)));
            continue;
        }
        if (at == size) break;
        size_t n = 1 + (unsigned char)text[at] % 7;
        if (n > size - at) n = size - at;
        must(weir_slp_feed_push(f, text + at, n));
        at += n;
    }
    must(forms == weir_slp_count(weir_slp_root(s)));
    weir_slp_feed_free(f);
}

static const slp_level *level;
static bool at_once;

/* At once, or again by scalar: what can be read is read at once. */
static slp_place read_on_level(slp_assembly *a, const char *text, size_t bytes, bool one) {
    at_once = level->read(a, text, bytes, one);
    if (at_once) return (slp_place){WEIR_SLP_OK, text + bytes};
    slp_assembly_begin(a);
    return slp_reader_scalar_read(a, text, bytes, one);
}

static void on_every_level(weir_slp_reader *r, const weir_slp *s, const char *text, size_t size) {
    for (level = slp_levels; level->name; level++) {
        if (!level->here()) continue;
        const weir_slp *t = slp_read_by(read_on_level, r, text, size, WEIR_SLP_ALL, NULL);
        must(at_once == !!s && !t == !s);
        if (s) same(s, t);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static weir_slp_reader *one, *two;
    if (!one) one = weir_slp_reader_new(NULL), two = weir_slp_reader_new(NULL);
    char *text = malloc(size + 1); /* exactly as long, so that a byte too far is seen */
    memcpy(text, data, size);
    weir_slp_error e, f;
    const weir_slp *s = slp_read_by(slp_reader_simd_read, one, text, size, WEIR_SLP_ALL, &e);
    const weir_slp *t = slp_read_by(slp_reader_scalar_read, two, text, size, WEIR_SLP_ALL, &f);
    must(!s == !t);
    on_every_level(two, s, text, size);
    t = slp_read_by(slp_reader_scalar_read, two, text, size, WEIR_SLP_ALL, &f);
    if (s) {
        same(s, t);
        must(weir_slp_verify(s, weir_slp_bytes(s), NULL, &e));
        prints_and_reads(s, WEIR_SLP_CANONICAL, two);
        prints_and_reads(s, WEIR_SLP_PRETTY, two);
        feeds(s, text, size);
    } else {
        must(e.what == f.what && e.offset == f.offset && e.offset <= size && e.line >= 1 && e.column >= 1);
    }
    free(text);
    return 0;
}
