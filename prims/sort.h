/* sort - event sort: puts handles {key, payload} in the order of their keys, stably, knowing that a part is in order.
 *
 * When to use      A window of events of which most were in order before the new ones came. `insertion` is O(n^2) on
 *                  disorder and the fastest on items that are each near their place; the others are O(n) a digit.
 * Shape, units     n in items of 16 bytes, 0 .. 2^31; keys any uint64_t. items[0..sorted) must be in order already;
 *                  sorted = 0 says that nothing is known. Bits that no key varies in cost nothing.
 * Ownership        items and scratch are the caller's and must not overlap; scratch holds weir_sort_scratch(n) items,
 *                  its contents are undefined afterwards. Nothing is allocated; up to 40 KiB of stack are used.
 * Threads          weir_sort works on the calling thread; nobody else may touch items or scratch meanwhile.
 *                  Team: init by one thread, before all others (the caller synchronises, as by starting them); then
 *                  team_run once by each of `workers` threads with the indices 0 .. workers-1. All of them must come.
 *                  Worker 0 returns last of all: from then on the team may be used again or freed.
 * Progress         weir_sort: a bounded number of steps. team_run: blocking; a worker that has nothing left to do waits
 *                  for the slowest, spinning for some 10 us and then asleep in the kernel. With `parallel=no` worker
 *                  0 sorts and the others wait.
 * Memory order     All that any worker did before team_run, and all writes of the sort, happen before any return from
 *                  team_run.
 * Errors           See each function. A refused call has written nothing.
 * Limits           Not for signal handlers while the items are in use; team in private memory, not across processes.
 * Source           Knuth, The Art of Computer Programming 3; merge path: Odeh et al., Merge Path - Parallel Merging
 *                  Made Simple (IPDPSW 2012), where our split is a search on the rank. The radix sorts by as many leading
 *                  digits as n items need and repairs the few groups left, instead of by all digits.
 * Checked by       prims/sort_test.c against a stable reference; TSan (team). stress: unit laws fault fuzz; runs also
 *                  litmus model progress.
 */
#ifndef WEIR_PRIMS_SORT_H
#define WEIR_PRIMS_SORT_H

#include "sort/insertion.h"
#include "sort/merge.h"
#include "sort/radix.h"
#include "sort/runs.h"
#include "variant.h"

#ifdef __cplusplus
extern "C" {
#endif

#define WEIR_SORT_(op) WEIR_BIND(sort, WEIR_SORT, op)

/* Items of scratch that sorting n items needs: n, or 0 for `insertion`. */
static inline size_t weir_sort_scratch(size_t n) { return WEIR_SORT_(_scratch)(n); }

/* Sorts items[0..n) by key; equal keys keep their order. OK; BAD_RANGE: sorted > n or n > WEIR_SORT_MAX; BAD_NULL:
 * items is NULL and n is not 0, or scratch is NULL and needed; BAD_ALIGN: items or scratch not aligned to 8.
 * That items[0..sorted) is not in order is the caller's mistake: asserted in debug builds, wrong order otherwise. */
static inline weir_status weir_sort(weir_sort_item *items, size_t sorted, size_t n, weir_sort_item *scratch) {
    return WEIR_SORT_()(items, sorted, n, scratch);
}

/* Prepares one sort by `workers` threads, 1 .. WEIR_SORT_WORKERS_MAX; may scan the items. As weir_sort, and BAD_NULL,
 * BAD_ALIGN: team is NULL or not aligned to WEIR_CACHE_LINE; BAD_ZERO, BAD_RANGE: workers. */
static inline weir_status weir_sort_team_init(weir_sort_team *team, weir_sort_item *items, size_t sorted, size_t n,
                                              weir_sort_item *scratch, unsigned workers) {
    return WEIR_SORT_(_team_init)(team, items, sorted, n, scratch, workers);
}

/* Does worker `index`'s share and returns when all items are in order; worker 0 when, besides, the others have let go
 * of the team. Once by each worker. */
static inline void weir_sort_team_run(weir_sort_team *team, unsigned index) { WEIR_SORT_(_team_run)(team, index); }

#undef WEIR_SORT_

#ifdef __cplusplus
}
#endif
#endif
