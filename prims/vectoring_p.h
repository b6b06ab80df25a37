/* vectoring_p - what all variants of vectoring share: the op, and what init refuses. Contract: prims/vectoring.h. */
#ifndef WEIR_PRIMS_VECTORING_P_H
#define WEIR_PRIMS_VECTORING_P_H

#include <sys/uio.h>

#include "ring_p.h"
#include "wait.h"

#ifdef __cplusplus
extern "C" {
#endif

#define WEIR_VECTORING_CAPACITY_MAX ((uint32_t)1 << 29) /* positions have 30 bits */

/* What weir_vectoring_ended and weir_vectoring_closed answer: not yet, in good order, or a number of errno above 0. */
enum { WEIR_VECTORING_OPEN = -1, WEIR_VECTORING_EOF = 0 };

/* One wait for room or for bytes: weir_vectoring_op_init, then steps. */
typedef struct weir_vectoring_op {
    weir_wait wait; /* first; `at`: has announced itself */
    uint32_t want;  /* bytes to wait for, 1 at least; more than the capacity means the capacity */
} weir_vectoring_op;

static inline weir_status weir_vectoring_check(const void *v, uint64_t capacity, const void *block) {
    weir_status bad = weir_ring_check(v, capacity, block);
    return bad ? bad : capacity > WEIR_VECTORING_CAPACITY_MAX ? WEIR_BAD_RANGE : WEIR_OK;
}

static inline uint32_t weir_vectoring_want(uint32_t want, uint32_t capacity) {
    return want == 0 ? 1 : want < capacity ? want : capacity;
}

/* n bytes from `position` on, which may go round the end of the block. Returns n. */
static inline size_t weir_vectoring_view(unsigned char *block, uint32_t capacity, uint32_t position, uint32_t n,
                                         struct iovec iov[2]) {
    uint32_t at = position & (capacity - 1), first = capacity - at;
    if (first > n) first = n;
    iov[0].iov_base = block + at;
    iov[0].iov_len = first;
    iov[1].iov_base = block;
    iov[1].iov_len = n - first;
    return n;
}

#ifdef __cplusplus
}
#endif
#endif
