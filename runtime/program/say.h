/* say - what the program tells its user: results on standard output, everything else on standard error. */
#ifndef WEIR_RUNTIME_SAY_H
#define WEIR_RUNTIME_SAY_H

#include <stddef.h>
#include <stdio.h>

/* How a command ends; of several files, the worst. */
typedef enum weir_exit {
    WEIR_GOOD = 0,
    WEIR_BAD = 1,   /* a text cannot be read, or would change */
    WEIR_USAGE = 2, /* the command line is wrong, or a file cannot be read or written */
} weir_exit;

static inline weir_exit weir_worse(weir_exit a, weir_exit b) { return a > b ? a : b; }

/* "weir: " and a line on standard error; answers WEIR_USAGE. */
weir_exit weir_refuse(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same for a file: "weir: NAME: why". */
weir_exit weir_refuse_file(const char *name, const char *why);

/* Writes bytes so that a terminal only shows them: tabs and what can be printed as it is, all else as \xHH. Answers the
 * columns it takes, a tab counted as one. to: NULL only counts. */
size_t weir_show(FILE *to, const char *at, size_t bytes);

#endif
