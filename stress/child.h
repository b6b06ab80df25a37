/* child - a run of one check in a process of its own, which ends with this one. */
#ifndef WEIR_STRESS_CHILD_H
#define WEIR_STRESS_CHILD_H

#include <poll.h>

#include "stress/outcome.h"

typedef struct child_plan {
    const check *check;
    const char *replay; /* what stands behind @ of a failure to repeat, "" for none; NULL: a run */
    const char *folder; /* for histories; NULL: none */
    uint64_t seed;
    double seconds;
    double limit; /* seconds after which it is killed */
} child_plan;

typedef struct child child;

/* NULL, after having said why, when no process can be had. The outcome is written until child_step says true. */
child *child_start(const child_plan *plan, outcome *o);

/* What to poll: two descriptors, some -1. */
void child_descriptors(const child *c, struct pollfd p[2]);

/* Takes what has been written. True when the run is over: the outcome is whole and the child is gone. */
bool child_step(child *c);

/* How far it says it is, 0 to 1, or what its time lets guess. */
double child_share(const child *c);

/* Ends it and all that it started. */
void child_kill(child *c);

/* Standard output of a program that is to end soon, "" when it cannot be run. To be freed. */
char *child_output(char *const *arguments);

double now_seconds(void); /* of the monotonic clock */

#endif
