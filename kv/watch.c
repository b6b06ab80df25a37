/* watch - changes of keys that begin with a prefix, told in the order of each key.
 *
 * Events lie in a ring of the watch's own; each keeps its record. Who changes a watched key holds one of a few locks,
 * by the key, until he has told it, so events of one key are in its order; no other writer waits, and none for a reader
 * of events. An event has the stamp of its record, and is given out when that can be seen; a reader who waits for it
 * drives the log as any other who waits. When the ring is full, changes are counted where its end is, with the highest
 * of their stamps, so that who is told of the loss can see what was lost. Watches come and go alone in the gate. */
#include <stdlib.h>

#include "kv/visible_p.h"

typedef struct event {
    weir_record *record;
    uint64_t stamp; /* seen when this is */
    uint64_t lost;  /* changes lost just before it */
    bool deleted;
} event;

typedef struct weir_watch {
    weir_kv_watch base;
    weir_tree *tree;
    struct weir_watch *next;
    weir_kv_bytes prefix;
    weir_record *given; /* by the last call of next */
    weir_lock lock;     /* of all below */
    weir_a32 turn;      /* changes with what comes; readers sleep on it */
    bool sleeps, dropped;
    uint64_t lost, lost_stamp; /* behind the last event */
    size_t capacity, first, n;
    event event[]; /* a ring */
} watch;

/* -- telling ------------------------------------------------------------------------------------------------------- */

static bool concerns(const watch *w, weir_kv_bytes key) {
    return key.size >= w->prefix.size && (w->prefix.size == 0 || memcmp(key.at, w->prefix.at, w->prefix.size) == 0);
}

static unsigned order_of(weir_kv_bytes key) {
    uint32_t hash = 2166136261; /* FNV-1a */
    for (size_t i = 0; i < key.size; i++) hash = (hash ^ ((const unsigned char *)key.at)[i]) * 16777619;
    return (hash ^ hash >> 16) % WEIR_ORDERS;
}

weir_lock *weir_watch_order(weir_tree *t, weir_kv_bytes key) {
    for (const watch *w = t->watches; w; w = w->next)
        if (concerns(w, key)) {
            weir_lock *order = &t->order[order_of(key)];
            weir_lock_acquire(order);
            return order;
        }
    return NULL;
}

static uint64_t later_stamp(uint64_t a, uint64_t b) {
    uint64_t position =
        weir_stamp_position(a) > weir_stamp_position(b) ? weir_stamp_position(a) : weir_stamp_position(b);
    return weir_stamp(position, weir_stamp_level(a) > weir_stamp_level(b) ? weir_stamp_level(a) : weir_stamp_level(b));
}

/* Under the watch's lock. */
static void append(watch *w, weir_record *r, bool deleted, uint64_t stamp) {
    if (w->n == w->capacity) {
        w->lost_stamp = later_stamp(stamp, w->lost_stamp);
        w->lost++;
        return;
    }
    weir_record_retain(r);
    if (w->lost) stamp = later_stamp(stamp, w->lost_stamp);
    w->event[(w->first + w->n++) % w->capacity] = (event){r, stamp, w->lost, deleted};
    w->lost = w->lost_stamp = 0;
}

static void wake(watch *w) {
    weir_a32_add(&w->turn, 1);
    bool sleeps = w->sleeps;
    w->sleeps = false;
    weir_lock_release(&w->lock);
    if (sleeps) weir_futex_wake(&w->turn, 1);
}

void weir_watch_tell(weir_tree *t, weir_record *r, bool deleted, uint64_t stamp) {
    for (watch *w = t->watches; w; w = w->next) {
        if (!concerns(w, weir_record_key_bytes(r))) continue;
        weir_lock_acquire(&w->lock);
        append(w, r, deleted, stamp);
        wake(w);
    }
}

void weir_watch_tell_end(weir_tree *t) {
    for (watch *w = t->watches; w; w = w->next) {
        weir_lock_acquire(&w->lock);
        w->dropped = true;
        wake(w);
    }
}

/* -- coming and going ---------------------------------------------------------------------------------------------- */

weir_kv_status weir_tree_watch_open(weir_kv_tenant *handle, weir_kv_bytes prefix, size_t capacity,
                                    weir_kv_watch **made) {
    weir_tree *t = (weir_tree *)handle;
    watch *w = calloc(1, sizeof *w + capacity * sizeof *w->event + prefix.size);
    if (!w) return WEIR_KV_NOMEM;
    void *to = &w->event[capacity];
    if (prefix.size) memcpy(to, prefix.at, prefix.size);
    w->base.kv = t->base.kv;
    w->tree = t;
    w->prefix = weir_kv_bytes_of(to, prefix.size);
    w->capacity = capacity;
    weir_lock_init(&w->lock);
    weir_gate_close(&t->gate);
    bool live = weir_a32_load(&t->state) == WEIR_TREE_LIVE;
    if (live) w->next = t->watches, t->watches = w;
    weir_gate_open(&t->gate);
    if (!live) return free(w), weir_tree_refusal(t);
    weir_tree_retain(t);
    *made = &w->base;
    return WEIR_KV_OK;
}

void weir_tree_watch_close(weir_kv_watch *handle) {
    watch *w = (watch *)handle;
    weir_tree *t = w->tree;
    weir_mem *mem = weir_tree_store(t)->mem;
    weir_gate_close(&t->gate);
    watch **link = &t->watches;
    while (*link != w) link = &(*link)->next;
    *link = w->next;
    weir_gate_open(&t->gate);
    for (; w->n; w->n--, w->first++) weir_record_release(mem, w->event[w->first % w->capacity].record);
    if (w->given) weir_record_release(mem, w->given);
    free(w);
    weir_tree_release(t);
}

/* -- reading ------------------------------------------------------------------------------------------------------- */

static weir_kv_event lost(uint64_t *count) {
    weir_kv_event e = {.change = WEIR_KV_LOST, .lost = *count};
    *count = 0;
    return e;
}

static weir_kv_event take(watch *w) {
    event *at = &w->event[w->first];
    if (at->lost) return lost(&at->lost);
    w->first = (w->first + 1) % w->capacity;
    w->n--;
    w->given = at->record;
    weir_kv_event e = {.change = at->deleted ? WEIR_KV_WAS_DELETED : WEIR_KV_WAS_SET,
                       .key = weir_record_key_bytes(at->record)};
    if (!at->deleted) e.value = weir_record_value_bytes(at->record);
    return e;
}

/* Under the lock. True: *to is the next. False: *stamp is what it waits for; 0: there is none. */
static bool next(watch *w, weir_kv_event *to, uint64_t *stamp) {
    *stamp = w->n ? w->event[w->first].stamp : w->lost ? w->lost_stamp : 0;
    if ((w->n || w->lost) && weir_stamp_visible(weir_tree_store(w->tree)->log, *stamp)) {
        *to = w->n ? take(w) : lost(&w->lost);
        return true;
    }
    if (w->n || w->lost || !w->dropped) return false;
    *to = (weir_kv_event){.change = WEIR_KV_TENANT_DROPPED};
    return true;
}

/* Until something comes; false: it is too late for that. The lock is given back. */
static bool sleep_until(watch *w, uint64_t deadline_ns) {
    uint32_t turn = weir_a32_load(&w->turn);
    w->sleeps = deadline_ns > weir_now_ns();
    if (!w->sleeps) return weir_lock_release(&w->lock), false;
    weir_lock_release(&w->lock);
    weir_rcu_offline();
    bool in_time = weir_futex_wait(&w->turn, turn, deadline_ns);
    weir_rcu_online();
    return in_time;
}

weir_kv_status weir_tree_watch_next(weir_kv_watch *handle, uint64_t deadline_ns, weir_kv_event *to) {
    watch *w = (watch *)handle;
    weir_resident *s = weir_tree_store(w->tree);
    weir_kv_status st = WEIR_KV_OK;
    if (w->given) weir_record_release(s->mem, w->given);
    w->given = NULL;
    while (st == WEIR_KV_OK) {
        uint64_t stamp;
        weir_lock_acquire(&w->lock);
        if (next(w, to, &stamp)) return weir_lock_release(&w->lock), WEIR_KV_OK;
        if (stamp) {
            weir_lock_release(&w->lock);
            st = weir_resident_await(s, weir_stamp_position(stamp), weir_stamp_level(stamp), deadline_ns);
        } else if (!sleep_until(w, deadline_ns)) st = WEIR_KV_TIMEOUT;
    }
    return st;
}
