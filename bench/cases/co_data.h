/* co_data - what coroutines do in the cases co.*, the same for us and for peers, all on one thread:
 *
 *   co.yield     BENCH_CO_RING coroutines take turns; an op is one yield, after which the next one runs
 *   co.spawn     BENCH_CO_BATCH coroutines are begun, run once and end, and so on; an op is one of them, its memory included
 *   co.request   one asks, another answers word * 3, and so on; an op is a request with its answer
 *   co.message   one writes BENCH_CO_MESSAGE bytes to another; an op is one message, written and read
 *   co.memory    so many coroutines that each wait in their middle: bytes of the process that each takes
 */
#ifndef WEIR_BENCH_CASES_CO_DATA_H
#define WEIR_BENCH_CASES_CO_DATA_H

#include "bench/case.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { BENCH_CO_RING = 16, BENCH_CO_BATCH = 64, BENCH_CO_MESSAGE = 64 };

typedef struct bench_co {
    const char *variant;
    unsigned flags;
    const char *note;
    void *(*open)(void); /* NULL: failed */
    void (*close)(void *);
    /* n operations; what they counted: yields, coroutines that ran, the sum of answers, the sum of messages' first words. NULL: cannot */
    uint64_t (*yield)(void *, uint64_t n);
    uint64_t (*spawn)(void *, uint64_t n);
    uint64_t (*request)(void *, uint64_t n); /* of 1 .. n */
    uint64_t (*message)(void *, uint64_t n); /* their first words are 1 .. n */
    bool (*fill)(void *, uint64_t n);        /* n coroutines are there and wait, until close */
} bench_co;

enum bench_co_case {
    BENCH_CO_YIELD,
    BENCH_CO_SPAWN,
    BENCH_CO_REQUEST,
    BENCH_CO_MESSAGES,
    BENCH_CO_MEMORY,
    BENCH_CO_CASES
};

/* See BENCH_CO. */
void *bench_co_make(const bench_co *c);
void bench_co_register(const bench_co *c, bench_row rows[BENCH_CO_CASES], void *(*make)(const bench_params *),
                       bool chosen);

bench_dear bench_co_many(const bench_params *p); /* what co.memory takes */

/* Registers the rows of `co`, a bench_co of static storage; chosen: it is the default of its cases. */
#define BENCH_CO(co, chosen)                                       \
    static void *co##_make(const bench_params *p) {                \
        (void)p;                                                   \
        return bench_co_make(&co);                                 \
    }                                                              \
    static void __attribute__((constructor)) co##_register(void) { \
        static bench_row rows[BENCH_CO_CASES];                     \
        bench_co_register(&co, rows, co##_make, chosen);           \
    }

#ifdef __cplusplus
}
#endif
#endif
