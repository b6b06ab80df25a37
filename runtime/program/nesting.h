/* nesting - whether a text that comes line by line may be whole, told by its brackets and strings alone, each byte looked at once. */
#ifndef WEIR_RUNTIME_NESTING_H
#define WEIR_RUNTIME_NESTING_H

#include <stdbool.h>
#include <stddef.h>

/* All zero: of nothing. */
typedef struct weir_nesting {
    long depth;   /* brackets that are open; below 0: too many have been closed */
    char within;  /* '"' a string, ';' a comment, 0 */
    bool escaped; /* in a string, behind a backslash */
} weir_nesting;

void weir_nesting_add(weir_nesting *n, const char *text, size_t bytes);

/* True: no reader can find it whole. */
static inline bool weir_nesting_is_open(const weir_nesting *n) { return n->depth > 0 || n->within == '"'; }

#endif
