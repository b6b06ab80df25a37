/* sort_rounds_p - rounds of sort: teams of every size sort items of many distributions, ordered beginnings and lengths. The payload is the
 * place an item came from, so the result judges itself: strictly rising in (key, payload), and a permutation.
 * Included once by a file of checks. */
#include <stdlib.h>

#include "prims/sort.h"
#include "stress/rounds.h"

enum { MOST = 64, ITEMS = 20000, FEW = 1500, GIVEN_BACK = 0xa5 };

typedef struct state {
    weir_sort_team *team;
    weir_sort_item *items, *scratch, *before;
    unsigned char *seen;
    size_t sorted, n;
    unsigned workers, keys;
} state;

/* -- inputs -- */

static const char *const key_texts[] = {"random",    "of two values",    "rising",          "rising in steps",
                                        "falling",   "falling in steps", "nearly in order", "in clusters",
                                        "saw teeth", "high bits only",   "all equal"};
enum { KEYS = sizeof key_texts / sizeof *key_texts };

static uint64_t key(unsigned keys, uint64_t i, uint64_t n, stress_random *r) {
    switch (keys) {
    case 0: return stress_random_next(r);
    case 1: return stress_random_next(r) % 2 ? UINT64_MAX : 0;
    case 2: return i;
    case 3: return i / 5;
    case 4: return n - i;
    case 5: return (n - i) / 5;
    case 6: return i + stress_random_below(r, 9);
    case 7:
        return (uint64_t)stress_random_below(r, 5) << 60 | (uint64_t)stress_random_below(r, 3) << 30 |
               stress_random_below(r, 500);
    case 8: return i % 17;
    case 9: return stress_random_next(r) << 52;
    default: return 42;
    }
}

static int by_key(const void *a, const void *b) {
    uint64_t x = ((const weir_sort_item *)a)->key, y = ((const weir_sort_item *)b)->key;
    return x < y ? -1 : x > y;
}

static void fill(state *s, stress_random *r) {
    for (size_t i = 0; i < s->n; i++) s->items[i].key = key(s->keys, i, s->n, r);
    qsort(s->items, s->sorted, sizeof *s->items, by_key);
    for (size_t i = 0; i < s->n; i++) s->items[i].payload = i;
    memcpy(s->before, s->items, s->n * sizeof *s->items);
}

/* -- a round: one sort -- */

/* `runs` cuts its input into parts of at least a grain; small grains make every shape of merge occur. */
#define GRAINED(name) GRAINED_(name)
#define GRAINED_(name) TEAM_INIT_##name
#define TEAM_INIT_runs(s, grain) \
    weir_sort_runs_team_init_at((s)->team, (s)->items, (s)->sorted, (s)->n, (s)->scratch, (s)->workers, grain)
#define TEAM_INIT_merge(s, grain) \
    ((void)(grain), weir_sort_team_init((s)->team, (s)->items, (s)->sorted, (s)->n, (s)->scratch, (s)->workers))
#define TEAM_INIT_radix TEAM_INIT_merge
#define TEAM_INIT_insertion TEAM_INIT_merge

static void prepare(rounds *all) {
    state *s = all->arg;
    stress_random *r = &all->random;
    size_t most = strcmp(STRESS_VARIANT, "insertion") ? ITEMS : FEW;
    s->keys = stress_random_below(r, KEYS);
    s->n = stress_random_below(r, (uint32_t)(stress_random_below(r, 2) ? 200 : most));
    s->sorted = stress_random_below(r, 2) ? stress_random_below(r, (uint32_t)s->n + 1) : 0;
    s->workers = 1 + stress_random_below(r, all->size);
    size_t grain = 1 + stress_random_below(r, stress_random_below(r, 2) ? 4 : 8192);
    fill(s, r);
    memset(s->scratch, GIVEN_BACK, s->n * sizeof *s->scratch);
    if (GRAINED(WEIR_SORT)(s, grain) != WEIR_OK) stress_fail("team_init refused");
}

/* Every worker's return says that all is in order. When worker 0 returns the team's memory is its own. */
static void work(rounds_member *me) {
    state *s = me->arg;
    if (me->index >= s->workers) return;
    weir_sort_team_run(s->team, me->index);
    if (me->index == 0) memset(s->team, GIVEN_BACK, sizeof *s->team);
    for (size_t i = 1; i < s->n; i++)
        if (s->items[i - 1].key > s->items[i].key) {
            stress_fail("worker %u of %u has returned, and items %zu and %zu are out of order", me->index, s->workers,
                        i - 1, i);
            break;
        }
    watch_step(me->watched);
}

static const char *wrong(state *s, size_t i) {
    const weir_sort_item *a = s->items;
    if (a[i].payload >= s->n || a[i].key != s->before[a[i].payload].key) return "invented";
    if (s->seen[a[i].payload]++) return "doubled";
    if (i > 0 && a[i - 1].key > a[i].key) return "out of order";
    if (i > 0 && a[i - 1].key == a[i].key && a[i - 1].payload >= a[i].payload)
        return "before its equal that stood before it";
    return NULL;
}

static void judge(rounds *all) {
    state *s = all->arg;
    const char *what = NULL;
    size_t i = 0;
    memset(s->seen, 0, s->n);
    while (i < s->n && !(what = wrong(s, i))) i++;
    for (size_t b = 0; b < sizeof *s->team; b++)
        if (((unsigned char *)s->team)[b] != GIVEN_BACK) {
            stress_fail("worker 0 has returned, and somebody wrote to the team after that");
            break;
        }
    if (what) stress_fail("item %zu of the result is %s", i, what);
    if (stress_failed())
        stress_say("round: keys %s, %zu items, %zu of them in order, %u workers", key_texts[s->keys], s->n, s->sorted,
                   s->workers);
    stress_count("sorts", 1);
    stress_count("items", s->n);
    stress_count("workers", s->workers);
}

static state *state_make(void) {
    static state s;
    s.team = rounds_alloc(sizeof *s.team);
    s.items = rounds_alloc(ITEMS * sizeof *s.items);
    s.scratch = rounds_alloc(ITEMS * sizeof *s.scratch);
    s.before = rounds_alloc(ITEMS * sizeof *s.before);
    s.seen = rounds_alloc(ITEMS);
    return &s;
}
