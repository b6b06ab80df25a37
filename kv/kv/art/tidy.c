/* Nodes that have lost entries give their memory back. */
#include "kv/kv/art.h"

/* Lower than where a copy would grow again at once. */
enum { MEDIUM_THIN = 12, LARGE_THIN = 36 };

bool weir_art_thin(const weir_art_node *n) {
    unsigned live = weir_art_live(n);
    if (live <= 1 || n->kind == WEIR_ART_LARGE) return live <= 1 || live <= LARGE_THIN;
    if (n->kind == WEIR_ART_MEDIUM) return live <= MEDIUM_THIN;
    return live <= (unsigned)(n->term + n->count) / 2;
}

/* The node above n on the way of a key, and its slot that leads to n; NULL: n is not there any more. */
static weir_art_node *above(weir_art *t, const unsigned char *key, size_t size, const weir_art_node *n,
                            weir_aptr **link) {
    weir_art_node *up = &t->head;
    weir_aptr *slot = &t->root;
    for (;;) {
        void *entry = slot ? weir_aptr_load_acquire(slot) : NULL; /* A3 */
        if (!weir_art_is_node(entry)) return NULL;
        weir_art_node *at = weir_art_node_of(entry);
        *link = slot;
        if (at == n) return up;
        if (at->depth > size) return NULL;
        up = at;
        slot = weir_art_slot(at, weir_art_branch(at, key, size));
    }
}

/* What takes the place of n: nothing, its only entry, or a smaller copy; itself when there is no memory. */
static void *smaller(weir_art *t, weir_art_node *n) {
    int first = WEIR_ART_TERM;
    if (weir_art_live(n) <= 1) return weir_art_next(n, &first);
    weir_art_node *copy = weir_art_copy(t->mem, weir_art_generation(t), n, 0, NULL);
    return weir_art_entry(copy ? copy : n);
}

/* Under the locks of both, n in its place and thin. True: up is thin now. */
static bool shrink(weir_art *t, weir_art_node *up, weir_aptr *link, weir_art_node *n) {
    bool copied = weir_art_live(n) > 1;
    void *entry = smaller(t, n);
    if (entry == weir_art_entry(n)) return false;
    weir_art_replace(t, link, n, entry, copied);
    if (entry) return false;
    weir_art_count(up, -1);
    return up != &t->head && weir_art_thin(up);
}

/* The node to go on with, NULL: none. n again: the one above it was replaced meanwhile. To leave n then would leave an empty node for
 * good when the next to remove has the same luck, and below a long edge writers wait for whoever empties a node to take it out. */
static weir_art_node *tidy_one(weir_art *t, const unsigned char *key, size_t size, weir_art_node *n) {
    weir_aptr *link;
    weir_art_node *up = above(t, key, size, n, &link);
    if (!up) return NULL;
    weir_lock_acquire(&up->lock);
    weir_lock_acquire(&n->lock);
    bool there = !up->obsolete && weir_aptr_load(link) == weir_art_entry(n);
    bool on = there && weir_art_thin(n) && shrink(t, up, link, n);
    bool gone = there && n->obsolete;
    weir_lock_release(&n->lock);
    weir_lock_release(&up->lock);
    if (gone) weir_art_retire_node(t, n);
    return !there ? n : on ? up : NULL;
}

void weir_art_tidy(weir_art *t, const unsigned char *key, size_t size, weir_art_node *n) {
    while (n) n = tidy_one(t, key, size, n);
}
