/* stats - what --stats and --slow show of a runtime. */
#ifndef WEIR_RUNTIME_STATS_H
#define WEIR_RUNTIME_STATS_H

#include <stdio.h>

#include "runtime/weir.h"

/* A table: commands, operations of the store, events, handlers, with quantiles of their samples; then all else that is not 0. False:
 * no memory. */
bool weir_stats_show(FILE *to, weir_runtime *runtime);

/* What was slow, the oldest first, a line each. False: no memory. */
bool weir_slow_show(FILE *to, weir_runtime *runtime);

#endif
