/* Faults of mcast: a signal handler that joins, reads and leaves in the middle of a call of its thread, in the build that
 * holds threads up; refused arguments, and no memory to be had. */
#include <signal.h>

#include "stress/mcast_flow_p.h"
#include "stress/fault/fault.h"

static state shared = {.most = 500};
static WEIR_THREAD_LOCAL volatile sig_atomic_t inside, visits;

/* What it reads are items in order, whichever they are; there may be no place for it. */
static void on_signal(int sig) {
    uint64_t v, last = 0;
    (void)sig;
    if (!inside) return;
    weir_mcast_reader *r = weir_mcast_join(shared.q);
    if (!r) return;
    for (int i = 0; i < 3 && weir_mcast_try_pop(shared.q, r, &v); i++, last = v)
        if (v >= shared.items || shared.seal[v] != ~v || (i && v != last + 1))
            stress_fail("a handler read item %lu after %lu", v, last);
    weir_mcast_leave(shared.q, r);
    visits = visits + 1;
}

static void work_and_be_hit(rounds_member *me) {
    fault_no_memory();
    visits = 0;
    inside = !stress_has("progress=blocking"); /* `lock` is not for handlers */
    work(me);
    inside = 0;
    fault_memory_again();
    stress_count("visits of handlers", (uint64_t)visits);
}

static void held_up(rounds_member *me) {
    jitter_thread(stress_random_next(me->random), 4 + stress_random_below(me->random, 200));
}

static stress_verdict signals(const stress_check *c, const stress_request *request) {
    static const rounds_plan plan = {prepare, work_and_be_hit, judge, held_up, on_signal};
    (void)c;
    return rounds_sizes(request, &plan, &shared, MOST);
}

/* -- arguments and memory -- */

enum { READERS = 3 };

static void refusals(fault_room *r) {
    weir_mcast *q = (weir_mcast *)r->object;
    fault_expect(weir_mcast_init(NULL, 8, READERS, r->block), WEIR_BAD_NULL);
    fault_expect(weir_mcast_init(q, 8, READERS, NULL), WEIR_BAD_NULL);
    for (size_t off = 1; off < WEIR_CACHE_LINE; off++) {
        fault_expect(weir_mcast_init((weir_mcast *)(r->object + off), 8, READERS, r->block), WEIR_BAD_ALIGN);
        fault_expect(weir_mcast_init(q, 8, READERS, r->block + off), WEIR_BAD_ALIGN);
    }
    fault_expect(weir_mcast_init(q, 0, READERS, r->block), WEIR_BAD_ZERO);
    fault_expect(weir_mcast_init(q, 8, 0, r->block), WEIR_BAD_ZERO);
    fault_expect(weir_mcast_init(q, 8, 1025, r->block), WEIR_BAD_RANGE);
    for (uint64_t n = 3; n < 1000; n += 2)
        fault_expect(weir_mcast_init(q, n, READERS, r->block), WEIR_BAD_POWER_OF_TWO);
    for (unsigned bit = 32; bit < 64; bit++) {
        fault_expect(weir_mcast_init(q, (uint64_t)1 << bit, READERS, r->block), WEIR_BAD_RANGE);
        if (weir_mcast_bytes((uint64_t)1 << bit, READERS))
            stress_fail("bytes of a capacity of 2^%u, which init refuses, are not 0", bit);
    }
    fault_expect_untouched(r, "init refused");
}

static void fill_and_empty(fault_room *r, uint64_t capacity) {
    weir_mcast *q = (weir_mcast *)r->object;
    weir_mcast_reader *all[READERS];
    uint64_t v[BATCH] = {0}, in = 0, out = 0;
    fault_no_memory();
    fault_expect(weir_mcast_init(q, capacity, READERS, r->block), WEIR_OK);
    for (unsigned i = 0; i < READERS; i++)
        if (!(all[i] = weir_mcast_join(q))) stress_fail("no place for reader %u of %d", i, READERS);
    for (size_t n = 1; in < 5 * capacity; n = n % BATCH + 1) {
        in += weir_mcast_try_push_n(q, v, n);
        out += weir_mcast_try_pop_n(q, all[0], v, n / 2 + 1);
        for (unsigned i = 1; i < READERS; i++) weir_mcast_try_pop_n(q, all[i], v, BATCH);
    }
    while (weir_mcast_try_push(q, 1)) in++;
    if (in - out != capacity) stress_fail("full at %lu of %lu items", in - out, capacity);
    fault_memory_again();
    fault_expect_guards(r, "five laps in batches");
}

static stress_verdict init(const stress_check *check, const stress_request *request) {
    (void)check;
    (void)request;
    for (uint64_t capacity = 1; capacity <= 256; capacity *= 2) {
        fault_room r = fault_room_make(sizeof(weir_mcast), weir_mcast_bytes(capacity, READERS));
        refusals(&r);
        fill_and_empty(&r, capacity);
        fault_room_free(&r);
    }
    return STRESS_PASS;
}

STRESS_CHECK(fault, signals,
             "held up anywhere, and with handlers that join, read and leave, every reader sees all; nothing allocates",
             signals)
STRESS_CHECK(fault, init, "bad arguments are named and nothing is written; nothing allocates; the memory is kept to",
             init)
