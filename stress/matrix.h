/* matrix - the ladder: its rungs, and which of them each kind must have. The one place that says so. */
#ifndef WEIR_STRESS_MATRIX_H
#define WEIR_STRESS_MATRIX_H

#include <stdbool.h>
#include <stddef.h>

typedef struct matrix_rung {
    const char *name;
    bool alone;        /* its checks have more threads than processors, so one runs at a time */
    bool ends_itself;  /* its engine ends what cannot go on, so a check that does not end is only slow */
    double weight;     /* of one check, when time is shared out */
    const char *finds; /* one line */
} matrix_rung;

enum { RUNGS = 8 };
extern const matrix_rung matrix_rungs[RUNGS];

typedef struct matrix_kind {
    const char *name;
    const char *stands_on;     /* the kind of prims whose variants these are */
    const char *rungs;         /* that every variant must have, between blanks */
    const char *more, *if_has; /* and these, if the variant has the trait */
} matrix_kind;

extern const matrix_kind matrix_kinds[];
extern const size_t matrix_kind_count;

/* Index of the rung, or -1. */
int matrix_rung_index(const char *name);

const matrix_kind *matrix_kind_find(const char *name); /* or NULL */

/* Whether a variant of this kind (NULL: none that we know) with these traits must have the rung. */
bool matrix_asks(const matrix_kind *kind, const char *traits, int rung);

#endif
