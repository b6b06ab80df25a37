#include "sched/names_p.h"

#include <stdlib.h>

#include "prims/filter_p.h"
#include "prims/lock_p.h"
#include "sched/deps_p.h"
#include "sched/front_p.h"

enum { SHARDS = 64, CAPACITY_MIN = 64, SLAB = 64 };

/* dep: on its event's `dependents`; its stream and on.seq are the name, its owner the event, NULL: it ended as `how`. */
typedef struct entry {
    weir_dep dep;
    struct entry *chain;
    weir_sched_status how;
} entry;

typedef struct slab {
    struct slab *next;
    entry entries[SLAB];
} slab;

typedef struct shard {
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_lock lock; /* guards all the rest */
    entry **buckets;                              /* `capacity` of them, a power of two; 0: none yet */
    uint64_t capacity, count;
    weir_front front;
    entry *free;
    slab *slabs;
    uint64_t exact_looks, filtered;
} shard;

struct weir_names {
    shard shards[SHARDS];
    uint32_t streams;
    weir_a64 last[]; /* the highest seq entered of each stream; written by whoever submits to it */
};

/* For shards the upper bits, for buckets the lower ones; the filters mix it once more. */
static uint64_t hash(uint32_t stream, uint64_t seq) { return weir_filter_mix(seq ^ (uint64_t)stream << 40); }

static shard *shard_of(weir_names *n, uint64_t h) { return n->shards + (h >> 58) % SHARDS; }
static entry **bucket(const shard *s, uint64_t h) { return s->buckets + h % s->capacity; }
static uint64_t hash_of(const entry *x) { return hash(x->dep.stream, x->dep.on.seq); }

static entry *find(const shard *s, uint64_t h, uint32_t stream, uint64_t seq) {
    if (!s->capacity) return NULL;
    entry *x = *bucket(s, h);
    while (x && (x->dep.on.seq != seq || x->dep.stream != stream)) x = x->chain;
    return x;
}

/* -- memory of a shard ---------------------------------------------------------------------------------------------- */

static void link_in(shard *s, entry *x) {
    entry **b = bucket(s, hash_of(x));
    x->chain = *b;
    *b = x;
    weir_front_insert(&s->front, hash_of(x));
}

/* Puts all entries of these buckets into a shard. */
static void relink(entry **buckets, uint64_t capacity, shard *to) {
    for (uint64_t i = 0; i < capacity; i++)
        for (entry *x = buckets[i], *next; x; x = next) {
            next = x->chain;
            link_in(to, x);
        }
}

/* Twice the buckets, and a filter for as many. */
static bool grow(shard *s) {
    uint64_t old_capacity = s->capacity, capacity = old_capacity ? 2 * old_capacity : CAPACITY_MIN;
    entry **old = s->buckets, **buckets = calloc(capacity, sizeof *buckets);
    weir_front front = {.kind = s->front.kind};
    if (!buckets || !weir_front_make(&front, capacity)) {
        free(buckets);
        return false;
    }
    if (old) weir_front_free(&s->front);
    s->front = front;
    s->buckets = buckets;
    s->capacity = capacity;
    relink(old, old_capacity, s);
    free(old);
    return true;
}

static entry *entry_new(shard *s) {
    if (!s->free) {
        slab *b = malloc(sizeof *b);
        if (!b) return NULL;
        b->next = s->slabs;
        s->slabs = b;
        for (int i = 0; i < SLAB; i++) {
            b->entries[i].chain = s->free;
            s->free = b->entries + i;
        }
    }
    entry *x = s->free;
    s->free = x->chain;
    return x;
}

/* What has left still reads "maybe": from time to time the filter is told anew what is there. */
static void refresh(shard *s) {
    if (!weir_front_stale(&s->front, s->count)) return;
    weir_front_clear(&s->front);
    for (uint64_t i = 0; i < s->capacity; i++)
        for (entry *x = s->buckets[i]; x; x = x->chain) weir_front_insert(&s->front, hash_of(x));
}

/* -- the table ------------------------------------------------------------------------------------------------------ */

weir_sched_status weir_names_open(weir_names **out, uint32_t streams, const char *filter) {
    const weir_front_kind *kind = weir_front_find(filter);
    if (!kind) return WEIR_SCHED_BAD;
    size_t line = WEIR_CACHE_LINE, bytes = sizeof(weir_names) + streams * sizeof(weir_a64);
    bytes = (bytes + line - 1) / line * line;
    weir_names *n = aligned_alloc(line, bytes);
    if (!n) return WEIR_SCHED_NOMEM;
    memset(n, 0, bytes);
    n->streams = streams;
    for (int i = 0; i < SHARDS; i++) {
        weir_lock_init(&n->shards[i].lock);
        n->shards[i].front.kind = kind;
    }
    *out = n;
    return WEIR_SCHED_OK;
}

void weir_names_close(weir_names *n) {
    for (int i = 0; n && i < SHARDS; i++) {
        shard *s = n->shards + i;
        for (slab *b = s->slabs, *next; b; b = next) {
            next = b->next;
            free(b);
        }
        if (s->capacity) weir_front_free(&s->front);
        free(s->buckets);
    }
    free(n);
}

weir_sched_status weir_names_check(const weir_names *n, const weir_event *e, const weir_dep *d, bool may_come) {
    if (d->stream >= n->streams) return WEIR_SCHED_BAD;
    if (!weir_event_is_child(e) && e->stream == d->stream && e->rank[1] == d->on.seq) return WEIR_SCHED_SELF;
    /* A1 acquire: pairs with R1; the entry is in its table, or was. */
    if (d->on.seq <= weir_a64_load_acquire(n->last + d->stream) || may_come) return WEIR_SCHED_OK;
    return WEIR_SCHED_UNKNOWN;
}

weir_sched_status weir_names_reserve(weir_names *n, weir_event *e, weir_dep **dep) {
    shard *s = shard_of(n, hash(e->stream, e->rank[1]));
    weir_lock_acquire(&s->lock);
    entry *x = s->count < s->capacity || grow(s) ? entry_new(s) : NULL;
    if (x) {
        s->count++;
        x->dep =
            (weir_dep){.kind = (weir_dep_kind)WEIR_DEP_NAME, .stream = e->stream, .on.seq = e->rank[1], .owner = e};
        *dep = &x->dep;
    }
    weir_lock_release(&s->lock);
    return x ? WEIR_SCHED_OK : WEIR_SCHED_NOMEM;
}

static void entry_free(shard *s, entry *x) {
    x->chain = s->free;
    s->free = x;
    s->count--;
}

void weir_names_unreserve(weir_names *n, weir_dep *dep) {
    entry *x = (entry *)dep;
    shard *s = shard_of(n, hash_of(x));
    weir_lock_acquire(&s->lock);
    entry_free(s, x);
    weir_lock_release(&s->lock);
}

void weir_names_enter(weir_names *n, weir_event *e, weir_dep *dep) {
    entry *x = (entry *)dep;
    shard *s = shard_of(n, hash_of(x));
    weir_sched_status st;
    weir_deps_push(&e->dependents, dep, &st); /* it is not closed: e has not been submitted yet */
    weir_lock_acquire(&s->lock);
    link_in(s, x);
    weir_lock_release(&s->lock);
    weir_a64_store_release(n->last + e->stream,
                           e->rank[1]); /* R1: pairs with A1; not before the entry is in its table */
}

weir_event *weir_names_hold(weir_names *n, const weir_dep *d, weir_sched_status *st) {
    if (d->on.seq > weir_a64_load_acquire(n->last + d->stream)) { /* A1 */
        *st = WEIR_SCHED_UNKNOWN;
        return NULL;
    }
    uint64_t h = hash(d->stream, d->on.seq);
    shard *s = shard_of(n, h);
    entry *x = NULL;
    weir_lock_acquire(&s->lock);
    if (s->capacity && weir_front_may_contain(&s->front, h)) {
        s->exact_looks++;
        x = find(s, h, d->stream, d->on.seq);
    } else {
        s->filtered++;
    }
    if (x && x->dep.owner) return x->dep.owner;
    *st = x ? x->how : WEIR_SCHED_OK; /* without entry it has ended well, long ago */
    weir_lock_release(&s->lock);
    return NULL;
}

void weir_names_let_go(weir_names *n, const weir_dep *d) {
    weir_lock_release(&shard_of(n, hash(d->stream, d->on.seq))->lock);
}

void weir_names_forget(weir_names *n, weir_dep *dep, weir_sched_status st) {
    entry *x = (entry *)dep;
    uint64_t h = hash_of(x);
    shard *s = shard_of(n, h);
    weir_lock_acquire(&s->lock);
    if (st) {
        x->dep.owner = NULL;
        x->how = st;
    } else {
        entry **at = bucket(s, h);
        while (*at != x) at = &(*at)->chain;
        *at = x->chain;
        entry_free(s, x);
        weir_front_remove(&s->front, h);
        refresh(s);
    }
    weir_lock_release(&s->lock);
}

void weir_names_each(weir_names *n, void (*see)(void *arg, weir_event *e), void *arg) {
    for (int i = 0; i < SHARDS; i++) {
        shard *s = n->shards + i;
        weir_lock_acquire(&s->lock);
        for (uint64_t b = 0; b < s->capacity; b++)
            for (entry *x = s->buckets[b]; x; x = x->chain)
                if (x->dep.owner) see(arg, x->dep.owner);
        weir_lock_release(&s->lock);
    }
}

void weir_names_stats(weir_names *n, weir_sched_stats *out) {
    for (int i = 0; i < SHARDS; i++) {
        shard *s = n->shards + i;
        weir_lock_acquire(&s->lock);
        out->exact_looks += s->exact_looks;
        out->filtered += s->filtered;
        weir_lock_release(&s->lock);
    }
}
