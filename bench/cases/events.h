/* events - our schedulers as whatever runs the events of runner.h, of order_data.h, and of sched.filter. Used through sched/sched.h alone, the
 * variant chosen by name when a scheduler is opened. */
#ifndef WEIR_BENCH_CASES_EVENTS_H
#define WEIR_BENCH_CASES_EVENTS_H

#include "bench/cases/order_data.h"
#include "bench/cases/runner.h"
#include "sched/sched.h"

/* bench_runner.open and what it can do. */
void *bench_events_open(const bench_runner *self, bench_graph *g, unsigned threads, bool outside);
void bench_events_close(void *runner);
void bench_events_flat(void *runner);
void bench_events_spawn(void *runner);
void bench_events_source(void *runner);
void bench_events_graph(void *runner);
void bench_events_named(void *runner);
void bench_events_at(void *runner, uint32_t i);
void bench_events_quiet(void *runner);

#define BENCH_EVENTS(name, row_flags, row_note, in_order, row_most)                                                   \
    {                                                                                                                 \
        .variant = name, .serial = true, .ordered = in_order, .flags = row_flags, .note = row_note, .most = row_most, \
        .open = bench_events_open, .close = bench_events_close, .flat = bench_events_flat,                            \
        .spawn = bench_events_spawn, .source = bench_events_source, .graph = bench_events_graph,                      \
        .at = bench_events_at, .quiet = bench_events_quiet                                                            \
    }

/* Says why and ends the child, so that its cell is `failed`. */
void bench_events_must(weir_sched_status status, const char *what);

/* A scheduler whose `threads` threads run events; with one, which need not be free for others, the thread that waits. */
weir_sched *bench_events_sched(const char *variant, const char *filter, unsigned threads, bool outside);

#endif
