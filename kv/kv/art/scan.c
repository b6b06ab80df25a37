/* In order, from a place on. What a walk has of its way down is in frames of its own, so it does not matter to it which nodes
 * are replaced meanwhile: a slot of such a node holds what was there when it was replaced, during the walk. */
#include "kv/kv/art.h"

enum { FRAMES = 64 };

typedef struct frame {
    const weir_art_node *node;
    int from; /* its branches before have been walked */
} frame;

typedef struct walk {
    weir_mem *mem;
    frame *way; /* from the top; all below the prefix */
    size_t n, room;
    weir_record *first; /* comes before all else, when not NULL */
    uint64_t skip;      /* records still to be left out: then they are not loaded */
    frame some[FRAMES];
} walk;

static bool push(walk *w, const weir_art_node *n, int from) {
    if (w->n == w->room) {
        frame *more = weir_mem_get(w->mem, 2 * w->room * sizeof *more);
        if (!more) return false;
        memcpy(more, w->way, w->n * sizeof *more);
        if (w->way != w->some) weir_mem_put(w->mem, w->way, w->room * sizeof *more);
        w->way = more;
        w->room *= 2;
    }
    w->way[w->n++] = (frame){n, from};
    if (!w->skip) weir_art_prefetch_below(n);
    return true;
}

static void leave(walk *w) {
    if (w->way != w->some) weir_mem_put(w->mem, w->way, w->room * sizeof *w->way);
}

/* *r NULL: there are no more. */
static weir_kv_status next(walk *w, weir_record **r) {
    *r = w->first;
    w->first = NULL;
    while (!*r && w->n) {
        frame *f = &w->way[w->n - 1];
        void *entry = weir_art_next(f->node, &f->from);
        f->from++;
        if (!entry) w->n--;
        else if (!weir_art_is_node(entry)) *r = entry;
        else if (!push(w, weir_art_node_of(entry), WEIR_ART_TERM)) return WEIR_KV_NOMEM;
    }
    return WEIR_KV_OK;
}

/* -- where to begin ----------------------------------------------------------------------------------------------- */

/* Goes down by `key`, with frames for the nodes below the prefix, each to go on behind the branch taken. *end: the record that the
 * way leads to, NULL: none. */
static weir_kv_status go_down(walk *w, void *entry, const unsigned char *key, size_t size, size_t prefix, bool beyond,
                              weir_record **end) {
    while (weir_art_is_node(entry)) {
        weir_art_node *n = weir_art_node_of(entry);
        entry = NULL;
        int from = WEIR_ART_TERM;
        if (n->depth < size || (n->depth == size && beyond)) {
            int branch = weir_art_branch(n, key, size);
            weir_aptr *slot = weir_art_slot(n, branch);
            entry = slot ? weir_aptr_load_acquire(slot) : NULL; /* A4 acquire: as A2 */
            from = branch + 1;
        }
        if (n->depth >= prefix && !push(w, n, from)) return WEIR_KV_NOMEM;
    }
    *end = entry;
    return WEIR_KV_OK;
}

/* Any record below the frames; those at the end that have none are dropped, the others stay as they are. NULL: none. */
static weir_kv_status look_below(walk *w, weir_record **r) {
    weir_kv_status status = WEIR_KV_OK;
    *r = NULL;
    for (; w->n && !*r && status == WEIR_KV_OK; w->n -= !*r) {
        walk below = {.mem = w->mem, .way = below.some, .room = FRAMES, .skip = 1};
        push(&below, w->way[w->n - 1].node, WEIR_ART_TERM);
        status = next(&below, r);
        leave(&below);
    }
    return status;
}

/* The way down went by single bytes: `some`, a record at its end, tells where it has left the key, at byte `at`. All nodes that branch
 * deeper have their keys on one side. */
static void correct(walk *w, const unsigned char *key, size_t size, weir_record *some, bool found, size_t at) {
    bool behind = at == size ? some->key_size > at : at < some->key_size && some->bytes[at] > key[at];
    size_t top = 0;
    while (top < w->n && w->way[top].node->depth <= at) top++;
    if (top == w->n) {
        if (found && behind) w->first = some;
        return;
    }
    w->n = top + behind;
    if (behind) w->way[top].from = WEIR_ART_TERM;
}

/* Leaves the walk before the first key that begins with the prefix and is not before `key`, or when `beyond` is after it. key itself
 * begins with the prefix. */
static weir_kv_status seek(walk *w, void *root, const unsigned char *key, size_t size, size_t prefix, bool beyond) {
    weir_record *end, *some;
    weir_kv_status status = go_down(w, root, key, size, prefix, beyond, &end);
    if (status != WEIR_KV_OK) return status;
    some = end;
    if (!end && (status = look_below(w, &some)) != WEIR_KV_OK) return status;
    if (!some) return WEIR_KV_OK; /* no frames are left */
    size_t at = weir_art_common(key, size, some->bytes, some->key_size);
    if (at < prefix) w->n = 0; /* all that is below the prefix's length has other bytes */
    else if (at < size || some->key_size > size) correct(w, key, size, some, end, at);
    else if (!beyond && end) w->first = end;
    return WEIR_KV_OK;
}

static bool begins_with(weir_kv_bytes key, weir_kv_bytes prefix) {
    return key.size >= prefix.size && (!prefix.size || memcmp(key.at, prefix.at, prefix.size) == 0);
}

static weir_kv_status begin(walk *w, void *root, const weir_map_range *range) {
    weir_kv_bytes prefix = range->prefix, after = range->after;
    if (!after.at) return seek(w, root, prefix.at, prefix.size, prefix.size, false);
    if (begins_with(after, prefix)) return seek(w, root, after.at, after.size, prefix.size, true);
    if (weir_key_compare(after.at, after.size, prefix.at, prefix.size) > 0) return WEIR_KV_OK; /* behind them all */
    return seek(w, root, prefix.at, prefix.size, prefix.size, false);
}

/* -- a page ------------------------------------------------------------------------------------------------------- */

weir_kv_status weir_art_scan(weir_mem *mem, void *root, const weir_map_range *range, weir_record **found, size_t n,
                             size_t *got) {
    walk w = {.mem = mem, .way = w.some, .room = FRAMES, .skip = range->skip};
    weir_kv_status status = begin(&w, root, range);
    weir_record *r = NULL;
    *got = 0;
    while (status == WEIR_KV_OK && *got < n) {
        status = next(&w, &r);
        if (!r) break;
        if (w.skip) w.skip--;
        else found[(*got)++] = r;
    }
    leave(&w);
    return status;
}
