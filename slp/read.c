#include "slp/reader/reader_p.h"

#include <stdlib.h>

#include "slp/error_p.h"

#define B SLP_BLANK
#define N SLP_NUMBER
#define O SLP_OPEN
#define C SLP_CLOSE
const uint8_t slp_byte_class[256] = {
    ['\t'] = B,          ['\n'] = B,         ['\v'] = B, ['\f'] = B,         ['\r'] = B,        [' '] = B,
    [';'] = SLP_COMMENT, ['"'] = SLP_STRING, ['0'] = N,  ['1'] = N,          ['2'] = N,         ['3'] = N,
    ['4'] = N,           ['5'] = N,          ['6'] = N,  ['7'] = N,          ['8'] = N,         ['9'] = N,
    ['+'] = N,           ['-'] = N,          ['.'] = N,  ['('] = O,          ['['] = O,         ['{'] = O,
    [')'] = C,           [']'] = C,          ['}'] = C,  ['\''] = SLP_QUOTE, ['@'] = SLP_ERROR, ['$'] = SLP_VARIABLE};

const uint8_t slp_ends_atom[256] = {['\t'] = 1, ['\n'] = 1, ['\v'] = 1, ['\f'] = 1, ['\r'] = 1, [' '] = 1, ['('] = 1,
                                    [')'] = 1,  ['['] = 1,  [']'] = 1,  ['{'] = 1,  ['}'] = 1,  ['"'] = 1, [';'] = 1};

static int hex(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte that the escape at *p (behind its \) stands for, and steps over it; -1: no such escape. */
static int escape(const char **p, const char *end) {
    char c = *(*p)++;
    if (c == 'n') return '\n';
    if (c == 'r') return '\r';
    if (c == 't') return '\t';
    if (c == '"' || c == '\\') return c;
    if (c != 'x' || end - *p < 2) return -1;
    int high = hex((*p)[0]), low = hex((*p)[1]);
    *p += 2;
    return high < 0 || low < 0 ? -1 : high << 4 | low;
}

weir_slp_class slp_read_escaped(slp_assembly *a, const char **from, const char *end, const char **wrong) {
    const char *p = *from, *close = p;
    while (close < end && *close != '"') close += *close == '\\' ? 2 : 1;
    if (close >= end) return WEIR_SLP_UNCLOSED;
    weir_slp_class bad = slp_room(a, slp_text_units((uint32_t)(close - p)));
    if (bad) return bad;
    unsigned char *to = (unsigned char *)(a->unit + a->used + 1), *begin = to;
    while (p < close) {
        if (*p != '\\') {
            *to++ = (unsigned char)*p++;
            continue;
        }
        *wrong = p++;
        int byte = escape(&p, close);
        if (byte < 0) return WEIR_SLP_ESCAPE;
        *to++ = (unsigned char)byte;
    }
    uint32_t bytes = (uint32_t)(to - begin);
    a->unit[a->used] = bytes;
    a->used += slp_text_units(bytes);
    while (to < (unsigned char *)(a->unit + a->used)) *to++ = 0;
    *from = close + 1;
    return WEIR_SLP_OK;
}

struct weir_slp_reader {
    slp_assembly a;
};

weir_slp_reader *weir_slp_reader_new(const weir_slp_limits *limits) {
    weir_slp_reader *r = malloc(sizeof *r);
    if (r && !slp_assembly_init(&r->a, limits)) {
        free(r);
        r = NULL;
    }
    return r;
}

void weir_slp_reader_free(weir_slp_reader *r) {
    if (!r) return;
    slp_assembly_free(&r->a);
    free(r);
}

/* The forms become the items of a body round them all, which is no bracket, so it does not count as depth. */
static weir_slp_class embrace(slp_assembly *a) {
    a->frame[1] = (slp_frame){WEIR_SLP_TAG_BODY, 0, 0};
    a->depth = 1;
    return slp_leave(a);
}

const weir_slp *slp_read_by(slp_read_forms *read, weir_slp_reader *r, const char *text, size_t bytes,
                            weir_slp_extent extent, weir_slp_error *error) {
    slp_assembly *a = &r->a;
    const weir_slp *s = NULL;
    if (!text) text = ""; /* so that an error has a place, whatever a caller has for no bytes */
    slp_assembly_begin(a);
    if (bytes > a->limits.bytes) {
        slp_error_set(error, WEIR_SLP_SIZE, text, a->limits.bytes, a->limits.bytes);
        return NULL;
    }
    slp_place end = read(a, text, bytes, extent == WEIR_SLP_ONE);
    if (!end.what && extent == WEIR_SLP_ALL) end.what = embrace(a);
    if (!end.what) end.what = slp_assembly_finish(a, &s);
    if (end.what) slp_error_set(error, end.what, text, (size_t)(end.at - text), a->hit);
    return s;
}

#define READ_(variant) slp_reader_##variant##_read
#define READ(variant) READ_(variant)

const weir_slp *weir_slp_read(weir_slp_reader *r, const char *text, size_t bytes, weir_slp_extent extent,
                              weir_slp_error *error) {
    return slp_read_by(READ(WEIR_READER), r, text, bytes, extent, error);
}
