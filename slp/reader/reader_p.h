/* reader - what a variant of the reader supplies. */
#ifndef WEIR_SLP_READER_READER_P_H
#define WEIR_SLP_READER_READER_P_H

#include "slp/reader/core_p.h"

/* Reads into an assembly that has begun: all forms, or one. */
typedef slp_place slp_read_forms(slp_assembly *a, const char *text, size_t bytes, bool one);
slp_read_forms slp_reader_simd_read, slp_reader_scalar_read;

/* What simd does on one kind of processor; the first that is here is the fastest, behind the last one is one without a name. */
typedef struct slp_level {
    const char *name;
    bool (*here)(void);
    /* As above, for texts without errors; false: there is one, or no memory. */
    bool (*read)(slp_assembly *a, const char *text, size_t bytes, bool one);
} slp_level;

extern const slp_level slp_levels[];
bool slp_reader_avx512(slp_assembly *a, const char *text, size_t bytes, bool one);
bool slp_reader_avx2(slp_assembly *a, const char *text, size_t bytes, bool one);
bool slp_reader_sse42(slp_assembly *a, const char *text, size_t bytes, bool one);

/* Whatever the text, and however short it is. */
slp_place slp_read_on(const slp_level *level, slp_assembly *a, const char *text, size_t bytes, bool one);

/* weir_slp_read by a given variant. */
const weir_slp *slp_read_by(slp_read_forms *read, weir_slp_reader *r, const char *text, size_t bytes,
                            weir_slp_extent extent, weir_slp_error *error);

#endif
