/* batch - the whole loop of a thread for rings that move several items in one call. One producer and one consumer only:
 * a second consumer's BENCH_LAST could stand in the first one's block, and only the last item of a block is looked at. */
#ifndef WEIR_BENCH_CASES_BATCH_H
#define WEIR_BENCH_CASES_BATCH_H

#include "bench/case.h"

#ifdef __cplusplus
extern "C" {
#endif

#define BENCH_BATCH_MAX 256u

/* Both move up to n items and return how many; 0 is a failed try. */
typedef size_t bench_push_n(void *q, const uint64_t *from, size_t n);
typedef size_t bench_pop_n(void *q, uint64_t *to, size_t n);

static WEIR_ALWAYS_INLINE void bench_push_block(void *q, bench_push_n *push, const uint64_t *block, size_t n) {
    for (size_t done = 0; done < n;) {
        size_t got = push(q, block + done, n - done);
        if (!got) bench_retry();
        done += got;
    }
}

/* True when BENCH_LAST stood in the block. */
static inline bool bench_take_block(bench_worker *w, const uint64_t *block, size_t n) {
    bool last = block[n - 1] == BENCH_LAST;
    uint64_t sum = 0;
    n -= last;
    for (size_t i = 0; i < n; i++) sum += block[i];
    w->items += n;
    w->sum += sum;
    return last;
}

static WEIR_ALWAYS_INLINE void bench_team_batch(bench_worker *w, bench_push_n *push, bench_pop_n *pop) {
    uint64_t block[BENCH_BATCH_MAX];
    size_t batch = w->params->batch < BENCH_BATCH_MAX ? w->params->batch : BENCH_BATCH_MAX;
    if (w->producer) {
        while (!weir_a32_load(w->stop)) {
            for (size_t i = 0; i < batch; i++) block[i] = bench_value(w, w->items + i);
            bench_push_block(w->object, push, block, batch);
            bench_take_block(w, block, batch);
        }
    } else {
        for (;;) {
            size_t n;
            while (!(n = pop(w->object, block, batch))) bench_retry();
            if (bench_take_block(w, block, n)) return;
        }
    }
}

#ifdef __cplusplus
}
#endif
#endif
