/* kv.lock - a sorted array of records under a reader-writer lock: the baseline, and the oracle of the others.
 *
 * Frozen: a copy of the array, with a reference to each record. */
#include <pthread.h>

#include "kv/map_p.h"

/* Records in the order of their keys. */
struct weir_map_root {
    weir_record **at;
    size_t n, room;
};

typedef struct map {
    pthread_rwlock_t lock; /* of now */
    weir_map_root now;
    uint32_t generation;
    weir_mem *mem;
    weir_reclaim *reclaim;
} map;

/* -- arrays ------------------------------------------------------------------------------------------------------- */

/* The first slot whose key is not before this one; beyond: whose key is after it. */
static size_t lower_bound(const weir_map_root *a, const void *key, size_t size, bool beyond) {
    size_t low = 0, high = a->n;
    while (low < high) {
        size_t mid = (low + high) / 2;
        int order = weir_key_compare(a->at[mid]->bytes, a->at[mid]->key_size, key, size);
        if (order < 0 || (beyond && order == 0)) low = mid + 1;
        else high = mid;
    }
    return low;
}

static weir_record *look_up(const weir_map_root *a, const void *key, size_t size) {
    size_t i = lower_bound(a, key, size, false);
    return i < a->n && weir_record_is(a->at[i], key, size) ? a->at[i] : NULL;
}

static bool begins_with(const weir_record *r, weir_kv_bytes prefix) {
    return r->key_size >= prefix.size && (!prefix.size || memcmp(r->bytes, prefix.at, prefix.size) == 0);
}

static size_t page(const weir_map_root *a, const weir_map_range *range, weir_record **found, size_t n) {
    size_t i = lower_bound(a, range->prefix.at, range->prefix.size, false), got = 0;
    if (range->after.at) {
        size_t after = lower_bound(a, range->after.at, range->after.size, true);
        if (after > i) i = after;
    }
    for (i = range->skip < a->n - i ? i + range->skip : a->n; i < a->n && got < n; i++) {
        if (!begins_with(a->at[i], range->prefix)) break;
        found[got++] = a->at[i];
    }
    return got;
}

static bool make_room(map *m) {
    weir_map_root *a = &m->now;
    if (a->n < a->room) return true;
    size_t room = a->room ? 2 * a->room : 16;
    weir_record **at = weir_mem_get(m->mem, room * sizeof *at);
    if (!at) return false;
    if (a->n) memcpy(at, a->at, a->n * sizeof *at);
    weir_mem_put(m->mem, a->at, a->room * sizeof *at);
    a->at = at;
    a->room = room;
    return true;
}

/* -- the map ------------------------------------------------------------------------------------------------------ */

static weir_kv_status init(void *map_, weir_mem *mem, weir_reclaim *reclaim) {
    map *m = map_;
    memset(m, 0, sizeof *m);
    pthread_rwlockattr_t kind; /* otherwise readers that never pause starve writers */
    pthread_rwlockattr_init(&kind);
    pthread_rwlockattr_setkind_np(&kind, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(&m->lock, &kind);
    pthread_rwlockattr_destroy(&kind);
    m->mem = mem;
    m->reclaim = reclaim;
    return WEIR_KV_OK;
}

static void destroy(void *map_, void (*drop)(void *arg, weir_record *r), void *arg) {
    map *m = map_;
    for (size_t i = 0; drop && i < m->now.n; i++) drop(arg, m->now.at[i]);
    weir_mem_put(m->mem, m->now.at, m->now.room * sizeof *m->now.at);
    pthread_rwlock_destroy(&m->lock);
}

static map *read_lock(const void *map_) {
    map *m = (map *)(uintptr_t)map_; /* const for those who cannot see the lock */
    pthread_rwlock_rdlock(&m->lock);
    return m;
}

weir_record *weir_map_lock_find(const void *map_, const void *key, size_t size) {
    map *m = read_lock(map_);
    weir_record *r = look_up(&m->now, key, size);
    pthread_rwlock_unlock(&m->lock);
    return r;
}

static void find_n(const void *map_, size_t n, const weir_kv_bytes *key, weir_record **found) {
    map *m = read_lock(map_);
    for (size_t i = 0; i < n; i++) found[i] = look_up(&m->now, key[i].at, key[i].size);
    pthread_rwlock_unlock(&m->lock);
}

static weir_record *find_in(const void *map_, const weir_map_root *root, const void *key, size_t size) {
    (void)map_;
    return look_up(root, key, size);
}

static weir_kv_status scan(const void *map_, const weir_map_root *root, const weir_map_range *range,
                           weir_record **found, size_t n, size_t *got) {
    if (root) {
        *got = page(root, range, found, n);
        return WEIR_KV_OK;
    }
    map *m = read_lock(map_);
    *got = page(&m->now, range, found, n);
    pthread_rwlock_unlock(&m->lock);
    return WEIR_KV_OK;
}

static void obey(weir_map_root *a, size_t i, weir_edit_action action, bool there, weir_record *fresh) {
    if (action == WEIR_EDIT_REMOVE) {
        a->n--;
        memmove(a->at + i, a->at + i + 1, (a->n - i) * sizeof *a->at);
    } else if (action == WEIR_EDIT_PUT) {
        if (!there) {
            memmove(a->at + i + 1, a->at + i, (a->n - i) * sizeof *a->at);
            a->n++;
        }
        a->at[i] = fresh;
    }
}

static weir_kv_status edit(void *map_, weir_edit *e) {
    map *m = map_;
    if (!weir_edit_made(e)) return WEIR_KV_NOMEM;
    pthread_rwlock_wrlock(&m->lock);
    size_t i = lower_bound(&m->now, e->key, e->size, false);
    bool there = i < m->now.n && weir_record_is(m->now.at[i], e->key, e->size);
    bool room = there || !e->fresh || make_room(m);
    if (room) obey(&m->now, i, e->decide(e, there ? m->now.at[i] : NULL), there, e->fresh);
    pthread_rwlock_unlock(&m->lock);
    return room ? WEIR_KV_OK : WEIR_KV_NOMEM;
}

/* -- snapshots ---------------------------------------------------------------------------------------------------- */

static weir_kv_status freeze(void *map_, weir_map_root **root) {
    map *m = map_;
    size_t n = m->now.n;
    weir_map_root *r = weir_mem_get(m->mem, sizeof *r);
    weir_record **at = weir_mem_get(m->mem, (n + 1) * sizeof *at);
    if (!r || !at) {
        weir_mem_put(m->mem, r, sizeof *r);
        weir_mem_put(m->mem, at, (n + 1) * sizeof *at);
        return WEIR_KV_NOMEM;
    }
    for (size_t i = 0; i < n; i++) weir_record_retain(at[i] = m->now.at[i]);
    *r = (weir_map_root){at, n, n + 1};
    *root = r;
    m->generation++;
    return WEIR_KV_OK;
}

static void thaw(void *map_, weir_map_root *root) {
    map *m = map_;
    for (size_t i = 0; i < root->n; i++) weir_record_release(m->mem, root->at[i]);
    weir_mem_put(m->mem, root->at, root->room * sizeof *root->at);
    weir_mem_put(m->mem, root, sizeof *root);
}

static uint32_t generation(const void *map_) { return ((const map *)map_)->generation; }

static void retire_record(void *map_, weir_record *r) {
    map *m = map_;
    weir_reclaim_retire(m->reclaim, weir_record_reclaim, m->mem, r, weir_record_size(r));
}

static uint64_t memory(const void *map_) {
    map *m = read_lock(map_);
    uint64_t bytes = m->now.room * sizeof *m->now.at;
    pthread_rwlock_unlock(&m->lock);
    return bytes;
}

const weir_map_ops weir_map_lock = {
    .name = "lock",
    .snapshots = true,
    .size = sizeof(map),
    .init = init,
    .destroy = destroy,
    .find = weir_map_lock_find,
    .find_n = find_n,
    .edit = edit,
    .scan = scan,
    .freeze = freeze,
    .thaw = thaw,
    .find_in = find_in,
    .generation = generation,
    .retire_record = retire_record,
    .memory = memory,
};
