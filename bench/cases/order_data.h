/* order_data - the events of sched.sortphase, and how whatever runs them in the order of their keys is timed and checked.
 *
 * A round is n events that do nothing but look whether it is their turn: they come in one after the other, and run serially in the
 * order of their keys, which they have at hand. mix `plain`: all come from outside; `children`: each of the first half submits another when it runs. Timed: from
 * the first that comes in to the end of the last, filling in included; memory and threads are there before.
 * Keys, by order: random - 32 bits; sorted90 - 32 bits, nine tenths in order and then a tenth that is not. */
#ifndef WEIR_BENCH_CASES_ORDER_DATA_H
#define WEIR_BENCH_CASES_ORDER_DATA_H

#include "bench/case.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct bench_order {
    uint32_t n, first; /* events of a round; that come from outside: the others are children, first + i that of i */
    uint64_t *key;
    uint32_t taken, early;    /* ran; ran before one with a lower key */
    uint64_t last, sum, fold; /* fold: of the keys, as they were when they ran, with their events */
    uint64_t expected;        /* the same of `key` */
} bench_order;

static inline uint64_t bench_order_fold(uint32_t i, uint64_t key) { return key * (2 * (uint64_t)i + 1); }

/* Event i, serially; its key from where it was scheduled by it: a look at o->key[i] would be a cache miss that is nobody's. */
static inline void bench_order_take(bench_order *o, uint32_t i, uint64_t key) {
    o->early += key < o->last;
    o->last = key;
    o->sum += (uint64_t)i * i;
    o->fold += bench_order_fold(i, key);
    o->taken++;
}

/* Whether event i has a child, whose number is o->first + i. */
static inline bool bench_order_has_child(const bench_order *o, uint32_t i) { return i < o->n - o->first; }

typedef struct bench_sorter {
    const char *variant;
    unsigned flags;
    const char *note;
    bool alone, childless; /* cannot use a second thread; cannot take events once it runs */
    uint32_t most;         /* events of a round; 0: any number */
    void *(*open)(const char *variant, bench_order *o, unsigned threads); /* NULL: failed */
    void (*close)(void *sorter);
    void (*run)(void *sorter); /* a round */
} bench_sorter;

/* See BENCH_SORTER. */
void *bench_sorter_make(const bench_sorter *s, const bench_params *p);
bool bench_sorter_supports(const bench_sorter *s, const bench_params *p);
void bench_sorter_register(const bench_sorter *s, bench_row *row, void *(*make)(const bench_params *),
                           bool (*supports)(const bench_params *), bool chosen);

/* Registers the row of `sorter`, a bench_sorter of static storage; chosen: it is the default of its case. */
#define BENCH_SORTER(sorter, chosen)                                                                   \
    static void *sorter##_make(const bench_params *p) { return bench_sorter_make(&sorter, p); }        \
    static bool sorter##_supports(const bench_params *p) { return bench_sorter_supports(&sorter, p); } \
    static void __attribute__((constructor)) sorter##_register(void) {                                 \
        static bench_row row;                                                                          \
        bench_sorter_register(&sorter, &row, sorter##_make, sorter##_supports, chosen);                \
    }

#ifdef __cplusplus
}
#endif
#endif
