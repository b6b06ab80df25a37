/* node_p - the nodes of a radix tree, and the words that lead to them. Private to kv.art; drawn in kv/kv/art.h.
 *
 * An entry is what a slot holds: NULL, the address of a record, or the address of a node with bit 0 set. A branch is a byte of a
 * key, or WEIR_ART_TERM for the key that ends where the node branches. */
#ifndef WEIR_KV_ART_NODE_P_H
#define WEIR_KV_ART_NODE_P_H

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "kv/mem_p.h"
#include "kv/record_p.h"
#include "prims/lock_p.h"

enum { WEIR_ART_TERM = -1, WEIR_ART_TAIL = 8 };
enum { WEIR_ART_SMALL_MAX = 16, WEIR_ART_MEDIUM_MAX = 48 }; /* branches, without term */
typedef enum weir_art_kind { WEIR_ART_SMALL, WEIR_ART_MEDIUM, WEIR_ART_LARGE } weir_art_kind;

/* What all nodes begin with. Immutable once published, except the lock, what it guards, and key. A slot is given to a byte once and for
 * all: when the branch is gone, there is NULL in it. */
typedef struct weir_art_node {
    uint32_t depth;   /* the place in a key that it branches by; all its keys agree on the bytes before */
    uint8_t kind : 4; /* weir_art_kind */
    uint8_t term : 4; /* small: it has a slot for the term, 0 or 1 */
    uint8_t count;    /* small and medium: slots, term's apart */
    uint8_t used;     /* small and medium: of these, given to a byte; under the lock */
    uint8_t obsolete; /* it has been replaced, and its slots change no more; under the lock */
    weir_lock lock;
    uint32_t generation; /* of the tree when it was made */
    union {
        weir_a64 key
            [2]; /* small: the bytes of the slots, 8 a word from the lowest on; where none is yet, that of the first */
        unsigned live; /* medium and large: entries that are not NULL, term's included; under the lock */
    };
    unsigned char tail[WEIR_ART_TAIL]; /* of the bytes its keys agree on the last 8, at the right; zeros before them */
} weir_art_node;

/* Up to 16 branches, in no order. */
typedef struct weir_art_small {
    weir_art_node head;
    weir_aptr slot[]; /* those of the bytes, then term's, when there is one */
} weir_art_small;

/* Up to 48 branches. */
typedef struct weir_art_medium {
    weir_art_node head;
    weir_aptr term;
    weir_a32 index[64]; /* four branches a word: 1 + the slot of each, 0: none */
    weir_aptr slot[];
} weir_art_medium;

typedef struct weir_art_large {
    weir_art_node head;
    weir_aptr term;
    weir_aptr slot[256];
} weir_art_large;

/* -- entries ------------------------------------------------------------------------------------------------------ */

static inline bool weir_art_is_node(const void *entry) { return (uintptr_t)entry & 1; }
static inline weir_art_node *weir_art_node_of(const void *entry) { return (void *)((uintptr_t)entry - 1); }
static inline void *weir_art_entry(const weir_art_node *n) { return (void *)((uintptr_t)n + 1); }

/* Starts loading the second line of what an entry leads to: the first is asked for at once. Of a node most slots lie there, of a
 * record the value. */
static inline void weir_art_prefetch(const void *entry) { __builtin_prefetch((const void *)((uintptr_t)entry + 63)); }

/* Starts loading both. */
static inline void weir_art_prefetch_all(const void *entry) {
    __builtin_prefetch((const char *)((uintptr_t)entry & ~(uintptr_t)1));
    weir_art_prefetch(entry);
}

/* The bytes that a key and what leads to a record have in common. */
size_t weir_art_common(const unsigned char *a, size_t a_size, const unsigned char *b, size_t b_size);

/* -- slots -------------------------------------------------------------------------------------------------------- */

/* Which slot of a small node is that of `byte`; WEIR_ART_SMALL_MAX or more: none. The lowest is the right one, the others have no byte
 * yet. I1 acquire: pairs with I0 in weir_art_claim; the slot has been written. */
static inline unsigned weir_art_key_at(const weir_art_node *n, unsigned byte) {
    uint64_t low = weir_a64_load_acquire(&n->key[0]), high = weir_a64_load_acquire(&n->key[1]); /* I1 */
#ifdef __SSE2__
    __m128i same = _mm_cmpeq_epi8(_mm_set1_epi8((char)byte), _mm_set_epi64x((long long)high, (long long)low));
    return (unsigned)__builtin_ctz((unsigned)_mm_movemask_epi8(same) | 1u << WEIR_ART_SMALL_MAX);
#else
    unsigned at = 0;
    while (at < WEIR_ART_SMALL_MAX && ((at < 8 ? low : high) >> at % 8 * 8 & 255) != byte) at++;
    return at;
#endif
}

/* Which slot of a small node is that of its lowest byte from *byte on, which *byte becomes; WEIR_ART_SMALL_MAX or more: none. */
static inline unsigned weir_art_key_from(const weir_art_node *n, unsigned *byte) {
    uint64_t low = weir_a64_load_acquire(&n->key[0]), high = weir_a64_load_acquire(&n->key[1]); /* I1 */
#ifdef __SSE2__
    __m128i key = _mm_set_epi64x((long long)high, (long long)low), from = _mm_set1_epi8((char)*byte);
    __m128i beyond = _mm_cmpeq_epi8(_mm_max_epu8(key, from), key); /* of those that are, the least */
    if (!_mm_movemask_epi8(beyond)) return WEIR_ART_SMALL_MAX;
    __m128i least = _mm_or_si128(key, _mm_xor_si128(beyond, _mm_set1_epi8(-1)));
    least = _mm_min_epu8(least, _mm_srli_si128(least, 8));
    least = _mm_min_epu8(least, _mm_srli_si128(least, 4));
    least = _mm_min_epu8(least, _mm_srli_si128(least, 2));
    least = _mm_min_epu8(least, _mm_srli_si128(least, 1));
    *byte = (unsigned)_mm_cvtsi128_si32(least) & 255;
    return (unsigned)__builtin_ctz((unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_set1_epi8((char)*byte), key)));
#else
    unsigned best = WEIR_ART_SMALL_MAX, least = 256;
    for (unsigned at = 0; at < WEIR_ART_SMALL_MAX; at++) {
        unsigned key = (at < 8 ? low : high) >> at % 8 * 8 & 255;
        if (key >= *byte && key < least) least = key, best = at;
    }
    *byte = least;
    return best;
#endif
}

/* Of a medium node. I1 acquire: pairs with I0 in weir_art_claim; the slot that it names has been written. */
static inline unsigned weir_art_index(const weir_art_medium *m, unsigned byte) {
    return weir_a32_load_acquire(&m->index[byte / 4]) >> 8 * (byte % 4) & 255;
}

/* The slot of a branch; NULL: the node has none for it. */
static inline weir_aptr *weir_art_slot(weir_art_node *n, int branch) {
    if (WEIR_LIKELY(n->kind == WEIR_ART_SMALL)) {
        weir_art_small *s = (weir_art_small *)n;
        if (WEIR_UNLIKELY(branch < 0)) return n->term ? s->slot + n->count : NULL;
        unsigned at = weir_art_key_at(n, (unsigned)branch);
        return at < WEIR_ART_SMALL_MAX ? s->slot + at : NULL;
    }
    if (n->kind == WEIR_ART_LARGE) {
        weir_art_large *l = (weir_art_large *)n;
        return branch < 0 ? &l->term : l->slot + branch;
    }
    weir_art_medium *m = (weir_art_medium *)n;
    if (branch < 0) return &m->term;
    unsigned at = weir_art_index(m, (unsigned)branch);
    return at ? m->slot + at - 1 : NULL;
}

/* Which branch a key takes at a node; it is at least depth bytes long. */
static inline int weir_art_branch(const weir_art_node *n, const unsigned char *key, size_t size) {
    return size > n->depth ? key[n->depth] : WEIR_ART_TERM;
}

/* Starts loading all that the slots of a small node lead to. */
static inline void weir_art_prefetch_below(const weir_art_node *n) {
    const weir_art_small *s = (const weir_art_small *)n;
    for (int i = 0; n->kind == WEIR_ART_SMALL && i < n->count; i++) {
        const void *entry = weir_aptr_load(s->slot + i); /* relaxed: only its address is of use */
        if (entry) weir_art_prefetch_all(entry);
    }
}

/* Walks the entries in the order of their branches: the first that is not NULL, of *from or a branch behind it, which is what *from
 * becomes. NULL: there are no more. */
void *weir_art_next(const weir_art_node *n, int *from);

/* -- making ------------------------------------------------------------------------------------------------------- */

/* Entries in the order of their branches. */
typedef struct weir_art_list {
    unsigned n;
    int branch[257];
    void *entry[257];
} weir_art_list;

void weir_art_list_add(weir_art_list *l, int branch, void *entry); /* that it has not */

/* A node of the smallest kind that has room for them, unpublished. NULL: no memory. prefix: a key that has the bytes before depth. */
weir_art_node *weir_art_make(weir_mem *mem, uint32_t generation, size_t depth, const unsigned char *prefix,
                             const weir_art_list *l);

/* A copy with those entries that are not NULL, and with `more` (NULL: none) at a branch that n has no slot for. The caller holds the
 * lock of n. */
weir_art_node *weir_art_copy(weir_mem *mem, uint32_t generation, weir_art_node *n, int branch, void *more);

/* Gives a byte that has none a slot, of a small or medium node that has one left (used < count). Under its lock. */
void weir_art_claim(weir_art_node *n, int branch, void *entry);

/* Counts an entry that came (1) into, or went (-1) from, a slot that stays. Under the lock. */
static inline void weir_art_count(weir_art_node *n, int change) {
    if (n->kind != WEIR_ART_SMALL) n->live += (unsigned)change;
}

unsigned weir_art_live(const weir_art_node *n); /* entries that are not NULL; under the lock */
size_t weir_art_size(const weir_art_node *n);   /* bytes */
void weir_art_free(weir_mem *mem, weir_art_node *n);

#endif
