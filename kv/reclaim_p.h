/* reclaim_p - what readers may still see is freed when they cannot any more, and never piles up. Private to kv.
 *
 * Each thread gathers what it retires in batches of its own; a batch is handed to RCU when it is full or old. Bytes retired
 * and not yet freed have a budget, in three stages, all of them outside of locks and read sections (weir_reclaim_admit): up to half of
 * it a write does nothing but free its own batches that are ready; up to all of it it helps, by handing its batch over early and
 * freeing; beyond it waits; and after full_after_ns without room it answers FULL. */
#ifndef WEIR_KV_RECLAIM_P_H
#define WEIR_KV_RECLAIM_P_H

#include "kv/kv.h"
#include "kv/mem_p.h"

typedef struct weir_reclaim weir_reclaim;

weir_reclaim *weir_reclaim_new(size_t retired_max, uint64_t full_after_ns); /* NULL: no memory */
/* Nobody is in a section or retires any more: waits for a grace period and frees all. NULL is nothing. */
void weir_reclaim_free(weir_reclaim *r);

/* at: unreachable for new readers. After a grace period free_it(arg, at) is called, by any thread, outside of locks. Never fails and
 * never waits; it may be called inside a section and under locks. bytes count against the budget. */
typedef void weir_reclaim_fn(void *arg, void *at, size_t bytes);
void weir_reclaim_retire(weir_reclaim *r, weir_reclaim_fn *free_it, void *arg, void *at, size_t bytes);

/* Before a write, outside of locks and sections. OK or FULL. */
weir_kv_status weir_reclaim_admit(weir_reclaim *r);

/* Waits until all that was retired before the call is freed. Outside of sections. */
void weir_reclaim_drain(weir_reclaim *r);

void weir_reclaim_stats(weir_reclaim *r, weir_kv_stats *stats); /* retired, retired_max, helps, waits, fulls, age */

#endif
