/* core - what both readers know of bytes. */
#ifndef WEIR_SLP_READER_CORE_P_H
#define WEIR_SLP_READER_CORE_P_H

#include "slp/assemble_p.h"

typedef enum slp_byte { /* what a byte begins */
                        SLP_SYMBOL,
                        SLP_BLANK,
                        SLP_COMMENT,
                        SLP_STRING,
                        SLP_NUMBER, /* perhaps: digits, signs, the point */
                        SLP_OPEN,
                        SLP_CLOSE,
                        SLP_QUOTE,
                        SLP_ERROR,
                        SLP_VARIABLE
} slp_byte;

extern const uint8_t slp_byte_class[256];

/* Does this byte end an atom? */
extern const uint8_t slp_ends_atom[256];

typedef struct slp_place { /* where reading stopped, and why */
    weir_slp_class what;
    const char *at;
} slp_place;

/* Reads from p, just after the opening ", to the closing one, which *end becomes the place behind. */
weir_slp_class slp_read_escaped(slp_assembly *a, const char **p, const char *end, const char **wrong);

#define SLP_INLINE static inline __attribute__((always_inline))

#endif
