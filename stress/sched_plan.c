#include "stress/sched_plan.h"

#include <stdlib.h>

static uint32_t below_by_chance(void *random, uint32_t n) { return stress_random_below(random, n); }

plan_choice plan_by_chance(stress_random *random) { return (plan_choice){below_by_chance, random}; }

static unsigned below(const plan_choice *c, unsigned n) { return c->below(c->arg, n); }

/* -- what a unit awaits ---------------------------------------------------------------------------------------------- */

static bool is_milestone(const plan_unit *u) { return !u->event.run && !u->event.data; }

static bool add_one(plan_unit *u, unsigned d) {
    for (unsigned i = 0; i < u->nawaits; i++)
        if (u->awaits[i] == d) return true;
    if (u->nawaits == PLAN_AWAITS) return false;
    u->awaits[u->nawaits++] = d;
    return true;
}

/* With what it stands for, when nothing is seen of itself. */
static bool add(const plan *p, plan_unit *u, unsigned d) {
    const plan_unit *on = &p->unit[d];
    bool room = add_one(u, d);
    for (unsigned i = 0; i < on->nawaits && room && is_milestone(on); i++) room = add_one(u, on->awaits[i]);
    return room;
}

/* Does d stand before u? It need not when it has no data part and awaits nothing. Children stand behind all streams. */
static bool before(const plan_unit *d, const plan_unit *u) {
    if (d->event.key != u->event.key) return d->event.key < u->event.key;
    if (!d->event.data && !d->nawaits) return true;
    if (d->parent != d->id || u->parent != u->id) return false;
    return d->event.stream < u->event.stream || (d->event.stream == u->event.stream && d->event.seq < u->event.seq);
}

static weir_dep *dep_of(plan_unit *u, weir_dep_kind kind) {
    weir_dep *d = &u->wants[u->event.ndeps++];
    *d = (weir_dep){.kind = kind};
    u->event.deps = u->dep;
    return d;
}

/* A child that nobody awaits by chance has not been submitted when a later unit is; its own siblings' order is certain. */
static bool may_name(const plan_unit *d, const plan_unit *u) {
    return d->parent == d->id || (u->parent == d->parent && u->id > d->id);
}

static void await_one(plan *p, plan_unit *u, const plan_choice *choice) {
    unsigned back = 1 + below(choice, u->id < 12 ? u->id : 12);
    plan_unit *d = &p->unit[u->id - back];
    if (d->group != u->group || d->id == u->parent || !may_name(d, u) || !before(d, u)) return;
    unsigned had = u->nawaits;
    if (!add(p, u, d->id)) {
        u->nawaits = had;
        return;
    }
    if ((d->event.flags & WEIR_EVENT_NAMED) && below(choice, 2)) {
        weir_dep *dep = dep_of(u, WEIR_DEP_ID);
        dep->stream = d->event.stream;
        dep->on.seq = d->event.seq;
    } else {
        dep_of(u, WEIR_DEP_EVENT)->on.event = &d->event;
    }
}

/* -- joins and subtrees: what awaits them has a key above all before it --------------------------------------------- */

static bool in_subtree(const plan_unit *d, uint64_t path, unsigned levels) {
    return d->event.levels >= levels && (!levels || (d->event.path ^ path) >> (64 - 8 * levels) == 0);
}

static void await_subtree(plan *p, plan_unit *u, const plan_choice *choice) {
    unsigned levels = 1 + below(choice, 3), had = u->nawaits;
    uint64_t path =
        (uint64_t)(u->group + 1) << 56 | (uint64_t)below(choice, 3) << 48 | (uint64_t)below(choice, 3) << 40;
    for (unsigned i = 0; i < u->id; i++)
        if (p->unit[i].group == u->group && in_subtree(&p->unit[i], path, levels) && !add(p, u, i)) {
            u->nawaits = had;
            return;
        }
    weir_dep *dep = dep_of(u, WEIR_DEP_SUBTREE);
    dep->on.path = path;
    dep->levels = levels;
}

static void await_join(plan *p, plan_unit *u, unsigned j) {
    unsigned had = u->nawaits;
    for (unsigned i = 0; i < u->id; i++)
        if (p->unit[i].event.join == &p->join[j] && !add(p, u, i)) {
            u->nawaits = had;
            return;
        }
    dep_of(u, WEIR_DEP_JOIN)->on.join = &p->join[j];
}

/* The last join of the group that was sealed. */
static int sealed(const plan *p, unsigned group) {
    for (unsigned j = p->joins; j-- > 0;)
        if (p->join_last[j] != PLAN_UNSEALED && p->unit[p->join_last[j]].group == group) return (int)j;
    return -1;
}

/* -- making ----------------------------------------------------------------------------------------------------------- */

typedef struct maker {
    plan *p;
    const plan_choice *choice;
    uint64_t base[PLAN_GROUPS], seq[PLAN_GROUPS * PLAN_STREAMS];
    int open[PLAN_GROUPS]; /* the join that is being filled, and until when */
    unsigned until[PLAN_GROUPS];
} maker;

static void nothing(weir_turn *turn, weir_event *e) { (void)turn, (void)e; }

/* Whether it has them; the functions are whoever's who runs it. */
static void parts(maker *m, plan_unit *u) {
    unsigned kind = below(m->choice, 8);
    if (kind != 0 && kind != 1) u->event.run = nothing;
    if (kind != 0 && kind < 5 && !m->p->shape.no_data) u->event.data = nothing;
    u->event.domain = below(m->choice, PLAN_DOMAINS);
}

static plan_unit *fresh(maker *m, unsigned group) {
    plan *p = m->p;
    plan_unit *u = &p->unit[p->n];
    memset(u, 0, sizeof *u);
    u->id = u->parent = p->n++;
    u->group = group;
    return u;
}

static void make_child(maker *m, plan_unit *parent) {
    plan_unit *u = fresh(m, parent->group);
    u->parent = parent->id;
    u->event.key = parent->event.key + below(m->choice, 3) * below(m->choice, 4);
    parts(m, u);
    if (parent->event.join) { /* counts there, too, and must not hold up who awaits it from behind */
        u->event.join = parent->event.join;
        u->event.key = parent->event.key;
        u->event.domain = parent->event.domain;
        u->event.data = NULL;
    }
    if (u->event.domain != parent->event.domain) u->event.key += m->p->shape.ahead;
    if (is_milestone(u)) u->event.run = nothing;
    if (below(m->choice, 3) == 0) await_one(m->p, u, m->choice);
}

static void make_children(maker *m, plan_unit *u) {
    bool run = u->event.run, data = u->event.data;
    if ((!run && !data) || below(m->choice, 4)) return;
    u->children = 1 + below(m->choice, 3);
    if (m->p->n + u->children > m->p->shape.units) u->children = 0;
    u->in_run = !run ? 0 : !data ? u->children : below(m->choice, u->children + 1);
    if (u->event.join && data) u->in_run = run ? u->children : 0; /* what its data part makes may join, too */
    for (unsigned i = 0; i < u->children; i++) make_child(m, u);
}

/* Between keys, that puts what comes behind all that is there and its children. */
static uint64_t gap(const maker *m) { return 16 + m->p->shape.ahead; }

static void open_join(maker *m, unsigned g) {
    plan *p = m->p;
    if (m->open[g] >= 0 || p->joins == PLAN_JOINS || below(m->choice, 10)) return;
    m->open[g] = (int)p->joins++;
    m->until[g] = p->n + 2 + below(m->choice, 8);
}

static void make_one(maker *m, unsigned g) {
    plan *p = m->p;
    unsigned stream = g * PLAN_STREAMS + (p->shape.serial ? 0 : below(m->choice, PLAN_STREAMS)),
             how = below(m->choice, 16);
    int join = p->shape.no_joins ? -1 : sealed(p, g);
    bool all_before = !p->shape.no_joins && how < 3;
    plan_unit *u = fresh(m, g);
    m->base[g] += all_before || how == 15 ? gap(m) : p->shape.serial;
    u->event.key = m->base[g] + (all_before || p->shape.serial ? 0 : below(m->choice, 8));
    u->event.stream = stream;
    u->event.seq = m->seq[stream] += 1 + below(m->choice, 3);
    if (below(m->choice, 2)) u->event.flags = WEIR_EVENT_NAMED;
    parts(m, u);
    if (is_milestone(u)) u->event.flags = WEIR_EVENT_NAMED;
    if (!p->shape.no_joins && below(m->choice, 3) == 0) {
        u->event.levels = (uint8_t)(1 + below(m->choice, 4));
        u->event.path =
            (uint64_t)(g + 1) << 56 | (uint64_t)below(m->choice, 3) << 48 | (uint64_t)below(m->choice, 3) << 40;
    }
    if (all_before && how == 0 && join >= 0 && m->open[g] < 0) await_join(p, u, (unsigned)join);
    if (all_before && how == 1) await_subtree(p, u, m->choice);
    while (u->id && u->event.ndeps < PLAN_DEPS && below(m->choice, 2)) await_one(p, u, m->choice);
    if (!p->shape.no_joins) open_join(m, g);
    if (m->open[g] >= 0 && below(m->choice, 2)) u->event.join = &p->join[m->open[g]];
    make_children(m, u);
    if (m->open[g] >= 0 && p->n >= m->until[g]) {
        p->join_last[m->open[g]] = u->id;
        m->open[g] = -1;
        m->base[g] += gap(m);
    }
}

static void seal_the_rest(maker *m) {
    for (unsigned g = 0; g < m->p->shape.groups; g++)
        for (unsigned i = m->p->n; m->open[g] >= 0 && i-- > 0;)
            if (m->p->unit[i].group == g && m->p->unit[i].parent == i) {
                m->p->join_last[m->open[g]] = i;
                m->open[g] = -1;
            }
}

/* -- what it must come to ----------------------------------------------------------------------------------------------- */

static void find_values(plan *p) {
    for (unsigned i = 0; i < p->n; i++) {
        plan_unit *u = &p->unit[i];
        uint64_t sum = 0;
        u->key = u->event.key;
        for (unsigned d = 0; d < u->nawaits; d++) sum += p->unit[u->awaits[d]].value;
        u->value = is_milestone(u) ? 0 : plan_mix(sum + i + 1);
    }
}

/* Of events that are there, the first by key, then streams before children, then by what each is counted by. */
typedef struct place {
    uint64_t key, rank[2];
    unsigned unit;
} place;

static bool place_before(const place *a, const place *b) {
    if (a->key != b->key) return a->key < b->key;
    if (a->rank[0] != b->rank[0]) return a->rank[0] < b->rank[0];
    return a->rank[1] < b->rank[1];
}

static place take_first(place *there, unsigned *n) {
    unsigned best = 0;
    for (unsigned i = 1; i < *n; i++)
        if (place_before(&there[i], &there[best])) best = i;
    place first = there[best];
    there[best] = there[--*n];
    return first;
}

static void find_order(plan *p) {
    static place there[PLAN_UNITS];
    unsigned n = 0;
    for (unsigned i = 0; i < p->n; i++)
        if (p->unit[i].parent == i)
            there[n++] = (place){p->unit[i].event.key, {p->unit[i].event.stream, p->unit[i].event.seq}, i};
    p->norder = 0;
    for (uint64_t ordinal = 0; n; ordinal++) {
        place first = take_first(there, &n);
        const plan_unit *u = &p->unit[first.unit];
        if (u->event.data) p->order[p->norder++] = u->id;
        for (unsigned c = 0; c < u->children; c++)
            there[n++] = (place){p->unit[u->id + 1 + c].event.key, {65536 + ordinal, c}, u->id + 1 + c};
    }
}

static void find_least(plan *p) {
    uint64_t least[PLAN_GROUPS * PLAN_STREAMS];
    for (unsigned s = 0; s < PLAN_GROUPS * PLAN_STREAMS; s++) least[s] = WEIR_KEY_NONE;
    for (unsigned i = p->n; i-- > 0;) {
        const weir_event *e = &p->unit[i].event;
        if (p->unit[i].parent != i) continue;
        if (e->key < least[e->stream]) least[e->stream] = e->key;
        p->least[i] = least[e->stream];
    }
}

void plan_make(plan *p, const plan_shape *shape, const plan_choice *choice) {
    maker m = {.p = p, .choice = choice};
    p->shape = *shape;
    p->n = p->joins = 0;
    for (unsigned j = 0; j < PLAN_JOINS; j++) p->join_last[j] = PLAN_UNSEALED;
    for (unsigned g = 0; g < PLAN_GROUPS; g++) m.open[g] = -1;
    while (p->n < shape->units) make_one(&m, below(choice, shape->groups));
    seal_the_rest(&m);
    find_values(p);
    find_order(p);
    find_least(p);
    plan_reset(p);
}

void plan_reset(plan *p) {
    for (unsigned i = 0; i < p->n; i++) {
        plan_unit *u = &p->unit[i];
        weir_event_reset(&u->event);
        memcpy(u->dep, u->wants, sizeof u->dep);
        u->event.key = u->key;
        weir_a32_store(&u->runs, 0);
        weir_a32_store(&u->datas, 0);
        weir_a32_store(&u->ends, 0);
        u->got = u->started = u->over = 0;
        u->submitted = 0;
        u->status = WEIR_SCHED_OK;
        u->lost = false;
    }
    for (unsigned j = 0; j < p->joins; j++) weir_join_init(&p->join[j], NULL);
}

void plan_lose(plan *p, unsigned i) {
    p->unit[i].lost = true;
    for (unsigned j = i + 1; j < p->n; j++) {
        plan_unit *u = &p->unit[j];
        u->lost = u->lost || p->unit[u->parent].lost;
        for (unsigned d = 0; d < u->nawaits; d++) u->lost = u->lost || p->unit[u->awaits[d]].lost;
    }
}
