/* idset - exact set of ids 0 .. capacity-1, one bit each.
 *
 * When to use      Ids are dense: ring indices, slots, small handles. One or two bits an id beat every filter in time,
 *                  space and truth. Sparse or foreign ids: filter, in front of something exact.
 * Shape, units     capacity in ids, 1 .. 2^36. An id at or above the capacity is a programmer's error (assert).
 * Ownership        The caller gives the memory: a weir_idset, and weir_idset_bytes(capacity) aligned to
 *                  WEIR_CACHE_LINE, and takes it back when nobody uses it. Nothing is allocated; there is no destroy.
 * Threads          Any thread, any operation, at any time, but init and clear, which need the set to themselves.
 * Progress         Wait-free (next and count: as long as the set); `lock`: blocking.
 * Linearizes at    insert, remove: the atomic or / and, or the load that finds nothing to do. contains: the load. next
 *                  and count are true word by word of 64 ids, not of one moment: an id that is in, or out, during the
 *                  whole call is reported as such.
 * Memory order     All that happened before an insert that returned true happens before a contains or next that finds
 *                  the id, and before the remove that takes it out; the same from a remove that returned true to a
 *                  contains that does not find it, and to the next insert. So a set of completed events authorises what
 *                  depends on them. A change that returned false publishes nothing of its own.
 * Errors           init: see there. The others cannot fail.
 * Limits           Not in shared memory (holds a pointer). Signal-safe, except `lock`.
 * Source           The bit vector; nothing to cite.
 * Checked by       prims/idset_test.c; TSan. stress: unit litmus model lin laws progress fault fuzz.
 */
#ifndef WEIR_PRIMS_IDSET_H
#define WEIR_PRIMS_IDSET_H

#include "idset/bitmap.h"
#include "idset/lock.h"
#include "variant.h"

#ifdef __cplusplus
extern "C" {
#endif

#define WEIR_IDSET_(op) WEIR_BIND(idset, WEIR_IDSET, op)

typedef WEIR_IDSET_() weir_idset;

/* Bytes of the block for this capacity; 0 when init would refuse it. */
static inline size_t weir_idset_bytes(uint64_t capacity) { return WEIR_IDSET_(_bytes)(capacity); }

/* Makes an empty set in *s and block. OK; BAD_NULL; BAD_ALIGN: s not aligned to 8 or block not to WEIR_CACHE_LINE;
 * BAD_ZERO, BAD_RANGE: the capacity; NOMEM: `lock`, the system refused a mutex. After a refusal nothing has been
 * written. */
static inline weir_status weir_idset_init(weir_idset *s, uint64_t capacity, void *block) {
    return WEIR_IDSET_(_init)(s, capacity, block);
}

/* Puts id in; true when it was not in before: of several threads exactly one is told so. */
static inline bool weir_idset_insert(weir_idset *s, uint64_t id) { return WEIR_IDSET_(_insert)(s, id); }

/* Takes id out; true when it was in before: of several threads exactly one is told so. */
static inline bool weir_idset_remove(weir_idset *s, uint64_t id) { return WEIR_IDSET_(_remove)(s, id); }

/* Whether id is in. */
static inline bool weir_idset_contains(const weir_idset *s, uint64_t id) { return WEIR_IDSET_(_contains)(s, id); }

/* The smallest id in the set that is at least `from`, WEIR_IDSET_NONE when there is none. Any `from`.
 *     for (uint64_t id = weir_idset_next(s, 0); id != WEIR_IDSET_NONE; id = weir_idset_next(s, id + 1)) ... */
static inline uint64_t weir_idset_next(const weir_idset *s, uint64_t from) { return WEIR_IDSET_(_next)(s, from); }

/* How many ids are in; exact where nothing changes meanwhile. */
static inline uint64_t weir_idset_count(const weir_idset *s) { return WEIR_IDSET_(_count)(s); }

/* Empties the set. Needs quiescence: nobody else uses s, and who uses it next is synchronised with the return. */
static inline void weir_idset_clear(weir_idset *s) { WEIR_IDSET_(_clear)(s); }

#undef WEIR_IDSET_

#ifdef __cplusplus
}
#endif
#endif
