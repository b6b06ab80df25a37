/* sort_p - what all event sorts share: the item, the checks of the arguments, the scan for a part already in order, and
 * the team with its barrier. Reached through prims/sort.h; private otherwise. */
#ifndef WEIR_PRIMS_SORT_P_H
#define WEIR_PRIMS_SORT_P_H

#include <stddef.h>
#include <stdint.h>

#include "platform.h"
#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A handle: sorts never look at what payload stands for. */
typedef struct weir_sort_item {
    uint64_t key, payload;
} weir_sort_item;

#define WEIR_SORT_MAX ((size_t)1 << 31) /* items of one sort */
#define WEIR_SORT_WORKERS_MAX 1024u

/* One sort by several threads. Plain fields are constant from init on. */
typedef struct weir_sort_team {
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_sort_item *items;
    weir_sort_item *scratch;
    size_t sorted, n;
    unsigned workers;
    unsigned parts;                                 /* runs the new part is cut into; at most one a worker */
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a32 arrived; /* workers at the barrier; added to by each, cleared by the last */
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a32 phase;   /* 2 * barriers passed, + 1 when somebody sleeps on it */
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a32 left;    /* 2 * workers done with the team, + 1 when worker 0 sleeps */
} weir_sort_team;

/* What weir_sort() refuses; `need` is the variant's scratch for n items. */
weir_status weir_sort_check(const weir_sort_item *items, size_t sorted, size_t n, const weir_sort_item *scratch,
                            size_t need);

/* Length of the ordered beginning of items[0..n), the first `sorted` of which are known to be in order. */
size_t weir_sort_ordered(const weir_sort_item *items, size_t sorted, size_t n);

/* Checks the arguments and fills *team for one sort in one part. */
weir_status weir_sort_team_prepare(weir_sort_team *team, weir_sort_item *items, size_t sorted, size_t n,
                                   weir_sort_item *scratch, size_t need, unsigned workers);

/* Returns when all workers have called it: what they did before happens before what any does after. */
void weir_sort_team_meet(weir_sort_team *team);

/* The last call of each worker: afterwards it does not touch the team. Worker 0 returns when all others have called. */
void weir_sort_team_leave(weir_sort_team *team, unsigned index);

/* team_run of a sort that knows no team: worker 0 sorts, the others wait for it. */
void weir_sort_team_alone(weir_sort_team *team, unsigned index,
                          weir_status (*sort)(weir_sort_item *, size_t, size_t, weir_sort_item *));

#ifdef __cplusplus
}
#endif
#endif
