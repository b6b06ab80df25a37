/* Lays out the tokens of a text by the rules of WEIR_SLP_PRETTY (print.c; a test compares the two). What was typed decides
 * two things only: whether a comment stands behind something or on a line of its own, and where there are blank lines. Both
 * are the same in what is written, so formatting that again changes nothing. */
#include <string.h>

#include "slp/slp.h"
#include "slp/token_p.h"

enum { LINE = 100, STEP = 2 }; /* columns of a line, and of an indentation */

typedef struct page {
    char *to;
    size_t room, n;
    size_t line; /* where the present line began; one that begins within a string matters to no list */
    uint32_t depth;
    bool broken[WEIR_SLP_DEPTH_MAX + 1]; /* of the lists that are open, which; the first is the text itself */
} page;

static void put(page *p, const char *at, size_t bytes) {
    if (p->n < p->room) memcpy(p->to + p->n, at, bytes < p->room - p->n ? bytes : p->room - p->n);
    p->n += bytes;
}

static void new_line(page *p) {
    put(p, "\n", 1);
    p->line = p->n;
    for (uint32_t i = 0; i < p->depth; i++) put(p, "  ", STEP);
}

static bool hugs_next(slp_token kind) { return kind == SLP_TOKEN_OPEN || kind == SLP_TOKEN_QUOTE; }

/* Does the list whose opener t is at take at most `most` bytes on one line? Looks no further than that. */
static bool fits(slp_tokens t, size_t most) {
    size_t columns = 0;
    uint32_t open = 0;
    bool hugs = true;
    do {
        if (t.kind == SLP_TOKEN_COMMENT) return false;
        if (!hugs && t.kind != SLP_TOKEN_CLOSE) columns++;
        columns += t.bytes;
        open += t.kind == SLP_TOKEN_OPEN;
        open -= t.kind == SLP_TOKEN_CLOSE;
        hugs = hugs_next(t.kind);
    } while (open && columns <= most && slp_token_next(&t));
    return columns <= most;
}

/* What stands before a token that is not the first. */
static void put_gap(page *p, slp_token last, const slp_tokens *t) {
    bool comment = t->kind == SLP_TOKEN_COMMENT, hugs = hugs_next(last) || t->kind == SLP_TOKEN_CLOSE;
    bool breaks = comment ? t->newlines > 0 : last == SLP_TOKEN_COMMENT || (!hugs && p->broken[p->depth]);
    if (breaks) {
        if (t->newlines > 1 && !hugs) put(p, "\n", 1);
        new_line(p);
    } else if (comment || !hugs) {
        put(p, " ", 1);
    }
}

static void enter(page *p, const slp_tokens *t) {
    size_t column = p->n - p->line;
    if (p->depth < WEIR_SLP_DEPTH_MAX) p->broken[++p->depth] = !fits(*t, column < LINE ? LINE - column : 0);
}

size_t weir_slp_fmt(const char *text, size_t bytes, char *to, size_t room) {
    page p = {.to = to, .room = room, .broken = {true}};
    slp_token last = SLP_TOKEN_NONE;
    slp_tokens t;
    if (!text) text = ""; /* of no bytes */
    for (slp_tokens_begin(&t, text, bytes); slp_token_next(&t); last = t.kind) {
        if (t.kind == SLP_TOKEN_CLOSE && p.depth) p.depth--; /* first: alone on a line it stands where its list began */
        if (last != SLP_TOKEN_NONE) put_gap(&p, last, &t);
        if (t.kind == SLP_TOKEN_OPEN) enter(&p, &t);
        put(&p, t.at, t.bytes);
    }
    if (p.n) put(&p, "\n", 1);
    return p.n;
}
