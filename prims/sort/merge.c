#include "prims/sort/merge.h"

#include <string.h>

#include "prims/sort/radix.h"

/* Few b among many a: a's run down to the place of each b is copied by a loop whose end is mispredicted once a run. */
static void merge_runs(const weir_sort_item *a, size_t *na, const weir_sort_item *b, size_t *nb, weir_sort_item *out) {
    size_t i = *na, j = *nb;
    while (i > 0 && j > 0) {
        weir_sort_item it = b[j - 1];
        while (i > 0 && a[i - 1].key > it.key) {
            i--;
            out[i + j] = a[i];
        }
        j--;
        out[i + j] = it;
    }
    *na = i;
    *nb = j;
}

/* As many of the one as of the other: which is next cannot be predicted, so it is computed. */
static void merge_even(const weir_sort_item *a, size_t *na, const weir_sort_item *b, size_t *nb, weir_sort_item *out) {
    size_t i = *na, j = *nb;
    while (i > 0 && j > 0) {
        const weir_sort_item *x = a + i - 1, *y = b + j - 1;
        size_t take_a = x->key > y->key;
        const weir_sort_item *from = take_a ? x : y;
        out[i + j - 1] = *from;
        i -= take_a;
        j -= 1 - take_a;
    }
    *na = i;
    *nb = j;
}

void weir_sort_merge_back(const weir_sort_item *a, size_t na, const weir_sort_item *b, size_t nb, weir_sort_item *out) {
    if (na / 4 > nb) merge_runs(a, &na, b, &nb, out);
    else merge_even(a, &na, b, &nb, out);
    if (nb) memcpy(out, b, nb * sizeof *b);
    else if (na && out != a) memcpy(out, a, na * sizeof *a);
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
    weir_sort_merge_back(items, old, scratch, fresh, items);
    return WEIR_OK;
}
