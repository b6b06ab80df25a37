/* sched.filter: what stands before the exact look at a named dependency, with and without an order; `maybe` never spares one. Beside them
 * phase, which looks at the dependencies of all again after each event. */
#include "bench/cases/events.h"

#define FILTER(name, filter, row_flags, any_order)                             \
    static const bench_runner name##_##filter = {.variant = #name "." #filter, \
                                                 .flags = row_flags,           \
                                                 .forward = any_order,         \
                                                 .open = bench_events_open,    \
                                                 .close = bench_events_close,  \
                                                 .named = bench_events_named}; \
    BENCH_RUNNER(name##_##filter, false)

#define FILTERS(name, any_order)         \
    FILTER(name, idset, 0, any_order)    \
    FILTER(name, block, 0, any_order)    \
    FILTER(name, word, 0, any_order)     \
    FILTER(name, classic, 0, any_order)  \
    FILTER(name, counting, 0, any_order) \
    FILTER(name, none, 0, any_order)     \
    FILTER(name, maybe, BENCH_CONTROL, any_order)

FILTERS(counters, false)
FILTERS(epoch, true)
FILTER(phase, block, BENCH_CONTROL, true)
