/* sort.radix - least significant digit first, on as many of the leading varying bits as n items need to be told apart;
 * the few that these do not part are sorted as small groups. Constant bits cost nothing, whatever their position, so
 * keys of 32 bits cost half of what keys of 64 cost; and a part in order, or in strictly falling order, costs a scan.
 * Contract: prims/sort.h. */
#ifndef WEIR_PRIMS_SORT_RADIX_H
#define WEIR_PRIMS_SORT_RADIX_H

#include "../sort_p.h"

#ifdef __cplusplus
extern "C" {
#endif

static inline size_t weir_sort_radix_scratch(size_t n) { return n; }
weir_status weir_sort_radix(weir_sort_item *items, size_t sorted, size_t n, weir_sort_item *scratch);

static inline weir_status weir_sort_radix_team_init(weir_sort_team *team, weir_sort_item *items, size_t sorted,
                                                    size_t n, weir_sort_item *scratch, unsigned workers) {
    return weir_sort_team_prepare(team, items, sorted, n, scratch, weir_sort_radix_scratch(n), workers);
}

static inline void weir_sort_radix_team_run(weir_sort_team *team, unsigned index) {
    weir_sort_team_alone(team, index, weir_sort_radix);
}

/* For the other sorts: sorts items[0..n) and returns where the result lies, items or scratch (n items). What the other
 * of the two holds then is undefined. */
weir_sort_item *weir_sort_radix_either(weir_sort_item *items, size_t n, weir_sort_item *scratch);

#ifdef __cplusplus
}
#endif
#endif
