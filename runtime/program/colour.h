/* colour - values on a terminal. */
#ifndef WEIR_RUNTIME_COLOUR_H
#define WEIR_RUNTIME_COLOUR_H

#include <stdbool.h>
#include <stdio.h>

#include "slp/slp.h"

/* Whether what is written there is to be in colour: a terminal that can, and NO_COLOR is not set (no-color.org). */
bool weir_colour_wanted(FILE *to);

/* v and a line's end, in canonical form; in colour: strings, numbers, variables and errors are told apart, and nothing is written that
 * a terminal would take for more than text. False: no memory. */
bool weir_colour_value(FILE *to, weir_slp_value v, bool colour);

#endif
