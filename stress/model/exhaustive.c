/* All choices, depth first, by running from the beginning each time: with at most 0, 1, 2, 3 preemptions and as many stale
 * reads, late stores and failures for no reason, then without a bound.
 *
 * Reduction: what every thread has seen, and so whatever it does next, follows from the execution graph - the events, what
 * each read has read, the modification orders. Its hash is a sum over events and links, so schedules that differ only in the
 * order of independent steps come to the same state. A schedule that comes to a state which has been searched with at least
 * as much left of the bound ends there. Two states could share a hash of 120 bits; it is not known to have happened. */
#include <stdlib.h>

#include "stress/model/search.h"

enum { TRAIL_MAX = 4 * STEPS_MAX, UNBOUNDED = INT16_MAX, TABLE_BITS_MAX = 24 };

/* -- the trail of choices ahead of which all has been searched -- */

static struct turn { uint8_t n, at; } trail[TRAIL_MAX];
static int depth, position; /* entries; those of them replayed in this schedule */
static int bound;
static bool cut; /* the bound has left something out */

static int follow(int n) {
    if (position == depth) {
        if (depth == TRAIL_MAX) schedule_convict(REFUSED, "more than %d choices in one schedule", TRAIL_MAX);
        trail[depth++] = (struct turn){(uint8_t)n, 0};
    }
    if (trail[position].n != n) schedule_convict(REFUSED, "the program behaves differently when it is run again");
    return trail[position++].at;
}

static bool advance(void) {
    while (depth > 0 && trail[depth - 1].at + 1 == trail[depth - 1].n) depth--;
    if (depth > 0) trail[depth - 1].at++;
    return depth > 0;
}

/* -- the table of states -- */

static struct seen {
    uint64_t key[2]; /* the low byte of key[1]: what was left of the bound, as in `left` below; 0: free */
} * table;
static size_t table_size, table_used;

static struct seen *place_of(const uint64_t key[2]) {
    size_t i = (size_t)hash_mix(key[0], 0x5851f42d4c957f2du) & (table_size - 1);
    while ((table[i].key[1] & 255) && (table[i].key[0] != key[0] || (table[i].key[1] ^ key[1]) >> 8))
        i = (i + 1) & (table_size - 1);
    return &table[i];
}

static bool grow(void) {
    struct seen *old = table;
    size_t size = table_size;
    if (size == (size_t)1 << TABLE_BITS_MAX) return false;
    table_size = size ? size * 2 : 1 << 14;
    table = calloc(table_size, sizeof *table);
    if (!table) abort();
    for (size_t i = 0; i < size; i++)
        if (old[i].key[1] & 255) *place_of(old[i].key) = old[i];
    free(old);
    return true;
}

static bool full(void) { return table_used * 10 > table_size * 6 && !grow(); }

/* What is left of the bound: preemptions and other deviations, a nibble each, + 1. */
static uint8_t left(void) {
    if (bound == UNBOUNDED) return 0xff;
    return (uint8_t)((bound - m.preemptions + 1) << 4 | (bound - m.odd + 1));
}

static bool covers(uint8_t a, uint8_t b) { return a >> 4 >= b >> 4 && (a & 15) >= (b & 15); }

/* Has the present state been searched with at least as much left? It counts as such from here on. */
static bool been_here(int current) {
    uint64_t key[2] = {m.hash[0] + hash_mix(m.now, (uint64_t)current + 2), m.hash[1] & ~(uint64_t)255};
    struct seen *s = place_of(key);
    uint8_t before = (uint8_t)s->key[1], now = left();
    if (covers(before, now)) return true;
    table_used += before == 0;
    *s = (struct seen){{key[0], key[1] | now}};
    return false;
}

/* -- the strategy -- */

static void begin(void) { position = 0; }

static int value(choice_kind kind, int n) {
    (void)kind;
    if (m.odd < bound) return follow(n);
    cut = true;
    return 0;
}

static bool affordable(const options *o, int i) { return !o->costs[i] || m.preemptions < bound; }

/* How many options the bound leaves; the default always. */
static int count_affordable(const options *o) {
    int n = 0;
    for (int i = 0; i < o->n; i++) n += affordable(o, i);
    if (n < o->n) cut = true;
    return n;
}

static int thread(const options *o) {
    int n = count_affordable(o), which = 0;
    /* who runs matters only where leaving it costs something */
    int current = bound < UNBOUNDED && o->costs[o->n - 1] ? m.running : NOBODY;
    if (n > 1 && position == depth && been_here(current)) return -1;
    for (int skip = n > 1 ? follow(n) : 0; skip > 0 || !affordable(o, which); which++) skip -= affordable(o, which);
    return which;
}

static const strategy strategy_exhaustive = {"exhaustive", begin, thread, value};

/* -- the search -- */

static outcome search_trail(double until, double whole, bool *ended) {
    depth = 0;
    cut = false;
    *ended = false;
    for (unsigned i = 1;; i++) {
        outcome o = search_next();
        if (outcome_bad(o)) return o;
        *ended = !advance();
        if (*ended || (!m.lazy && full())) return o;
        if (i % 128 == 0) {
            stress_progress(stress_elapsed() / whole);
            if (stress_elapsed() > until) return o;
        }
    }
}

outcome exhaustive_search(double until, double whole, exhausted *e) {
    static const int bounds[] = {0, 1, 2, 3, UNBOUNDED};
    outcome o = FINISHED;
    bool ended = true;
    m.strategy = &strategy_exhaustive;
    table_used = table_size = 0;
    grow();
    *e = (exhausted){.bound = -1};
    for (int i = 0; i < 5 && ended && !e->complete && !outcome_bad(o); i++) {
        bound = bounds[i];
        if (m.program->preemptions && bound > m.program->preemptions) break;
        o = search_trail(until, whole, &ended);
        if (ended && !outcome_bad(o)) e->bound = bound, e->complete = !cut;
        e->states = table_used;
    }
    free(table);
    table = NULL;
    return o;
}

/* -- by graphs (graphs.c) -- */

static int value_of_graph(choice_kind kind, int n) {
    (void)kind;
    return follow(n);
}

static const strategy strategy_graphs = {"graphs", begin, NULL, value_of_graph};

outcome graphs_search(double until, double whole, exhausted *e) {
    outcome o = FINISHED;
    bool ended = true;
    m.strategy = &strategy_graphs;
    m.lazy = true;
    m.left_out = false;
    *e = (exhausted){.bound = -1};
    graphs_learned();
    do {
        uint64_t before = m.counts.schedules;
        o = search_trail(until, whole, &ended);
        e->states = m.counts.schedules - before;
    } while (ended && !m.left_out && !outcome_bad(o) && graphs_learned());
    e->complete = ended && !m.left_out && !outcome_bad(o);
    m.lazy = false;
    return o;
}
