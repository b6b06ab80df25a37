#include "sched/joins_p.h"

#include <stdlib.h>

#include "prims/lock_p.h"
#include "sched/deps_p.h"

enum { SHARDS = 64 };

/* weir_join.open: how many, and above that the status its dependents end with, if not OK. */
enum { OPEN_BITS = 56 };
#define OPEN_MASK (((uint64_t)1 << OPEN_BITS) - 1)

typedef struct shard {
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_lock lock; /* guards the list, and `dependents` of the joins in it */
    weir_join *first;
} shard;

struct weir_joins {
    shard shards[SHARDS];
    weir_lock seals;  /* held while a seal ends a join, and while nobody may */
    weir_aptr sealed; /* edges that wait for a worker to tell their owners, by next */
};

weir_joins *weir_joins_open(void) {
    weir_joins *all = aligned_alloc(WEIR_CACHE_LINE, sizeof *all);
    if (!all) return NULL;
    for (int i = 0; i < SHARDS; i++) {
        weir_lock_init(&all->shards[i].lock);
        all->shards[i].first = NULL;
    }
    weir_lock_init(&all->seals);
    weir_aptr_store(&all->sealed, NULL);
    return all;
}

void weir_joins_close(weir_joins *all) { free(all); }

/* -- the list ------------------------------------------------------------------------------------------------------- */

static shard *shard_of(weir_joins *all, const weir_join *join) {
    return all->shards + ((uintptr_t)join * 0x9e3779b97f4a7c15u >> 32) % SHARDS;
}

static void list(shard *s, weir_join *join) {
    join->at = &s->first;
    join->next = s->first;
    if (join->next) join->next->at = &join->next;
    s->first = join;
}

static void unlist(weir_join *join) {
    *join->at = join->next;
    if (join->next) join->next->at = join->at;
    join->at = NULL;
}

bool weir_joins_wait(weir_joins *all, weir_dep *d, weir_sched_status *st) {
    weir_join *join = d->on.join;
    shard *s = shard_of(all, join);
    weir_lock_acquire(&s->lock);
    bool waits = weir_deps_push(&join->dependents, d, st);
    if (waits && !join->at) list(s, join);
    weir_lock_release(&s->lock);
    return waits;
}

void weir_joins_withdraw(weir_joins *all, weir_dep *d) {
    weir_join *join = d->on.join;
    shard *s = shard_of(all, join);
    weir_lock_acquire(&s->lock);
    weir_dep *list = weir_aptr_load(&join->dependents),
             **at = &list; /* relaxed: all changes but the last are made here */
    while (*at != d) at = &(*at)->next;
    *at = d->next;
    weir_aptr_store(&join->dependents, list);
    if (!list) unlist(join);
    weir_lock_release(&s->lock);
}

/* Most joins end with nobody or one waiting. */
static weir_dep *close_join(weir_joins *all, weir_join *join, weir_sched_status st) {
    void *none = NULL;
    /* R2 release: pairs with A1 in deps.c; what was written by those that counted */
    if (weir_aptr_cas_release(&join->dependents, &none, weir_deps_closed(st))) return NULL;
    shard *s = shard_of(all, join);
    weir_lock_acquire(&s->lock);
    unlist(join);
    weir_dep *d =
        weir_aptr_xchg_release(&join->dependents, weir_deps_closed(st)); /* R2; the edges came under the lock */
    weir_lock_release(&s->lock);
    return d;
}

void weir_joins_waiters(weir_joins *all, void (*see)(void *arg, weir_dep *edge), void *arg) {
    for (int i = 0; i < SHARDS; i++) {
        weir_lock_acquire(&all->shards[i].lock);
        for (weir_join *join = all->shards[i].first; join; join = join->next)
            for (weir_dep *d = weir_aptr_load(&join->dependents); d; d = d->next) see(arg, d);
        weir_lock_release(&all->shards[i].lock);
    }
}

/* -- counting ------------------------------------------------------------------------------------------------------- */

void weir_join_init(weir_join *join, weir_join *parent) {
    weir_a64_store(&join->open, 1);
    weir_aptr_store(&join->dependents, NULL);
    join->parent = parent;
    join->next = NULL;
    join->at = NULL;
    if (parent) weir_joins_count(parent);
}

bool weir_joins_counts_in(const weir_join *join, const weir_join *in) {
    while (join && join != in) join = join->parent;
    return join;
}

void weir_joins_count(weir_join *join) {
    weir_a64_add(&join->open, 1);
} /* relaxed: it is open by what counts already */

/* The first failure stays. Relaxed: the subtraction that follows publishes it. */
static void fail(weir_join *join, weir_sched_status st) {
    uint64_t seen = weir_a64_load(&join->open);
    while (!(seen >> OPEN_BITS) && !weir_a64_cas_weak(&join->open, &seen, seen | (uint64_t)st << OPEN_BITS)) {}
}

/* True: that was the last; *st becomes how the join has ended. */
static bool count_down(weir_join *join, weir_sched_status *st) {
    if (WEIR_UNLIKELY(*st)) fail(join, *st);
    /* A4 acquire: pairs with R4; the effects of all that counted. R4 release: pairs with A4; those of this one. */
    uint64_t left = weir_a64_sub_acq_rel(&join->open, 1);
    *st = (weir_sched_status)(left >> OPEN_BITS);
    return (left & OPEN_MASK) == 1;
}

static weir_dep *prepend(weir_dep *d, weir_sched_status st, weir_dep *list) {
    for (weir_dep *next; d; d = next) {
        next = d->next;
        d->zero = (uint32_t)st;
        d->next = list;
        list = d;
    }
    return list;
}

/* `join` has ended so, and perhaps its parents with it. */
static weir_dep *end(weir_joins *all, weir_join *join, weir_sched_status st) {
    weir_dep *list = NULL;
    do {
        weir_join *parent = join->parent; /* before the dependents are told, with whom the join may go */
        list = prepend(close_join(all, join, st), st, list);
        join = parent;
    } while (join && count_down(join, &st));
    return list;
}

weir_dep *weir_joins_drop(weir_joins *all, weir_join *join, weir_sched_status st) {
    return count_down(join, &st) ? end(all, join, st) : NULL;
}

weir_dep *weir_joins_take_all(weir_joins *all, weir_sched_status st) {
    weir_dep *list = NULL;
    for (int i = 0; i < SHARDS; i++)
        for (weir_join *join; (join = all->shards[i].first);) {
            unlist(join);
            list = prepend(weir_aptr_xchg(&join->dependents, NULL), st, list);
        }
    return list;
}

/* -- from outside --------------------------------------------------------------------------------------------------- */

void weir_joins_freeze(weir_joins *all) { weir_lock_acquire(&all->seals); }
void weir_joins_thaw(weir_joins *all) { weir_lock_release(&all->seals); }

void weir_join_seal(weir_sched *s, weir_join *join) {
    weir_joins *all = weir_deps_joins(s);
    weir_sched_status st = WEIR_SCHED_OK;
    if (!count_down(join, &st)) return;
    weir_lock_acquire(&all->seals);
    weir_dep *first = end(all, join, st), *last = first;
    while (last && last->next) last = last->next;
    if (last) {
        void *head = weir_aptr_load(&all->sealed);
        do last->next = head;
        while (!weir_aptr_cas_weak_release(&all->sealed, &head, first)); /* R5: pairs with A5 */
    }
    weir_lock_release(&all->seals);
    if (last) weir_bell_ring(&s->idle, 1);
}

bool weir_deps_pending(const weir_sched *s) {
    return weir_aptr_load_acquire(&weir_deps_joins((weir_sched *)s)->sealed) != NULL;
}

bool weir_deps_drain(weir_worker *w) {
    weir_joins *all = weir_deps_joins(w->sched);
    if (WEIR_LIKELY(!weir_aptr_load(&all->sealed))) return false;
    weir_dep *d = weir_aptr_xchg_acquire(&all->sealed, NULL); /* A5: pairs with R5; the edges */
    weir_deps_pass_on(w, d);
    return d;
}
