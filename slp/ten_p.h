/* ten - powers of ten as 128 bits: what reading and printing of reals multiply by. */
#ifndef WEIR_SLP_TEN_P_H
#define WEIR_SLP_TEN_P_H

#include <stdint.h>

enum { SLP_TEN_MIN = -342, SLP_TEN_MAX = 324 };

typedef struct slp_ten {
    uint64_t high, low;
} slp_ten;

/* The 128 leading bits of 10^e, the first of them set; what follows is cut off, which is nothing for e from 0 to 55. */
slp_ten slp_ten_to(int e);

/* 2^(this) <= 10^e < 2^(this + 1) */
static inline int slp_ten_log2(int e) { return (e * 217706) >> 16; }

#endif
