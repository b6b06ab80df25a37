#include "bench/cases/graph.h"

#include <stdio.h>
#include <stdlib.h>

static uint64_t next_random(uint64_t *state) { /* splitmix64; go/sched.go has the same, for the same graphs */
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static void name_deps(uint32_t dep[BENCH_GRAPH_DEPS], bench_graph_kind kind, uint32_t i, uint64_t *state) {
    dep[0] = dep[1] = BENCH_NO_NODE;
    if (i == 0) return;
    switch (kind) {
    case BENCH_GRAPH_NONE: break;
    case BENCH_GRAPH_TREE: dep[0] = (i - 1) / 2; break;
    case BENCH_GRAPH_CHAIN: dep[0] = i - 1; break;
    case BENCH_GRAPH_CHAINS: dep[0] = i % 8 ? i - 1 : BENCH_NO_NODE; break;
    case BENCH_GRAPH_RANDOM:
        dep[0] = (uint32_t)(next_random(state) % i);
        if (i > 1) dep[1] = (dep[0] + 1 + (uint32_t)(next_random(state) % (i - 1))) % i; /* another one */
    }
}

/* The dependencies turned round: counted, summed up, filled in from behind. */
static void turn_round(bench_graph *g) {
    for (uint32_t i = 0; i < g->n; i++) {
        if (!bench_node_deps(g, i)) g->roots[g->nroots++] = i;
        for (unsigned k = 0; k < bench_node_deps(g, i); k++) g->first[g->dep[i][k]]++;
    }
    for (uint32_t i = 1; i <= g->n; i++) g->first[i] += g->first[i - 1];
    for (uint32_t i = g->n; i-- > 0;)
        for (unsigned k = 0; k < bench_node_deps(g, i); k++) g->dependents[--g->first[g->dep[i][k]]] = i;
}

bench_graph *bench_graph_new(bench_graph_kind kind, uint32_t n, uint64_t seed) {
    bench_graph *g = calloc(1, sizeof *g);
    if (!g) return NULL;
    g->n = n;
    g->dep = calloc(n, sizeof *g->dep);
    g->first = calloc((size_t)n + 1, sizeof *g->first);
    g->dependents = calloc((size_t)n * BENCH_GRAPH_DEPS, sizeof *g->dependents);
    g->roots = calloc(n, sizeof *g->roots);
    g->node = calloc(n, sizeof *g->node);
    if (!g->dep || !g->first || !g->dependents || !g->roots || !g->node) return bench_graph_free(g), NULL;
    for (uint32_t i = 0; i < n; i++) name_deps(g->dep[i], kind, i, &seed);
    turn_round(g);
    return g;
}

void bench_graph_free(bench_graph *g) {
    free(g->dep);
    free(g->first);
    free(g->dependents);
    free(g->roots);
    free(g->order);
    free(g->node);
    free(g->due);
    free(g->end);
    free(g);
}

bool bench_graph_line_up(bench_graph *g, bool shuffled, uint64_t seed) {
    g->order = malloc(g->n * sizeof *g->order);
    g->shuffled = shuffled;
    if (!g->order) return false;
    for (uint32_t i = 0; i < g->n; i++) {
        uint32_t k = shuffled ? (uint32_t)(next_random(&seed) % (i + 1)) : i;
        if (k < i) g->order[i] = g->order[k];
        g->order[k] = i;
    }
    return true;
}

void bench_graph_begin(bench_graph *g) { g->salt = ++g->rounds * 0x94d049bb133111ebu; }

static bool is_served(const bench_graph *g, bench_sample *s) {
    if (!g->data || g->served == g->rounds * g->n) return true;
    s->wrong = true;
    snprintf(s->error, sizeof s->error, "%u serial parts of %u events ran in %u rounds", g->served, g->n, g->rounds);
    return false;
}

bool bench_graph_check(const bench_graph *g, bench_sample *s) {
    if (!is_served(g, s)) return false;
    for (uint32_t i = 0; i < g->n && !s->wrong; i++) {
        const bench_node *node = &g->node[i];
        if (node->runs == g->rounds && node->value == bench_node_value(g, i)) continue;
        s->wrong = true;
        snprintf(s->error, sizeof s->error, "event %u of %u %s", i, g->n,
                 node->runs < g->rounds   ? "did not run"
                 : node->runs > g->rounds ? "ran twice"
                                          : "ran before one that it depends on");
    }
    return !s->wrong;
}
