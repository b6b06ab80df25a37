/* reader - what a variant of the reader supplies. */
#ifndef WEIR_SLP_READER_READER_P_H
#define WEIR_SLP_READER_READER_P_H

#include "slp/reader/core_p.h"

/* Reads into an assembly that has begun: all forms, or one. */
slp_place slp_reader_simd_read(slp_assembly *a, const char *text, size_t bytes, bool one);
slp_place slp_reader_scalar_read(slp_assembly *a, const char *text, size_t bytes, bool one);

#endif
