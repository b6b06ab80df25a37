/* sched.independent, dag, chain, latency: schedulers without an order; one row a variant. */
#include <string.h>

#include "bench/cases/events.h"
#include "prims/variant.h"

static const bench_runner pool = BENCH_EVENTS(WEIR_STRING(WEIR_POOL), 0, NULL, false, 0);
BENCH_RUNNER(pool, WEIR_CHOSEN && !strcmp(WEIR_STRING(WEIR_SCHED), "pool"))
