/* record_p - a key with its value, as the maps in memory hold it. Private to kv.
 *
 * One block: this head, the key, the value, and with a log behind the map a weir_pending. Key and value never change once others
 * can reach it. A map's slot points to the newest record of a key; that one may not be visible yet, and `older` leads to what is.
 *
 * pending     NULL: settled, visible to all. Otherwise where its weir_pending lies:
 *   stamp     even: position << 3 | level << 1, visible once the log has brought position to that level. Odd: the address of the
 *             batch that it belongs to, whose own stamp counts (~0: not decided).
 *   older     the version before, NULL when there was none.
 * tombstone   a deletion that is not settled; once it is, the slot is taken out of the map.
 * Reaching    a record is reached through a slot by an acquire load, and published by a release store of the slot.
 * Freeing     the map owns one reference, dropped through weir_reclaim_retire when the record leaves the map or the chain; whoever
 *             keeps a value (weir_kv_take, watches) owns one more. */
#ifndef WEIR_KV_RECORD_P_H
#define WEIR_KV_RECORD_P_H

#include <string.h>

#include "kv/bytes_p.h"
#include "kv/kv.h"
#include "kv/mem_p.h"
#include "prims/atomic.h"

typedef struct weir_pending {
    weir_a64 stamp;
    weir_aptr older;
} weir_pending;

typedef struct weir_record {
    weir_aptr pending;
    weir_a32 references;      /* the map's counts as one */
    uint32_t generation;      /* of the tree when it was made */
    uint32_t value_size : 31; /* this word is looked at by readers only once the record is visible */
    uint32_t tombstone : 1;
    uint32_t : 0;           /* ends it: bit-fields side by side are one place in memory, written together */
    uint32_t key_size : 24; /* at most WEIR_KV_KEY_MAX */
    uint32_t room : 1;      /* it was made with a weir_pending, at the next multiple of 8 behind the value */
    unsigned char bytes[];  /* the key, then the value */
} weir_record;

/* With one reference, generation 0, not pending; NULL: no memory. room: with a weir_pending, which stays untouched until
 * weir_record_pend. */
weir_record *weir_record_make(weir_mem *m, weir_kv_bytes key, weir_kv_bytes value, bool room);

/* The same, in the memory of one that has left its map and that nobody sees any more; the map's reference of it becomes the caller's, and
 * is released where somebody keeps it, or where its size is another. NULL: there is none. */
weir_record *weir_record_make_in(weir_record *old, weir_mem *m, weir_kv_bytes key, weir_kv_bytes value, bool room);

/* Makes it not visible until stamp says so; before others can reach it. It was made with room. */
weir_pending *weir_record_pend(weir_record *r, uint64_t stamp, weir_record *older);

/* Bytes that it takes in memory; where its weir_pending lies. */
static inline size_t weir_record_tail_at(size_t key, size_t value) {
    return (sizeof(weir_record) + key + value + 7) & ~(size_t)7;
}
static inline size_t weir_record_bytes(size_t key, size_t value, bool room) {
    return room ? weir_record_tail_at(key, value) + sizeof(weir_pending) : sizeof(weir_record) + key + value;
}
static inline size_t weir_record_size(const weir_record *r) {
    return weir_record_bytes(r->key_size, r->value_size, r->room);
}

/* One reference more, by somebody who has one or is in a read section that began before the map's was retired. */
static inline void weir_record_retain(weir_record *r) { weir_a32_add(&r->references, 1); }

/* One less; the last frees it. RR acq_rel: what all users did with it happens before its memory is used again. */
void weir_record_release(weir_mem *m, weir_record *r);
void weir_record_reclaim(void *mem, void *record, size_t bytes); /* the same, as a weir_reclaim_fn */

static inline const unsigned char *weir_record_value(const weir_record *r) { return r->bytes + r->key_size; }

/* Whether n bytes are the same: memcmp would be a call, which costs as much as the comparison of a short key. */
static inline bool weir_bytes_same(const void *a_, const void *b_, size_t n) {
    const unsigned char *a = a_, *b = b_;
    uint64_t x, y;
    uint32_t few[4];
    if (n >= sizeof x) {
        for (size_t i = 0; i + sizeof x < n; i += sizeof x) {
            memcpy(&x, a + i, sizeof x);
            memcpy(&y, b + i, sizeof y);
            if (x != y) return false;
        }
        memcpy(&x, a + n - sizeof x, sizeof x);
        memcpy(&y, b + n - sizeof y, sizeof y);
        return x == y;
    }
    if (n >= sizeof *few) { /* by halves that overlap */
        memcpy(few, a, sizeof *few);
        memcpy(few + 1, b, sizeof *few);
        memcpy(few + 2, a + n - sizeof *few, sizeof *few);
        memcpy(few + 3, b + n - sizeof *few, sizeof *few);
        return few[0] == few[1] && few[2] == few[3];
    }
    for (size_t i = 0; i < n; i++)
        if (a[i] != b[i]) return false;
    return true;
}
static inline bool weir_record_is(const weir_record *r, const void *key, size_t size) {
    return r->key_size == size && weir_bytes_same(r->bytes, key, size);
}

/* < 0, 0, > 0 as memcmp, the shorter first when one begins the other. */
static inline int weir_key_compare(const void *a, size_t a_size, const void *b, size_t b_size) {
    size_t least = a_size < b_size ? a_size : b_size;
    int order = least ? memcmp(a, b, least) : 0;
    return order ? order : (a_size > b_size) - (a_size < b_size);
}

#endif
