/* Client programs of the event sort's team: two workers, a few items, and what the team promises besides the order. */
#include "prims/sort.h"
#include "stress/model/model.h"

enum { WORKERS_MAX = 3, ITEMS = 5 };

static weir_sort_team team;
static weir_sort_item items[ITEMS], scratch[ITEMS];
static unsigned before[WORKERS_MAX]; /* plain: what each worker did before team_run */
static unsigned workers;

#define GRAIN_insertion 0
#define GRAIN_merge 0
#define GRAIN_radix 0
#define GRAIN_runs 1
#define GRAIN__(variant) GRAIN_##variant
#define GRAIN_(variant) GRAIN__(variant)

/* Parts that a worker must put in order before another merges them, and equal keys in them, so that stability shows. */
static const uint64_t unordered[ITEMS] = {3, 2, 1, 2, 1}, partly_ordered[ITEMS] = {1, 3, 2, 2, 1};
static const uint64_t *keys;

static void prepare(const uint64_t *of, size_t sorted, unsigned n) {
    keys = of;
    workers = n;
    for (size_t i = 0; i < ITEMS; i++) items[i] = (weir_sort_item){keys[i], i};
#if GRAIN_(WEIR_SORT) /* so few items are worth a second worker only by request */
    weir_sort_runs_team_init_at(&team, items, sorted, ITEMS, scratch, n, 1);
#else
    weir_sort_team_init(&team, items, sorted, ITEMS, scratch, n);
#endif
}

static void prepare_new(void) { prepare(unordered, 0, 2); }
static void prepare_old(void) { prepare(partly_ordered, 2, 2); }
static void prepare_3(void) { prepare(unordered, 0, 3); }

static void require_sorted(void) {
    for (size_t i = 0; i < ITEMS; i++) {
        model_require(items[i].key == keys[items[i].payload], "item %lu at place %lu is no item", items[i].payload, i);
        if (i == 0) continue;
        uint64_t before_key = items[i - 1].key, before_at = items[i - 1].payload;
        model_require(before_key < items[i].key || (before_key == items[i].key && before_at < items[i].payload),
                      "item %lu before item %lu", before_at, items[i].payload);
    }
}

static void run(void) {
    unsigned me = (unsigned)model_self();
    before[me] = 1;
    weir_sort_team_run(&team, me);
    for (unsigned i = 0; i < workers; i++) model_require(before[i] == 1, "what worker %u did before is missing", i);
    require_sorted();
}

/* Worker 0 is the last to return: the team is its own again. */
static void run_and_reuse(void) {
    run();
    team.n = 0;
    team.items = NULL;
    team.workers = team.parts = 0;
    model_retire(&team, sizeof team);
}

MODEL_PROGRAM(unsorted, "two workers sort; all they did happens before each return; worker 0 returns last",
              .setup = prepare_new, .thread = {run_and_reuse, run})
MODEL_PROGRAM(partly, "the same with a part in order", .setup = prepare_old, .thread = {run_and_reuse, run})
MODEL_PROGRAM(three, "three workers, of which the last arriver passes on what the others did", .setup = prepare_3,
              .thread = {run_and_reuse, run, run})
