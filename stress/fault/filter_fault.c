/* Faults of filter: a signal handler that inserts in the middle of an insert of its thread, in the build that holds threads
 * up; refused arguments, and no memory to be had. */
#include <signal.h>
#include <stdlib.h>

#include "prims/filter.h"
#include "stress/fault/fault.h"
#include "stress/rounds.h"

enum { MOST = 64, EACH = 300 };

/* -- signals -- */

typedef struct inserted {
    WEIR_ALIGNED(WEIR_CACHE_LINE) volatile sig_atomic_t by_handler;
} inserted;

static struct {
    weir_filter filter;
    void *block;
    inserted of[MOST];
} shared;
static WEIR_THREAD_LOCAL volatile sig_atomic_t inside; /* 1 + index while the handler may use the filter */

static uint64_t id_of(unsigned thread, uint32_t i, bool by_handler) {
    return (uint64_t)(2 * thread + by_handler) << 32 | i;
}

static void on_signal(int sig) {
    (void)sig;
    if (!inside) return;
    inserted *mine = &shared.of[inside - 1];
    weir_filter_insert(&shared.filter, id_of((unsigned)inside - 1, (uint32_t)mine->by_handler, true));
    mine->by_handler = mine->by_handler + 1;
}

static void prepare(rounds *r) {
    unsigned bits = 1 + stress_random_below(&r->random, 10);
    uint64_t keys = (uint64_t)r->size * EACH;
    shared.block = rounds_alloc(weir_filter_bytes(keys, bits));
    if (weir_filter_init(&shared.filter, keys, bits, stress_random_next(&r->random), shared.block) != WEIR_OK)
        stress_fail("init refused");
    for (unsigned i = 0; i < r->size; i++) shared.of[i].by_handler = 0;
}

static void work(rounds_member *me) {
    fault_no_memory();
    inside = 1 + (sig_atomic_t)me->index;
    for (uint32_t i = 0; i < EACH; i++) {
        weir_filter_insert(&shared.filter, id_of(me->index, i, false));
        watch_step(me->watched);
    }
    inside = 0;
    fault_memory_again();
}

static void judge(rounds *r) {
    for (unsigned t = 0; t < r->size; t++) {
        uint32_t by_handler = (uint32_t)shared.of[t].by_handler;
        for (uint32_t i = 0; i < EACH; i++)
            if (!weir_filter_may_contain(&shared.filter, id_of(t, i, false)))
                stress_fail("surely not, said of id %u of thread %u, which is in", i, t);
        for (uint32_t i = 0; i < by_handler; i++)
            if (!weir_filter_may_contain(&shared.filter, id_of(t, i, true)))
                stress_fail("surely not, said of id %u of the handler of thread %u, which is in", i, t);
        stress_count("inserted by handlers", by_handler);
    }
    stress_count("inserted", (uint64_t)EACH * r->size);
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
    weir_filter *f = (weir_filter *)r->object;
    fault_expect(weir_filter_init(NULL, 100, 8, 1, r->block), WEIR_BAD_NULL);
    fault_expect(weir_filter_init(f, 100, 8, 1, NULL), WEIR_BAD_NULL);
    for (size_t off = 1; off < 8; off++)
        fault_expect(weir_filter_init((weir_filter *)(r->object + off), 100, 8, 1, r->block), WEIR_BAD_ALIGN);
    for (size_t off = 1; off < WEIR_CACHE_LINE; off++)
        fault_expect(weir_filter_init(f, 100, 8, 1, r->block + off), WEIR_BAD_ALIGN);
    fault_expect(weir_filter_init(f, 0, 8, 1, r->block), WEIR_BAD_ZERO);
    fault_expect(weir_filter_init(f, 100, 0, 1, r->block), WEIR_BAD_ZERO);
    for (unsigned bits = 65; bits < 1000; bits++)
        fault_expect(weir_filter_init(f, 100, bits, 1, r->block), WEIR_BAD_RANGE);
    for (unsigned bits = 1; bits <= 64; bits++) {
        uint64_t too_many = ((uint64_t)1 << 32) / bits + 1;
        fault_expect(weir_filter_init(f, too_many, bits, 1, r->block), WEIR_BAD_RANGE);
        fault_expect(weir_filter_init(f, UINT64_MAX, bits, 1, r->block), WEIR_BAD_RANGE);
        if (weir_filter_bytes(too_many, bits)) stress_fail("bytes of a geometry that init refuses are not 0");
    }
    fault_expect_untouched(r, "init refused");
}

/* Ids spread over all of the block, so that its last byte is used. */
static void use(fault_room *r, uint64_t keys, unsigned bits) {
    weir_filter *f = (weir_filter *)r->object;
    fault_no_memory();
    fault_expect(weir_filter_init(f, keys, bits, keys, r->block), WEIR_OK);
    for (uint64_t id = 0; id < 1000; id++) weir_filter_insert(f, id * id);
    for (uint64_t id = 0; id < 1000; id++) weir_filter_insert_sp(f, id);
    for (uint64_t id = 0; id < 1000; id++)
        if (!weir_filter_may_contain(f, id)) stress_fail("surely not, said of an id that is in");
    fault_expect(weir_filter_subsume(f, f), WEIR_OK);
    fault_expect(weir_filter_remove(f, 1), stress_has("remove=yes") ? WEIR_OK : WEIR_NOTSUP);
    weir_filter_clear(f);
    fault_memory_again();
    fault_expect_guards(r, "inserts, subsume and clear");
}

static stress_verdict init(const stress_check *check, const stress_request *request) {
    (void)check;
    (void)request;
    for (unsigned bits = 1; bits <= 64; bits++) {
        fault_room r = fault_room_make(sizeof(weir_filter), weir_filter_bytes(bits * bits, bits));
        refusals(&r);
        use(&r, bits * bits, bits);
        fault_room_free(&r);
    }
    return STRESS_PASS;
}

STRESS_CHECK(fault, signals, "a signal handler may insert in the middle of an insert of its thread; nothing allocates",
             signals)
STRESS_CHECK(fault, init, "bad arguments are named and nothing is written; nothing allocates; the memory is kept to",
             init)
