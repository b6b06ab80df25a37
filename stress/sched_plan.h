/* sched_plan - random programs of events, and what a scheduler must make of them, found one event at a time.
 *
 * A plan           Units, each an event: some come from sources, others are children of one before them. A unit awaits others,
 *                  by address, by id, by a join, or by a subtree; never one that stands behind it in the total order, so every
 *                  plan can be done by either family, and an event awaits none with a higher index.
 * Groups           Units that one thread submits, by sources of its own, in the order of their indices.
 * Values           What a part computes from the values of all that its unit awaits: who started too early has another value.
 * Source           Kahn, Topological sorting of large networks (1962); for the order, a heap of what is there.
 */
#ifndef WEIR_STRESS_SCHED_PLAN_H
#define WEIR_STRESS_SCHED_PLAN_H

#include "sched/sched.h"
#include "stress/check.h"

enum {
    PLAN_UNITS = 400,
    PLAN_DEPS = 3,
    PLAN_AWAITS = 48,
    PLAN_GROUPS = 3,
    PLAN_STREAMS = 2,
    PLAN_JOINS = 8,
    PLAN_DOMAINS = 4
};
#define PLAN_UNSEALED UINT32_MAX

typedef struct plan_unit {
    weir_event event;                          /* first */
    weir_dep dep[PLAN_DEPS], wants[PLAN_DEPS]; /* dep: what is submitted, a copy */
    unsigned id, group;
    unsigned parent;              /* a child's; its own id: none */
    unsigned children, in_run;    /* how many follow it; so many of them are made by its run part */
    unsigned awaits[PLAN_AWAITS]; /* those that must have ended before it starts */
    unsigned nawaits;
    uint64_t key;   /* that it is submitted with */
    bool lost;      /* it is to be lost, or awaits one that is */
    uint64_t value; /* that it must have */

    void *run; /* whoever runs it */
    /* what has happened: written by the parts, but for the counts */
    weir_a32 runs, datas, ends;
    unsigned submitted; /* how often; by who does */
    uint64_t got, started, over;
    weir_sched_status status;
} plan_unit;

typedef struct plan_shape {
    unsigned units, groups;
    bool serial;   /* one stream a group, and its keys rise */
    bool no_joins; /* neither joins nor subtrees */
    bool no_data;
    uint64_t ahead; /* a child of another domain stands so far behind its parent at least */
} plan_shape;

typedef struct plan {
    plan_shape shape;
    unsigned n, joins;
    plan_unit unit[PLAN_UNITS];
    weir_join join[PLAN_JOINS];
    unsigned join_last[PLAN_JOINS]; /* the unit after whose submit it is sealed */
    unsigned order[PLAN_UNITS];     /* units with a data part as the total order has them */
    unsigned norder;
    uint64_t least[PLAN_UNITS]; /* of the keys that the unit's stream has from it on */
} plan;

static inline uint64_t plan_mix(uint64_t x) { /* splitmix64 */
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

/* Where choices come from: 0 .. n-1, n up to 256. */
typedef struct plan_choice {
    uint32_t (*below)(void *arg, uint32_t n);
    void *arg;
} plan_choice;

plan_choice plan_by_chance(stress_random *random);

/* Makes one, with what it must come to. */
void plan_make(plan *p, const plan_shape *shape, const plan_choice *choice);

/* Makes all units ready to be submitted again; what has happened is forgotten. */
void plan_reset(plan *p);

/* Marks unit i and all that await it, and the children of these, as those that cannot run. */
void plan_lose(plan *p, unsigned i);

#endif
