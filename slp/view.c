#include <assert.h>
#include <string.h>

#include "slp/slp.h"

int64_t weir_slp_integer_far_(weir_slp_value v) {
    int64_t i;
    assert((v.cell & WEIR_SLP_TAG_MASK) == WEIR_SLP_TAG_INTEGER);
    memcpy(&i, v.base + (v.cell >> WEIR_SLP_TAG_BITS), sizeof i);
    return i;
}

double weir_slp_real(weir_slp_value v) {
    double d;
    assert((v.cell & WEIR_SLP_TAG_MASK) == WEIR_SLP_TAG_REAL);
    memcpy(&d, v.base + (v.cell >> WEIR_SLP_TAG_BITS), sizeof d);
    return d;
}
