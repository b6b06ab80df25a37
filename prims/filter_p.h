/* filter_p - what all filters check and compute the same way: geometry, and one hash of an id. Private to prims. */
#ifndef WEIR_PRIMS_FILTER_P_H
#define WEIR_PRIMS_FILTER_P_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "platform.h"
#include "status.h"

#define WEIR_FILTER_BITS_PER_KEY_MAX 64u
#define WEIR_FILTER_BITS_MAX ((uint64_t)1 << 32) /* so that 32 bits of hash reach every bit */

static inline weir_status weir_filter_geometry_check(uint64_t keys, unsigned bits_per_key) {
    if (keys == 0 || bits_per_key == 0) return WEIR_BAD_ZERO;
    if (bits_per_key > WEIR_FILTER_BITS_PER_KEY_MAX) return WEIR_BAD_RANGE;
    return keys > WEIR_FILTER_BITS_MAX / bits_per_key ? WEIR_BAD_RANGE : WEIR_OK;
}

/* Bits for this geometry, in whole cache lines; 0 when refused. */
static inline uint64_t weir_filter_bits(uint64_t keys, unsigned bits_per_key) {
    uint64_t line = 8 * WEIR_CACHE_LINE;
    if (weir_filter_geometry_check(keys, bits_per_key)) return 0;
    return (keys * bits_per_key + line - 1) / line * line;
}

static inline weir_status weir_filter_check(const void *f, uint64_t keys, unsigned bits_per_key, const void *block) {
    if (!f || !block) return WEIR_BAD_NULL;
    if ((uintptr_t)f % sizeof(uint64_t) || (uintptr_t)block % WEIR_CACHE_LINE) return WEIR_BAD_ALIGN;
    return weir_filter_geometry_check(keys, bits_per_key);
}

/* A bijection of 64 bits in which every bit of the id reaches every bit of the result, so that dense, strided and
 * packed ids are as good as random ones (degski's 64-bit mixer: two rounds, one constant). */
static inline uint64_t weir_filter_mix(uint64_t x) {
    x = (x ^ x >> 32) * 0xd6e8feb86659fd93u;
    x = (x ^ x >> 32) * 0xd6e8feb86659fd93u;
    return x ^ x >> 32;
}

/* The seed as a filter keeps it. Mixed, because seeds 1 and 2 would only swap dense ids among themselves. */
static inline uint64_t weir_filter_seed(uint64_t seed) { return weir_filter_mix(seed + 0x9e3779b97f4a7c15u); }

/* The high half of the hash chooses a place, the low bits what is set there. `seed` is weir_filter_seed's. */
static inline uint64_t weir_filter_hash(uint64_t id, uint64_t seed) { return weir_filter_mix(id ^ seed); }

/* A place in [0, n) from 32 bits of hash: a multiplication instead of a division, for any n up to 2^32. */
static inline uint64_t weir_filter_pick(uint32_t h, uint64_t n) { return h * n >> 32; }

/* ln 2 * bits, the number of probes with the fewest false positives when bits are spread over the whole filter. */
static inline unsigned weir_filter_probes(unsigned bits_per_key) {
    unsigned k = (bits_per_key * 693 + 500) / 1000;
    return k ? k : 1;
}

/* The i-th of these probes in [0, n): double hashing with the two halves. */
static inline uint64_t weir_filter_probe(uint64_t hash, unsigned i, uint64_t n) {
    return weir_filter_pick((uint32_t)(hash >> 32) + i * ((uint32_t)hash | 1), n);
}

/* Bits only ever appear, so that a word which already has them needs no locked write, and no cache line changes hands.
 * */
static inline void weir_filter_set(weir_a64 *word, uint64_t mask) {
    if ((weir_a64_load(word) & mask) != mask) weir_a64_or(word, mask);
}

/* The same where nobody else writes. */
static inline void weir_filter_set_sp(weir_a64 *word, uint64_t mask) {
    weir_a64_store(word, weir_a64_load(word) | mask);
}

#endif
