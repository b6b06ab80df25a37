/* reclaim_p - what readers may still see is freed when they cannot any more, and never piles up. Private to kv.
 *
 * Threads gather what they retire in batches, a lane's threads in one. A full batch waits for a grace period, which a worker thread
 * waits for, started by the first of them: for all batches that are there, 10 ms after the first or at once when they are many.
 * After it the batches are ready: writers use again what is in them, one object a write, by lanes; what they leave the worker frees.
 * Bytes retired and not yet freed have a budget, in three stages, all of them outside of locks and read sections
 * (weir_reclaim_admit): up to half of it a write frees at most one batch that is ready, of what is not used again; up to all of it
 * it helps, by freeing all that is ready; beyond it it waits, too; and after full_after_ns without room it answers FULL. What lanes have gathered may exceed the
 * budget, by at most WEIR_LANES * 64 KiB, or 64 objects a lane when memory is out; what they use again is as much, and counts; a batch itself takes 32 bytes an object, which
 * are not counted. */
#ifndef WEIR_KV_RECLAIM_P_H
#define WEIR_KV_RECLAIM_P_H

#include "kv/kv.h"
#include "kv/mem_p.h"

typedef struct weir_reclaim weir_reclaim;

weir_reclaim *weir_reclaim_new(size_t retired_max, uint64_t full_after_ns); /* NULL: no memory */
/* Nobody is in a section or retires any more: frees all. NULL is nothing. */
void weir_reclaim_free(weir_reclaim *r);

/* at: unreachable for new readers. After a grace period free_it(arg, at, bytes) is called, by any thread, outside of locks. Never
 * fails and never waits; it may be called inside a section and under locks. bytes count against the budget. When memory is out,
 * and what admit has set aside is used up, the object is never freed and counts for ever. */
typedef void weir_reclaim_fn(void *arg, void *at, size_t bytes);
void weir_reclaim_retire(weir_reclaim *r, weir_reclaim_fn *free_it, void *arg, void *at, size_t bytes);

/* Objects that are retired with this function are used again: take answers one that nobody sees any more, as the function would have
 * been given it, and it is the caller's; NULL: there is none at hand. offers comes before the first is retired. */
void weir_reclaim_offers(weir_reclaim *r, weir_reclaim_fn *free_it);
void *weir_reclaim_take(weir_reclaim *r);

/* Before a write, outside of locks and sections. OK or FULL. */
weir_kv_status weir_reclaim_admit(weir_reclaim *r);

/* Waits until all that was retired before the call is freed. Outside of sections. */
void weir_reclaim_drain(weir_reclaim *r);

/* retired, retired_max, helps, waits, fulls, age: by the oldest object of a batch, when it was freed. */
void weir_reclaim_stats(weir_reclaim *r, weir_kv_stats *stats);

#endif
