/* order_test_p - a workload whose every event follows from its id, and what one thread would make of it. */
#ifndef WEIR_SCHED_ORDER_TEST_P_H
#define WEIR_SCHED_ORDER_TEST_P_H

#include "prims/test_p.h"
#include "prims/variant.h"
#include "sched/sched.h"

enum { NODES_MAX = 1 << 17 };

typedef struct load {
    uint64_t seed;
    uint32_t streams, each; /* sources, and events of each */
    uint64_t spread;        /* keys of sources: 0 .. spread-1; children: up to spread/4 behind their parent */
    uint32_t depth;         /* generations of children */
    bool deps;              /* on earlier events */
} load;

typedef struct node {
    weir_event event;
    weir_dep dep;
    struct node *on; /* waits for it */
    uint64_t id;
    uint32_t depth, made;
    weir_a32 ran, done, ended;
    weir_sched_status status;
} node;

typedef struct world {
    load load;
    node *nodes;
    weir_a64 used;
    uint64_t *trace; /* ids in the order of their data parts */
    size_t traced;
    uint64_t last_key;
    weir_a32 wrong; /* a run part before its dependency had ended, or what could not be submitted */
} world;

static inline uint64_t mix_id(uint64_t a, uint64_t b) {
    uint64_t z = (a ^ b * 0x9e3779b97f4a7c15u) + 0x632be59bd9b4e019u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    return z ^ z >> 27;
}

/* -- what an event is, by its id -- */

static inline bool id_runs(uint64_t id) { return mix_id(id, 1) % 4 != 0; }
static inline bool id_has_data(uint64_t id) { return !id_runs(id) || mix_id(id, 2) % 4 != 0; }
static inline uint32_t id_children(uint64_t id, bool in_data) {
    if (in_data ? !id_has_data(id) : !id_runs(id)) return 0;
    return (uint32_t)(mix_id(id, in_data ? 4 : 3) % 3);
}
static inline uint64_t id_later(const load *l, uint64_t id) { return mix_id(id, 5) % (l->spread / 4 + 1); }

static inline void world_open(world *w, load l) {
    memset(w, 0, sizeof *w);
    w->load = l;
    w->nodes = calloc(NODES_MAX, sizeof *w->nodes); /* of which few are used: the others are never touched */
    assert_non_null(w->nodes);
    w->trace = weir_test_alloc(NODES_MAX * sizeof *w->trace);
}

static inline void world_close(world *w) {
    free(w->nodes);
    free(w->trace);
}

/* The world is found by the node: the first word of the arena's block is not it, so it is kept here. */
static world *the_world;

static inline node *node_new(uint64_t id, uint64_t key, uint32_t depth);

static inline void submit_children(weir_turn *turn, node *n, bool in_data) {
    const load *l = &the_world->load;
    if (n->depth == l->depth) return;
    for (uint32_t i = 0; i < id_children(n->id, in_data); i++) {
        uint64_t id = mix_id(n->id, 100 + n->made++);
        node *child = node_new(id, n->event.key + id_later(l, id), n->depth + 1);
        if (weir_sched_submit(turn, &child->event)) weir_a32_add(&the_world->wrong, 1);
    }
}

static inline void node_run(weir_turn *turn, weir_event *e) {
    node *n = (node *)e;
    weir_a32_add(&n->ran, 1);
    if (n->on && !(n->on->event.data ? weir_a32_load(&n->on->done) : weir_a32_load(&n->on->ran)))
        weir_a32_add(&the_world->wrong, 1);
    submit_children(turn, n, false);
}

static inline void node_data(weir_turn *turn, weir_event *e) {
    node *n = (node *)e;
    weir_a32_add(&n->done, 1);
    if (e->run && !weir_a32_load(&n->ran)) weir_a32_add(&the_world->wrong, 1);
    the_world->trace[the_world->traced++] = n->id;
    weir_turn_digest(turn, n->id);
    submit_children(turn, n, true);
}

static inline void node_end(weir_event *e, weir_sched_status status) {
    node *n = (node *)e;
    n->status = status;
    weir_a32_add(&n->ended, 1);
}

static inline node *node_new(uint64_t id, uint64_t key, uint32_t depth) {
    node *n = &the_world->nodes[weir_a64_add(&the_world->used, 1)];
    *n = (node){.id = id, .depth = depth};
    n->event = (weir_event){.key = key, .end = node_end};
    if (id_runs(id)) n->event.run = node_run;
    if (id_has_data(id)) n->event.data = node_data;
    return n;
}

/* The i-th of a stream's events; with deps it may wait for one before it in the order. */
static inline node *source_node(uint32_t stream, uint32_t i, node *const *before, uint32_t n_before) {
    const load *l = &the_world->load;
    uint64_t id = mix_id(l->seed, (uint64_t)stream << 32 | i);
    node *n = node_new(id, mix_id(id, 6) % l->spread, 0);
    if (!l->deps || !n_before || !n->event.run || mix_id(id, 7) % 2) return n;
    node *on = before[mix_id(id, 8) % n_before];
    if (on->event.key >= n->event.key && (on->event.data || on->on)) return n; /* it would wait for itself */
    n->on = on;
    n->dep = (weir_dep){.kind = WEIR_DEP_EVENT, .on.event = &on->event};
    n->event.deps = &n->dep;
    n->event.ndeps = 1;
    return n;
}

/* -- the sequential machine: a sorted list -- */

typedef struct step {
    uint64_t key, rank[2], id;
    uint32_t depth;
} step;

static inline bool step_before(const step *a, const step *b) {
    if (a->key != b->key) return a->key < b->key;
    if (a->rank[0] != b->rank[0]) return a->rank[0] < b->rank[0];
    return a->rank[1] < b->rank[1];
}

typedef struct machine {
    step *heap;
    size_t n;
} machine;

static inline void machine_put(machine *m, step s) {
    size_t at = m->n++;
    for (; at && step_before(&s, &m->heap[(at - 1) / 2]); at = (at - 1) / 2) m->heap[at] = m->heap[(at - 1) / 2];
    m->heap[at] = s;
}

static inline step machine_take(machine *m) {
    step first = m->heap[0], last = m->heap[--m->n];
    size_t at = 0;
    for (size_t down; (down = 2 * at + 1) < m->n; at = down) {
        if (down + 1 < m->n && step_before(&m->heap[down + 1], &m->heap[down])) down++;
        if (!step_before(&m->heap[down], &last)) break;
        m->heap[at] = m->heap[down];
    }
    m->heap[at] = last;
    return first;
}

/* Ids in the order in which one thread runs the data parts; returns how many events there are. */
static inline size_t machine_run(const load *l, uint64_t *trace, size_t *traced) {
    machine m = {.heap = weir_test_alloc(NODES_MAX * sizeof *m.heap)};
    size_t places = 0;
    *traced = 0;
    for (uint32_t s = 0; s < l->streams; s++)
        for (uint32_t i = 0; i < l->each; i++) {
            uint64_t id = mix_id(l->seed, (uint64_t)s << 32 | i);
            machine_put(&m, (step){mix_id(id, 6) % l->spread, {s, i + 1}, id, 0});
        }
    for (; m.n; places++) {
        step s = machine_take(&m);
        if (id_has_data(s.id)) trace[(*traced)++] = s.id;
        uint32_t n = s.depth == l->depth ? 0 : id_children(s.id, false) + id_children(s.id, true);
        for (uint32_t i = 0; i < n; i++) {
            uint64_t id = mix_id(s.id, 100 + i);
            machine_put(&m, (step){s.key + id_later(l, id), {65536 + places, i}, id, s.depth + 1});
        }
    }
    free(m.heap);
    return places;
}

#endif
