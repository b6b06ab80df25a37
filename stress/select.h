/* select - which checks, or which seeded bugs, the options mean. */
#ifndef WEIR_STRESS_SELECT_H
#define WEIR_STRESS_SELECT_H

#include "stress/catalog.h"
#include "stress/options.h"
#include "stress/outcome.h"

typedef struct trial { /* a check that is to be run, and what came of it */
    const check *check;
    bool started;
    outcome outcome;
} trial;

/* 0, or EXIT_USAGE after having said what is wrong and what there is. */
int select_checks(const options *o, const catalog *c, trial **trials, size_t *count);
int select_bugs(const options *o, const catalog *c, const bug ***bugs, size_t *count);

#endif
