/* kv_team - threads that all do the same, for the cases kv.*: bound as --pin says, timed from the first that begins to the last that
 * ends. */
#ifndef WEIR_BENCH_CASES_KV_TEAM_H
#define WEIR_BENCH_CASES_KV_TEAM_H

#include "bench/case.h"

/* A team of p->threads. All of these run on the threads; each gets the team's arg and its index. */
typedef struct kv_team {
    void *arg;
    bool (*enter)(void *arg, unsigned index);
    void (*warm)(void *arg, unsigned index); /* NULL: none; untimed, a tenth of the time */
    void (*work)(void *arg, unsigned index);
    void (*leave)(void *arg, unsigned index);
    weir_a32 *stop; /* set after the time of the repetition; NULL: the work ends by itself */
} kv_team;

/* Adds wall and processor time to the sample. False: it says why. */
bool kv_team_run(const kv_team *t, const bench_params *p, bench_sample *s);

#endif
