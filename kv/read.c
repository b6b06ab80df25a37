/* read - get, multiget, take, scan and iterate over what can be seen. */
#include "kv/scan_p.h"

void weir_resident_read_begin(weir_kv *kv) {
    (void)kv;
    weir_rcu_begin();
}

void weir_resident_read_end(weir_kv *kv) {
    (void)kv;
    weir_rcu_end();
}

weir_kv_status weir_tree_get(weir_kv_tenant *t, weir_kv_bytes key, weir_kv_bytes *value) {
    return weir_tree_read((const weir_tree *)t, key, value);
}

enum { GROUP = 32 }; /* keys in lock step */

weir_kv_status weir_tree_multiget(weir_kv_tenant *handle, size_t n, const weir_kv_bytes *key, weir_kv_bytes *value,
                                  size_t *found) {
    weir_tree *t = (weir_tree *)handle;
    weir_record *at[GROUP];
    *found = 0;
    if (weir_tree_dropped(t)) return WEIR_KV_DROPPED;
    for (size_t done = 0, now; done < n; done += now) {
        now = n - done < GROUP ? n - done : GROUP;
        t->base.map->find_n(weir_tree_map(t), now, key + done, at);
        for (size_t i = 0; i < now; i++) {
            const weir_record *r = weir_visible(weir_tree_store(t), at[i]);
            value[done + i] = r ? weir_record_value_bytes(r) : weir_kv_bytes_of(NULL, 0);
            *found += r != NULL;
        }
    }
    return WEIR_KV_OK;
}

/* -- values that outlive the section: records with a reference more ------------------------------------------------ */

weir_kv_status weir_tree_take(weir_kv_tenant *handle, weir_kv_bytes key, weir_kv_value **value) {
    weir_tree *t = (weir_tree *)handle;
    weir_kv_status st = WEIR_KV_NO;
    weir_rcu_begin();
    weir_record *r = NULL;
    if (weir_tree_dropped(t)) st = WEIR_KV_DROPPED;
    else if ((r = weir_visible(weir_tree_store(t), weir_tree_find(t, key)))) {
        weir_record_retain(r);
        *value = (weir_kv_value *)r;
        st = WEIR_KV_OK;
    }
    weir_rcu_end();
    return st;
}

void weir_resident_value_release(weir_kv *kv, weir_kv_value *value) {
    weir_record_release(((weir_resident *)kv)->mem, (weir_record *)value);
}

/* -- pages --------------------------------------------------------------------------------------------------------- */

/* At most n slots beyond the cursor's place. In memory, while nothing is hidden, the map leaves out what is to be
 * skipped without looking at records; when something has been hidden meanwhile, that counts for nothing. */
static weir_kv_status slots(const weir_tree *t, weir_cursor *c, weir_record **slot, size_t n, size_t *have) {
    weir_map_range range = {.prefix = c->prefix, .after = c->after, .skip = c->skip};
    uint64_t hidden = weir_a64_load_acquire(&t->hidden); /* H2 acquire: pairs with H1 in batch.c */
    if (c->skip && !c->root && !weir_tree_store(t)->log && (uint32_t)hidden == 0) {
        weir_kv_status st = t->base.map->scan(weir_tree_map(t), NULL, &range, slot, n, have);
        if (st != WEIR_KV_OK) return st;
        /* relaxed: slots were loaded by acquire, so who hid one of them has been here before */
        if (weir_a64_load(&t->hidden) == hidden) return c->skip = 0, st;
    }
    range.skip = 0;
    return t->base.map->scan(weir_tree_map(t), c->root, &range, slot, n, have);
}

/* A page of slots may hold fewer that can be seen: it goes on until it has n, or there are no more. */
weir_kv_status weir_tree_page(const weir_tree *t, weir_cursor *c, weir_record **found, size_t n, size_t *got) {
    weir_record *slot[WEIR_PAGE];
    *got = 0;
    while (*got < n && !c->end) {
        size_t want = n - *got < WEIR_PAGE ? n - *got : WEIR_PAGE, have;
        weir_kv_status st = slots(t, c, slot, want, &have);
        if (st != WEIR_KV_OK) return st;
        c->end = have < want;
        for (size_t i = 0; i < have; i++) {
            weir_record *r = weir_visible(weir_tree_store(t), slot[i]);
            if (!r) continue;
            if (c->skip) c->skip--;
            else found[(*got)++] = r;
        }
        if (have) c->last = slot[have - 1], c->after = weir_record_key_bytes(c->last);
    }
    return WEIR_KV_OK;
}

weir_kv_status weir_tree_pairs(const weir_tree *t, weir_cursor *c, weir_kv_pair *pair, size_t n, size_t *got) {
    weir_record *found[WEIR_PAGE];
    size_t more;
    for (*got = 0; *got < n && !c->end; *got += more) {
        size_t want = n - *got < WEIR_PAGE ? n - *got : WEIR_PAGE;
        weir_kv_status st = weir_tree_page(t, c, found, want, &more);
        if (st != WEIR_KV_OK) return st;
        for (size_t i = 0; i < more; i++)
            pair[*got + i] = (weir_kv_pair){weir_record_key_bytes(found[i]), weir_record_value_bytes(found[i])};
    }
    return WEIR_KV_OK;
}

weir_cursor weir_cursor_of(const weir_kv_range *range, const weir_map_root *root) {
    weir_cursor c = {.prefix = range->prefix, .skip = range->skip, .root = root};
    if (range->after) c.after = weir_kv_bytes_of(range->after->at ? range->after->at : "", range->after->size);
    return c;
}

weir_kv_status weir_tree_scan(weir_kv_tenant *t, const weir_kv_range *range, weir_kv_pair *pair, size_t n,
                              size_t *got) {
    weir_cursor c = weir_cursor_of(range, NULL);
    *got = 0;
    return weir_tree_dropped((weir_tree *)t) ? WEIR_KV_DROPPED : weir_tree_pairs((weir_tree *)t, &c, pair, n, got);
}

/* -- iterate: a page is kept by references while the caller looks at it -------------------------------------------- */

enum { FEW = 32 };

typedef struct walk {
    weir_tree *tree;
    weir_cursor cursor;
    weir_record *last; /* holds the key that the cursor stands on */
    weir_record *found[FEW];
    size_t n;
} walk;

static weir_kv_status next_page(walk *w, uint64_t limit) {
    weir_record *before = w->last;
    w->n = 0;
    weir_rcu_begin();
    weir_kv_status st = weir_tree_dropped(w->tree) ? WEIR_KV_DROPPED : WEIR_KV_OK;
    if (st == WEIR_KV_OK) st = weir_tree_page(w->tree, &w->cursor, w->found, limit < FEW ? (size_t)limit : FEW, &w->n);
    for (size_t i = 0; i < w->n; i++) weir_record_retain(w->found[i]);
    if (w->cursor.last != before) weir_record_retain(w->last = w->cursor.last);
    weir_rcu_end();
    if (before && before != w->last) weir_record_release(weir_tree_store(w->tree)->mem, before);
    return st;
}

static bool show(walk *w, weir_kv_each *each, void *arg) {
    bool go_on = true;
    for (size_t i = 0; i < w->n; i++) {
        weir_record *r = w->found[i];
        if (go_on) go_on = each(arg, weir_record_key_bytes(r), weir_record_value_bytes(r));
        weir_record_release(weir_tree_store(w->tree)->mem, r);
    }
    return go_on;
}

weir_kv_status weir_tree_iterate(weir_kv_tenant *t, weir_kv_bytes prefix, uint64_t offset, uint64_t limit,
                                 weir_kv_each *each, void *arg) {
    walk w = {.tree = (weir_tree *)t, .cursor = {.prefix = prefix, .skip = offset}};
    weir_kv_status st = WEIR_KV_OK;
    uint64_t left = limit ? limit : UINT64_MAX;
    weir_tree_retain(w.tree); /* it may be dropped and its handle closed by `each` */
    while (left && !w.cursor.end) {
        st = next_page(&w, left);
        left -= w.n;
        if (!show(&w, each, arg) || st != WEIR_KV_OK) break;
    }
    if (w.last) weir_record_release(weir_tree_store(w.tree)->mem, w.last);
    weir_tree_release(w.tree);
    return st;
}
