/* draft - what one form of a task has written so far: seen by that form, by nobody else until all of it is one batch.
 *
 * The writes are kept in the order in which they were asked for, those alone that answered true; the batch has each of them answer
 * true again, or is refused as a whole. So snx, cas and del hold at the moment of the batch; what a form has read, and what answered
 * false, was so when it was asked.
 *
 * Source      the write set of an optimistic transaction: Kung, Robinson, On Optimistic Methods for Concurrency Control (1981)
 */
#ifndef WEIR_RUNTIME_DRAFT_P_H
#define WEIR_RUNTIME_DRAFT_P_H

#include "kv/kv.h"
#include "runtime/arena_p.h"

enum {
    WEIR_DRAFT_WRITES = 16384,  /* of one form */
    WEIR_DRAFT_BYTES = 64 << 20 /* of their keys and values */
};

typedef struct weir_draft {
    weir_kv *kv;
    weir_kv_tenant *tenant;
    weir_arena arena; /* keys and values; also for what else lasts as long as the form */
    weir_kv_op *op;   /* op[0] is that of commit */
    uint32_t ops;     /* that one included */
    uint32_t *latest; /* of each key, in the order of keys: the op that has the last say */
    uint32_t keys;
    uint32_t room; /* of both */
} weir_draft;

/* all: what arenas hold is counted there. */
void weir_draft_init(weir_draft *d, weir_kv *kv, weir_kv_tenant *tenant, weir_a64 *all);
void weir_draft_reset(weir_draft *d); /* nothing has been written */
void weir_draft_clear(weir_draft *d); /* and gives all memory back */

/* One write. OK, NO and errors as the store would answer at this moment, the form's own writes included; FULL: as much as may be. */
weir_kv_status weir_draft_write(weir_draft *d, weir_kv_verb verb, weir_kv_bytes key, weir_kv_bytes value,
                                weir_kv_bytes expected);

/* What a key holds for the form: OK and the value, NO. In a read section of the store, and valid in it. */
weir_kv_status weir_draft_get(const weir_draft *d, weir_kv_bytes key, weir_kv_bytes *value);

/* The first key that begins with prefix and lies beyond `after` (NULL: the first of all), copied into `to`. NO: none. */
weir_kv_status weir_draft_next(const weir_draft *d, weir_kv_bytes prefix, const weir_kv_bytes *after, weir_arena *to,
                               weir_kv_bytes *key);

/* One batch: `first`, then all that was written. As weir_kv_batch; *failed is 0 for `first`. What was written stays. */
weir_kv_status weir_draft_commit(weir_draft *d, const weir_kv_op *first, size_t *failed);

#endif
