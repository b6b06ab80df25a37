#include "sched/joins_p.h"

#include <stdlib.h>

#include "prims/lock_p.h"
#include "sched/deps_p.h"

/* weir_join.open: how many, and above that the status its dependents end with, if not OK. */
enum { OPEN_BITS = 56 };
#define OPEN_MASK (((uint64_t)1 << OPEN_BITS) - 1)

/* The table: rows of 2^10, 2^11 ... places, made when the rows before are too full for somebody. */
enum { ROWS = 22, FIRST_BITS = 10, LOOKS = 8 };

struct weir_joins {
    weir_lock seals;      /* held while a seal ends a join, and while nobody may */
    weir_aptr sealed;     /* edges that wait for a worker to tell their owners, by next */
    weir_aptr rows[ROWS]; /* of weir_aptr: edges, the first of their joins */
};

static uint32_t row_size(uint32_t row) { return (uint32_t)1 << (FIRST_BITS + row); }

static weir_aptr *row_new(uint32_t row) {
    weir_aptr *places = malloc(row_size(row) * sizeof *places);
    for (uint32_t i = 0; places && i < row_size(row); i++) weir_aptr_store(places + i, NULL);
    return places;
}

weir_joins *weir_joins_open(void) {
    weir_joins *all = calloc(1, sizeof *all);
    if (!all) return NULL;
    weir_lock_init(&all->seals);
    weir_aptr_store(all->rows, row_new(0));
    if (weir_aptr_load(all->rows)) return all;
    free(all);
    return NULL;
}

void weir_joins_close(weir_joins *all) {
    for (int i = 0; all && i < ROWS; i++) free(weir_aptr_load(all->rows + i));
    free(all);
}

/* -- the table of waiters ------------------------------------------------------------------------------------------- */

/* Makes the row, unless somebody else does first. NULL: no memory. */
static weir_aptr *row_at(weir_joins *all, uint32_t row) {
    void *places = weir_aptr_load_acquire(all->rows + row); /* A6: pairs with R6; its places are empty */
    if (WEIR_LIKELY(places != NULL)) return places;
    weir_aptr *mine = row_new(row);
    if (!mine || weir_aptr_cas_acq_rel(all->rows + row, &places, mine)) return mine; /* R6, A6 */
    free(mine);
    return places;
}

/* The place of a number. */
static weir_aptr *place(weir_joins *all, uint32_t number) {
    uint32_t row = 31 - FIRST_BITS - (uint32_t)__builtin_clz(number);
    return (weir_aptr *)weir_aptr_load_acquire(all->rows + row) + (number - row_size(row)); /* A6 */
}

/* Puts d into a place near where its address says; its number, 0: there is no memory. */
static uint32_t put(weir_joins *all, weir_dep *d) {
    uint32_t at = (uint32_t)((uintptr_t)d * 0x9e3779b97f4a7c15u >> 32);
    for (uint32_t row = 0; row < ROWS; row++) {
        weir_aptr *places = row_at(all, row);
        for (uint32_t i = 0; places && i < LOOKS; i++) {
            uint32_t k = (at + i) & (row_size(row) - 1);
            void *none = NULL;
            if (!weir_aptr_load(places + k) && weir_aptr_cas_release(places + k, &none, d)) /* R7: pairs with A7; d */
                return row_size(row) + k;
        }
    }
    return 0;
}

static void take_out(weir_joins *all, weir_dep *d) {
    if (d->levels) weir_aptr_store(place(all, d->levels), NULL);
    d->levels = 0;
}

/* The first stands in the table; two, when both come first. */
bool weir_joins_wait(weir_joins *all, weir_dep *d, weir_sched_status *st) {
    weir_aptr *dependents = &d->on.join->dependents;
    d->levels = weir_aptr_load(dependents) ? 0 : put(all, d);
    if (!weir_deps_push(dependents, d, st)) {
        take_out(all, d);
        return false;
    }
    return true;
}

/* Takes all edges of d's join; none of them stands in the table any more. */
static weir_dep *take_edges(weir_joins *all, weir_join *join, void *instead) {
    /* R2 release: pairs with A1 in deps.c; what was written by those that counted. A2 acquire: pairs with R1; the edges. */
    weir_dep *first = weir_aptr_xchg_acq_rel(&join->dependents, instead);
    for (weir_dep *d = first; d; d = d->next) take_out(all, d);
    return first;
}

void weir_joins_withdraw(weir_joins *all, weir_dep *d) {
    for (weir_dep *x = take_edges(all, d->on.join, NULL), *next; x; x = next) {
        next = x->next;
        weir_sched_status st;
        if (x != d) weir_joins_wait(all, x, &st);
    }
}

static weir_dep *close_join(weir_joins *all, weir_join *join, weir_sched_status st) {
    return take_edges(all, join, weir_deps_closed(st));
}

void weir_joins_waiters(weir_joins *all, void (*see)(void *arg, weir_dep *edge), void *arg) {
    for (uint32_t row = 0; row < ROWS; row++) {
        weir_aptr *places = weir_aptr_load_acquire(all->rows + row); /* A6 */
        for (uint32_t i = 0; places && i < row_size(row); i++) {
            weir_dep *d = weir_aptr_load_acquire(places + i); /* A7: pairs with R7 */
            if (d) see(arg, d);
        }
    }
}

/* -- counting ------------------------------------------------------------------------------------------------------- */

void weir_join_init(weir_join *join, weir_join *parent) {
    weir_a64_store(&join->open, 1);
    weir_aptr_store(&join->dependents, NULL);
    join->parent = parent;
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

typedef struct taking {
    weir_joins *all;
    weir_sched_status st;
    weir_dep *list;
} taking;

static void take_join(void *arg, weir_dep *d) {
    taking *t = arg;
    t->list = prepend(take_edges(t->all, d->on.join, NULL), t->st, t->list);
}

weir_dep *weir_joins_take_all(weir_joins *all, weir_sched_status st) {
    taking t = {.all = all, .st = st};
    weir_joins_waiters(all, take_join, &t);
    return t.list;
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
