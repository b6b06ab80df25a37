/* Each schedule rolls how often it changes threads and how often loads are stale, then rolls at every choice. */
#include "stress/model/search.h"

static stress_random dice;
static uint32_t switches, stales; /* one choice in so many; stales 0: never */

static void begin(void) {
    static const uint32_t rates[] = {0, 2, 4, 16};
    dice = stress_random_begin(search_seed(), 1);
    switches = 1u << stress_random_below(&dice, 5);
    stales = rates[stress_random_below(&dice, 4)];
}

/* Without a preemption where the default has none, unless the dice say so. */
static int thread(const options *o) {
    int free = 0;
    while (free < o->n && !o->costs[free]) free++;
    if (free < o->n && stress_random_below(&dice, switches) == 0) return (int)stress_random_below(&dice, o->n);
    return free > 1 ? (int)stress_random_below(&dice, (uint32_t)free) : 0;
}

int random_value(stress_random *r, uint32_t rate, choice_kind kind, int n) {
    if (kind == CHOOSE_WEAK) rate = 16;
    if (rate == 0 || stress_random_below(r, rate) != 0) return 0;
    return 1 + (int)stress_random_below(r, (uint32_t)n - 1);
}

static int value(choice_kind kind, int n) { return random_value(&dice, stales, kind, n); }

const strategy strategy_random = {"random", begin, thread, value};
