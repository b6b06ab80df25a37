/* runner - whatever runs events, ours or a library's, as the cases sched.independent, dag, chain, latency and filter see it.
 *
 * An operation is one event, from its submission to its end; a round is all events of a graph. Timed: telling the runner of each event
 * (filling in an event, making a closure, building the graph where one must be built) and waiting until all have ended. Not timed:
 * starting threads, memory that the caller owns (spawn: it keeps a list of events to use again), the check after each round. `threads`
 * threads run events; where the submitting thread is one of them depends on how:
 *
 *   flat     one event submits all others
 *   spawn    each event submits two others, until there are n
 *   source   a thread that is none of the `threads` submits all
 *   graph    one event submits all, with their dependencies
 *   named    a thread that is none of the `threads` submits all in the order of the graph, each with the names of its dependencies
 *   latency  a thread that is none of the `threads` submits one event at each due time */
#ifndef WEIR_BENCH_CASES_RUNNER_H
#define WEIR_BENCH_CASES_RUNNER_H

#include "bench/cases/graph.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct bench_runner bench_runner;
struct bench_runner {
    const char *variant;
    unsigned flags;
    const char *note;
    bool by_hand;  /* has no dependencies: graphs are counted down in the events, and its contract is weaker there */
    bool forward;  /* an event may name a dependency that comes after it */
    bool serial;   /* events may have serial parts */
    bool ordered;  /* which run in the order of submission */
    uint32_t most; /* events that it can be given, for those that get slower with each; 0: any number */
    /* Starts the threads; NULL: failed. The graph stays until close. `outside`: events come from a thread that runs none. */
    void *(*open)(const bench_runner *self, bench_graph *g, unsigned threads, bool outside);
    void (*close)(void *runner);
    /* A round, whole. NULL: it cannot. */
    void (*flat)(void *runner);
    void (*spawn)(void *runner);
    void (*source)(void *runner);
    void (*graph)(void *runner);
    void (*named)(void *runner);
    /* Submits node i now, and returns at once; waits until all have ended. NULL: it cannot. */
    void (*at)(void *runner, uint32_t i);
    void (*quiet)(void *runner);
};

enum bench_runner_case { BENCH_INDEPENDENT, BENCH_DAG, BENCH_CHAIN, BENCH_FILTER, BENCH_LATENCY, BENCH_RUNNER_CASES };

/* See BENCH_RUNNER. */
void *bench_runner_make(const bench_runner *self, enum bench_runner_case c, const bench_params *p);
bool bench_runner_supports(const bench_runner *self, enum bench_runner_case c, const bench_params *p);
void bench_runner_register(const bench_runner *self, bench_row rows[BENCH_RUNNER_CASES],
                           void *(*const make[BENCH_RUNNER_CASES])(const bench_params *),
                           bool (*const supports[BENCH_RUNNER_CASES])(const bench_params *), bool chosen);

#define BENCH_RUNNER_CASE(runner, name, c)                                                                \
    static void *runner##_make_##name(const bench_params *p) { return bench_runner_make(&runner, c, p); } \
    static bool runner##_supports_##name(const bench_params *p) { return bench_runner_supports(&runner, c, p); }

/* Registers the rows of `runner`, a bench_runner of static storage; chosen: it is the default of its cases. */
#define BENCH_RUNNER(runner, chosen)                                                                                   \
    BENCH_RUNNER_CASE(runner, independent, BENCH_INDEPENDENT)                                                          \
    BENCH_RUNNER_CASE(runner, dag, BENCH_DAG)                                                                          \
    BENCH_RUNNER_CASE(runner, chain, BENCH_CHAIN)                                                                      \
    BENCH_RUNNER_CASE(runner, filter, BENCH_FILTER)                                                                    \
    BENCH_RUNNER_CASE(runner, latency, BENCH_LATENCY)                                                                  \
    static void __attribute__((constructor)) runner##_register(void) {                                                 \
        static bench_row rows[BENCH_RUNNER_CASES];                                                                     \
        static void *(*const make[])(const bench_params *) = {runner##_make_independent, runner##_make_dag,            \
                                                              runner##_make_chain, runner##_make_filter,               \
                                                              runner##_make_latency};                                  \
        static bool (*const supports[])(const bench_params *) = {runner##_supports_independent, runner##_supports_dag, \
                                                                 runner##_supports_chain, runner##_supports_filter,    \
                                                                 runner##_supports_latency};                           \
        bench_runner_register(&runner, rows, make, supports, chosen);                                                  \
    }

#ifdef __cplusplus
}
#endif
#endif
