/* The graph is written down first, as arrays: an event's number is in its `worker`, which is free while it is pending, and is
 * believed only if the array says the same. Then a search in depth, with its own stack: where it comes back to an event
 * that is on the stack, the stack from there on is a cycle. */
#include <stdio.h>
#include <stdlib.h>

#include "sched/deps_p.h"
#include "sched/joins_p.h"
#include "sched/names_p.h"
#include "sched/subtree_p.h"

typedef struct vertex {
    weir_event *event;
    size_t first, next; /* its edges begin here; the next one to follow */
    bool on_stack;
} vertex;

/* The owner of dep, vertex `to`, waits for the event whose edges these are: `on`; NULL: for a join or subtree in which that
 * counts. */
typedef struct edge {
    weir_dep *dep;
    weir_event *on;
    size_t to;
} edge;

typedef struct graph {
    vertex *vertices;
    edge *edges;
    size_t *stack;
    size_t n, vertices_max, m, edges_max, depth;
    bool nomem;
    weir_subtree *subtree;
} graph;

/* Room for one more. */
static bool room(graph *g, void **array, size_t n, size_t *max, size_t size) {
    if (n < *max) return true;
    size_t more = *max ? 2 * *max : 256;
    void *p = realloc(*array, more * size);
    if (!p) return !(g->nomem = true);
    *array = p;
    *max = more;
    return true;
}

/* The number of e, a new one when it has none yet. */
static size_t number(graph *g, weir_event *e) {
    if (e->worker < g->n && g->vertices[e->worker].event == e) return e->worker;
    if (!room(g, (void **)&g->vertices, g->n, &g->vertices_max, sizeof *g->vertices)) return SIZE_MAX;
    g->vertices[g->n] = (vertex){.event = e};
    e->worker = (uint32_t)g->n;
    return g->n++;
}

static void add(graph *g, weir_dep *d, weir_event *on) {
    size_t to = number(g, d->owner);
    if (to == SIZE_MAX || !room(g, (void **)&g->edges, g->m, &g->edges_max, sizeof *g->edges)) return;
    g->edges[g->m++] = (edge){.dep = d, .on = on, .to = to};
}

static void add_waiter(void *arg, weir_dep *d) { add(arg, d, NULL); }

static void add_event(graph *g, weir_event *e, weir_dep *head) {
    for (weir_dep *d = head; d; d = d->next) {
        if (d->kind <= WEIR_DEP_SUBTREE) add(g, d, e);
        if (d->kind == (weir_dep_kind)WEIR_DEP_PLACE) weir_subtree_waiters(g->subtree, d, add_waiter, g);
    }
}

static void add_join(graph *g, weir_join *join) {
    for (weir_dep *d = weir_aptr_load_acquire(&join->dependents); d; d = d->next) add(g, d, NULL); /* R1 */
}

static void start(void *arg, weir_event *e) { number(arg, e); }

/* All who wait for its join. Whoever has put it into the table may still have to push it, or find the join closed. */
static void start_waiters(void *arg, weir_dep *oldest) {
    void *head = weir_aptr_load_acquire(&oldest->on.join->dependents); /* pairs with R1 in deps.c */
    for (weir_dep *d = weir_deps_is_closed(head) ? NULL : head; d; d = d->next) number(arg, d->owner);
}

/* Where to begin: every cycle goes through a join that somebody waits for, or (order) a name that came later. */
static void write_down_starts(graph *g, weir_sched *s) {
    weir_joins_waiters(weir_deps_joins(s), start_waiters, g);
    weir_names_each(weir_deps_names(s), start, g);
}

static void write_down_edges(graph *g) {
    for (size_t v = 0; v < g->n; v++) { /* which grows meanwhile */
        weir_event *e = g->vertices[v].event;
        g->vertices[v].first = g->vertices[v].next = g->m;
        void *head = weir_aptr_load_acquire(&e->dependents); /* pairs with R1 in deps.c */
        if (weir_deps_is_closed(head))
            continue; /* order: it is over, only its children are not; its join may be gone */
        add_event(g, e, head);
        for (weir_join *j = e->join; j; j = j->parent) add_join(g, j);
    }
}

static size_t last(const graph *g, size_t v) { return v + 1 < g->n ? g->vertices[v + 1].first : g->m; }

/* Goes on with the search from what is on the stack. The edge that closes a cycle; NULL: none from here. */
static edge *search(graph *g) {
    while (g->depth) {
        size_t v = g->stack[g->depth - 1];
        vertex *at = g->vertices + v;
        if (at->next == last(g, v)) {
            at->on_stack = false;
            g->depth--;
            continue;
        }
        edge *x = g->edges + at->next++;
        vertex *to = g->vertices + x->to;
        if (x->dep->zero) continue; /* a join's, and cut already behind another that counts in it */
        if (to->on_stack) return x;
        if (to->next != to->first || to->first == last(g, x->to)) continue; /* been there; or nobody waits for it */
        to->on_stack = true;
        g->stack[g->depth++] = x->to;
    }
    return NULL;
}

/* As many as fit. */
static void describe(const weir_event *const *members, size_t n, char *text, size_t size) {
    char one[64];
    size_t used = 0;
    for (size_t i = 0; i < n && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s %s", i ? "," : ":",
                                 weir_event_describe(members[i], one, sizeof one));
}

/* The members, each waiting for the one before it, and the first for the last. */
static void tell(weir_worker *w, const graph *g, const edge *x) {
    size_t from = g->depth;
    while (g->stack[from - 1] != x->to) from--;
    size_t n = g->depth - from + 1;
    const weir_event **members = malloc(n * sizeof *members);
    for (size_t i = 0; members && i < n; i++) members[i] = g->vertices[g->stack[from - 1 + i]].event;
    char names[200] = "";
    describe(members, members ? n : 0, names, sizeof names);
    weir_sched_tell(w->sched, WEIR_SCHED_CYCLE, w->index, members, members ? n : 0, "%zu events wait for each other%s",
                    n, names);
    free(members);
}

/* Takes d off the stack of edges; others may push meanwhile, nobody takes. */
static void take_off(weir_aptr *list, const weir_dep *d) {
    weir_dep *all = weir_aptr_xchg_acquire(list, NULL), *next; /* pairs with R1 in deps.c */
    for (weir_dep *x = all; x; x = next) {
        next = x->next;
        weir_sched_status st;
        if (x != d) weir_deps_push(list, x, &st);
    }
}

/* Takes the edge back and puts it on the list. */
static weir_dep *cut(weir_sched *s, const edge *x, weir_sched_status status, weir_dep *list) {
    if (x->dep->kind == WEIR_DEP_JOIN) weir_joins_withdraw(weir_deps_joins(s), x->dep);
    else if (x->dep->kind == WEIR_DEP_SUBTREE) weir_subtree_withdraw(weir_deps_subtree(s), x->dep);
    else take_off(&x->on->dependents, x->dep);
    x->dep->zero = status;
    x->dep->next = list;
    return x->dep;
}

static size_t cut_all(weir_worker *w, graph *g, weir_dep **list) {
    size_t found = 0;
    for (size_t v = 0; v < g->n; v++) {
        if (g->vertices[v].next != g->vertices[v].first) continue; /* been there */
        g->vertices[v].on_stack = true;
        g->stack[g->depth++] = v;
        for (edge *x; (x = search(g)); found++) {
            tell(w, g, x);
            *list = cut(w->sched, x, WEIR_SCHED_CYCLE, *list);
        }
    }
    return found;
}

static void free_graph(graph *g) {
    free(g->vertices);
    free(g->edges);
    free(g->stack);
}

size_t weir_deps_cycles(weir_worker *w) {
    graph g = {.subtree = weir_deps_subtree(w->sched)};
    weir_dep *list = NULL;
    size_t found = SIZE_MAX;
    weir_joins_freeze(weir_deps_joins(w->sched));
    write_down_starts(&g, w->sched);
    write_down_edges(&g);
    g.stack = malloc((g.n + 1) * sizeof *g.stack);
    if (g.stack && !g.nomem) found = cut_all(w, &g, &list);
    else weir_sched_tell(w->sched, WEIR_SCHED_NOMEM, w->index, NULL, 0, "no memory to look for a cycle");
    free_graph(&g);
    weir_joins_thaw(weir_deps_joins(w->sched));
    weir_deps_pass_on(w, list);
    return found;
}

/* -- what waits, through others, for an event behind it in the total order -- */

/* Children have no place of their own yet, and stand behind their parents. */
static void write_down_children(graph *g) {
    for (size_t v = 0; v < g->n; v++) { /* which grows meanwhile */
        weir_event *e = g->vertices[v].event;
        if (weir_a32_load(&e->state) < WEIR_EVENT_RAN) continue;
        for (weir_event *child = e->next; child; child = weir_event_sibling(child)) number(g, child);
    }
}

/* Is there a way from the vertex to `first`? Nobody comes twice: where there was none, there is none. */
static bool leads_to(graph *g, size_t from, const weir_event *first) {
    g->depth = 0;
    g->stack[g->depth++] = from;
    while (g->depth) {
        size_t v = g->stack[--g->depth];
        if (g->vertices[v].event == first) return true;
        if (g->vertices[v].on_stack) continue;
        g->vertices[v].on_stack = true;
        for (size_t i = g->vertices[v].first; i < last(g, v); i++)
            if (!g->vertices[g->edges[i].to].on_stack) g->stack[g->depth++] = g->edges[i].to;
    }
    return false;
}

/* An edge from an event that only waits for its place to one for which `first` waits. */
static edge *disorder(graph *g, size_t starts, const weir_event *first) {
    for (size_t v = 0; v < starts; v++) {
        uint32_t state = weir_a32_load(&g->vertices[v].event->state);
        if (state != WEIR_EVENT_RAN && state != WEIR_EVENT_DONE) continue;
        for (size_t i = g->vertices[v].first; i < last(g, v); i++)
            if (leads_to(g, g->edges[i].to, first)) return g->edges + i;
    }
    return NULL;
}

bool weir_deps_disorder(weir_worker *w, const weir_event *first, weir_deps_each *each, void *arg) {
    graph g = {.subtree = weir_deps_subtree(w->sched)};
    weir_dep *list = NULL;
    edge *x = NULL;
    weir_joins_freeze(weir_deps_joins(w->sched));
    each(arg, start, &g);
    write_down_children(&g);
    size_t starts = g.n;
    write_down_edges(&g);
    g.stack = malloc((g.n + g.m + 1) * sizeof *g.stack);
    if (g.stack && !g.nomem) x = disorder(&g, starts, first);
    if (x) {
        const weir_event *waits = x->dep->owner;
        weir_sched_tell(w->sched, WEIR_SCHED_DISORDER, w->index, &waits, 1,
                        "an event waits for a data part that can only come after it");
        list = cut(w->sched, x, WEIR_SCHED_DISORDER, NULL);
    }
    free_graph(&g);
    weir_joins_thaw(weir_deps_joins(w->sched));
    weir_deps_pass_on(w, list);
    return x != NULL;
}
