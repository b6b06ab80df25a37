/* A scanner that knows only brackets, strings, comments and where atoms end finds out when a form is whole; the reader then
 * reads that form. The scanner remembers where it is, so each byte is scanned once, however the text is cut. Brackets are
 * counted and not matched here: the reader says what is wrong with a form, and where. */
#include <stdlib.h>
#include <string.h>

#include "slp/error_p.h"
#include "slp/reader/core_p.h"

typedef enum state { BETWEEN, ATOM, STRING, ESCAPE, COMMENT } state;

struct weir_slp_feed {
    weir_slp_reader *reader;
    weir_slp_limits limits;
    char *text;        /* what is pending */
    size_t used, room; /* bytes in it */
    size_t taken;      /* of these, bytes of forms that were given out */
    size_t scanned;    /* up to here the scanner has come */
    state state;
    uint32_t depth;        /* open brackets */
    bool begun;            /* something of a form is between taken and scanned */
    uint32_t line, column; /* of the byte at `taken`, from 1 */
    uint64_t offset;       /* of the byte at `taken` */
    bool bad;
    weir_slp_error error;
};

weir_slp_feed *weir_slp_feed_new(const weir_slp_limits *limits) {
    weir_slp_feed *f = calloc(1, sizeof *f);
    if (!f) return NULL;
    f->limits = limits ? *limits : weir_slp_limits_default();
    f->line = f->column = 1;
    f->reader = weir_slp_reader_new(&f->limits);
    if (f->reader) return f;
    free(f);
    return NULL;
}

void weir_slp_feed_free(weir_slp_feed *f) {
    if (!f) return;
    weir_slp_reader_free(f->reader);
    free(f->text);
    free(f);
}

/* Moves what is pending to the front, once what was taken is as long: however pushes and forms take turns, no byte is moved
 * more than once for one that was taken. */
static void forget(weir_slp_feed *f) {
    if (!f->taken || f->taken < f->used - f->taken) return;
    memmove(f->text, f->text + f->taken, f->used - f->taken);
    f->used -= f->taken;
    f->scanned -= f->taken;
    f->taken = 0;
}

bool weir_slp_feed_push(weir_slp_feed *f, const char *text, size_t bytes) {
    if (bytes > f->limits.bytes || f->used - f->taken > f->limits.bytes - bytes) return false;
    forget(f);
    if (f->room - f->used < bytes) {
        size_t room = f->room ? f->room : 256;
        while (room - f->used < bytes) room *= 2;
        char *p = realloc(f->text, room);
        if (!p) return false;
        f->text = p;
        f->room = room;
    }
    if (bytes) memcpy(f->text + f->used, text, bytes);
    f->used += bytes;
    return true;
}

/* One byte. True: a form ends before it (*before) or with it. */
static bool step(weir_slp_feed *f, unsigned char c, bool *before) {
    *before = false;
    switch (f->state) {
    case STRING:
        if (c == '\\') f->state = ESCAPE;
        if (c != '"') return false;
        f->state = BETWEEN;
        return f->depth == 0;
    case ESCAPE: f->state = STRING; return false;
    case COMMENT:
        if (c == '\n') f->state = BETWEEN;
        return false;
    case ATOM:
        if (!slp_ends_atom[c]) return false;
        f->state = BETWEEN;
        if (f->depth == 0) return *before = true;
        break;
    case BETWEEN: break;
    }
    switch (slp_byte_class[c]) {
    case SLP_BLANK: return false;
    case SLP_COMMENT: f->state = COMMENT; return false;
    case SLP_QUOTE:
    case SLP_ERROR: f->begun = true; return false;
    case SLP_STRING: f->begun = true, f->state = STRING; return false;
    case SLP_OPEN: f->begun = true, f->depth++; return false;
    case SLP_CLOSE:
        f->begun = true;
        if (f->depth) f->depth--;
        return f->depth == 0;
    default: f->begun = true, f->state = ATOM; return false;
    }
}

static void advance(weir_slp_feed *f, size_t to) {
    for (; f->taken < to; f->taken++, f->offset++) {
        f->column++;
        if (f->text[f->taken] == '\n') f->line++, f->column = 1;
    }
    f->begun = false;
}

/* Positions within the form become positions within all that was pushed. */
static weir_slp_fed fail(weir_slp_feed *f, weir_slp_error *error) {
    weir_slp_error *e = &f->error;
    e->offset += (uint32_t)f->offset;
    if (e->line == 1) e->column += f->column - 1;
    e->line += f->line - 1;
    f->bad = true;
    if (error) *error = *e;
    return WEIR_SLP_BAD;
}

/* The form from taken to `end`. */
static weir_slp_fed read_form(weir_slp_feed *f, size_t end, const weir_slp **form, weir_slp_error *error) {
    *form = weir_slp_read(f->reader, f->text + f->taken, end - f->taken, WEIR_SLP_ONE, &f->error);
    if (!*form) return fail(f, error);
    advance(f, end);
    return WEIR_SLP_FORM;
}

weir_slp_fed weir_slp_feed_next(weir_slp_feed *f, bool ended, const weir_slp **form, weir_slp_error *error) {
    if (f->bad) {
        if (error) *error = f->error;
        return WEIR_SLP_BAD;
    }
    while (f->scanned < f->used) {
        bool before;
        bool whole = step(f, (unsigned char)f->text[f->scanned], &before);
        if (whole && before) return read_form(f, f->scanned, form, error);
        f->scanned++;
        if (whole) return read_form(f, f->scanned, form, error);
    }
    if (ended && f->begun) return read_form(f, f->used, form, error);
    if (!f->begun && f->state == BETWEEN) advance(f, f->scanned); /* blanks and comments need not be kept */
    return WEIR_SLP_MORE;
}
