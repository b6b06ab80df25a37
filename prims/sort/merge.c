#include "prims/sort/merge.h"

#include <stdbool.h>
#include <string.h>

#include "prims/sort/radix.h"

size_t weir_sort_co_rank(const weir_sort_item *a, size_t na, const weir_sort_item *b, size_t nb, size_t rank) {
    size_t low = rank > nb ? rank - nb : 0, high = rank < na ? rank : na;
    while (low < high) {
        size_t i = low + (high - low) / 2;
        if (a[i].key <= b[rank - i - 1].key) low = i + 1; /* a[i] goes before b[rank-i-1]: more than i come from a */
        else high = i;
    }
    return low;
}

/* x, or y when `second`, without a branch: which run comes next cannot be predicted. Compilers make a branch of ?:
 * here, for three times the price. */
static inline const weir_sort_item *pick(const weir_sort_item *x, const weir_sort_item *y, size_t second) {
    return (const weir_sort_item *)((uintptr_t)x ^ (((uintptr_t)x ^ (uintptr_t)y) & -(uintptr_t)second));
}

/* Few b among many a, from the back: the loop over a's run above each b is mispredicted once a run. out may be a. */
static void merge_few(const weir_sort_item *a, size_t na, const weir_sort_item *b, size_t nb, weir_sort_item *out) {
    while (na > 0 && nb > 0) {
        weir_sort_item it = b[nb - 1];
        for (; na > 0 && a[na - 1].key > it.key; na--) out[na + nb - 1] = a[na - 1];
        out[na + --nb] = it;
    }
    if (nb) memcpy(out, b, nb * sizeof *b);
    if (na && out != a) memcpy(out, a, na * sizeof *a);
}

/* ---- as many a as b ---------------------------------------------------------------------------------------------- */

/* A merge from both ends at once. In as many steps as the shorter run is long no end can be met. */
typedef struct ends {
    const weir_sort_item *a, *b, *a_end, *b_end;
    weir_sort_item *out, *out_end;
} ends;

static inline ends ends_of(const weir_sort_item *a, size_t na, const weir_sort_item *b, size_t nb,
                           weir_sort_item *out) {
    return (ends){a, b, a + na, b + nb, out, out + na + nb};
}

static inline size_t a_left(const ends *e) { return (size_t)(e->a_end - e->a); }
static inline size_t b_left(const ends *e) { return (size_t)(e->b_end - e->b); }
static inline size_t smaller(size_t x, size_t y) { return x < y ? x : y; }
static inline size_t safe_steps(const ends *e) { return smaller(a_left(e), b_left(e)); }

static WEIR_ALWAYS_INLINE void step(ends *e) {
    const weir_sort_item *a_last = e->a_end - 1, *b_last = e->b_end - 1;
    size_t take_b = e->b->key < e->a->key;
    size_t take_a = a_last->key > b_last->key;
    *e->out++ = *pick(e->a, e->b, take_b);
    e->b += take_b;
    e->a += 1 - take_b;
    *--e->out_end = *pick(b_last, a_last, take_a);
    e->a_end -= take_a;
    e->b_end -= 1 - take_a;
}

static void finish(ends e) {
    for (size_t steps; (steps = safe_steps(&e)) >= 4;)
        while (steps-- > 0) step(&e);
    merge_few(e.a, a_left(&e), e.b, b_left(&e), e.out);
}

/* A step waits for its loads, so two merges of two ends each, of the lower and of the upper half of the output, go side
 * by side: four chains of loads in flight instead of one, three times as fast. */
static void merge_even(const weir_sort_item *a, size_t na, const weir_sort_item *b, size_t nb, weir_sort_item *out) {
    size_t half = (na + nb) / 2, i = weir_sort_co_rank(a, na, b, nb, half), j = half - i;
    ends low = ends_of(a, i, b, j, out), high = ends_of(a + i, na - i, b + j, nb - j, out + half);
    for (size_t steps = smaller(safe_steps(&low), safe_steps(&high)); steps > 0; steps--) {
        step(&low);
        step(&high);
    }
    finish(low);
    finish(high);
}

static bool few(size_t na, size_t nb) { return na / 4 > nb; } /* measured: there the two cost the same */

void weir_sort_merge_apart(const weir_sort_item *a, size_t na, const weir_sort_item *b, size_t nb,
                           weir_sort_item *out) {
    if (few(na, nb)) merge_few(a, na, b, nb, out);
    else merge_even(a, na, b, nb, out);
}

/* How many of a[0..n), in order, have keys up to `key`. */
static size_t up_to(const weir_sort_item *a, size_t n, uint64_t key) {
    size_t low = 0;
    while (low < n) {
        size_t middle = low + (n - low) / 2;
        if (a[middle].key <= key) low = middle + 1;
        else n = middle;
    }
    return low;
}

/* items[0..old) and scratch[0..fresh) into items; scratch has room for both. */
static void merge_in_place(weir_sort_item *items, size_t old, weir_sort_item *scratch, size_t fresh) {
    if (few(old, fresh)) {
        merge_few(items, old, scratch, fresh, items);
        return;
    }
    size_t stay = up_to(items, old, scratch[0].key);
    memcpy(scratch + fresh, items + stay, (old - stay) * sizeof *items);
    merge_even(scratch + fresh, old - stay, scratch, fresh, items + stay);
}

weir_status weir_sort_merge(weir_sort_item *items, size_t sorted, size_t n, weir_sort_item *scratch) {
    weir_status bad = weir_sort_check(items, sorted, n, scratch, weir_sort_merge_scratch(n));
    if (bad) return bad;
    size_t old = weir_sort_ordered(items, sorted, n);
    if (old == n) return WEIR_OK;
    if (old < n / 8) old = 0; /* sorting these again costs less than merging all with them */
    size_t fresh = n - old;
    weir_sort_item *new_part = weir_sort_radix_either(items + old, fresh, scratch);
    if (new_part != scratch) {
        if (old == 0 || items[old - 1].key <= items[old].key) return WEIR_OK;
        memcpy(scratch, new_part, fresh * sizeof *scratch);
    }
    merge_in_place(items, old, scratch, fresh);
    return WEIR_OK;
}
