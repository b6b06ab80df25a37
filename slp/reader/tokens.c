#include "slp/reader/tokens_p.h"

#define D SLP_THING_DIGIT
#define S SLP_THING_SIGN
const uint8_t slp_thing_of[256] = {['0'] = D,
                                   ['1'] = D,
                                   ['2'] = D,
                                   ['3'] = D,
                                   ['4'] = D,
                                   ['5'] = D,
                                   ['6'] = D,
                                   ['7'] = D,
                                   ['8'] = D,
                                   ['9'] = D,
                                   ['+'] = S,
                                   ['-'] = S,
                                   ['.'] = S,
                                   ['('] = SLP_THING_LIST,
                                   ['['] = SLP_THING_SEQUENCE,
                                   ['{'] = SLP_THING_BODY,
                                   [')'] = SLP_THING_LIST_END,
                                   [']'] = SLP_THING_SEQUENCE_END,
                                   ['}'] = SLP_THING_BODY_END,
                                   ['"'] = SLP_THING_STRING,
                                   ['\''] = SLP_THING_QUOTE,
                                   ['@'] = SLP_THING_ERROR,
                                   ['$'] = SLP_THING_VARIABLE};

#define B(n) (UINT64_MAX >> (64 - 8 * (n)))
#define ALL UINT64_MAX
const uint64_t slp_first_8[17] = {0,   B(1), B(2), B(3), B(4), B(5), B(6), B(7), ALL,
                                  ALL, ALL,  ALL,  ALL,  ALL,  ALL,  ALL,  ALL};
const uint64_t slp_second_8[17] = {0, 0, 0, 0, 0, 0, 0, 0, 0, B(1), B(2), B(3), B(4), B(5), B(6), B(7), ALL};

/* The quotes that wait, the innermost first: each has the cell before as its record. */
bool slp_pen_quoted(slp_pen *n, uint32_t at, uint32_t bytes, uint32_t tag) {
    (void)at, (void)bytes, (void)tag;
    for (uint32_t quote; (n->cell[quote = n->first - 1] & WEIR_SLP_TAG_MASK) == WEIR_SLP_TAG_QUOTE;) {
        n->unit[n->used] = n->cell[n->first];
        n->first = n->cell[quote] >> WEIR_SLP_TAG_BITS;
        n->cell[quote] = slp_cell(n->used++, WEIR_SLP_TAG_QUOTE);
        n->cells--, n->nodes++, n->deeper++;
    }
    n->waiting = false;
    return true;
}

static bool value(slp_pen *n, uint32_t cell) {
    slp_pen_value(n, cell);
    return !n->waiting || slp_pen_quoted(n, 0, 0, 0);
}

bool slp_pen_any_symbol(slp_pen *n, uint32_t at, uint32_t bytes, uint32_t tag) {
    if (bytes > n->a->limits.symbol_bytes) return false;
    return value(n, slp_cell(slp_intern(n->a, n->text + at, bytes), tag));
}

static bool escaped(slp_pen *n, uint32_t at, uint32_t tag) {
    const char *p = n->text + at, *wrong;
    uint32_t record = n->used;
    n->a->used = n->used, n->a->cells = n->cells;
    if (slp_read_escaped(n->a, &p, n->end, &wrong)) return false;
    n->unit = n->a->unit;
    if (n->unit[record]) n->used = n->a->used;
    else record = 0; /* an empty one needs none */
    return value(n, slp_cell(record, tag));
}

bool slp_pen_any_string(slp_pen *n, uint32_t at, uint32_t bytes, uint32_t tag) {
    if (!bytes) return value(n, slp_cell(0, tag));
    uint32_t units = slp_text_units(bytes), record = n->used;
    if (!slp_pen_reserve(n, SLP_CHUNK + SLP_BLOCK, units)) return false;
    if (memchr(n->text + at, '\\', bytes)) return escaped(n, at, tag);
    n->unit[record] = bytes;
    n->unit[record + units - 1] = 0; /* the padding */
    memcpy(n->unit + record + 1, n->text + at, bytes);
    n->used = record + units;
    return value(n, slp_cell(record, tag));
}

bool slp_pen_any_number(slp_pen *n, uint32_t at, uint32_t bytes, uint32_t tag) {
    (void)tag;
    const char *from = n->text + at, *to = from + bytes;
    slp_number v;
    if (!slp_number_begins(from, to)) return slp_pen_any_symbol(n, at, bytes, WEIR_SLP_TAG_SYMBOL);
    if (bytes > n->a->limits.symbol_bytes || !slp_number_read(from, to, &v)) return false;
    slp_pen_number(n, &v);
    return !n->waiting || slp_pen_quoted(n, 0, 0, 0);
}

/* Quotes perhaps, and what they quote perhaps: that may also come with the next begin. */
static bool quoted_atom(slp_pen *n, uint32_t at, uint32_t bytes) {
    const char *p = n->text + at;
    for (; bytes && *p == '\''; p++, at++, bytes--, n->waiting = true)
        if (!slp_pen_enter(n, WEIR_SLP_TAG_QUOTE)) return false;
    if (!bytes) return true;
    switch ((slp_thing)slp_thing_of[(unsigned char)*p]) {
    case SLP_THING_DIGIT:
    case SLP_THING_SIGN: return slp_pen_any_number(n, at, bytes, 0);
    case SLP_THING_ERROR: n->string = WEIR_SLP_TAG_ERROR; return bytes == 1 && p + 1 < n->end && p[1] == '"';
    case SLP_THING_VARIABLE:
        if (bytes > 1) return slp_pen_any_symbol(n, at + 1, bytes - 1, WEIR_SLP_TAG_VARIABLE);
        return slp_pen_any_symbol(n, at, bytes, WEIR_SLP_TAG_SYMBOL);
    default: return slp_pen_any_symbol(n, at, bytes, WEIR_SLP_TAG_SYMBOL);
    }
}

static bool quoted_string(slp_pen *n, uint32_t at, uint32_t bytes) {
    uint32_t tag = n->string;
    n->string = WEIR_SLP_TAG_STRING;
    return slp_pen_any_string(n, at + 1, bytes - 1, tag);
}

bool slp_pen_quotes(slp_pen *n, slp_index *x, uint32_t last) {
    for (; x->begins_taken < last; x->begins_taken++, x->ends_taken++) {
        uint32_t at = x->begin[x->begins_taken], bytes = x->end[x->ends_taken] - at;
        slp_thing is = (slp_thing)slp_thing_of[(unsigned char)n->text[at]];
        if (!n->waiting && is != SLP_THING_QUOTE) return true;
        if (is >= SLP_THING_LIST_END && is <= SLP_THING_BODY_END) return false;
        if (is >= SLP_THING_LIST && is <= SLP_THING_BODY) { /* a list begins, whose end will find the quote */
            n->waiting = false;
            return true;
        }
        if (!(is == SLP_THING_STRING ? quoted_string : quoted_atom)(n, at, bytes)) return false;
    }
    return true;
}

void slp_pen_begin(slp_pen *n, slp_assembly *a, const char *text, size_t bytes) {
    *n = (slp_pen){.a = a,
                   .text = text,
                   .end = text + bytes,
                   .near = (uintptr_t)text,
                   .used = a->used,
                   .unit = a->unit,
                   .cell = a->cell,
                   .cells = 1,
                   .first = 1,
                   .deeper = a->limits.depth,
                   .short_symbol = a->limits.symbol_bytes < 16 ? a->limits.symbol_bytes : 16,
                   .string = WEIR_SLP_TAG_STRING};
    n->cell[0] = WEIR_SLP_TAG_SMALL;
}

bool slp_pen_reserve(slp_pen *n, uint32_t bytes, uint32_t units) {
    slp_assembly *a = n->a;
    a->used = n->used, a->cells = n->cells;
    if (a->used > a->limits.bytes / 4 || !slp_reserve(a, 2 * bytes + n->cells + units, 2 * bytes) ||
        slp_room_names(a, bytes / 2))
        return false;
    n->unit = a->unit, n->cell = a->cell;
    return true;
}

bool slp_pen_end(slp_pen *n, bool one) {
    slp_assembly *a = n->a;
    if (n->first != 1 || n->cells < 2 || (one && n->cells > 2) || n->nodes >= a->limits.nodes) return false;
    a->used = n->used, a->cells = n->cells - 1, a->nodes = n->nodes;
    memmove(a->cell, a->cell + 1, a->cells * sizeof *a->cell);
    return a->used <= a->limits.bytes / 4;
}

/* The text behind `whole` in a copy that can be read further than it goes. */
enum { SLP_TAIL = 3 * SLP_BLOCK };

bool slp_two_passes(const slp_passes *by, slp_assembly *a, const char *text, size_t bytes, bool one) {
    slp_index x;
    slp_pen pen;
    char tail[SLP_TAIL];
    uint32_t n = (uint32_t)bytes, whole = n < 2 * SLP_BLOCK ? 0 : n / SLP_BLOCK * SLP_BLOCK - SLP_BLOCK, step;
    slp_index_begin(&x);
    slp_pen_begin(&pen, a, text, bytes);
    for (uint32_t at = 0; at < whole; at += step) {
        step = whole - at < SLP_CHUNK ? whole - at : SLP_CHUNK;
        by->index(&x, text + at, at, step);
        if (!slp_pen_reserve(&pen, step + SLP_BLOCK, 0)) return false;
        if (x.begins && !by->things(&pen, &x, x.begins - 1)) return false;
        slp_index_forget(&x);
    }
    memset(tail, ' ', sizeof tail);
    memcpy(tail, text + whole, n - whole);
    if (!slp_pen_reserve(&pen, 3 * SLP_BLOCK, 0)) return false;
    uint32_t left = x.begins;
    by->index(&x, tail, whole, n - whole);
    x.end[x.ends++] = n;
    if (x.before.string) return false;
    if (left && !by->things(&pen, &x, left)) return false;
    pen.near = (uintptr_t)tail - whole;
    return by->things(&pen, &x, x.begins - left) && slp_pen_end(&pen, one);
}
