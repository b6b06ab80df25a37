/* idset_p - what the exact sets check and compute the same way. Private to prims. */
#ifndef WEIR_PRIMS_IDSET_P_H
#define WEIR_PRIMS_IDSET_P_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "platform.h"
#include "status.h"

#define WEIR_IDSET_CAPACITY_MAX ((uint64_t)1 << 36) /* 8 GiB of bits */
#define WEIR_IDSET_NONE UINT64_MAX

static inline weir_status weir_idset_capacity_check(uint64_t capacity) {
    if (capacity == 0) return WEIR_BAD_ZERO;
    return capacity > WEIR_IDSET_CAPACITY_MAX ? WEIR_BAD_RANGE : WEIR_OK;
}

static inline uint64_t weir_idset_words(uint64_t capacity) { return (capacity + 63) / 64; }

/* In whole cache lines; 0 when refused. */
static inline size_t weir_idset_block_bytes(uint64_t capacity) {
    uint64_t line = WEIR_CACHE_LINE;
    if (weir_idset_capacity_check(capacity)) return 0;
    return (size_t)((weir_idset_words(capacity) * 8 + line - 1) / line * line);
}

static inline weir_status weir_idset_check(const void *s, size_t align, uint64_t capacity, const void *block) {
    if (!s || !block) return WEIR_BAD_NULL;
    if ((uintptr_t)s % align || (uintptr_t)block % WEIR_CACHE_LINE) return WEIR_BAD_ALIGN;
    return weir_idset_capacity_check(capacity);
}

static inline uint64_t weir_idset_bit(uint64_t id) { return (uint64_t)1 << (id & 63); }

#endif
