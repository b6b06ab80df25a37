/* sort.insertion - straight insertion: O(n + inversions), so O(n^2) on disorder. For a few items, and for items each
 * near its place; moves nothing that is in order and needs no scratch. Contract: prims/sort.h. */
#ifndef WEIR_PRIMS_SORT_INSERTION_H
#define WEIR_PRIMS_SORT_INSERTION_H

#include "../sort_p.h"

#ifdef __cplusplus
extern "C" {
#endif

static inline size_t weir_sort_insertion_scratch(size_t n) { return (void)n, (size_t)0; }
weir_status weir_sort_insertion(weir_sort_item *items, size_t sorted, size_t n, weir_sort_item *scratch);

static inline weir_status weir_sort_insertion_team_init(weir_sort_team *team, weir_sort_item *items, size_t sorted,
                                                        size_t n, weir_sort_item *scratch, unsigned workers) {
    return weir_sort_team_prepare(team, items, sorted, n, scratch, 0, workers);
}

static inline void weir_sort_insertion_team_run(weir_sort_team *team, unsigned index) {
    weir_sort_team_alone(team, index, weir_sort_insertion);
}

/* The bare loop, for the other sorts: items[0..sorted) in order, 1 <= sorted. */
static inline void weir_sort_insert_rest(weir_sort_item *items, size_t sorted, size_t n) {
    for (size_t i = sorted; i < n; i++) {
        weir_sort_item it = items[i];
        size_t j = i;
        for (; j > 0 && items[j - 1].key > it.key; j--) items[j] = items[j - 1];
        items[j] = it;
    }
}

#ifdef __cplusplus
}
#endif
#endif
