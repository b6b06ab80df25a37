/* deque_flow_p - a team round a deque: an owner who pushes numbered items and pops some, in bursts of all lengths; thieves. Everybody keeps a
 * list of what he took. What is inside is always in order of number, so each thief meets ever higher numbers. A handler
 * that is let in steals as one more thief. Included once by a file of checks. */
#include <stdlib.h>

#include "prims/deque.h"
#include "stress/flow.h"
#include "stress/rounds.h"

#define INIT_AT WEIR_BIND(deque, WEIR_DEQUE, _init_at)

enum { MOST = 64, TAKERS = 2 * MOST /* the team, then their handlers */, ITEMS = 1 << 14 };

typedef struct state {
    weir_deque *q;
    void *block;
    uint32_t most; /* items of a round, at most ITEMS */
    uint64_t capacity, items;
    uint32_t pops;         /* of the owner, most in a burst; 0: all is for the thieves */
    bool leave_rest;       /* to the thieves; else the owner empties it himself */
    uint64_t seal[ITEMS];  /* of each item, written before its push and read by its taker */
    uint32_t *got[TAKERS]; /* items by taker, in his order */
    uint32_t gots[TAKERS];
    unsigned char times[ITEMS];                  /* of judge */
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a32 over; /* no item comes any more */
} state;

static void prepare(rounds *r) {
    state *s = r->arg;
    stress_random *dice = &r->random;
    s->capacity =
        (uint64_t)1 << (stress_random_below(dice, 3) ? stress_random_below(dice, 4) : stress_random_below(dice, 11));
    s->items = stress_random_below(dice, 2) ? stress_random_below(dice, 200) : stress_random_below(dice, s->most);
    s->pops = r->size > 1 ? stress_random_below(dice, 8) : 8;
    s->leave_rest = r->size > 1 && stress_random_below(dice, 2);
    s->q = rounds_alloc(sizeof *s->q);
    s->block = rounds_alloc(weir_deque_bytes(s->capacity));
    if (INIT_AT(s->q, s->capacity, s->block, flow_start(dice)) != WEIR_OK) stress_fail("init refused");
    memset(s->seal, 0, sizeof s->seal);
    memset(s->gots, 0, sizeof s->gots);
    for (unsigned i = 0; i < TAKERS; i++)
        if (!s->got[i] && i % MOST < r->size) s->got[i] = rounds_alloc(ITEMS * sizeof *s->got[i]);
    weir_a32_store(&s->over, 0);
}

static void took(state *s, unsigned who, uint64_t v) {
    if (v >= s->items) stress_fail("took %lu, and only %lu items were pushed", v, s->items);
    else if (s->seal[v] != ~v) stress_fail("took item %lu, and what was written before its push is not to be seen", v);
    else if (s->gots[who] == s->items) stress_fail("one thread took more items than were pushed");
    else s->got[who][s->gots[who]++] = (uint32_t)v;
}

static void own(rounds_member *me) {
    state *s = me->arg;
    uint64_t v, next = 0, full = 0, empty = 0;
    while (next < s->items) {
        for (uint32_t n = stress_random_below(me->random, 8); n && next < s->items; n--, next++) {
            s->seal[next] = ~next;
            if (!weir_deque_try_push(s->q, next)) break;
        }
        full += weir_deque_size(s->q) == s->capacity;
        for (uint32_t n = stress_random_below(me->random, s->pops + 1); n; n--) {
            if (!weir_deque_try_pop(s->q, &v)) break;
            took(s, 0, v);
            watch_step(me->watched);
        }
        empty += weir_deque_size(s->q) == 0;
        if (stress_random_below(me->random, 64) == 0 || s->pops == 0) weir_yield();
    }
    while (!s->leave_rest && weir_deque_try_pop(s->q, &v)) took(s, 0, v);
    weir_a32_store_release(&s->over, 1);
    stress_count("times full", full);
    stress_count("times empty", empty);
}

static weir_status steal_one(state *s, unsigned who) {
    uint64_t v;
    weir_status st = weir_deque_try_steal(s->q, &v);
    if (st == WEIR_OK) took(s, who, v);
    return st;
}

static void steal(rounds_member *me) {
    state *s = me->arg;
    uint64_t stolen = 0, lost = 0;
    for (;;) {
        bool over = weir_a32_load_acquire(&s->over);
        weir_status st = steal_one(s, me->index);
        watch_step(me->watched);
        if (st == WEIR_OK) stolen++;
        else if (st == WEIR_ABORT) lost++;
        else if (over) break;
        else weir_yield();
    }
    stress_count("items stolen", stolen);
    stress_count("steals aborted", lost);
}

static void work(rounds_member *me) {
    if (me->index == 0) own(me);
    else steal(me);
}

/* With nobody else under way "full" and "empty" are exact. */
static void judge_rest(state *s) {
    uint64_t v, n = 0;
    if (weir_deque_size(s->q) != 0) stress_fail("at rest: empty, and of size %zu", weir_deque_size(s->q));
    while (n <= s->capacity && weir_deque_try_push(s->q, n)) n++;
    if (n != s->capacity) stress_fail("at rest: a deque for %lu items took %lu", s->capacity, n);
    if (weir_deque_try_steal(s->q, &v) != WEIR_OK || v != 0) stress_fail("at rest: the oldest item is not stolen");
    while (--n)
        if (!weir_deque_try_pop(s->q, &v) || v != n) stress_fail("at rest: item %lu did not come out", n);
    if (weir_deque_try_pop(s->q, &v)) stress_fail("at rest: an item came out of an empty deque");
}

static void judge(rounds *r) {
    state *s = r->arg;
    memset(s->times, 0, sizeof s->times);
    for (unsigned t = 0; t < TAKERS; t++)
        for (uint32_t i = 0; i < s->gots[t]; i++) {
            if (t && i && s->got[t][i] <= s->got[t][i - 1])
                stress_fail("a thief stole item %u after item %u", s->got[t][i], s->got[t][i - 1]);
            s->times[s->got[t][i]]++;
        }
    for (uint64_t v = 0; v < s->items; v++)
        if (s->times[v] != 1) stress_fail("item %lu of %lu was taken %u times", v, s->items, s->times[v]);
    judge_rest(s);
    stress_count("items", s->items);
    free(s->block);
    free(s->q);
}
