/* Publication edges of a sorting team: R0 R1 -> A0 A1, the barrier; R2 -> A2, the end of the others' use of the team. */
#include "prims/sort.h"
#include "stress/litmus/litmus.h"

enum { ITEMS = 16, WORKERS = 3 };

typedef struct instance {
    weir_sort_team team;
    weir_sort_item items[ITEMS], scratch[ITEMS];
    struct {
        WEIR_ALIGNED(WEIR_CACHE_LINE) uint64_t data;
    } of[WORKERS];
} instance;

static void make(instance *x, unsigned workers) {
    for (unsigned i = 0; i < ITEMS; i++) x->items[i] = (weir_sort_item){.key = (i * 7 + 3) % ITEMS, .payload = i};
    for (unsigned i = 0; i < WORKERS; i++) x->of[i].data = 0;
    if (strcmp(STRESS_VARIANT, "runs")) weir_sort_team_init(&x->team, x->items, 0, ITEMS, x->scratch, workers);
    else weir_sort_runs_team_init_at(&x->team, x->items, 0, ITEMS, x->scratch, workers, 1); /* all have a share */
}

static void make_two(void *p) { make(p, 2); }
static void make_three(void *p) { make(p, 3); }

/* Does its share, then answers 0: all in order, and with all that the others did before; 1: not in order; 2: without. */
static unsigned run(instance *x, unsigned index, unsigned workers) {
    x->of[index].data = 1;
    weir_sort_team_run(&x->team, index);
    for (unsigned i = 0; i < ITEMS; i++)
        if (x->items[i].key != i) return 1;
    for (unsigned i = 0; i < workers; i++)
        if (x->of[i].data != 1) return 2;
    return 0;
}

/* Worker 0 returns last of all, and may have the team's memory for something else. */
static unsigned run_and_reuse(instance *x, unsigned workers) {
    unsigned answer = run(x, 0, workers);
    memset(&x->team, 0xff, sizeof x->team);
    return answer;
}

static unsigned first_of_two(void *p) { return run_and_reuse(p, 2); }
static unsigned second_of_two(void *p) { return run(p, 1, 2); }
static unsigned first_of_three(void *p) { return run_and_reuse(p, 3); }
static unsigned second_of_three(void *p) { return run(p, 1, 3); }
static unsigned third_of_three(void *p) { return run(p, 2, 3); }

LITMUS(team_of_two, NULL, "what any worker did before, and the sort, happens before each return",
       .text = "data 0 = 1; run; look; reuse the team | data 1 = 1; run; look", .bytes = sizeof(instance),
       .make = make_two, .thread = {first_of_two, second_of_two},
       .outcome = {ACCEPTABLE("in order, and all before it", 0, 0), FORBIDDEN("not in order", 1, 0),
                   FORBIDDEN("not in order", 0, 1), FORBIDDEN("without what the other did", 2, 0),
                   FORBIDDEN("without what the other did", 0, 2)})
LITMUS(team_of_three, NULL, "what any worker did before, and the sort, happens before each return",
       .text = "data 0 = 1; run; look; reuse the team | data 1 = 1; run; look | data 2 = 1; run; look",
       .bytes = sizeof(instance), .make = make_three, .thread = {first_of_three, second_of_three, third_of_three},
       .outcome = {ACCEPTABLE("in order, and all before it", 0, 0, 0)})
