/* sort.runs - the parallel sort: each worker sorts its own part of the new items (radix), then rounds of merges, each
 * split so that every worker writes an equal share of the output whatever the keys (merge path). One worker alone does
 * what sort.merge does. Contract: prims/sort.h. */
#ifndef WEIR_PRIMS_SORT_RUNS_H
#define WEIR_PRIMS_SORT_RUNS_H

#include "merge.h"

#ifdef __cplusplus
extern "C" {
#endif

static inline size_t weir_sort_runs_scratch(size_t n) { return n; }

static inline weir_status weir_sort_runs(weir_sort_item *items, size_t sorted, size_t n, weir_sort_item *scratch) {
    return weir_sort_merge(items, sorted, n, scratch);
}

/* Another worker is worth its barriers, and the way of the items to its cache, from this many merged items on. */
#define WEIR_SORT_RUNS_GRAIN 8192

/* For tests: another grain, 1 or more. Parts may then be empty. */
weir_status weir_sort_runs_team_init_at(weir_sort_team *team, weir_sort_item *items, size_t sorted, size_t n,
                                        weir_sort_item *scratch, unsigned workers, size_t grain);

static inline weir_status weir_sort_runs_team_init(weir_sort_team *team, weir_sort_item *items, size_t sorted, size_t n,
                                                   weir_sort_item *scratch, unsigned workers) {
    return weir_sort_runs_team_init_at(team, items, sorted, n, scratch, workers, WEIR_SORT_RUNS_GRAIN);
}

void weir_sort_runs_team_run(weir_sort_team *team, unsigned index);

#ifdef __cplusplus
}
#endif
#endif
