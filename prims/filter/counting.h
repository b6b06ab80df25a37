/* filter.counting - as `classic`, with a 4-bit counter where that has a bit, so that a key can be taken out again. A
 * counter that reaches 15 no longer knows its number and stays at 15 until clear: a false positive at worst. Four times
 * the space for the same false positives. Contract: prims/filter.h. */
#ifndef WEIR_PRIMS_FILTER_COUNTING_H
#define WEIR_PRIMS_FILTER_COUNTING_H

#include "../filter_p.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_filter_counting {
    weir_a64 *words; /* 16 counters each */
    uint64_t counters, seed;
    unsigned k;
} weir_filter_counting;

size_t weir_filter_counting_bytes(uint64_t keys, unsigned bits_per_key);
weir_status weir_filter_counting_init(weir_filter_counting *f, uint64_t keys, unsigned bits_per_key, uint64_t seed,
                                      void *block);
void weir_filter_counting_insert(weir_filter_counting *f, uint64_t id);
void weir_filter_counting_insert_sp(weir_filter_counting *f, uint64_t id);
bool weir_filter_counting_may_contain(const weir_filter_counting *f, uint64_t id);
weir_status weir_filter_counting_remove(weir_filter_counting *f, uint64_t id);
weir_status weir_filter_counting_subsume(weir_filter_counting *f, const weir_filter_counting *from);
void weir_filter_counting_clear(weir_filter_counting *f);

#ifdef __cplusplus
}
#endif
#endif
