/* filter.classic - Bloom's filter: k = ln 2 * bits per key, each probe anywhere in the filter, stopping at the first
 * bit that is not there. Fewest false positives for its space; up to k cache lines a query. Contract: prims/filter.h.
 * */
#ifndef WEIR_PRIMS_FILTER_CLASSIC_H
#define WEIR_PRIMS_FILTER_CLASSIC_H

#include "../filter_p.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_filter_classic {
    weir_a64 *words;
    uint64_t bits, seed;
    unsigned k;
} weir_filter_classic;

size_t weir_filter_classic_bytes(uint64_t keys, unsigned bits_per_key);
weir_status weir_filter_classic_init(weir_filter_classic *f, uint64_t keys, unsigned bits_per_key, uint64_t seed,
                                     void *block);
void weir_filter_classic_insert(weir_filter_classic *f, uint64_t id);
void weir_filter_classic_insert_sp(weir_filter_classic *f, uint64_t id);
bool weir_filter_classic_may_contain(const weir_filter_classic *f, uint64_t id);
weir_status weir_filter_classic_remove(weir_filter_classic *f, uint64_t id);
weir_status weir_filter_classic_subsume(weir_filter_classic *f, const weir_filter_classic *from);
void weir_filter_classic_clear(weir_filter_classic *f);

#ifdef __cplusplus
}
#endif
#endif
