/* token - a text cut into brackets, quotes, atoms and comments, none of them looked into: for what works on texts as they
 * were typed. Any bytes at all are cut; only of a text that can be read do the tokens mean something. */
#ifndef WEIR_SLP_TOKEN_P_H
#define WEIR_SLP_TOKEN_P_H

#include <stdbool.h>
#include <stddef.h>

typedef enum slp_token {
    SLP_TOKEN_NONE, /* before the first */
    SLP_TOKEN_OPEN,
    SLP_TOKEN_CLOSE,
    SLP_TOKEN_QUOTE,
    SLP_TOKEN_ATOM,   /* also strings and error values */
    SLP_TOKEN_COMMENT /* without its newline, and without blanks before that */
} slp_token;

typedef struct slp_tokens {
    const char *next, *end; /* what is left of the text */
    slp_token kind;         /* the token: what, */
    const char *at;         /* where, */
    size_t bytes;           /* how long, */
    size_t newlines;        /* and how many newlines stand between it and the one before */
} slp_tokens;

void slp_tokens_begin(slp_tokens *t, const char *text, size_t bytes);
bool slp_token_next(slp_tokens *t); /* false: the text has ended */

#endif
