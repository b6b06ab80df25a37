/* axis - the names that columns are made of, and how a value of each is written into the parameters of a cell. */
#ifndef WEIR_BENCH_AXIS_H
#define WEIR_BENCH_AXIS_H

#include "bench/case.h"

enum { BENCH_THREADS_MAX = 512, AXIS_COUNT = 14, AXIS_VALUE_MAX = 24, AXES_MAX = 6 };

/* All axis names, in the order of DESIGN; each is an option of `bench run`. */
extern const char *const axis_names[AXIS_COUNT];

/* Index in axis_names, or -1. */
int axis_index(const char *name);

/* True when values of this axis are whole numbers (and so are in JSON). */
bool axis_is_number(int axis);

/* Writes the value into p. False: it means nothing; `why`, of `bytes`, then says what is wrong and what is possible. */
bool axis_apply(bench_params *p, int axis, const char *value, char *why, size_t bytes);

/* True for a mix of reads and writes, "95r5w": any of this form may be asked for. */
bool axis_is_read_write(const char *mix);

/* Copies the next value of a list, with commas or semicolons between them, and advances *list; false at the end. An empty value is a
 * value. */
bool axis_next(const char **list, char value[AXIS_VALUE_MAX]);

#endif
