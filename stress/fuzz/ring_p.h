/* ring_p - the plain model of all rings: an array that is moved up. */
#ifndef WEIR_STRESS_FUZZ_RING_P_H
#define WEIR_STRESS_FUZZ_RING_P_H

#include "stress/fuzz/fuzz.h"

enum { RING_MAX = 64, RING_BATCH = 40 };

typedef struct ring {
    uint64_t item[RING_MAX];
    size_t capacity, count;
} ring;

static inline size_t ring_smaller(size_t a, size_t b) { return a < b ? a : b; }

static inline size_t ring_push(ring *r, const uint64_t *v, size_t n) {
    n = ring_smaller(n, r->capacity - r->count);
    memcpy(r->item + r->count, v, n * sizeof *v);
    r->count += n;
    return n;
}

static inline size_t ring_pop(ring *r, uint64_t *v, size_t n) {
    n = ring_smaller(n, r->count);
    memcpy(v, r->item, n * sizeof *v);
    memmove(r->item, r->item + n, (r->count - n) * sizeof *v);
    r->count -= n;
    return n;
}

/* What a pop gave against what the model gives for as many. */
static inline bool ring_popped(ring *r, const uint64_t *got, size_t n, const char *how) {
    uint64_t want[RING_MAX];
    if (ring_pop(r, want, n) != n) return fuzz_wrong("%s gave %zu items of %zu", how, n, r->count);
    for (size_t i = 0; i < n; i++)
        if (got[i] != want[i])
            return fuzz_wrong("%s gave %lu instead of %lu as item %zu of %zu", how, got[i], want[i], i, n);
    return true;
}

#endif
