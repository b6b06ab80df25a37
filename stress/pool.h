/* pool - runs checks, several at once, until there are no more. SIGINT, SIGTERM and SIGHUP end it, and all its children. */
#ifndef WEIR_STRESS_POOL_H
#define WEIR_STRESS_POOL_H

#include "stress/child.h"

typedef struct pool {
    /* The next run: its plan, and where its outcome is to stand. False: there is none, unless one that runs ends first. */
    bool (*next)(void *context, child_plan *plan, outcome **o);
    void (*done)(void *context, outcome *o);
    double (*left)(void *context); /* seconds until the end of all, about; for the progress line */
    void *context;
    size_t finished, total; /* runs */
} pool;

/* False when it was ended by a signal, or no process could be had. May be called again for the next part of the runs. */
bool pool_run(pool *p, unsigned at_once);

int pool_signal(void); /* the signal that ended it, or 0 */

/* Processors that this process may use. */
unsigned pool_processors(void);

#endif
