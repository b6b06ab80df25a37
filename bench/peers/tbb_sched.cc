// oneTBB: a task_group whose tasks count their dependents down, and a flow graph of continue_nodes. Each in an arena of its own with as
// many threads as the column has; the calling thread is one of them, but for `outside`.
#include <oneapi/tbb/flow_graph.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>
#include <oneapi/tbb/task_group.h>

#include <atomic>
#include <deque>
#include <memory>
#include <new>

#include "bench/cases/runner.h"

namespace {
namespace tbb = oneapi::tbb;

struct threads {
    tbb::global_control limit;
    tbb::task_arena arena;
    threads(unsigned n, bool outside)
        : limit(tbb::global_control::max_allowed_parallelism, n + outside), arena(static_cast<int>(n + outside), 1) {}
};

// ---- task_group ----

struct tasks : threads {
    bench_graph *g;
    tbb::task_group group;
    std::unique_ptr<std::atomic<uint32_t>[]> unmet;
    tasks(bench_graph *graph, unsigned n, bool outside)
        : threads(n, outside), g(graph), unmet(new std::atomic<uint32_t>[graph->n]) {}

    void spawn(uint32_t i) {
        bench_node_run(g, i);
        if (2 * i + 1 < g->n) group.run([=] { spawn(2 * i + 1); });
        if (2 * i + 2 < g->n) group.run([=] { spawn(2 * i + 2); });
    }

    // The first dependent that is ready follows at once.
    void count_down(uint32_t i) {
        while (i != BENCH_NO_NODE) {
            uint32_t next = BENCH_NO_NODE;
            bench_node_run(g, i);
            for (uint32_t k = g->first[i]; k < g->first[i + 1]; k++) {
                uint32_t d = g->dependents[k];
                if (unmet[d].fetch_sub(1, std::memory_order_acq_rel) != 1) continue;
                if (next == BENCH_NO_NODE) next = d;
                else group.run([=] { count_down(d); });
            }
            i = next;
        }
    }
};

tasks *of(void *o) { return static_cast<tasks *>(o); }

void *tasks_open(const bench_runner *, bench_graph *g, unsigned n, bool outside) { return new tasks(g, n, outside); }
void tasks_close(void *o) { delete of(o); }

void tasks_flat(void *o) {
    tasks *t = of(o);
    t->arena.execute([=] {
        for (uint32_t i = 0; i < t->g->n; i++) t->group.run([=] { bench_node_run(t->g, i); });
        t->group.wait();
    });
}
void tasks_spawn(void *o) {
    tasks *t = of(o);
    t->arena.execute([=] { t->group.run_and_wait([=] { t->spawn(0); }); });
}
void tasks_at(void *o, uint32_t i) {
    tasks *t = of(o);
    t->arena.enqueue(t->group.defer([=] { bench_node_run(t->g, i); }));
}
void tasks_quiet(void *o) {
    tasks *t = of(o);
    t->arena.execute([=] { t->group.wait(); });
}
void tasks_source(void *o) {
    for (uint32_t i = 0; i < of(o)->g->n; i++) tasks_at(o, i);
    tasks_quiet(o);
}
void tasks_graph(void *o) {
    tasks *t = of(o);
    const bench_graph *g = t->g;
    for (uint32_t i = 0; i < g->n; i++) t->unmet[i].store(bench_node_deps(g, i), std::memory_order_relaxed);
    t->arena.execute([=] {
        for (uint32_t i = 0; i < g->nroots; i++) t->group.run([=] { t->count_down(g->roots[i]); });
        t->group.wait();
    });
}

const bench_runner group = {.variant = "peer.tbb_tasks",
                            .flags = BENCH_PEER,
                            .note = "task_group; graphs are counted down by hand",
                            .by_hand = true,
                            .forward = false,
                            .serial = false,
                            .ordered = false,
                            .most = 0,
                            .open = tasks_open,
                            .close = tasks_close,
                            .flat = tasks_flat,
                            .spawn = tasks_spawn,
                            .source = tasks_source,
                            .graph = tasks_graph,
                            .named = nullptr,
                            .at = tasks_at,
                            .quiet = tasks_quiet};
BENCH_RUNNER(group, false)

// ---- flow graph ----

struct flow : threads {
    using node = tbb::flow::continue_node<tbb::flow::continue_msg>;
    bench_graph *g;
    std::unique_ptr<tbb::flow::graph> graph;
    std::deque<node> nodes;
    flow(bench_graph *of, unsigned n, bool outside) : threads(n, outside), g(of) {}

    void build() { // in the arena, which the graph takes for its own
        graph.reset(new tbb::flow::graph);
        for (uint32_t i = 0; i < g->n; i++) {
            nodes.emplace_back(*graph, [this, i](const tbb::flow::continue_msg &) { bench_node_run(g, i); });
            for (unsigned k = 0; k < bench_node_deps(g, i); k++) tbb::flow::make_edge(nodes[g->dep[i][k]], nodes[i]);
        }
    }
    void run() {
        for (uint32_t i = 0; i < g->nroots; i++) nodes[g->roots[i]].try_put(tbb::flow::continue_msg());
        graph->wait_for_all();
    }
    void clear() {
        nodes.clear();
        graph.reset();
    }
};

flow *flow_of(void *o) { return static_cast<flow *>(o); }

void *flow_open(const bench_runner *, bench_graph *g, unsigned n, bool outside) { return new flow(g, n, outside); }
void flow_close(void *o) {
    flow_of(o)->clear();
    delete flow_of(o);
}
void flow_graph(void *o) {
    flow_of(o)->arena.execute([=] {
        flow_of(o)->build();
        flow_of(o)->run();
        flow_of(o)->clear();
    });
}
void *built_open(const bench_runner *self, bench_graph *g, unsigned n, bool outside) {
    void *o = flow_open(self, g, n, outside);
    flow_of(o)->arena.execute([=] { flow_of(o)->build(); });
    return o;
}
void built_graph(void *o) {
    flow_of(o)->arena.execute([=] { flow_of(o)->run(); });
}

const bench_runner built_each_time = {.variant = "peer.tbb_flow",
                                      .flags = BENCH_PEER,
                                      .note = "flow graph of continue_nodes, built for each round",
                                      .by_hand = false,
                                      .forward = false,
                                      .serial = false,
                                      .ordered = false,
                                      .most = 0,
                                      .open = flow_open,
                                      .close = flow_close,
                                      .flat = nullptr,
                                      .spawn = nullptr,
                                      .source = nullptr,
                                      .graph = flow_graph,
                                      .named = nullptr,
                                      .at = nullptr,
                                      .quiet = nullptr};
const bench_runner built_once = {.variant = "peer.tbb_flow_built",
                                 .flags = BENCH_PEER | BENCH_WEAKER,
                                 .note = "flow graph, built before and not timed",
                                 .by_hand = false,
                                 .forward = false,
                                 .serial = false,
                                 .ordered = false,
                                 .most = 0,
                                 .open = built_open,
                                 .close = flow_close,
                                 .flat = nullptr,
                                 .spawn = nullptr,
                                 .source = nullptr,
                                 .graph = built_graph,
                                 .named = nullptr,
                                 .at = nullptr,
                                 .quiet = nullptr};
BENCH_RUNNER(built_each_time, false)
BENCH_RUNNER(built_once, false)
} // namespace
