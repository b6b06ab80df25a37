/* Long runs of idset: neighbouring ids that each belong to one thread, which knows exactly what must be in; and ids that all
 * fight for, of which each insert and each remove that returned true must alternate. Whoever took a shared id out owns the
 * two words beside it until it puts the id in again. */
#include <stdlib.h>

#include "prims/idset.h"
#include "stress/rounds.h"

enum { MOST = 64, SHARED = 8, OPERATIONS = 20000 };

typedef struct state {
    weir_idset set;
    void *block;
    uint64_t capacity;
    unsigned stride;             /* ids of a thread: index, index + stride ... below capacity - SHARED */
    unsigned char *is_in;        /* of each id that has an owner; written by the owner */
    int64_t moves[MOST][SHARED]; /* inserts less removes that returned true, by thread */
    uint64_t guarded[SHARED][2]; /* of a shared id: belongs to who took it out; both words alike */
} state;

static uint64_t shared_id(const state *s, unsigned i) { return s->capacity - SHARED + i; }

static void prepare(rounds *r) {
    state *s = r->arg;
    s->stride = r->size;
    s->capacity = SHARED + r->size + stress_random_below(&r->random, 300);
    s->block = rounds_alloc(weir_idset_bytes(s->capacity));
    s->is_in = calloc(s->capacity, 1);
    if (!s->is_in || weir_idset_init(&s->set, s->capacity, s->block) != WEIR_OK) stress_fail("init refused");
    memset(s->moves, 0, sizeof s->moves);
    memset(s->guarded, 0, sizeof s->guarded);
    for (unsigned i = 0; i < SHARED; i++) weir_idset_insert(&s->set, shared_id(s, i));
}

static void own_id(rounds_member *me) {
    state *s = me->arg;
    uint64_t count = (s->capacity - SHARED - me->index + s->stride - 1) / s->stride;
    uint64_t id = me->index + s->stride * (uint64_t)stress_random_below(me->random, (uint32_t)count);
    bool was = s->is_in[id], insert = stress_random_below(me->random, 2);
    if (weir_idset_contains(&s->set, id) != was)
        stress_fail("id %lu of thread %u: in %d, and contains says %d", id, me->index, was, !was);
    if (insert && weir_idset_insert(&s->set, id) == was)
        stress_fail("id %lu of thread %u: insert says the wrong thing", id, me->index);
    if (!insert && weir_idset_remove(&s->set, id) != was)
        stress_fail("id %lu of thread %u: remove says the wrong thing", id, me->index);
    s->is_in[id] = insert;
    uint64_t next = weir_idset_next(&s->set, id);
    if (next < id || (insert && next != id))
        stress_fail("id %lu is in %d, and the next one from there is %lu", id, insert, next);
}

static void shared(rounds_member *me) {
    state *s = me->arg;
    unsigned i = stress_random_below(me->random, SHARED);
    if (!weir_idset_remove(&s->set, shared_id(s, i))) return;
    s->moves[me->index][i]--;
    volatile uint64_t *mine = s->guarded[i];
    uint64_t v = stress_random_next(me->random);
    if (mine[0] != mine[1])
        stress_fail("two threads have taken out the same id, or what the one before wrote is not to be seen");
    mine[0] = v;
    if (v % 64 == 0) weir_yield();
    mine[1] = v;
    if (!weir_idset_insert(&s->set, shared_id(s, i)))
        stress_fail("insert of an id that this thread took out says it is in");
    else s->moves[me->index][i]++;
}

static void work(rounds_member *me) {
    for (unsigned i = 0; i < OPERATIONS; i++) {
        if (stress_random_below(me->random, 2)) own_id(me);
        else shared(me);
        watch_step(me->watched);
    }
    stress_count("operations", OPERATIONS);
}

static void judge(rounds *r) {
    state *s = r->arg;
    uint64_t in = 0;
    for (unsigned i = 0; i < SHARED; i++) {
        int64_t sum = 1;
        for (unsigned t = 0; t < r->size; t++) sum += s->moves[t][i];
        if (sum != 1) stress_fail("a shared id was put in %ld times more than taken out", sum);
        s->is_in[shared_id(s, i)] = 1;
    }
    for (uint64_t id = 0; id < s->capacity; id++) in += s->is_in[id];
    if (weir_idset_count(&s->set) != in) stress_fail("count is %lu instead of %lu", weir_idset_count(&s->set), in);
    for (uint64_t id = 0, at = 0; id < s->capacity; id++) {
        if (!s->is_in[id]) continue;
        uint64_t found = weir_idset_next(&s->set, at);
        if (found != id) stress_fail("next from %lu finds %lu instead of %lu", at, found, id);
        at = id + 1;
    }
    free(s->block);
    free(s->is_in);
}

static stress_verdict run(const stress_check *c, const stress_request *request) {
    static const rounds_plan plan = {.prepare = prepare, .work = work, .judge = judge};
    static state s;
    (void)c;
    return rounds_sizes(request, &plan, &s, MOST);
}

STRESS_CHECK(laws, ids, "inserts and removes that returned true alternate; neighbours disturb no id", run)
