/* child - what the children that run repetitions do. One makes the object, measures, destroys it and ends; one whose object is
 * dear (bench_row.dear) makes it, says so, and then measures as often as it is told to, until it is killed. */
#ifndef WEIR_BENCH_CHILD_H
#define WEIR_BENCH_CHILD_H

#include "bench/cell.h"

typedef struct child_order {
    const cell *of; /* as it was when the child was started; the row and the column, nothing else of it */
    double seconds;
    uint64_t seed, iterations;
} child_order;

typedef struct child_answer {
    bool failed; /* sample.error says why */
    uint64_t iterations;
    bench_sample sample;
    uint64_t moved[BENCH_THREADS_MAX];
} child_answer;

_Static_assert(sizeof(child_answer) <= 16384, "an answer is sent and received in one piece");

/* The life of a child: answers go to fd, which is a socket; orders after the first come from it. */
_Noreturn void child_main(const child_order *first, const pin_plan *pins, int fd);

#endif
