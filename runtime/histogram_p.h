/* histogram - how often which value came, in buckets that grow with the value: 32 for each power of two.
 *
 * A bucket holds the values above its lower end up to its upper end, so powers of two are upper ends, and `at most 2^k` is a
 * number of whole buckets. Up to 64 each value has a bucket of its own (0 lies with 1); beyond 2^40 all lie in the last. What is
 * said of a value is its bucket's upper end: at most 1/32 above it.
 * Threads     any may record at any time, by relaxed additions. Who reads meanwhile sees a sample or does not; the number of
 *             samples is the sum of the buckets, so it always fits them.
 * Source      G. Tene, HdrHistogram.
 */
#ifndef WEIR_RUNTIME_HISTOGRAM_P_H
#define WEIR_RUNTIME_HISTOGRAM_P_H

#include "prims/atomic.h"
#include "runtime/weir.h"

enum {
    WEIR_HISTOGRAM_BITS = 5, /* of a value's position within its power of two */
    WEIR_HISTOGRAM_TOP = 40,
    WEIR_HISTOGRAM_EXACT = 2 << WEIR_HISTOGRAM_BITS,
    WEIR_HISTOGRAM_BUCKETS =
        WEIR_HISTOGRAM_EXACT + ((WEIR_HISTOGRAM_TOP - WEIR_HISTOGRAM_BITS - 1) << WEIR_HISTOGRAM_BITS)
};

struct weir_histogram {
    weir_a64 sum, max;
    weir_a64 bucket[WEIR_HISTOGRAM_BUCKETS];
};

static inline uint32_t weir_histogram_bucket(uint64_t v) {
    v -= v > 0;
    if (v < WEIR_HISTOGRAM_EXACT) return (uint32_t)v;
    uint32_t power = 63 - (uint32_t)__builtin_clzll(v);
    if (power >= WEIR_HISTOGRAM_TOP) return WEIR_HISTOGRAM_BUCKETS - 1;
    uint32_t shift = power - WEIR_HISTOGRAM_BITS; /* of which there is one bucket for each 2^shift values */
    return (shift << WEIR_HISTOGRAM_BITS) + (uint32_t)(v >> shift);
}

/* The largest value that bucket i < BUCKETS - 1 holds. */
static inline uint64_t weir_histogram_upper(uint32_t i) {
    if (i < WEIR_HISTOGRAM_EXACT) return i + 1;
    uint32_t shift = (i >> WEIR_HISTOGRAM_BITS) - 1;
    return (uint64_t)((i & ((1u << WEIR_HISTOGRAM_BITS) - 1)) + (1u << WEIR_HISTOGRAM_BITS) + 1) << shift;
}

#endif
