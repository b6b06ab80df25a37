/* sort.merge - radix on the new part, then a merge from the back: old items above the smallest new one move once, the
 * others not at all. The default: an event queue is mostly in order. A part already in order that the caller did not
 * know of is found by a scan. Contract: prims/sort.h. */
#ifndef WEIR_PRIMS_SORT_MERGE_H
#define WEIR_PRIMS_SORT_MERGE_H

#include "../sort_p.h"

#ifdef __cplusplus
extern "C" {
#endif

static inline size_t weir_sort_merge_scratch(size_t n) { return n; }
weir_status weir_sort_merge(weir_sort_item *items, size_t sorted, size_t n, weir_sort_item *scratch);

static inline weir_status weir_sort_merge_team_init(weir_sort_team *team, weir_sort_item *items, size_t sorted,
                                                    size_t n, weir_sort_item *scratch, unsigned workers) {
    return weir_sort_team_prepare(team, items, sorted, n, scratch, weir_sort_merge_scratch(n), workers);
}

static inline void weir_sort_merge_team_run(weir_sort_team *team, unsigned index) {
    weir_sort_team_alone(team, index, weir_sort_merge);
}

/* For the other sorts: how many of the first `rank` items of the merge of a and b come from a. */
size_t weir_sort_co_rank(const weir_sort_item *a, size_t na, const weir_sort_item *b, size_t nb, size_t rank);

/* For the other sorts: merges a[0..na) and b[0..nb), each in order, a's items first among equals, into out[0..na+nb),
 * which overlaps neither. */
void weir_sort_merge_apart(const weir_sort_item *a, size_t na, const weir_sort_item *b, size_t nb, weir_sort_item *out);

#ifdef __cplusplus
}
#endif
#endif
