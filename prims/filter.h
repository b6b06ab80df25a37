/* filter - approximate set of 64-bit ids: "surely not in" or "maybe in".
 *
 * When to use      Before an exact check that costs a cache miss, for ids that are sparse or foreign, and as the
 *                  signature of a subtree (subsume). Ids that are dense, such as ring indices: idset, which is smaller,
 *                  faster and right. `counting` where ids leave again, otherwise clear and fill anew.
 * Direction        A "maybe" may be wrong, a "surely not" never is. So a filter of pending events may delay an event
 *                  and never authorise one wrongly; a filter of completed events may only say "surely not complete",
 *                  and its "maybe" has to be confirmed by an exact flag. A wrong "maybe" is wrong every time it is
 *                  asked until the filter is made with another seed: whoever waits for a "surely not" confirms it
 *                  exactly sometimes.
 * Shape, units     keys: how many ids are expected, at least 1. bits_per_key: 1 .. 64. keys * bits_per_key <= 2^32.
 *                  More keys than expected are accepted and make more wrong "maybe"s. False positives at that number of
 *                  keys:
 *                      bits per key      8         10        16       bytes
 *                      block          3.3 %     1.3 %     0.13 %      keys * bits / 8, in whole cache lines
 *                      word           3.4 %     1.8 %     0.41 %      the same
 *                      classic        2.2 %     0.82 %    0.046 %     the same
 *                      counting       as classic                      four times that
 * Hash             Any ids do: dense, strided and packed ones are mixed to look random. Two filters with the same seed
 *                  and geometry set the same bits on every machine. No defence against someone who knows the seed and
 *                  chooses ids to collide.
 * Ownership        The caller gives the memory: a weir_filter, and weir_filter_bytes() aligned to WEIR_CACHE_LINE, and
 *                  takes it back when nobody uses it. Nothing is allocated; there is no destroy.
 * Threads                        insert  insert_sp  may_contain  remove  subsume f  subsume from  clear, init
 *                  insert          -        X          -           -        -          -             X
 *                  insert_sp       X        X          -           X        X          -             X
 *                  may_contain     -        -          -           -        -          -             X
 *                  remove          -        X          -           -        -          -             X
 *                  subsume f       -        X          -           -        -          -             X
 *                  X: the caller must exclude    -: free
 * Progress         Wait-free; counting: lock-free, may_contain wait-free.
 * Memory order     Once insert has returned, may_contain says "maybe" for that id on every thread that is synchronised
 *                  with that return (whatever the order of inserts, no bit is lost). Other threads may see a key half
 *                  inserted, which reads "surely not"; in `word` there is no half. So insert before you publish the
 *                  event. A "maybe" carries no order at all. In `counting`, all that happened before a remove happens
 *                  before a "surely not" that it made possible; remove after the event's effects.
 * Linearizes at    No single point, `word` excepted (its or, its load): what holds is what Memory order says.
 * Errors           init, subsume, remove: see there. The others cannot fail.
 * Limits           Not in shared memory (holds a pointer). Signal-safe. x86-64 with AVX2 and without, and any other
 *                  64-bit machine: same bits. Builds with -fsanitize=thread or -DWEIR_MODEL do without AVX2.
 * Source           Bloom, Space/Time Trade-offs in Hash Coding (1970); Putze, Sanders, Singler, Cache-, Hash- and
 *                  Space-Efficient Bloom Filters (2007); Apple, Split Block Bloom Filters (2021); Fan, Cao, Almeida,
 *                  Broder, Summary Cache (1998); Kirsch, Mitzenmacher, Less Hashing, Same Performance (2006). We add
 *                  concurrent inserts by atomic or, skipped where the bits are there already.
 * Checked by       prims/filter_test.c, filter_block_test.c, filter_counting_test.c; TSan. stress: unit litmus model
 *                  lin laws progress fault fuzz.
 */
#ifndef WEIR_PRIMS_FILTER_H
#define WEIR_PRIMS_FILTER_H

#include "filter/block.h"
#include "filter/classic.h"
#include "filter/counting.h"
#include "filter/word.h"
#include "variant.h"

#ifdef __cplusplus
extern "C" {
#endif

#define WEIR_FILTER_(op) WEIR_BIND(filter, WEIR_FILTER, op)

typedef WEIR_FILTER_() weir_filter;

/* Bytes of the block for this geometry; 0 when init would refuse it. */
static inline size_t weir_filter_bytes(uint64_t keys, unsigned bits_per_key) {
    return WEIR_FILTER_(_bytes)(keys, bits_per_key);
}

/* Makes an empty filter in *f and block. Any seed; the same seed for filters that are to be subsumed. OK; BAD_NULL;
 * BAD_ALIGN: f not aligned to 8 or block not to WEIR_CACHE_LINE; BAD_ZERO: keys or bits_per_key is 0; BAD_RANGE:
 * bits_per_key > 64 or keys * bits_per_key > 2^32. After a refusal nothing has been written. */
static inline weir_status weir_filter_init(weir_filter *f, uint64_t keys, unsigned bits_per_key, uint64_t seed,
                                           void *block) {
    return WEIR_FILTER_(_init)(f, keys, bits_per_key, seed, block);
}

/* Adds id. Any thread. */
static inline void weir_filter_insert(weir_filter *f, uint64_t id) { WEIR_FILTER_(_insert)(f, id); }

/* Adds id, several times faster, where no other thread inserts, removes or subsumes into f at the same time; readers
 * may. A second writer loses bits, that is, makes "surely not" wrong. */
static inline void weir_filter_insert_sp(weir_filter *f, uint64_t id) { WEIR_FILTER_(_insert_sp)(f, id); }

/* False: id is surely not in. True: it may be. Any thread. */
static inline bool weir_filter_may_contain(const weir_filter *f, uint64_t id) {
    return WEIR_FILTER_(_may_contain)(f, id);
}

/* Takes out one insert of id. Any thread. Only for an id that is in, once for each insert: removing an id that merely
 * reads "maybe" takes counts from others, whose "surely not" is then wrong. NOTSUP: all but `counting`. OK. ABSENT: a
 * count was 0 already, so the id was surely not in; nothing has changed. */
static inline weir_status weir_filter_remove(weir_filter *f, uint64_t id) { return WEIR_FILTER_(_remove)(f, id); }

/* Adds all that is in `from`, so that f answers for a subtree. Any thread; an id is in f afterwards if its insert into
 * `from` is synchronised with this call. OK. BAD_GEOMETRY: keys, bits per key or seed differ; nothing has changed. */
static inline weir_status weir_filter_subsume(weir_filter *f, const weir_filter *from) {
    return WEIR_FILTER_(_subsume)(f, from);
}

/* Empties the filter. Needs quiescence: nobody else uses f, and who uses it next is synchronised with the return. */
static inline void weir_filter_clear(weir_filter *f) { WEIR_FILTER_(_clear)(f); }

#undef WEIR_FILTER_

#ifdef __cplusplus
}
#endif
#endif
