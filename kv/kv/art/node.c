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

/* NULL: there is none, or none yet. */
static const weir_aptr *slot_at(const weir_art_node *n, unsigned place) {
    if (n->kind == WEIR_ART_SMALL) {
        const weir_art_small *s = (const weir_art_small *)n;
        return place ? s->slot + place - 1 : n->term ? s->slot + n->count : NULL;
    }
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
    bool small = n->kind == WEIR_ART_SMALL;
    unsigned end = small ? n->count : 256u;
    for (unsigned i = *place; i <= end; i++) {
        const weir_aptr *slot = slot_at(n, i);
        void *entry = slot ? load(slot) : NULL;
        if (!entry) continue;
        *place = i + 1;
        if (branch) *branch = !i ? WEIR_ART_TERM : small ? n->key[i - 1] : (int)i - 1;
        return entry;
    }
    *place = end + 1;
    return NULL;
}

unsigned weir_art_place_after(const weir_art_node *n, int branch) {
    if (n->kind != WEIR_ART_SMALL) return (unsigned)(branch + 2);
    unsigned i = 0;
    while (branch >= 0 && i < n->count && n->key[i] <= branch) i++;
    return i + 1;
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

/* count of a node with so many keys. A small node without any has one key with nothing in its slot. */
static unsigned count_for(weir_art_kind kind, unsigned keys) {
    if (kind == WEIR_ART_SMALL) return keys ? keys : 1;
    if (kind == WEIR_ART_LARGE) return 0;
    unsigned rounded = (keys + 15) / 16 * 16;
    return rounded < WEIR_ART_MEDIUM_MAX ? rounded : WEIR_ART_MEDIUM_MAX;
}

/* All stores are relaxed: it is not published yet. */
static void fill_small(weir_art_node *n, const weir_art_list *l) {
    weir_art_small *s = (weir_art_small *)n;
    for (unsigned i = n->term; i < l->n; i++) {
        n->key[i - n->term] = (unsigned char)l->branch[i];
        weir_aptr_store(s->slot + i - n->term, l->entry[i]);
    }
    if (n->term) weir_aptr_store(s->slot + n->count, l->entry[0]);
    memset(n->key + n->count, n->key[0], sizeof n->key - n->count);
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
    n->kind = (uint8_t)kind;
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
    unsigned place = 0;
    l.n = 0;
    while ((l.entry[l.n] = weir_art_next(n, &place, &l.branch[l.n]))) l.n++;
    if (more) weir_art_list_add(&l, branch, more);
    weir_art_node *copy = make(mem, generation, n->depth, &l);
    if (copy) memcpy(copy->tail, n->tail, sizeof copy->tail);
    return copy;
}

/* -- under the lock ----------------------------------------------------------------------------------------------- */

void weir_art_claim(weir_art_node *n, int branch, void *entry) {
    assert(n->kind == WEIR_ART_MEDIUM && branch >= 0 && n->used < n->count);
    weir_art_medium *m = (weir_art_medium *)n;
    unsigned at = n->used++;
    weir_a32 *word = &m->index[branch / 4];
    n->live++;
    weir_aptr_store_release(m->slot + at, entry); /* I2 release: pairs with A1 .. A4; the record */
    /* I0 release: pairs with I1 in weir_art_index; the slot. The lock keeps other writers out. */
    weir_a32_store_release(word, weir_a32_load(word) | (at + 1) << 8 * (branch % 4));
}

unsigned weir_art_live(const weir_art_node *n) {
    if (n->kind != WEIR_ART_SMALL) return n->live;
    const weir_art_small *s = (const weir_art_small *)n;
    unsigned live = 0;
    for (int i = 0; i < n->count + n->term; i++) live += weir_aptr_load(s->slot + i) != NULL;
    return live;
}
