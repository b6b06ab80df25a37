#include "prims/sort/merge.h"

#include <stdbool.h>
#include <string.h>

#include "prims/sort/radix.h"

/* x, or y when `second`, without a branch: which run comes next cannot be predicted. Compilers make a branch of ?: here,
 * for three times the price. */
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

/* As many a as b: from both ends at once, which gives the processor two chains of loads to follow instead of one. As
 * many steps as the shorter run is long need no look at its ends, and what is left is merged in the same way. */
static void merge_even(const weir_sort_item *a, size_t na, const weir_sort_item *b, size_t nb, weir_sort_item *out) {
    while (na >= 4 && nb >= 4) {
        const weir_sort_item *a_end = a + na - 1, *b_end = b + nb - 1;
        weir_sort_item *out_end = out + na + nb - 1;
        for (size_t steps = na < nb ? na : nb; steps > 0; steps--) {
            size_t take_b = b->key < a->key, take_a = a_end->key > b_end->key;
            *out++ = *pick(a, b, take_b);
            b += take_b;
            a += 1 - take_b;
            *out_end-- = *pick(b_end, a_end, take_a);
            a_end -= take_a;
            b_end -= 1 - take_a;
        }
        na = (size_t)(a_end + 1 - a);
        nb = (size_t)(b_end + 1 - b);
    }
    merge_few(a, na, b, nb, out);
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
