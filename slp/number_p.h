/* number - integers and reals, from text and to text. */
#ifndef WEIR_SLP_NUMBER_P_H
#define WEIR_SLP_NUMBER_P_H

#include "slp/slp.h"

typedef struct slp_number {
    bool real;
    int64_t i;
    double d;
} slp_number;

/* Does an atom that begins with these bytes claim to be a number? A digit; a sign or a point before a digit, or a sign and a
 * point; or a point alone. */
bool slp_number_begins(const char *p, const char *end);

/* The whole of p .. end. Integers out of range, reals that overflow, and all that is no number: false. Correctly rounded. */
bool slp_number_read(const char *p, const char *end, slp_number *n);

enum { SLP_NUMBER_MAX = 32 };

/* Writes the text that reads back as the same, the shortest one for a real; answers its bytes. */
unsigned slp_integer_print(int64_t i, char to[SLP_NUMBER_MAX]);
unsigned slp_real_print(double d, char to[SLP_NUMBER_MAX]);

#endif
