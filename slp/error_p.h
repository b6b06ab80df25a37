/* error - filling in weir_slp_error. */
#ifndef WEIR_SLP_ERROR_P_H
#define WEIR_SLP_ERROR_P_H

#include "slp/slp.h"

/* text: NULL when the offset is one into a buffer. error may be NULL. */
void slp_error_set(weir_slp_error *error, weir_slp_class what, const char *text, size_t offset, uint32_t limit);

#endif
