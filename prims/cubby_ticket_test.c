/* The linear check of tickets, compiled once a variant against sources built with -DWEIR_TICKETS: every operation records
 * its linearization number, its value, and when it was invoked and returned. Then pop i must have the value of push i, no
 * number may be missing or double, and in the order push0 pop0 push1 pop1 ... no operation may have returned before an
 * earlier one was invoked. That is linearizability, in linear time. The test of a broken variant passes when it is convicted.
 *
 * The sources are compiled with -finstrument-functions: each atomic operation is a function, so the hook below preempts at
 * any of them. The kernel futex is wrapped: it wakes for no reason now and then. */
#include "prims/cubby_test_p.h"

WEIR_THREAD_LOCAL uint64_t weir_cubby_ticket;

/* -- interference -- */

#define NOT_INSTRUMENTED __attribute__((no_instrument_function))

static WEIR_THREAD_LOCAL uint32_t dice = 1;
static uint32_t rarity = 200; /* of preemptions; changed while no other thread runs */

NOT_INSTRUMENTED static uint32_t roll(uint32_t sides) {
    dice ^= dice << 13, dice ^= dice >> 17, dice ^= dice << 5;
    return dice % sides;
}

NOT_INSTRUMENTED void __cyg_profile_func_enter(void *fn, void *site);
NOT_INSTRUMENTED void __cyg_profile_func_exit(void *fn, void *site);

void __cyg_profile_func_enter(void *fn, void *site) {
    (void)fn;
    (void)site;
    uint32_t side = roll(rarity);
    if (side == 0) weir_yield();
    if (side == 1 && roll(10) == 0) usleep(50); /* long enough for others to lap this thread */
}

void __cyg_profile_func_exit(void *fn, void *site) {
    (void)fn;
    (void)site;
}

bool __real_weir_futex_wait(weir_a32 *word, uint32_t seen, uint64_t deadline_ns);
bool __wrap_weir_futex_wait(weir_a32 *word, uint32_t seen, uint64_t deadline_ns);

bool __wrap_weir_futex_wait(weir_a32 *word, uint32_t seen, uint64_t deadline_ns) {
    return roll(10) == 0 || __real_weir_futex_wait(word, seen, deadline_ns);
}

/* -- history -- */

typedef struct record {
    uint64_t ticket, value, invoked, returned;
} record;

typedef struct worker {
    weir_cubby *cubby;
    weir_a64 *clock;
    bool pusher, timed;
    uint32_t seed;
    size_t n;
    record *records;
} worker;

/* One operation, by one of the ways to do it; repeated until it has moved a value. */
static weir_status attempt(const worker *w, uint64_t *v) {
    uint32_t way = roll(4);
    if (way == 0) return w->pusher ? weir_cubby_try_push(w->cubby, *v) : weir_cubby_try_pop(w->cubby, v);
    uint64_t deadline = way == 1 && w->timed ? weir_now_ns() + roll(20000) : WEIR_FOREVER;
    return w->pusher ? weir_cubby_push_until(w->cubby, *v, deadline) : weir_cubby_pop_until(w->cubby, v, deadline);
}

static void *work(void *arg) {
    worker *w = arg;
    dice = w->seed;
    for (size_t i = 0; i < w->n; i++) {
        record *r = &w->records[i];
        r->value = (uint64_t)w->seed << 32 | i;
        do {
            r->invoked = weir_a64_add_acq_rel(w->clock, 1);
        } while (attempt(w, &r->value) != WEIR_OK);
        r->returned = weir_a64_add_acq_rel(w->clock, 1);
        r->ticket = weir_cubby_ticket;
    }
    return NULL;
}

/* -- the check -- */

static uint64_t start_of_history;

/* Tickets count from the start, modulo 2^63. */
static uint64_t rank(const record *r) { return (r->ticket - start_of_history) << 1; }

static int by_rank(const void *a, const void *b) {
    uint64_t x = rank(*(const record *const *)a), y = rank(*(const record *const *)b);
    return x < y ? -1 : x > y;
}

/* One side's records in the order of their tickets. */
static void sorted(const worker *w, size_t workers, bool pushers, const record **out) {
    const record **end = out;
    for (size_t i = 0; i < workers; i++)
        for (size_t k = 0; k < w[i].n && w[i].pusher == pushers; k++) *end++ = &w[i].records[k];
    qsort(out, (size_t)(end - out), sizeof *out, by_rank);
}

/* Each push has its pop. Tickets that moved nothing are missing on both sides. */
static const char *pair_up(const record *const *pushes, const record *const *pops, size_t items) {
    for (size_t i = 0; i < items; i++) {
        if (i && (rank(pushes[i]) == rank(pushes[i - 1]) || rank(pops[i]) == rank(pops[i - 1])))
            return "a ticket given twice";
        if (rank(pushes[i]) != rank(pops[i])) return "a ticket of one side only";
        if (!has("timed=bounded") && rank(pushes[i]) != 2 * i) return "a ticket is missing";
    }
    return NULL;
}

static const char *check_order(const record *const *pushes, const record *const *pops, size_t items) {
    uint64_t earliest_return = UINT64_MAX; /* of all later in the order */
    for (size_t i = items; i-- > 0;) {
        if (pops[i]->value != pushes[i]->value) return "a pop returned another value than its push put in";
        if (earliest_return < pops[i]->invoked) return "an operation returned before an earlier pop was invoked";
        if (pops[i]->returned < earliest_return) earliest_return = pops[i]->returned;
        if (earliest_return < pushes[i]->invoked) return "an operation returned before an earlier push was invoked";
        if (pushes[i]->returned < earliest_return) earliest_return = pushes[i]->returned;
    }
    return NULL;
}

static const char *check(const worker *w, size_t workers, uint64_t start, size_t items) {
    const record **pushes = calloc(2 * items, sizeof *pushes), **pops = pushes + items;
    start_of_history = start;
    sorted(w, workers, true, pushes);
    sorted(w, workers, false, pops);
    const char *wrong = pair_up(pushes, pops, items);
    if (!wrong) wrong = check_order(pushes, pops, items);
    free(pushes);
    return wrong;
}

/* One history of about `about` items, shared out evenly among pushers and among poppers. */
static const char *history(weir_cubby *c, uint64_t start, size_t pushers, size_t poppers, size_t about, uint32_t seed) {
    weir_a64 clock = {1};
    size_t items = (about / (pushers * poppers) + 1) * pushers * poppers, n = pushers + poppers;
    worker *w = calloc(n, sizeof *w);
    pthread_t *t = calloc(n, sizeof *t);
    for (size_t i = 0; i < n; i++) {
        bool pusher = i < pushers;
        size_t mine = items / (pusher ? pushers : poppers);
        w[i] = (worker){
            c, &clock, pusher, has_deadlines(), seed * 1000 + (uint32_t)i + 1, mine, calloc(mine, sizeof(record))};
        t[i] = weir_test_thread(work, &w[i]);
    }
    for (size_t i = 0; i < n; i++) pthread_join(t[i], NULL);
    const char *wrong = check(w, n, start, items);
    for (size_t i = 0; i < n; i++) free(w[i].records);
    free(t);
    free(w);
    return wrong;
}

/* Below the wrap of turn's word, of cells' laps on S and on R, and of the tickets themselves. */
static const uint64_t starts[] = {(1u << 20) - 100, ((uint64_t)1 << 32) - 100, ((uint64_t)1 << 35) - 100,
                                  UINT64_MAX - 99};
static const uint8_t shapes[][2] = {{1, 1}, {2, 2}, {3, 1},   {1, 3},   {4, 4},  {7, 2},
                                    {2, 7}, {8, 8}, {16, 16}, {35, 35}, {70, 70}};
enum { SHAPES = sizeof shapes / sizeof *shapes };

static void tickets_in_order(void **state) {
    (void)state;
    weir_cubby *c = weir_test_alloc(sizeof *c);
    bool broken = has("contract=broken"), convicted = false;
    for (uint32_t i = 0; i < SHAPES && !convicted; i++) {
        char what[40];
        snprintf(what, sizeof what, "%up%uc", shapes[i][0], shapes[i][1]);
        limit_time(what, 100);
        assert_int_equal(INIT_AT(c, starts[i % 4]), WEIR_OK);
        const char *wrong = history(c, starts[i % 4], shapes[i][0], shapes[i][1], broken ? 200 : 3000, i + 1);
        weir_cubby_destroy(c);
        if (wrong) print_message("%s: %s\n", what, wrong);
        convicted = wrong != NULL;
    }
    free(c);
    assert_int_equal(convicted, broken);
}

/* In steady flow a wake that was lost is often made good by the next hand-off. So: many histories of a few items, where
 * everything that matters happens last. cells with 1 or 2 cells, so that laps follow each other at once. */
static void short_histories(void **state) {
    (void)state;
    weir_cubby *c = weir_test_alloc(sizeof *c);
    bool broken = has("contract=broken"), convicted = false, cells = !strcmp(WEIR_STRING(WEIR_CUBBY), "cells");
    limit_time("short_histories", 100);
    rarity = 6;
    for (uint32_t i = 0; i < 2000 && !convicted; i++) {
        uint64_t start = ((uint64_t)1 << (i % 2 ? 26 : 29)) - 2; /* laps wrap on S, or on R */
        assert_int_equal(
            cells ? weir_cubby_cells_init_small((weir_cubby_cells *)c, start, i / 2 % 2) : INIT_AT(c, start), WEIR_OK);
        convicted = history(c, start, 2 + i % 3, 1 + i % 2, 2, i + 1) != NULL;
        weir_cubby_destroy(c);
    }
    rarity = 200;
    free(c);
    assert_int_equal(convicted, broken);
}

/* cells with 1, 2 and 8 cells: most operations wait for a lap. */
static void few_cells(void **state) {
    (void)state;
    if (strcmp(WEIR_STRING(WEIR_CUBBY), "cells")) return;
    weir_cubby_cells *c = weir_test_alloc(sizeof *c);
    for (uint32_t log2_m = 0; log2_m < 4; log2_m += log2_m + 1)
        for (uint32_t i = 1; i <= 9; i++) {
            char what[40];
            snprintf(what, sizeof what, "%u cells, %up%uc", 1u << log2_m, i, 10 - i);
            limit_time(what, 100);
            uint64_t start = ((uint64_t)1 << (26 + log2_m + i % 2 * 3)) - 100;
            assert_int_equal(weir_cubby_cells_init_small(c, start, log2_m), WEIR_OK);
            assert_null(history((weir_cubby *)c, start, i, 10 - i, 1500, 100 * log2_m + i));
        }
    assert_int_equal(weir_cubby_cells_init_small(c, 0, 7), WEIR_BAD_RANGE);
    free(c);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(tickets_in_order), cmocka_unit_test(short_histories),
                                       cmocka_unit_test(few_cells)};
    return cmocka_run_group_tests_name("cubby_ticket." WEIR_STRING(WEIR_CUBBY), tests, NULL, NULL);
}
