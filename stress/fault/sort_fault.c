/* Faults of sort: teams under signals in the build that holds threads up, refused arguments, and no memory to be had. */
#include "stress/sort_rounds_p.h"
#include "stress/fault/fault.h"

static void held_up(rounds_member *me) {
    jitter_thread(stress_random_next(me->random), 2 + stress_random_below(me->random, 10));
}

static void work_without_memory(rounds_member *me) {
    fault_no_memory();
    work(me);
    fault_memory_again();
}

static void ignore(int sig) { (void)sig; }

static stress_verdict signals(const stress_check *c, const stress_request *request) {
    static const rounds_plan plan = {prepare, work_without_memory, judge, held_up, ignore};
    (void)c;
    return rounds_sizes(request, &plan, state_make(), MOST);
}

/* -- arguments and memory -- */

static void refusals(fault_room *r) {
    weir_sort_item *items = (weir_sort_item *)r->block, *half = (weir_sort_item *)(r->block + 4);
    weir_sort_item scratch[4] = {{0, 0}};
    weir_sort_team *t = (weir_sort_team *)r->object;
    fault_expect(weir_sort(NULL, 0, 3, scratch), WEIR_BAD_NULL);
    if (weir_sort_scratch(3)) fault_expect(weir_sort(items, 0, 3, NULL), WEIR_BAD_NULL);
    fault_expect(weir_sort(half, 0, 2, scratch), WEIR_BAD_ALIGN);
    fault_expect(weir_sort(items, 0, 2, (weir_sort_item *)((char *)scratch + 4)), WEIR_BAD_ALIGN);
    fault_expect(weir_sort(items, 4, 3, scratch), WEIR_BAD_RANGE);
    fault_expect(weir_sort(items, 0, WEIR_SORT_MAX + 1, scratch), WEIR_BAD_RANGE);
    fault_expect(weir_sort_team_init(NULL, items, 0, 3, scratch, 2), WEIR_BAD_NULL);
    fault_expect(weir_sort_team_init(t, NULL, 0, 3, scratch, 2), WEIR_BAD_NULL);
    for (size_t off = 1; off < WEIR_CACHE_LINE; off++)
        fault_expect(weir_sort_team_init((weir_sort_team *)(r->object + off), items, 0, 3, scratch, 2), WEIR_BAD_ALIGN);
    fault_expect(weir_sort_team_init(t, half, 0, 2, scratch, 2), WEIR_BAD_ALIGN);
    fault_expect(weir_sort_team_init(t, items, 0, 3, scratch, 0), WEIR_BAD_ZERO);
    fault_expect(weir_sort_team_init(t, items, 0, 3, scratch, WEIR_SORT_WORKERS_MAX + 1), WEIR_BAD_RANGE);
    fault_expect(weir_sort_team_init(t, items, 4, 3, scratch, 2), WEIR_BAD_RANGE);
    fault_expect_untouched(r, "a call that refused");
    fault_expect(weir_sort(NULL, 0, 0, NULL), WEIR_OK);
}

/* Items of exactly the size they have, between guards; the scratch as well. */
static void keep_to_memory(size_t n, stress_random *random) {
    fault_room r = fault_room_make(n * sizeof(weir_sort_item), weir_sort_scratch(n) * sizeof(weir_sort_item));
    weir_sort_item *items = (weir_sort_item *)r.object;
    for (size_t i = 0; i < n; i++)
        items[i] = (weir_sort_item){stress_random_next(random) >> stress_random_below(random, 64), i};
    fault_no_memory();
    fault_expect(weir_sort(items, 0, n, (weir_sort_item *)r.block), WEIR_OK);
    fault_memory_again();
    if (weir_sort_ordered(items, 0, n) != n) stress_fail("%zu items are not in order", n);
    fault_expect_guards(&r, "sorted");
    fault_room_free(&r);
}

static stress_verdict init(const stress_check *check, const stress_request *request) {
    stress_random random = stress_random_begin(request->seed, 0);
    fault_room r = fault_room_make(sizeof(weir_sort_team), 4 * sizeof(weir_sort_item));
    (void)check;
    refusals(&r);
    fault_room_free(&r);
    for (size_t n = 1; n < 600; n++) keep_to_memory(n, &random);
    return STRESS_PASS;
}

STRESS_CHECK(fault, signals,
             "teams held up anywhere and hit by signals sort all the same; nobody left asleep; nothing allocates",
             signals)
STRESS_CHECK(fault, init, "bad arguments are named and nothing is written; nothing allocates; the memory is kept to",
             init)
