/* run - runs what was selected within the time given. */
#ifndef WEIR_STRESS_RUN_H
#define WEIR_STRESS_RUN_H

#include "stress/select.h"

/* False when it was broken off. `folder` is where failures leave histories, or NULL. */
bool run_trials(trial *trials, size_t count, const options *o, const char *folder);

/* The seed of one check: of its own for each, and the same again for the same seed of the run. */
uint64_t run_seed(uint64_t seed, const check *c);

/* Seconds after which a run of so many seconds is killed. */
double run_limit(const options *o, const check *c, double seconds);

#endif
