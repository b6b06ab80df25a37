/* text - histories as files that a person can read and change, and as columns.
 *
 *     weir history 1
 *     queue capacity=2 empty=early full=strict
 *     # thread, invoked, returned, operation -> result
 *     0 1 4 push 7 -> ok
 *     1 2 3 pop -> again
 *     1 3 - pop -> ?
 *
 * returned `-`: not yet; such an operation may have taken effect or not. Result `?`: not known. Each thread's operations stand in
 * program order and do not overlap, but for those of a batch, which share one interval. */
#ifndef WEIR_STRESS_LIN_TEXT_H
#define WEIR_STRESS_LIN_TEXT_H

#include <stdio.h>

#include "stress/lin/spec.h"

/* False when a write failed; errno says why. */
bool lin_write(FILE *to, const lin_history *h);

/* Where a text is wrong. */
typedef struct lin_mistake {
    unsigned line; /* 0: the file as a whole */
    char what[120];
} lin_mistake;

/* False when the text is no history; then *mistake says what is wrong, and where. */
bool lin_read(FILE *from, lin_history *h, lin_mistake *mistake);

/* The same by a file's name: also when it cannot be opened. */
bool lin_load(const char *path, lin_history *h, lin_mistake *mistake);

/* "push 7 -> ok", as in the file. */
enum { LIN_TEXT = 160 };
void lin_describe(const lin_spec *spec, const lin_op *op, char text[LIN_TEXT]);
void lin_describe_spec(const lin_history *h, char text[LIN_TEXT]);

/* The history as a column a thread, time going down, line by line; operation `marked` is pointed at. */
void lin_columns(const lin_history *h, unsigned marked, void (*line)(const char *text));

#endif
