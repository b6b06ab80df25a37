#include "sched/subtree_p.h"

#include <stdlib.h>
#include <string.h>

#include "prims/filter_p.h"
#include "prims/lock_p.h"
#include "sched/deps_p.h"

typedef struct node node;
typedef struct generation generation;

struct generation {
    uint64_t open; /* events; one while it is the current one; one while there is an older one */
    generation *older, *newer;
    node *of;
    weir_dep *waiters;
    weir_sched_status how; /* the first bad end among its events and those of the older ones */
};

struct node {
    uint64_t path;
    unsigned levels;
    generation *current;
    node *chain;
};

typedef struct place {
    weir_dep dep; /* on the event's `dependents`; its `levels` says how many follow */
    generation *in[WEIR_LEVELS_MAX + 1];
} place;

/* One size for all three, so that what a submit may need is there before it begins. */
typedef union block {
    union block *next;
    generation generation;
    node node;
    place place;
} block;

enum { SLAB = 64, BUCKETS_MIN = 64 };

typedef struct slab {
    struct slab *next;
    block blocks[SLAB];
} slab;

struct weir_subtree {
    weir_lock lock; /* guards all the rest */
    node **buckets;
    uint64_t capacity, count; /* buckets, a power of two; nodes */
    block *free;
    uint64_t free_count;
    slab *slabs;
};

/* -- memory --------------------------------------------------------------------------------------------------------- */

static bool reserve(weir_subtree *t, uint64_t n) {
    while (t->free_count < n) {
        slab *s = malloc(sizeof *s);
        if (!s) return false;
        s->next = t->slabs;
        t->slabs = s;
        for (int i = 0; i < SLAB; i++) {
            s->blocks[i].next = t->free;
            t->free = s->blocks + i;
        }
        t->free_count += SLAB;
    }
    return true;
}

static block *take(weir_subtree *t) {
    block *b = t->free;
    t->free = b->next;
    t->free_count--;
    memset(b, 0, sizeof *b);
    return b;
}

static void give(weir_subtree *t, void *p) {
    block *b = p;
    b->next = t->free;
    t->free = b;
    t->free_count++;
}

weir_subtree *weir_subtree_open(void) {
    weir_subtree *t = calloc(1, sizeof *t);
    if (!t) return NULL;
    weir_lock_init(&t->lock);
    t->capacity = BUCKETS_MIN;
    t->buckets = calloc(t->capacity, sizeof *t->buckets);
    if (t->buckets) return t;
    free(t);
    return NULL;
}

void weir_subtree_close(weir_subtree *t) {
    if (!t) return;
    for (slab *s = t->slabs, *next; s; s = next) {
        next = s->next;
        free(s);
    }
    free(t->buckets);
    free(t);
}

/* -- nodes ---------------------------------------------------------------------------------------------------------- */

static uint64_t prefix(uint64_t path, unsigned levels) { return levels ? path & ~(uint64_t)0 << (64 - 8 * levels) : 0; }

static node **bucket(const weir_subtree *t, uint64_t path, unsigned levels) {
    return t->buckets + weir_filter_mix(path ^ levels) % t->capacity; /* paths differ in their upper bits alone */
}

static node **find(const weir_subtree *t, uint64_t path, unsigned levels) {
    node **at = bucket(t, path, levels);
    while (*at && ((*at)->path != path || (*at)->levels != levels)) at = &(*at)->chain;
    return at;
}

/* Twice the buckets; without memory the chains grow longer. */
static void grow(weir_subtree *t) {
    uint64_t old_capacity = t->capacity;
    node **old = t->buckets, **buckets = calloc(2 * old_capacity, sizeof *buckets);
    if (!buckets) return;
    t->buckets = buckets;
    t->capacity = 2 * old_capacity;
    for (uint64_t i = 0; i < old_capacity; i++)
        for (node *n = old[i], *next; n; n = next) {
            next = n->chain;
            node **b = bucket(t, n->path, n->levels);
            n->chain = *b;
            *b = n;
        }
    free(old);
}

static generation *generation_new(weir_subtree *t, node *n, generation *older) {
    generation *g = &take(t)->generation;
    g->of = n;
    g->older = older;
    g->open = older ? 2 : 1;
    if (older) older->newer = g;
    n->current = g;
    return g;
}

static node *node_at(weir_subtree *t, uint64_t path, unsigned levels) {
    node **at = find(t, path, levels);
    if (*at) return *at;
    if (t->count >= t->capacity) {
        grow(t);
        at = find(t, path, levels);
    }
    node *n = &take(t)->node;
    n->path = path;
    n->levels = levels;
    generation_new(t, n, NULL);
    t->count++;
    return *at = n;
}

/* -- waiting and counting ------------------------------------------------------------------------------------------- */

/* False: nothing is pending below d. A current generation without events need not be closed: what d waits for is older. */
static bool wait_for(weir_subtree *t, weir_dep *d) {
    node *n = *find(t, prefix(d->on.path, d->levels), d->levels);
    if (!n) return false;
    generation *g = n->current;
    if (g->older && g->open == 2) {
        g = g->older;
    } else {
        g->open--;
        generation_new(t, n, g);
    }
    d->next = g->waiters;
    g->waiters = d;
    return true;
}

static void count_in(weir_subtree *t, weir_event *e) {
    place *p = &take(t)->place;
    p->dep = (weir_dep){.kind = (weir_dep_kind)WEIR_DEP_PLACE, .levels = e->levels};
    for (unsigned l = 0; l <= e->levels; l++) {
        p->in[l] = node_at(t, prefix(e->path, l), l)->current;
        p->in[l]->open++;
    }
    weir_sched_status st;
    weir_deps_push(&e->dependents, &p->dep, &st); /* e has not ended: it is being submitted */
}

weir_sched_status weir_subtree_enter(weir_subtree *t, weir_event *e) {
    uint64_t need = e->levels ? 1 + 2 * (1 + (uint64_t)e->levels) : 0;
    for (uint32_t i = 0; i < e->ndeps; i++) need += e->deps[i].kind == WEIR_DEP_SUBTREE;
    if (!need) return WEIR_SCHED_OK;
    weir_lock_acquire(&t->lock);
    bool room = reserve(t, need);
    uint32_t over = 0;
    for (uint32_t i = 0; room && i < e->ndeps; i++) {
        if (e->deps[i].kind != WEIR_DEP_SUBTREE) continue;
        e->deps[i].owner = e;
        over += !wait_for(t, e->deps + i);
    }
    if (room && e->levels) count_in(t, e);
    weir_lock_release(&t->lock);
    if (over) weir_a32_sub(&e->unmet, over); /* relaxed: at least the one of weir_deps_resolve remains */
    return room ? WEIR_SCHED_OK : WEIR_SCHED_NOMEM;
}

/* -- ending --------------------------------------------------------------------------------------------------------- */

/* The waiters of g, each told in `zero` how, before the list. */
static weir_dep *free_waiters(generation *g, weir_dep *list) {
    for (weir_dep *d = g->waiters, *next; d; d = next) {
        next = d->next;
        d->zero = (uint32_t)g->how;
        d->next = list;
        list = d;
    }
    return list;
}

/* g has lost one of what it counted. Ends it, and then perhaps the next, whose events may all have ended before. */
static weir_dep *drop(weir_subtree *t, generation *g, weir_sched_status st, weir_dep *list) {
    if (!g->how) g->how = st;
    while (--g->open == 0) {
        generation *newer = g->newer; /* there is one: the current generation counts itself */
        list = free_waiters(g, list);
        newer->older = NULL;
        if (!newer->how) newer->how = g->how;
        give(t, g);
        g = newer;
    }
    node *n = g->of;
    if (g == n->current && g->open == 1) {
        *find(t, n->path, n->levels) = n->chain;
        t->count--;
        give(t, g);
        give(t, n);
    }
    return list;
}

weir_dep *weir_subtree_leave(weir_subtree *t, weir_dep *dep, weir_sched_status st) {
    place *p = (place *)dep;
    weir_dep *list = NULL;
    weir_lock_acquire(&t->lock);
    for (unsigned l = 0; l <= p->dep.levels; l++) list = drop(t, p->in[l], st, list);
    give(t, p);
    weir_lock_release(&t->lock);
    return list;
}

/* -- cycles --------------------------------------------------------------------------------------------------------- */

void weir_subtree_waiters(weir_subtree *t, const weir_dep *dep, void (*see)(void *arg, weir_dep *edge), void *arg) {
    const place *p = (const place *)dep;
    weir_lock_acquire(&t->lock);
    for (unsigned l = 0; l <= p->dep.levels; l++)
        for (generation *g = p->in[l]; g; g = g->newer)
            for (weir_dep *d = g->waiters; d; d = d->next) see(arg, d);
    weir_lock_release(&t->lock);
}

static bool withdraw_from(generation *g, weir_dep *edge) {
    weir_dep **at = &g->waiters;
    while (*at && *at != edge) at = &(*at)->next;
    if (!*at) return false;
    *at = edge->next;
    return true;
}

void weir_subtree_withdraw(weir_subtree *t, weir_dep *edge) {
    weir_lock_acquire(&t->lock);
    node *n = *find(t, prefix(edge->on.path, edge->levels), edge->levels);
    generation *g = n ? n->current : NULL;
    while (g && !withdraw_from(g, edge)) g = g->older;
    weir_lock_release(&t->lock);
}
