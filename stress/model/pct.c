/* Probabilistic concurrency testing (Burckhardt, Kothari, Musuvathi, Nagarakatte, ASPLOS 2010): the thread of highest
 * priority runs; priorities are random and change at d random steps. A bug that needs d ordering constraints is found with
 * probability 1 / (threads * steps^d) at least. What loads see is left to dice, as in random.c. */
#include "stress/model/search.h"

enum { CHANGES_MAX = 4, UNLIKELY = 24 /* one choice in so many */ };

static stress_random dice;
static uint32_t stales;
static int priority[MODEL_THREADS_MAX];
static int change_at[CHANGES_MAX], changes, lowest;
static int longest = 1; /* schedule so far, in steps */

static void begin(void) {
    static const uint32_t rates[] = {0, 2, 4, 16};
    dice = stress_random_begin(search_seed(), 2);
    stales = rates[stress_random_below(&dice, 4)];
    for (int i = 0; i < m.thread_count; i++) { /* a random permutation */
        int j = (int)stress_random_below(&dice, (uint32_t)i + 1);
        priority[i] = priority[j];
        priority[j] = i;
    }
    lowest = 0;
    changes = (int)stress_random_below(&dice, CHANGES_MAX + 1);
    for (int i = 0; i < changes; i++) change_at[i] = (int)stress_random_below(&dice, (uint32_t)longest);
}

static void change(void) {
    if (m.steps > longest) longest = m.steps;
    for (int i = 0; i < changes; i++)
        if (change_at[i] == m.steps) priority[m.running] = --lowest;
}

static int thread(const options *o) {
    int best = 0, runnable = 0;
    change();
    while (runnable < o->n && o->code[runnable] < 16) runnable++;
    if (runnable == 0 || (runnable < o->n && stress_random_below(&dice, UNLIKELY) == 0))
        return runnable + (int)stress_random_below(&dice, (uint32_t)(o->n - runnable));
    for (int i = 1; i < runnable; i++)
        if (priority[o->code[i]] > priority[o->code[best]]) best = i;
    return best;
}

static int value(choice_kind kind, int n) { return random_value(&dice, stales, kind, n); }

const strategy strategy_pct = {"pct", begin, thread, value};
