/* reader - what a variant of the reader supplies. */
#ifndef WEIR_SLP_READER_READER_P_H
#define WEIR_SLP_READER_READER_P_H

#include "slp/reader/core_p.h"

/* Reads into an assembly that has begun: all forms, or one. */
typedef slp_place slp_read_forms(slp_assembly *a, const char *text, size_t bytes, bool one);
slp_read_forms slp_reader_simd_read, slp_reader_scalar_read;

/* weir_slp_read by a given variant. */
const weir_slp *slp_read_by(slp_read_forms *read, weir_slp_reader *r, const char *text, size_t bytes,
                            weir_slp_extent extent, weir_slp_error *error);

#endif
