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

/* The slot of *at or of the next byte that has one; *at becomes that byte. NULL: there is none, or none of *at. */
static const weir_aptr *slot_from(const weir_art_node *n, int *at) {
    weir_art_node *same = (weir_art_node *)(uintptr_t)n; /* const for those who only look */
    if (n->kind != WEIR_ART_SMALL || *at < 0) return weir_art_slot(same, *at);
    unsigned byte = (unsigned)*at, slot = weir_art_key_from(n, &byte);
    *at = slot < WEIR_ART_SMALL_MAX ? (int)byte : 256;
    return slot < WEIR_ART_SMALL_MAX ? ((const weir_art_small *)n)->slot + slot : NULL;
}

void *weir_art_next(const weir_art_node *n, int *from) {
    for (; *from < 256; ++*from) {
        const weir_aptr *slot = slot_from(n, from);
        void *entry = slot ? load(slot) : NULL;
        if (entry) return entry;
    }
    return NULL;
}

/* -- making ------------------------------------------------------------------------------------------------------- */

static size_t bytes(weir_art_kind kind, unsigned count, bool term) {
    switch (kind) {
    case WEIR_ART_SMALL: return sizeof(weir_art_small) + (count + term) * sizeof(weir_aptr);
    case WEIR_ART_MEDIUM: return sizeof(weir_art_medium) + count * sizeof(weir_aptr);
    default: return sizeof(weir_art_large);
    }
}

size_t weir_art_size(const weir_art_node *n) { return bytes((weir_art_kind)n->kind, n->count, n->term); }

void weir_art_free(weir_mem *mem, weir_art_node *n) { weir_mem_put(mem, n, weir_art_size(n)); }

void weir_art_list_add(weir_art_list *l, int branch, void *entry) {
    unsigned at = l->n++;
    for (; at && l->branch[at - 1] > branch; at--) {
        l->branch[at] = l->branch[at - 1];
        l->entry[at] = l->entry[at - 1];
    }
    l->branch[at] = branch;
    l->entry[at] = entry;
}

/* 8 bytes, the first lowest. */
static uint64_t word_of(const unsigned char *at) {
    uint64_t word = 0;
    for (int i = 7; i >= 0; i--) word = word << 8 | at[i];
    return word;
}

/* Slots of a node that is to have so many keys: some more than those, so that not each new one needs a copy. */
static unsigned count_for(weir_art_kind kind, unsigned keys) {
    static const unsigned char small[] = {2, 4, 7, 11,
                                          WEIR_ART_SMALL_MAX}; /* ends of nodes at 56, 72, 96, 128, 168 bytes */
    unsigned i = 0;
    if (kind == WEIR_ART_SMALL) {
        while (small[i] < keys) i++;
        return small[i];
    }
    if (kind == WEIR_ART_LARGE) return 0;
    unsigned rounded = (keys + 15) / 16 * 16;
    return rounded < WEIR_ART_MEDIUM_MAX ? rounded : WEIR_ART_MEDIUM_MAX;
}

/* All stores are relaxed: it is not published yet. A small node without any key gives its first slot, with NULL in it, to byte 0. */
static void fill_small(weir_art_node *n, const weir_art_list *l) {
    weir_art_small *s = (weir_art_small *)n;
    unsigned keys = l->n - n->term;
    const int *branch = l->branch + n->term;
    unsigned char key[WEIR_ART_SMALL_MAX];
    for (unsigned i = 0; i < keys; i++) {
        key[i] = (unsigned char)branch[i];
        weir_aptr_store(s->slot + i, l->entry[i + n->term]);
    }
    if (n->term) weir_aptr_store(s->slot + n->count, l->entry[0]);
    n->used = (uint8_t)(keys ? keys : 1);
    memset(key + keys, keys ? key[0] : 0, sizeof key - keys);
    for (unsigned i = 0; i < 2; i++) weir_a64_store(&n->key[i], word_of(key + 8 * i));
}

static void fill(weir_art_node *n, const weir_art_list *l) {
    for (unsigned i = 0; i < l->n; i++) {
        if (n->kind == WEIR_ART_MEDIUM && l->branch[i] >= 0) weir_art_claim(n, l->branch[i], l->entry[i]);
        else {
            weir_aptr_store(weir_art_slot(n, l->branch[i]), l->entry[i]);
            n->live++;
        }
    }
}

static weir_art_kind kind_for(unsigned keys) {
    if (keys <= WEIR_ART_SMALL_MAX) return WEIR_ART_SMALL;
    return keys <= WEIR_ART_MEDIUM_MAX ? WEIR_ART_MEDIUM : WEIR_ART_LARGE;
}

/* The tail stays zero. */
static weir_art_node *make(weir_mem *mem, uint32_t generation, size_t depth, const weir_art_list *l) {
    bool term = l->n && l->branch[0] < 0;
    weir_art_kind kind = kind_for(l->n - term);
    unsigned count = count_for(kind, l->n - term);
    size_t size = bytes(kind, count, term);
    weir_art_node *n = weir_mem_get(mem, size);
    if (!n) return NULL;
    memset(n, 0, size);
    n->depth = (uint32_t)depth;
    n->kind = kind & 15;
    n->term = term;
    n->count = (uint8_t)count;
    n->generation = generation;
    if (kind == WEIR_ART_SMALL) fill_small(n, l);
    else fill(n, l);
    return n;
}

weir_art_node *weir_art_make(weir_mem *mem, uint32_t generation, size_t depth, const unsigned char *prefix,
                             const weir_art_list *l) {
    weir_art_node *n = make(mem, generation, depth, l);
    size_t tail = depth < WEIR_ART_TAIL ? depth : WEIR_ART_TAIL;
    if (n && tail) memcpy(n->tail + WEIR_ART_TAIL - tail, prefix + depth - tail, tail);
    return n;
}

weir_art_node *weir_art_copy(weir_mem *mem, uint32_t generation, weir_art_node *n, int branch, void *more) {
    weir_art_list l;
    l.n = 0;
    for (int at = WEIR_ART_TERM; (l.entry[l.n] = weir_art_next(n, &at)); at++) l.branch[l.n++] = at;
    if (more) weir_art_list_add(&l, branch, more);
    weir_art_node *copy = make(mem, generation, n->depth, &l);
    if (copy) memcpy(copy->tail, n->tail, sizeof copy->tail);
    return copy;
}

/* -- under the lock ----------------------------------------------------------------------------------------------- */

/* Of a small node: the byte of slot `at` in place of the first's. */
static void name_small(weir_art_node *n, unsigned at, unsigned byte) {
    weir_a64 *word = &n->key[at / 8];
    uint64_t other = (weir_a64_load(&n->key[0]) & 255) ^ byte;
    weir_a64_store_release(word, weir_a64_load(word) ^ other << at % 8 * 8); /* I0 */
}

static void name_medium(weir_art_medium *m, unsigned at, unsigned byte) {
    weir_a32 *word = &m->index[byte / 4];
    weir_a32_store_release(word, weir_a32_load(word) | (at + 1) << byte % 4 * 8); /* I0 */
}

/* I0 release: pairs with I1 in weir_art_key_at and weir_art_index; the slot. I2 release: pairs with A1 .. A4; the record. */
void weir_art_claim(weir_art_node *n, int branch, void *entry) {
    assert(n->kind != WEIR_ART_LARGE && branch >= 0 && n->used < n->count);
    unsigned at = n->used++;
    weir_art_count(n, 1);
    if (n->kind == WEIR_ART_SMALL) {
        weir_aptr_store_release(((weir_art_small *)n)->slot + at, entry); /* I2 */
        name_small(n, at, (unsigned)branch);
    } else {
        weir_aptr_store_release(((weir_art_medium *)n)->slot + at, entry); /* I2 */
        name_medium((weir_art_medium *)n, at, (unsigned)branch);
    }
}

unsigned weir_art_live(const weir_art_node *n) {
    if (n->kind != WEIR_ART_SMALL) return n->live;
    const weir_art_small *s = (const weir_art_small *)n;
    unsigned live = 0;
    for (int i = 0; i < n->count + n->term; i++) live += weir_aptr_load(s->slot + i) != NULL;
    return live;
}
