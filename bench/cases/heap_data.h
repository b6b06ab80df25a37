/* heap_data - the trace of heap.alloc, the same for every allocator: BENCH_HEAP_ARRAYS arrays are there at any time; an op frees one of
 * them, any, and takes another. Each is marked at both ends, and looked at before it is freed, so that two which overlap make the row
 * `wrong`. Sizes, by mix: small - 16 to 512 bytes; mixed - 16 to 8192, each power of two as often as the others. */
#ifndef WEIR_BENCH_CASES_HEAP_DATA_H
#define WEIR_BENCH_CASES_HEAP_DATA_H

#include "bench/case.h"

enum { BENCH_HEAP_ARRAYS = 256, BENCH_HEAP_OPS = 65536, BENCH_HEAP_MOST = 8192 };

extern const bench_axis bench_axes_heap_alloc[];

typedef struct bench_heap_op {
    uint32_t slot, size;
} bench_heap_op;

typedef struct bench_heap_slot {
    uint64_t *at;
    uint64_t words;
} bench_heap_slot;

typedef struct bench_heap {
    bench_heap_op trace[BENCH_HEAP_OPS];
    bench_heap_slot slot[BENCH_HEAP_ARRAYS];
    uint64_t wrong, refused;
} bench_heap;

bench_heap *bench_heap_new(const bench_params *p); /* NULL: no memory */
bool bench_heap_supports(const bench_params *p);

/* Calls `replace` for all of the trace, until the time is over. */
typedef void bench_heap_round(void *allocator, bench_heap *h);
void bench_heap_measure(void *allocator, bench_heap *h, const bench_params *p, bench_sample *s,
                        bench_heap_round *round);

/* The whole trace. `take` and `give` are constants at each call, so they are inlined. */
static WEIR_ALWAYS_INLINE void bench_heap_play(void *allocator, bench_heap *h, void *(*take)(void *, size_t),
                                               void (*give)(void *, void *)) {
    for (uint32_t i = 0; i < BENCH_HEAP_OPS; i++) {
        const bench_heap_op *op = &h->trace[i];
        bench_heap_slot *s = &h->slot[op->slot];
        if (s->at) {
            h->wrong += s->at[0] != op->slot || s->at[s->words - 1] != op->slot;
            give(allocator, s->at);
        }
        s->words = op->size / sizeof *s->at;
        s->at = take(allocator, op->size);
        if (WEIR_LIKELY(s->at != NULL)) s->at[0] = s->at[s->words - 1] = op->slot;
        else h->refused++;
    }
}

#endif
