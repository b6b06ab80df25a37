/* steal - how every row of deque.steal is measured: an owner pushes `batch` items and then pops until it has as many or
 * there are none; threads - 1 thieves steal all the while. One op is one item that goes in and out again. Count and sum
 * of what was taken must be those of what was pushed. A failed steal that found nothing is followed by bench_retry(); one
 * that lost a race is tried again at once. */
#ifndef WEIR_BENCH_CASES_STEAL_H
#define WEIR_BENCH_CASES_STEAL_H

#include "bench/case.h"

#ifdef __cplusplus
extern "C" {
#endif

extern const bench_axis bench_axes_deque_steal[];

typedef enum bench_steal { BENCH_STOLEN, BENCH_NOTHING, BENCH_LOST } bench_steal;

/* The owner's count: it has pushed the numbers 1 .. pushed and taken back so many, with this sum. */
typedef struct bench_owner {
    uint64_t pushed, popped, sum;
} bench_owner;

/* What the owner does for so long; adds to its count, and leaves the deque empty. */
typedef void bench_own(void *deque, bench_owner *o, unsigned batch, double seconds);
typedef bench_steal bench_try_steal(void *deque, uint64_t *v);

void bench_steal_measure(void *deque, const bench_params *p, bench_sample *s, bench_own *own, bench_try_steal *steal);

/* The owner's loop, for try_ forms. `push` and `pop` are constants at each call, so they are inlined. The empty assembly
 * keeps a stack that nobody else sees in memory, where that of a scheduler would be. */
static WEIR_ALWAYS_INLINE void bench_own_try(void *deque, bench_owner *o, unsigned batch, double seconds,
                                             bool (*push)(void *, uint64_t), bool (*pop)(void *, uint64_t *)) {
    uint64_t next = o->pushed + 1, popped = 0, sum = 0, v, end = weir_now_ns() + (uint64_t)(seconds * 1e9);
    do {
        for (unsigned done = 0; done < 1024; done += batch) {
            unsigned i = 0;
            for (; i < batch && push(deque, next); i++) next++;
            __asm__ volatile("" : : : "memory");
            for (; i && pop(deque, &v); i--, popped++) sum += v;
            __asm__ volatile("" : : : "memory");
        }
    } while (weir_now_ns() < end);
    for (; pop(deque, &v); popped++) sum += v;
    o->pushed = next - 1;
    o->popped += popped;
    o->sum += sum;
}

#ifdef __cplusplus
}
#endif
#endif
