/* One key, or many in lock step. Bytes of a key that all below a node agree on are skipped: the record at the end tells. */
#include "kv/kv/art.h"

/* A2 acquire: pairs with the release of whoever filled the slot (E1, I2, C1). */
static void *below(weir_art_node *n, const unsigned char *key, size_t size) {
    if (WEIR_UNLIKELY(size < n->depth)) return NULL;
    weir_aptr *slot = weir_art_slot(n, weir_art_branch(n, key, size));
    return slot ? weir_aptr_load_acquire(slot) : NULL;
}

static weir_record *checked(weir_record *r, const unsigned char *key, size_t size) {
    return r && weir_record_is(r, key, size) ? r : NULL;
}

weir_record *weir_art_find(void *entry, const unsigned char *key, size_t size) {
    while (weir_art_is_node(entry)) {
        entry = below(weir_art_node_of(entry), key, size);
        weir_art_prefetch(entry);
    }
    return checked(entry, key, size);
}

enum { TOGETHER = 16 };

static void find_some(void *root, size_t n, const weir_kv_bytes *key, weir_record **found) {
    void *at[TOGETHER];
    for (size_t i = 0; i < n; i++) at[i] = root;
    for (bool on = true; on;) {
        on = false;
        for (size_t i = 0; i < n; i++) {
            if (!weir_art_is_node(at[i])) continue;
            at[i] = below(weir_art_node_of(at[i]), key[i].at, key[i].size);
            weir_art_prefetch_all(at[i]);
            on = true;
        }
    }
    for (size_t i = 0; i < n; i++) found[i] = checked(at[i], key[i].at, key[i].size);
}

void weir_art_find_n(void *root, size_t n, const weir_kv_bytes *key, weir_record **found) {
    for (size_t i = 0; i < n; i += TOGETHER) find_some(root, n - i < TOGETHER ? n - i : TOGETHER, key + i, found + i);
}
