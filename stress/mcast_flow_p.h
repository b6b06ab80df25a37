/* mcast_flow_p - a team round a multicast ring: one writer of numbered items; readers that stay see all of them; readers that come and go see all
 * from their join to their leave. A join is between two moments that the writer knows: what it pushed before the first is
 * not seen, what it pushes after the second is. Included once by
 * a file of checks. */
#include <stdlib.h>

#include "prims/mcast.h"
#include "stress/flow.h"
#include "stress/rounds.h"

#define INIT_AT WEIR_BIND(mcast, WEIR_MCAST, _init_at)

enum { MOST = 32, ITEMS = 1 << 14, STAYS = 256, BATCH = 8 };

typedef struct reader {
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_mcast_reader *r; /* of those who stay */
    bool stays;
    uint64_t first[STAYS]; /* item seen after that join; items: none */
    uint64_t after[STAYS]; /* writer's: the first item pushed when it knew of that join */
    weir_a32 joins;
} reader;

typedef struct state {
    weir_mcast *q;
    void *block;
    uint64_t capacity, items;
    uint32_t most; /* items of a round, at most ITEMS */
    unsigned size, slots;
    uint64_t seal[ITEMS]; /* of each item, written before its push and read by all readers */
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a64 pushed;
    reader readers[MOST]; /* by index in the team; 0, the writer, has none */
} state;

/* Some of the readers stay. In some rounds there are fewer places than readers who come and go. */
static void prepare(rounds *r) {
    state *s = r->arg;
    stress_random *dice = &r->random;
    unsigned stay = stress_random_below(dice, r->size);
    s->size = r->size;
    s->slots = stay + 1 + stress_random_below(dice, r->size);
    s->capacity =
        (uint64_t)1 << (stress_random_below(dice, 2) ? stress_random_below(dice, 4) : stress_random_below(dice, 11));
    s->items = stress_random_below(dice, 2) ? stress_random_below(dice, 200) : stress_random_below(dice, s->most);
    s->q = rounds_alloc(sizeof *s->q);
    s->block = rounds_alloc(weir_mcast_bytes(s->capacity, s->slots));
    if (INIT_AT(s->q, s->capacity, s->slots, s->block, flow_start(dice)) != WEIR_OK) stress_fail("init refused");
    memset(s->seal, 0, sizeof s->seal);
    weir_a64_store(&s->pushed, 0);
    for (unsigned i = 1; i < r->size; i++) {
        s->readers[i].stays = i <= stay;
        s->readers[i].r = i <= stay ? weir_mcast_join(s->q) : NULL;
        weir_a32_store(&s->readers[i].joins, 0);
        memset(s->readers[i].after, 0xff,
               sizeof s->readers[i].after); /* never: joins that the writer does not hear of */
    }
}

/* Notes for each join that has become known that the items from `next` on are pushed after it. */
static void know_joins(state *s, uint32_t *known, uint64_t next) {
    for (unsigned i = 1; i < s->size; i++)
        for (uint32_t joins = weir_a32_load_acquire(&s->readers[i].joins); known[i] < joins; known[i]++)
            s->readers[i].after[known[i]] = next;
}

static void write_all(rounds_member *me) {
    state *s = me->arg;
    uint64_t batch[BATCH], next = 0, full = 0;
    uint32_t known[MOST] = {0};
    while (next < s->items && !stress_failed()) {
        know_joins(s, known, next);
        size_t n = stress_random_below(me->random, 2) ? 1 : 1 + stress_random_below(me->random, BATCH), k;
        if (n > s->items - next) n = (size_t)(s->items - next);
        for (size_t i = 0; i < n; i++) s->seal[batch[i] = next + i] = ~(next + i);
        k = n == 1 ? weir_mcast_try_push(s->q, next) : weir_mcast_try_push_n(s->q, batch, n);
        next += k;
        weir_a64_store_release(&s->pushed, next);
        watch_step(me->watched);
        if (k) continue;
        full++;
        weir_yield();
    }
    stress_count("times full", full);
    stress_count("items pushed", s->items);
}

/* Pops at most once, up to n items, of which the first must be `next`; returns what is next then. */
static uint64_t pop(rounds_member *me, weir_mcast_reader *r, uint64_t next, size_t n) {
    state *s = me->arg;
    uint64_t v[BATCH];
    size_t k = n == 1 ? weir_mcast_try_pop(s->q, r, v) : weir_mcast_try_pop_n(s->q, r, v, n);
    for (size_t i = 0; i < k; i++, next++) {
        if (next == s->items) next = v[i]; /* not known yet */
        if (v[i] != next) stress_fail("reader %u: item %lu came, next was %lu", me->index, v[i], next);
        if (v[i] >= s->items || s->seal[v[i]] != ~v[i])
            stress_fail("reader %u: item %lu, and what was written before its push is not to be seen", me->index, v[i]);
    }
    if (k == 0) weir_yield();
    watch_step(me->watched);
    return next;
}

static void stay(rounds_member *me, reader *mine) {
    state *s = me->arg;
    uint64_t next = 0;
    while (next < s->items && !stress_failed())
        next = pop(me, mine->r, next, 1 + stress_random_below(me->random, BATCH));
}

/* Joins, sees a number of items, and leaves. False: no place. */
static bool visit(rounds_member *me, reader *mine, uint32_t number) {
    state *s = me->arg;
    uint64_t before = weir_a64_load_acquire(&s->pushed), most = stress_random_below(me->random, 60);
    weir_mcast_reader *r = weir_mcast_join(s->q);
    if (!r) return false;
    weir_a32_store_release(&mine->joins, number + 1); /* the writer's next push happens after the join */
    uint64_t next = s->items, first = s->items;
    while (weir_a64_load(&s->pushed) < s->items && !stress_failed()) {
        next = pop(me, r, next, first == s->items ? 1 : 1 + stress_random_below(me->random, BATCH));
        if (first == s->items && next != s->items) first = next - 1;
        if (first != s->items && next - first > most) break;
    }
    weir_mcast_leave(s->q, r);
    mine->first[number] = first;
    if (first < before) stress_fail("reader %u: item %lu came, pushed before its join (%lu)", me->index, first, before);
    return true;
}

static void come_and_go(rounds_member *me, reader *mine) {
    state *s = me->arg;
    uint32_t visits = 0;
    uint64_t refused = 0;
    while (visits < STAYS && weir_a64_load(&s->pushed) < s->items && !stress_failed()) {
        if (visit(me, mine, visits)) visits++;
        else refused++, weir_yield();
    }
    stress_count("joins", visits);
    stress_count("joins refused", refused);
}

static void work(rounds_member *me) {
    state *s = me->arg;
    reader *mine = &s->readers[me->index];
    if (me->index == 0) write_all(me);
    else if (mine->stays) stay(me, mine);
    else come_and_go(me, mine);
}

static void judge(rounds *r) {
    state *s = r->arg;
    for (unsigned i = 1; i < r->size; i++) {
        reader *mine = &s->readers[i];
        if (mine->stays && weir_mcast_lag(s->q, mine->r) != 0) stress_fail("at rest: reader %u has not seen all", i);
        if (mine->stays) weir_mcast_leave(s->q, mine->r);
        for (uint32_t n = 0; n < weir_a32_load(&mine->joins); n++)
            if (mine->first[n] < s->items && mine->first[n] > mine->after[n])
                stress_fail("reader %u began with item %lu and had joined before %lu", i, mine->first[n],
                            mine->after[n]);
    }
    for (unsigned i = 0; i < s->slots; i++)
        if (!weir_mcast_join(s->q)) stress_fail("at rest: of %u places %u are lost", s->slots, s->slots - i);
    if (weir_mcast_join(s->q)) stress_fail("at rest: more readers than places");
    free(s->block);
    free(s->q);
}
