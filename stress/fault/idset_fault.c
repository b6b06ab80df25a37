/* Faults of idset: a signal handler that changes the set in the middle of a change by its thread, in the build that holds
 * threads up; refused arguments, and no memory to be had. */
#include <signal.h>
#include <stdlib.h>

#include "prims/idset.h"
#include "stress/fault/fault.h"
#include "stress/rounds.h"

enum { MOST = 64, OPERATIONS = 2000 };

/* -- signals: id 2t belongs to thread t, id 2t + 1 to the handler on that thread -- */

static struct {
    weir_idset set;
    void *block;
} shared;
static WEIR_THREAD_LOCAL volatile sig_atomic_t inside, wrong,
    changes; /* inside: 1 + index while the handler may use it */

static bool change(uint64_t id, bool was_in) {
    if (weir_idset_contains(&shared.set, id) != was_in) return false;
    return was_in ? weir_idset_remove(&shared.set, id) : weir_idset_insert(&shared.set, id);
}

static void on_signal(int sig) {
    (void)sig;
    if (!inside) return;
    if (!change(2 * ((uint64_t)inside - 1) + 1, changes % 2)) wrong = 1;
    changes = changes + 1;
}

static void prepare(rounds *r) {
    uint64_t capacity = 2 * r->size;
    shared.block = rounds_alloc(weir_idset_bytes(capacity));
    if (weir_idset_init(&shared.set, capacity, shared.block) != WEIR_OK) stress_fail("init refused");
}

static void work(rounds_member *me) {
    bool in = false;
    wrong = changes = 0;
    fault_no_memory();
    if (!stress_has("progress=blocking")) inside = 1 + (sig_atomic_t)me->index; /* `lock` is not for handlers */
    for (int i = 0; i < OPERATIONS; i++, in = !in) {
        if (!change(2 * me->index, in)) stress_fail("id %u of a thread was changed by another", 2 * me->index);
        watch_step(me->watched);
    }
    inside = 0;
    fault_memory_again();
    if (wrong) stress_fail("id %u of a handler was changed by another", 2 * me->index + 1);
    stress_count("changes by handlers", (uint64_t)changes);
    stress_count("changes", OPERATIONS);
    if (changes % 2) weir_idset_remove(&shared.set, 2 * me->index + 1);
}

static void judge(rounds *r) {
    (void)r;
    if (weir_idset_count(&shared.set)) stress_fail("all ids are out, and %lu are in", weir_idset_count(&shared.set));
    free(shared.block);
}

static void held_up(rounds_member *me) {
    jitter_thread(stress_random_next(me->random), 2 + stress_random_below(me->random, 50));
}

static stress_verdict signals(const stress_check *c, const stress_request *request) {
    static const rounds_plan plan = {prepare, work, judge, held_up, on_signal};
    (void)c;
    return rounds_sizes(request, &plan, NULL, MOST);
}

/* -- arguments and memory -- */

static void refusals(fault_room *r) {
    weir_idset *s = (weir_idset *)r->object;
    fault_expect(weir_idset_init(NULL, 8, r->block), WEIR_BAD_NULL);
    fault_expect(weir_idset_init(s, 8, NULL), WEIR_BAD_NULL);
    for (size_t off = 1; off < 8; off++)
        fault_expect(weir_idset_init((weir_idset *)(r->object + off), 8, r->block), WEIR_BAD_ALIGN);
    for (size_t off = 1; off < WEIR_CACHE_LINE; off++)
        fault_expect(weir_idset_init(s, 8, r->block + off), WEIR_BAD_ALIGN);
    fault_expect(weir_idset_init(s, 0, r->block), WEIR_BAD_ZERO);
    for (unsigned bit = 36; bit < 64; bit++) {
        fault_expect(weir_idset_init(s, ((uint64_t)1 << bit) + 1, r->block), WEIR_BAD_RANGE);
        if (weir_idset_bytes(((uint64_t)1 << bit) + 1)) stress_fail("bytes of a capacity that init refuses are not 0");
    }
    fault_expect_untouched(r, "init refused");
}

static void fill_and_empty(fault_room *r, uint64_t capacity) {
    weir_idset *s = (weir_idset *)r->object;
    fault_no_memory();
    fault_expect(weir_idset_init(s, capacity, r->block), WEIR_OK);
    for (uint64_t id = 0; id < capacity; id++)
        if (!weir_idset_insert(s, id)) stress_fail("id %lu of %lu is in before it was put in", id, capacity);
    if (weir_idset_count(s) != capacity) stress_fail("%lu of %lu ids are in", weir_idset_count(s), capacity);
    if (weir_idset_next(s, capacity) != WEIR_IDSET_NONE || weir_idset_next(s, UINT64_MAX) != WEIR_IDSET_NONE)
        stress_fail("there is an id beyond the capacity of %lu", capacity);
    for (uint64_t id = 0; id < capacity; id += 2) weir_idset_remove(s, id);
    weir_idset_clear(s);
    fault_memory_again();
    fault_expect_guards(r, "filled and cleared");
}

static stress_verdict init(const stress_check *check, const stress_request *request) {
    (void)check;
    (void)request;
    for (uint64_t capacity = 1; capacity <= 1100; capacity++) {
        fault_room r = fault_room_make(sizeof(weir_idset), weir_idset_bytes(capacity));
        refusals(&r);
        fill_and_empty(&r, capacity);
        fault_room_free(&r);
    }
    return STRESS_PASS;
}

STRESS_CHECK(fault, signals,
             "a signal handler may change the set in the middle of a change by its thread; nothing allocates", signals)
STRESS_CHECK(fault, init, "bad arguments are named and nothing is written; nothing allocates; the memory is kept to",
             init)
