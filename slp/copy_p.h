/* copy - a value of one buffer put into another that is being assembled. */
#ifndef WEIR_SLP_COPY_P_H
#define WEIR_SLP_COPY_P_H

#include "slp/assemble_p.h"

/* The symbols' texts stay where v has them until the assembly is finished. */
weir_slp_class slp_copy(slp_assembly *a, weir_slp_value v);

/* Room is made. A text of any bytes as a record, and the value it makes. */
weir_slp_class slp_put_text(slp_assembly *a, const char *at, size_t bytes, uint32_t tag);

#endif
