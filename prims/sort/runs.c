#include "prims/sort/runs.h"

#include <assert.h>
#include <string.h>

#include "prims/sort/radix.h"

/* The new items are items[sorted..n), cut into `parts` runs of almost equal length. All rounds but the last merge
 * neighbouring runs from one array into the same places of the other; the last merges the old part with the new. The
 * last round writes to items, so the parity of the number of rounds tells where the sorted parts must lie at first. */

/* Where share k of `of` equal shares of [from, to) begins. */
static size_t share(size_t from, size_t to, size_t k, size_t of) {
    return from + (size_t)((uint64_t)(to - from) * k / of); /* below 2^31 * 2^10 */
}

/* Writes dst[begin..end) of dst[low..high), the merge of src[low..middle) and src[middle..high). */
static void merge_share(const weir_sort_item *src, size_t low, size_t middle, size_t high, size_t begin, size_t end,
                        weir_sort_item *dst) {
    const weir_sort_item *a = src + low, *b = src + middle;
    size_t na = middle - low, nb = high - middle;
    size_t i = weir_sort_co_rank(a, na, b, nb, begin - low), i_end = weir_sort_co_rank(a, na, b, nb, end - low);
    size_t j = begin - low - i, j_end = end - low - i_end;
    weir_sort_merge_apart(a + i, i_end - i, b + j, j_end - j, dst + begin);
}

static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

/* Where part k begins; the end is part `parts`. */
static size_t part(const weir_sort_team *t, size_t k) { return share(t->sorted, t->n, smaller(k, t->parts), t->parts); }

/* One round: runs of `step` parts each are merged in pairs. This worker writes the places of its own part. */
static void merge_pair(const weir_sort_team *t, unsigned index, size_t step, const weir_sort_item *src,
                       weir_sort_item *dst) {
    size_t first = index / (2 * step) * (2 * step);
    merge_share(src, part(t, first), part(t, first + step), part(t, first + 2 * step), part(t, index),
                part(t, (size_t)index + 1), dst);
}

/* The last round when there is an old part, which then lies in scratch like the new. */
static void merge_old(const weir_sort_team *t, unsigned index) {
    size_t begin = share(0, t->n, index, t->parts), end = share(0, t->n, (size_t)index + 1, t->parts);
    merge_share(t->scratch, 0, t->sorted, t->n, begin, end, t->items);
}

static void sort_part(const weir_sort_team *t, unsigned index, weir_sort_item *home) {
    size_t begin = part(t, index), n = part(t, (size_t)index + 1) - begin;
    weir_sort_item *r = weir_sort_radix_either(t->items + begin, n, t->scratch + begin);
    if (r != home + begin) memcpy(home + begin, r, n * sizeof *r);
    size_t old = share(0, t->sorted, index, t->parts), old_end = share(0, t->sorted, (size_t)index + 1, t->parts);
    memcpy(t->scratch + old, t->items + old, (old_end - old) * sizeof *r);
}

static unsigned rounds_of(const weir_sort_team *t) {
    unsigned rounds = t->sorted > 0;
    for (size_t step = 1; step < t->parts; step *= 2) rounds++;
    return rounds;
}

weir_status weir_sort_runs_team_init_at(weir_sort_team *team, weir_sort_item *items, size_t sorted, size_t n,
                                        weir_sort_item *scratch, unsigned workers, size_t grain) {
    weir_status bad = weir_sort_team_prepare(team, items, sorted, n, scratch, weir_sort_runs_scratch(n), workers);
    if (bad || n == 0) return bad;
    size_t old = weir_sort_ordered(items, sorted, n);
    team->sorted = old < n / 8 ? 0 : old;
    size_t parts = (4 * (n - team->sorted) + n) / grain; /* sorting an item costs four times what merging one does */
    team->parts = parts > 1 ? (unsigned)smaller(parts, workers) : 1;
    return WEIR_OK;
}

void weir_sort_runs_team_run(weir_sort_team *t, unsigned index) {
    assert(index < t->workers);
    if (t->parts == 1) {
        weir_sort_team_alone(t, index, weir_sort_merge);
        return;
    }
    bool works = index < t->parts, odd = rounds_of(t) % 2 == 1;
    weir_sort_item *src = odd ? t->scratch : t->items, *dst = odd ? t->items : t->scratch;
    if (works) sort_part(t, index, src);
    weir_sort_team_meet(t);
    for (size_t step = 1; step < t->parts; step *= 2) {
        if (works) merge_pair(t, index, step, src, dst);
        weir_sort_team_meet(t);
        weir_sort_item *swap = src;
        src = dst;
        dst = swap;
    }
    if (t->sorted > 0) {
        if (works) merge_old(t, index);
        weir_sort_team_meet(t);
    }
    weir_sort_team_leave(t, index);
}
