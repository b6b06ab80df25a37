/* mcast_p - what multicast rings check and compute the same way. Private to prims. */
#ifndef WEIR_PRIMS_MCAST_P_H
#define WEIR_PRIMS_MCAST_P_H

#include "ring_p.h"

#define WEIR_MCAST_READERS_MAX 1024u

static inline weir_status weir_mcast_shape_check(uint64_t capacity, unsigned readers) {
    if (readers == 0) return WEIR_BAD_ZERO;
    return readers > WEIR_MCAST_READERS_MAX ? WEIR_BAD_RANGE : weir_ring_capacity_check(capacity);
}

/* The readers first, in whole cache lines, then the items. */
static inline size_t weir_mcast_block_bytes(uint64_t capacity, unsigned readers, size_t reader) {
    return weir_mcast_shape_check(capacity, readers) ? 0
                                                     : readers * reader + weir_ring_bytes(capacity, sizeof(uint64_t));
}

static inline weir_status weir_mcast_check(const void *q, uint64_t capacity, unsigned readers, const void *block) {
    weir_status bad = weir_ring_check(q, capacity, block);
    return bad ? bad : weir_mcast_shape_check(capacity, readers);
}

#endif
