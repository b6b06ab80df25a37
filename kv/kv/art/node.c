#include "kv/kv/art/node_p.h"

#include <assert.h>

size_t weir_art_common(const unsigned char *a, size_t a_size, const unsigned char *b, size_t b_size) {
    size_t least = a_size < b_size ? a_size : b_size, i = 0;
    for (; i + 8 <= least; i += 8) {
        uint64_t x, y;
        memcpy(&x, a + i, 8);
        memcpy(&y, b + i, 8);
        if (x != y) break;
    }
    while (i < least && a[i] == b[i]) i++;
    return i;
}

/* -- walking ------------------------------------------------------------------------------------------------------ */

/* A1 acquire: pairs with the release of whoever filled the slot (E1 in edit.c, I2 here, C1 in art.h); what the entry
 * leads to has been written. */
static void *load(const weir_aptr *slot) { return weir_aptr_load_acquire(slot); }

/* A place in a small node is that of a slot. */
static void *next_small(const weir_art_node *n, unsigned *place, int *branch) {
    const weir_art_small *s = (const weir_art_small *)n;
    unsigned end = n->term + (unsigned)n->count;
    for (unsigned i = *place; i < end; i++) {
        void *entry = load(s->slot + i);
        if (!entry) continue;
        *branch = i < n->term ? WEIR_ART_TERM : n->key[i - n->term];
        *place = i + 1;
        return entry;
    }
    return NULL;
}

/* In the others it is 0 for the term, and the byte + 1. */
static const weir_aptr *slot_of(const weir_art_node *n, unsigned place) {
    if (n->kind == WEIR_ART_LARGE) {
        const weir_art_large *l = (const weir_art_large *)n;
        return place ? l->slot + place - 1 : &l->term;
    }
    const weir_art_medium *m = (const weir_art_medium *)n;
    if (!place) return &m->term;
    unsigned at = weir_art_index(m, place - 1);
    return at ? m->slot + at - 1 : NULL;
}

void *weir_art_next(const weir_art_node *n, unsigned *place, int *branch) {
    int unwanted;
    if (!branch) branch = &unwanted;
    if (n->kind == WEIR_ART_SMALL) return next_small(n, place, branch);
    for (unsigned i = *place; i <= 256; i++) {
        const weir_aptr *slot = slot_of(n, i);
        void *entry = slot ? load(slot) : NULL;
        if (!entry) continue;
        *branch = (int)i - 1;
        *place = i + 1;
        return entry;
    }
    return NULL;
}

unsigned weir_art_place_after(const weir_art_node *n, int branch) {
    if (n->kind != WEIR_ART_SMALL) return (unsigned)(branch + 2);
    unsigned i = 0;
    while (branch >= 0 && i < n->count && n->key[i] <= branch) i++;
    return n->term + i;
}

/* -- making ------------------------------------------------------------------------------------------------------- */

static size_t bytes(weir_art_kind kind, unsigned slots) {
    switch (kind) {
    case WEIR_ART_SMALL: return sizeof(weir_art_small) + slots * sizeof(weir_aptr);
    case WEIR_ART_MEDIUM: return sizeof(weir_art_medium) + slots * sizeof(weir_aptr);
    default: return sizeof(weir_art_large);
    }
}

size_t weir_art_size(const weir_art_node *n) {
    return bytes((weir_art_kind)n->kind, n->kind == WEIR_ART_SMALL ? n->term + (unsigned)n->count : n->count);
}

void weir_art_free(weir_mem *mem, weir_art_node *n) { weir_mem_put(mem, n, weir_art_size(n)); }

static unsigned medium_slots(unsigned branches) {
    unsigned rounded = (branches + 15) / 16 * 16;
    return rounded < WEIR_ART_MEDIUM_MAX ? rounded : WEIR_ART_MEDIUM_MAX;
}

weir_art_node *weir_art_make(weir_mem *mem, uint32_t generation, size_t depth, const unsigned char *prefix,
                             unsigned branches, bool term) {
    weir_art_kind kind = branches <= WEIR_ART_SMALL_MAX    ? WEIR_ART_SMALL
                         : branches <= WEIR_ART_MEDIUM_MAX ? WEIR_ART_MEDIUM
                                                           : WEIR_ART_LARGE;
    unsigned slots = kind == WEIR_ART_SMALL ? branches + term : kind == WEIR_ART_MEDIUM ? medium_slots(branches) : 0;
    size_t size = bytes(kind, slots), tail = depth < WEIR_ART_TAIL ? depth : WEIR_ART_TAIL;
    weir_art_node *n = weir_mem_get(mem, size);
    if (!n) return NULL;
    memset(n, 0, size);
    n->depth = (uint32_t)depth;
    n->kind = (uint8_t)kind;
    n->term = kind == WEIR_ART_SMALL && term;
    n->count = kind == WEIR_ART_MEDIUM ? (uint8_t)slots : 0;
    n->generation = generation;
    if (prefix && tail) memcpy(n->tail + WEIR_ART_TAIL - tail, prefix + depth - tail, tail);
    return n;
}

static void claim_small(weir_art_node *n, int branch, void *entry) {
    weir_art_small *s = (weir_art_small *)n;
    if (branch < 0) {
        assert(n->term);
        weir_aptr_store(s->slot, entry); /* relaxed: unpublished */
        return;
    }
    unsigned at = n->count++;
    for (; at && n->key[at - 1] > branch; at--) {
        n->key[at] = n->key[at - 1];
        weir_aptr_store(s->slot + n->term + at, weir_aptr_load(s->slot + n->term + at - 1));
    }
    n->key[at] = (unsigned char)branch;
    weir_aptr_store(s->slot + n->term + at, entry);
}

static void claim_medium(weir_art_medium *m, unsigned byte, void *entry) {
    assert(m->head.used < m->head.count);
    unsigned at = m->head.used++;
    weir_a32 *word = &m->index[byte / 4];
    weir_aptr_store_release(m->slot + at, entry); /* I2 release: pairs with A1 .. A4; the record */
    /* I0 release: pairs with I1 in weir_art_index; the slot. The lock keeps other writers out. */
    weir_a32_store_release(word, weir_a32_load(word) | (at + 1) << 8 * (byte % 4));
}

void weir_art_claim(weir_art_node *n, int branch, void *entry) {
    if (n->kind == WEIR_ART_SMALL) {
        claim_small(n, branch, entry);
        return;
    }
    if (n->kind == WEIR_ART_MEDIUM && branch >= 0) claim_medium((weir_art_medium *)n, (unsigned)branch, entry);
    else weir_aptr_store(weir_art_slot(n, branch), entry); /* relaxed: unpublished; others have a slot for it */
    n->live++;
}

/* -- copying ------------------------------------------------------------------------------------------------------ */

unsigned weir_art_live(const weir_art_node *n) {
    if (n->kind != WEIR_ART_SMALL) return n->live;
    const weir_art_small *s = (const weir_art_small *)n;
    unsigned live = 0;
    for (int i = 0; i < n->term + n->count; i++) live += weir_aptr_load(s->slot + i) != NULL;
    return live;
}

weir_art_node *weir_art_copy(weir_mem *mem, uint32_t generation, weir_art_node *n, int branch, void *more) {
    weir_aptr *term_slot = weir_art_slot(n, WEIR_ART_TERM);
    bool term = term_slot && weir_aptr_load(term_slot);
    unsigned branches = weir_art_live(n) - term + (more && branch >= 0);
    weir_art_node *copy = weir_art_make(mem, generation, n->depth, NULL, branches, term || (more && branch < 0));
    if (!copy) return NULL;
    memcpy(copy->tail, n->tail, sizeof copy->tail);
    unsigned place = 0;
    int of;
    for (void *entry; (entry = weir_art_next(n, &place, &of));) weir_art_claim(copy, of, entry);
    if (more) weir_art_claim(copy, branch, more);
    return copy;
}
