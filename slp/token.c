#include "slp/token_p.h"

#include <string.h>

#include "slp/reader/core_p.h"

void slp_tokens_begin(slp_tokens *t, const char *text, size_t bytes) {
    *t = (slp_tokens){.next = text, .end = text + bytes, .kind = SLP_TOKEN_NONE, .at = text};
}

static slp_byte class_of(const char *p) { return (slp_byte)slp_byte_class[(unsigned char)*p]; }

static const char *skip_blanks(slp_tokens *t) {
    const char *p = t->next;
    for (t->newlines = 0; p < t->end && class_of(p) == SLP_BLANK; p++) t->newlines += *p == '\n';
    return p;
}

/* p is just after the ". A string that does not end takes all that is left. */
static const char *string_end(const char *p, const char *end) {
    while (p < end && *p != '"') p += *p == '\\' && end - p > 1 ? 2 : 1;
    return p < end ? p + 1 : end;
}

static const char *atom_end(const char *p, const char *end) {
    while (p < end && !slp_ends_atom[(unsigned char)*p]) p++;
    return p;
}

static const char *comment_end(const char *p, const char *end) {
    const char *newline = memchr(p, '\n', (size_t)(end - p));
    return newline ? newline : end;
}

bool slp_token_next(slp_tokens *t) {
    const char *p = t->at = skip_blanks(t), *end = t->end;
    if (p == end) return false;
    t->kind = SLP_TOKEN_ATOM;
    switch (class_of(p)) {
    case SLP_OPEN: t->kind = SLP_TOKEN_OPEN, t->next = p + 1; break;
    case SLP_CLOSE: t->kind = SLP_TOKEN_CLOSE, t->next = p + 1; break;
    case SLP_QUOTE: t->kind = SLP_TOKEN_QUOTE, t->next = p + 1; break;
    case SLP_COMMENT: t->kind = SLP_TOKEN_COMMENT, t->next = comment_end(p, end); break;
    case SLP_STRING: t->next = string_end(p + 1, end); break;
    case SLP_ERROR: t->next = end - p > 1 && p[1] == '"' ? string_end(p + 2, end) : atom_end(p + 1, end); break;
    default: t->next = atom_end(p + 1, end);
    }
    t->bytes = (size_t)(t->next - p);
    if (t->kind == SLP_TOKEN_COMMENT)
        while (class_of(p + t->bytes - 1) == SLP_BLANK) t->bytes--;
    return true;
}
