/* graph - what the events of sched.independent, sched.dag, sched.chain and sched.latency do, the same for us and for peers.
 *
 * Node i computes a value from those of its dependencies, all of which have lower numbers, and from the salt of the round. So the check
 * afterwards finds a node that did not run, one that ran twice, and one that ran before a dependency of it had ended.
 * A graph is given as it is known before anything runs: to each node its dependencies, and, for those who count them down by hand, to
 * each node its dependents. */
#ifndef WEIR_BENCH_CASES_GRAPH_H
#define WEIR_BENCH_CASES_GRAPH_H

#include "bench/case.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { BENCH_GRAPH_DEPS = 2 };
#define BENCH_NO_NODE UINT32_MAX

typedef struct bench_node {
    uint64_t value;
    uint32_t runs, spare;
} bench_node;

typedef struct bench_graph {
    uint32_t n, nroots;
    uint32_t (*dep)[BENCH_GRAPH_DEPS]; /* of each node; BENCH_NO_NODE behind the last */
    uint32_t *first, *dependents;      /* those of node i: dependents[first[i]] .. dependents[first[i + 1] - 1] */
    uint32_t *roots;                   /* nodes without dependencies */
    uint32_t *order;                   /* sched.filter: in which the nodes are submitted */
    bool shuffled;
    bool data;                   /* each node has a serial part as well */
    uint32_t served, disordered; /* serial parts that ran; that did not run after that of the node before */
    bench_node *node;
    uint64_t salt;       /* of this round */
    uint32_t rounds;     /* begun so far */
    uint64_t *due, *end; /* sched.latency: when node i should begin, and when it did; else NULL */
} bench_graph;

typedef enum bench_graph_kind {
    BENCH_GRAPH_NONE,   /* no dependencies */
    BENCH_GRAPH_TREE,   /* node i has the children 2i+1 and 2i+2: for those who spawn */
    BENCH_GRAPH_CHAIN,  /* each depends on the one before */
    BENCH_GRAPH_CHAINS, /* chains of 8 */
    BENCH_GRAPH_RANDOM  /* each on two of all before, or on as many as there are */
} bench_graph_kind;

/* NULL: no memory. The same seed gives the same graph. */
bench_graph *bench_graph_new(bench_graph_kind kind, uint32_t n, uint64_t seed);
void bench_graph_free(bench_graph *g);

/* Fills in `order`: as they are numbered, or shuffled. */
bool bench_graph_line_up(bench_graph *g, bool shuffled, uint64_t seed);

void bench_graph_begin(bench_graph *g); /* a round; nothing runs */

/* After a round. False: s says what is wrong. */
bool bench_graph_check(const bench_graph *g, bench_sample *s);

static inline unsigned bench_node_deps(const bench_graph *g, uint32_t i) {
    return g->dep[i][0] == BENCH_NO_NODE ? 0 : g->dep[i][1] == BENCH_NO_NODE ? 1 : 2;
}

static inline uint64_t bench_node_value(const bench_graph *g, uint32_t i) {
    uint64_t v = g->salt + i;
    for (int k = 0; k < BENCH_GRAPH_DEPS && g->dep[i][k] != BENCH_NO_NODE; k++)
        v += g->node[g->dep[i][k]].value * 0x9e3779b97f4a7c15u;
    return v * 0xbf58476d1ce4e5b9u;
}

/* The event. */
static inline void bench_node_run(bench_graph *g, uint32_t i) {
    if (g->end) g->end[i] = weir_now_ns();
    g->node[i].value = bench_node_value(g, i);
    g->node[i].runs++;
}

/* Its serial part. */
static inline void bench_node_serve(bench_graph *g, uint32_t i) { g->disordered += g->served++ % g->n != i; }

#ifdef __cplusplus
}
#endif
#endif
