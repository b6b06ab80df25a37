/* complain - an error in a text, with the place in it. */
#ifndef WEIR_RUNTIME_COMPLAIN_H
#define WEIR_RUNTIME_COMPLAIN_H

#include "slp/slp.h"

/* On standard error: `name:line:column: message`, the line of the text and below it a caret. The message names the limit
 * that was hit, and the option that sets it. */
void weir_complain(const char *name, const char *text, size_t bytes, const weir_slp_error *e);

#endif
