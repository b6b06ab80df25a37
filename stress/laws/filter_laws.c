/* Long runs of filter: each thread inserts ids of its own into one filter and tells the others how many are in; whoever has
 * heard of an id must find it. In `counting` ids go out again, and at the end the filter is what it was. */
#include <stdlib.h>

#include "prims/filter.h"
#include "stress/rounds.h"

enum { MOST = 64, EACH = 2048, TWICE = 8 };

typedef struct owner {
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a32 in; /* ids 0 .. in-1 of this thread are in */
    weir_a32 staying;                          /* of these, so many will not be removed */
} owner;

typedef struct state {
    weir_filter filter, other; /* other: constant, to be subsumed */
    void *block, *other_block, *before;
    size_t bytes;
    unsigned each;
    bool alone; /* thread 0 is the only writer, by insert_sp */
    owner owners[MOST];
} state;

static bool counting(void) { return stress_has("remove=yes"); }
static uint64_t id_of(unsigned thread, uint32_t i) { return (uint64_t)thread << 32 | i * 3; }
static const unsigned nobody = MOST, subsumed = MOST + 1;

static void prepare(rounds *r) {
    state *s = r->arg;
    stress_random *d = &r->random;
    unsigned bits = 1 + stress_random_below(d, 16);
    s->each = 1 + stress_random_below(d, EACH);
    s->alone = stress_random_below(d, 4) == 0;
    /* all keys that may be in, so that no counter gets near its end */
    uint64_t keys = (uint64_t)r->size * s->each + TWICE * 4, seed = stress_random_next(d);
    s->bytes = weir_filter_bytes(keys, bits);
    s->block = rounds_alloc(s->bytes);
    s->other_block = rounds_alloc(s->bytes);
    s->before = rounds_alloc(s->bytes);
    if (weir_filter_init(&s->filter, keys, bits, seed, s->block) != WEIR_OK ||
        weir_filter_init(&s->other, keys, bits, seed, s->other_block) != WEIR_OK)
        stress_fail("init refused");
    for (uint32_t i = 0; i < TWICE; i++) weir_filter_insert(&s->filter, id_of(nobody, i));
    for (uint32_t i = 0; i < TWICE; i++) weir_filter_insert(&s->other, id_of(subsumed, i));
    memcpy(s->before, s->block, s->bytes);
    for (unsigned i = 0; i < r->size; i++) {
        weir_a32_store(&s->owners[i].in, 0);
        weir_a32_store(&s->owners[i].staying, counting() ? s->each / 2 : s->each);
    }
}

static void must_have(const state *s, unsigned thread, uint32_t i, const char *whose) {
    if (!weir_filter_may_contain(&s->filter, id_of(thread, i)))
        stress_fail("surely not, said of id %u of thread %u, which is in: %s", i, thread, whose);
}

/* One id of any thread that is in for good and of whose insert this thread has heard. */
static void ask(rounds_member *me) {
    state *s = me->arg;
    unsigned t = stress_random_below(me->random, me->rounds->size);
    uint32_t in = weir_a32_load_acquire(&s->owners[t].in); /* A1: pairs with R1 */
    uint32_t staying = weir_a32_load(&s->owners[t].staying);
    if (in > staying) in = staying;
    if (in) must_have(s, t, stress_random_below(me->random, in), "told by its owner");
    must_have(s, nobody, stress_random_below(me->random, TWICE), "since the beginning");
}

/* Takes out what is not staying, in the order in which it came. */
static uint64_t take_out(rounds_member *me) {
    state *s = me->arg;
    uint32_t staying = weir_a32_load(&s->owners[me->index].staying);
    for (uint32_t i = staying; i < s->each; i++) {
        if (weir_filter_remove(&s->filter, id_of(me->index, i)) != WEIR_OK)
            stress_fail("an id that was in could not be removed");
        if (i + 1 < s->each) must_have(s, me->index, s->each - 1, "not yet removed");
        ask(me);
        watch_step(me->watched);
    }
    return s->each - staying;
}

static void write_ids(rounds_member *me) {
    state *s = me->arg;
    for (uint32_t i = 0; i < s->each; i++) {
        if (s->alone) weir_filter_insert_sp(&s->filter, id_of(me->index, i));
        else weir_filter_insert(&s->filter, id_of(me->index, i));
        must_have(s, me->index, i, "its own");
        weir_a32_store_release(&s->owners[me->index].in, i + 1); /* R1 */
        ask(me);
        watch_step(me->watched);
    }
}

static void subsume(rounds_member *me) {
    state *s = me->arg;
    if (weir_filter_subsume(&s->filter, &s->other) != WEIR_OK) stress_fail("subsume refused its like");
    for (uint32_t i = 0; i < TWICE; i++) must_have(s, subsumed, i, "subsumed");
    stress_count("subsumed", 1);
}

static void work(rounds_member *me) {
    state *s = me->arg;
    bool writer = me->index == 0 || !s->alone;
    uint64_t removed = 0;
    if (writer) write_ids(me);
    if (writer && !s->alone && !counting()) subsume(me);
    for (uint32_t i = 0; i < s->each; i++) ask(me);
    if (writer && counting() && !s->alone) removed = take_out(me);
    stress_count("inserted", writer ? s->each : 0);
    stress_count("removed", removed);
    stress_count("asked", (uint64_t)s->each * 4);
}

static void judge(rounds *r) {
    state *s = r->arg;
    unsigned writers = s->alone ? 1 : r->size;
    for (unsigned t = 0; t < writers; t++) {
        uint32_t staying = s->alone ? s->each : weir_a32_load(&s->owners[t].staying);
        for (uint32_t i = 0; i < staying; i++) must_have(s, t, i, "at rest");
        for (uint32_t i = 0; i < s->each && counting(); i++)
            if ((i < staying) && weir_filter_remove(&s->filter, id_of(t, i)) != WEIR_OK)
                stress_fail("at rest an id that was in could not be removed");
    }
    if (counting() && memcmp(s->before, s->block, s->bytes))
        stress_fail("all is removed, and the filter is not what it was before");
    weir_filter_clear(&s->filter);
    if (weir_filter_may_contain(&s->filter, id_of(nobody, 0))) stress_fail("a cleared filter says maybe");
    free(s->block);
    free(s->other_block);
    free(s->before);
}

static stress_verdict run(const stress_check *c, const stress_request *request) {
    static const rounds_plan plan = {.prepare = prepare, .work = work, .judge = judge};
    static state s;
    (void)c;
    return rounds_sizes(request, &plan, &s, MOST);
}

STRESS_CHECK(laws, ids, "whoever heard of an insert finds the id; in counting, removes undo inserts exactly", run)
