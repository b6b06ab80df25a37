#include <string.h>

#include "slp/number_p.h"
#include "slp/walk_p.h"

enum { LINE = 100, STEP = 2 }; /* columns of a line, and of an indentation, when pretty */

typedef struct out {
    char *to;
    size_t room, n;
    size_t line; /* where the present line began */
} out;

/* Short texts are copied as two words that overlap. */
static void copy_short(char *to, const char *p, size_t bytes) {
    if (bytes >= 8) {
        uint64_t first, last;
        memcpy(&first, p, 8);
        memcpy(&last, p + bytes - 8, 8);
        memcpy(to, &first, 8);
        memcpy(to + bytes - 8, &last, 8);
    } else if (bytes >= 4) {
        uint32_t first, last;
        memcpy(&first, p, 4);
        memcpy(&last, p + bytes - 4, 4);
        memcpy(to, &first, 4);
        memcpy(to + bytes - 4, &last, 4);
    } else if (bytes) {
        to[0] = p[0], to[bytes / 2] = p[bytes / 2], to[bytes - 1] = p[bytes - 1];
    }
}

static void put(out *o, const char *p, size_t bytes) {
    if (o->n + bytes > o->room) {
        if (o->n < o->room) memcpy(o->to + o->n, p, o->room - o->n);
    } else if (bytes <= 16) {
        copy_short(o->to + o->n, p, bytes);
    } else {
        memcpy(o->to + o->n, p, bytes);
    }
    o->n += bytes;
}

static void put_byte(out *o, char c) {
    if (o->n < o->room) o->to[o->n] = c;
    o->n++;
}

/* In a string these are written as escapes: bytes below a blank, " \ and the last control. */
static bool plain(unsigned char c) { return c >= ' ' && c != '"' && c != '\\' && c != 127; }

static void put_escape(out *o, unsigned char c) {
    static const char digits[] = "0123456789abcdef";
    char e[4] = {'\\', 'x', digits[c >> 4], digits[c & 15]};
    switch (c) {
    case '"': e[1] = '"'; break;
    case '\\': e[1] = '\\'; break;
    case '\n': e[1] = 'n'; break;
    case '\r': e[1] = 'r'; break;
    case '\t': e[1] = 't'; break;
    default: put(o, e, 4); return;
    }
    put(o, e, 2);
}

/* Is one of 8 bytes not plain? Bytes above 127 are let through by the last step. */
static bool plain_8(const char *p) {
    const uint64_t ones = 0x0101010101010101u, tops = ones << 7;
    uint64_t w, quote, slash, last;
    memcpy(&w, p, 8);
    quote = w ^ ones * '"', slash = w ^ ones * '\\', last = w ^ ones * 127;
    uint64_t low = (w - ones * ' ') & ~w,
             zero = ((quote - ones) & ~quote) | ((slash - ones) & ~slash) | ((last - ones) & ~last);
    return !((low | zero) & tops);
}

static void put_string(out *o, weir_slp_text t) {
    put_byte(o, '"');
    for (uint32_t i = 0; i < t.bytes;) {
        uint32_t begin = i;
        while (t.bytes - i >= 8 && plain_8(t.at + i)) i += 8;
        while (i < t.bytes && plain((unsigned char)t.at[i])) i++;
        put(o, t.at + begin, i - begin);
        if (i < t.bytes) put_escape(o, (unsigned char)t.at[i++]);
    }
    put_byte(o, '"');
}

/* At once at its place, when there is room for any number. */
static void put_number(out *o, weir_slp_value v) {
    char number[SLP_NUMBER_MAX], *to = o->room - o->n >= SLP_NUMBER_MAX && o->room > o->n ? o->to + o->n : number;
    unsigned n = weir_slp_type_of(v) == WEIR_SLP_REAL ? slp_real_print(weir_slp_real(v), to)
                                                      : slp_integer_print(weir_slp_integer(v), to);
    if (to == number) put(o, number, n);
    else o->n += n;
}

static void put_atom(out *o, weir_slp_value v) {
    switch (weir_slp_type_of(v)) {
    case WEIR_SLP_INTEGER:
    case WEIR_SLP_REAL: put_number(o, v); break;
    case WEIR_SLP_ERROR: put_byte(o, '@'); /* fall through */
    case WEIR_SLP_STRING: put_string(o, weir_slp_text_of(v)); break;
    case WEIR_SLP_QUOTE: put_byte(o, '\''); break;
    case WEIR_SLP_VARIABLE: put_byte(o, '$'); /* fall through */
    default: {
        weir_slp_text t = weir_slp_text_of(v);
        put(o, t.at, t.bytes);
    }
    }
}

static char opener(uint32_t cell) { return "([{"[(cell & WEIR_SLP_TAG_MASK) - WEIR_SLP_TAG_LIST]; }
static char closer(uint32_t cell) { return ")]}"[(cell & WEIR_SLP_TAG_MASK) - WEIR_SLP_TAG_LIST]; }

/* Does v on one line take at most `most` bytes? Looks no further than that. */
static bool fits(weir_slp_value v, size_t most) {
    out o = {NULL, 0, 0, 0};
    slp_walk w;
    bool quoted = false;
    for (slp_walk_begin(&w, v); slp_walk_next(&w) && o.n <= most;) {
        if (w.event == SLP_WALK_LEAVE) {
            o.n++;
            continue;
        }
        if (!w.first && !quoted) o.n++;
        quoted = weir_slp_type_of(w.value) == WEIR_SLP_QUOTE;
        if (slp_is_list(w.value.cell)) o.n++;
        else put_atom(&o, w.value);
        if (slp_is_list(w.value.cell) || quoted) slp_walk_enter(&w);
    }
    return o.n <= most;
}

static void new_line(out *o, uint32_t depth) {
    put_byte(o, '\n');
    o->line = o->n;
    for (uint32_t i = 0; i < depth * STEP; i++) put_byte(o, ' ');
}

typedef struct page { /* how the lists that are open are laid out */
    weir_slp_style style;
    bool forms; /* the outermost is a text: no brackets, a line each */
    bool broken[SLP_WALK_DEPTH];
} page;

/* What stands before a value. */
static void put_gap(out *o, const slp_walk *w, const page *p) {
    if (w->depth == 0 || w->first) return;
    if (p->broken[w->depth - 1]) new_line(o, w->depth - (p->forms ? 1 : 0));
    else put_byte(o, ' ');
}

static void put_opener(out *o, slp_walk *w, page *p) {
    bool text = p->forms && w->depth == 0, list = slp_is_list(w->value.cell);
    if (list) {
        size_t column = o->n - o->line, room = column < LINE ? LINE - column : 0;
        p->broken[w->depth] = text || (p->style == WEIR_SLP_PRETTY && !fits(w->value, room));
        if (!text) put_byte(o, opener(w->value.cell));
    } else {
        put_atom(o, w->value);
    }
    if (list || weir_slp_type_of(w->value) == WEIR_SLP_QUOTE) slp_walk_enter(w);
}

static size_t print(weir_slp_value v, weir_slp_style style, bool forms, char *to, size_t room) {
    out o = {to, room, 0, 0};
    page p = {.style = style, .forms = forms};
    slp_walk w;
    bool quoted = false;
    for (slp_walk_begin(&w, v); slp_walk_next(&w);) {
        if (w.event == SLP_WALK_LEAVE) {
            if (w.depth || !forms) put_byte(&o, closer(w.value.cell));
            else if (weir_slp_count(w.value)) put_byte(&o, '\n');
            continue;
        }
        if (!quoted) put_gap(&o, &w, &p);
        quoted = weir_slp_type_of(w.value) == WEIR_SLP_QUOTE;
        put_opener(&o, &w, &p);
    }
    return o.n;
}

size_t weir_slp_print(weir_slp_value v, weir_slp_style style, char *to, size_t room) {
    return print(v, style, false, to, room);
}

size_t weir_slp_print_forms(weir_slp_value v, weir_slp_style style, char *to, size_t room) {
    return print(v, style, true, to, room);
}
