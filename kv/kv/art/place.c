/* Nodes hold only the last 8 bytes of what their keys agree on. So a way down is proven only in part: an edge over more bytes is
 * taken on trust, and any record found behind it tells afterwards where the key leaves, since a node's keys agree for ever. When that is
 * above the end, a second way down stops at that edge. */
#include "kv/kv/art/place_p.h"

typedef struct walk {
    const unsigned char *key;
    size_t size;
    size_t limit; /* an edge that leads deeper than this is not taken on trust */
    size_t from;  /* the first byte of the edge at hand */
    bool proven;  /* the way so far */
} walk;

/* Any record below a node; NULL: there is none now. */
static weir_record *any_below(void *entry) {
    while (weir_art_is_node(entry)) {
        int first = WEIR_ART_TERM;
        entry = weir_art_next(weir_art_node_of(entry), &first);
    }
    return entry;
}

static size_t leaves_at(const walk *w, const weir_record *r) {
    return weir_art_common(w->key, w->size, r->bytes, r->key_size);
}

static int byte_at(const weir_record *r, size_t at) { return at < r->key_size ? r->bytes[at] : WEIR_ART_TERM; }

/* What a step answers besides a weir_art_case. */
enum { ONWARD = WEIR_ART_MOVED + 1, AGAIN };

static int again(walk *w, size_t limit) {
    w->limit = limit;
    return AGAIN;
}

static int fork_at(weir_art_place *p, void *entry, size_t at, int other) {
    p->entry = entry;
    p->fork = at;
    p->other = other;
    return WEIR_ART_FORK;
}

/* An edge over at most 8 bytes: the node has them. */
static int cross_short(const walk *w, weir_art_node *n, weir_art_place *p) {
    const unsigned char *key = w->key, *edge = n->tail + WEIR_ART_TAIL;
    size_t depth = n->depth, end = depth < w->size ? depth : w->size, at = w->from;
    while (at < end && key[at] == edge[(ptrdiff_t)(at - depth)]) at++;
    return at == depth ? ONWARD : fork_at(p, weir_art_entry(n), at, edge[(ptrdiff_t)(at - depth)]);
}

/* A longer one, or one that has turned out to be wrong. */
static int cross_long(walk *w, weir_art_node *n, weir_art_place *p) {
    w->proven = n->depth > w->limit || n->depth > w->size;
    if (!w->proven) return ONWARD;
    const weir_record *r = any_below(weir_art_entry(n));
    if (!r) return WEIR_ART_MOVED;
    size_t at = leaves_at(w, r);
    if (at >= n->depth) return ONWARD;
    return at >= w->from ? fork_at(p, weir_art_entry(n), at, byte_at(r, at)) : again(w, at);
}

/* The way ends at a record, or at none. */
static int arrive(walk *w, weir_art_place *p) {
    weir_record *r = p->entry;
    if (r && weir_record_is(r, w->key, w->size)) return WEIR_ART_SLOT;
    if (r) {
        size_t at = leaves_at(w, r);
        return at >= w->from ? fork_at(p, r, at, byte_at(r, at)) : again(w, at);
    }
    if (!w->proven) {
        r = any_below(weir_art_entry(p->node));
        if (!r) return WEIR_ART_MOVED;
        size_t at = leaves_at(w, r);
        if (at < p->node->depth) return again(w, at);
    }
    return p->slot ? WEIR_ART_SLOT : WEIR_ART_GROW;
}

/* An edge over one byte or more. */
static int cross(walk *w, weir_art_node *n, weir_art_place *p) {
    return n->depth - w->from <= WEIR_ART_TAIL ? cross_short(w, n, p) : cross_long(w, n, p);
}

/* One way down, ONWARD when it ends at a record or at none. What the loop needs is in variables of its own: what p and w hold would be
 * written and read at each step. */
static int go(weir_art *t, walk *w, weir_art_place *p) {
    const unsigned char *key = w->key;
    weir_art_node *up = NULL, *node = &t->head;
    weir_aptr *link = NULL, *slot = &t->root;
    size_t from = 0, size = w->size;
    int branch = 0, step = ONWARD;
    void *entry;
    w->proven = true;
    for (;;) {
        entry = slot ? weir_aptr_load_acquire(slot) : NULL; /* A3 acquire: pairs with E1, I2, C1, whoever filled it */
        weir_art_prefetch(entry);
        if (!weir_art_is_node(entry)) break;
        weir_art_node *n = weir_art_node_of(entry);
        w->from = from;
        if (WEIR_UNLIKELY(n->depth != from) && (step = cross(w, n, p)) != ONWARD) break;
        up = node;
        link = slot;
        node = n;
        from = n->depth + (size_t)1;
        branch = size < from ? WEIR_ART_TERM : key[from - 1];
        slot = weir_art_slot(n, branch);
    }
    w->from = from;
    p->up = up;
    p->node = node;
    p->link = link;
    p->slot = slot;
    p->branch = branch;
    if (step == ONWARD) weir_art_prefetch_all(p->entry = entry);
    return step;
}

/* What is to be put is made between the way down and the first look at the record there. */
weir_art_case weir_art_locate(weir_art *t, weir_edit *e, weir_art_place *p) {
    walk w = {.key = e->key, .size = e->size, .limit = SIZE_MAX};
    int step = go(t, &w, p);
    if (!weir_edit_made(e)) return WEIR_ART_NOMEM;
    while (step == AGAIN || (step == ONWARD && (step = arrive(&w, p)) == AGAIN)) step = go(t, &w, p);
    return (weir_art_case)step;
}
