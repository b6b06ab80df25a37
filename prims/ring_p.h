/* ring_p - what all bounded rings check and compute the same way. Private to prims. */
#ifndef WEIR_PRIMS_RING_P_H
#define WEIR_PRIMS_RING_P_H

#include <stddef.h>
#include <stdint.h>

#include "platform.h"
#include "status.h"

#define WEIR_RING_CAPACITY_MAX ((uint64_t)1 << 31)

static inline weir_status weir_ring_capacity_check(uint64_t capacity) {
    if (capacity == 0) return WEIR_BAD_ZERO;
    if ((capacity & (capacity - 1)) != 0) return WEIR_BAD_POWER_OF_TWO;
    return capacity > WEIR_RING_CAPACITY_MAX ? WEIR_BAD_RANGE : WEIR_OK;
}

static inline size_t weir_ring_bytes(uint64_t capacity, size_t item) {
    return weir_ring_capacity_check(capacity) == WEIR_OK ? (size_t)capacity * item : 0;
}

static inline weir_status weir_ring_check(const void *ring, uint64_t capacity, const void *block) {
    if (!ring || !block) return WEIR_BAD_NULL;
    if (((uintptr_t)ring | (uintptr_t)block) % WEIR_CACHE_LINE) return WEIR_BAD_ALIGN;
    return weir_ring_capacity_check(capacity);
}

#endif
