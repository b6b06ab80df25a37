/* run - measures a selection: rounds of one repetition of every cell, in random order, interleaved. */
#ifndef WEIR_BENCH_RUN_H
#define WEIR_BENCH_RUN_H

#include "bench/select.h"

typedef struct bench_plan {
    unsigned reps;
    double seconds; /* of one repetition */
    double limit;   /* kills a repetition; 0: from its length */
    double total; /* the run shortens its repetitions, and at last leaves rounds out, to end by then; 0: it need not */
    double estimate; /* seconds the run will take */
    uint64_t seed;
} bench_plan;

/* How long and how often, from the options and the number of cells. */
bench_plan run_plan(const bench_options *o, const selection *s);

/* Measures; progress goes to standard error. False when it was broken off by SIGINT, SIGTERM or SIGHUP: what has been
 * measured until then stands in the cells. Leaves no process behind. */
bool run_cells(selection *s, const bench_plan *plan, const pin_plan *pins);

#endif
