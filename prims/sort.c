#include "prims/sort_p.h"

#include <assert.h>
#include <limits.h>
#include <stdbool.h>

weir_status weir_sort_check(const weir_sort_item *items, size_t sorted, size_t n, const weir_sort_item *scratch,
                            size_t need) {
    if (sorted > n || n > WEIR_SORT_MAX) return WEIR_BAD_RANGE;
    if ((!items && n) || (!scratch && need)) return WEIR_BAD_NULL;
    if (((uintptr_t)items | (uintptr_t)scratch) % _Alignof(weir_sort_item)) return WEIR_BAD_ALIGN;
    assert(weir_sort_ordered(items, 0, sorted) == sorted);
    return WEIR_OK;
}

/* Eight pairs at a time, without a branch between them: twice as fast as one at a time. */
static bool eight_in_order(const weir_sort_item *a) {
    unsigned falls = 0;
    for (size_t i = 0; i < 8; i++) falls |= (a + i)->key < (a + i - 1)->key;
    return falls == 0;
}

size_t weir_sort_ordered(const weir_sort_item *items, size_t sorted, size_t n) {
    size_t i = sorted > 0 ? sorted : 1;
    while (i + 8 <= n && eight_in_order(items + i)) i += 8;
    while (i < n && items[i - 1].key <= items[i].key) i++;
    return i < n ? i : n;
}

weir_status weir_sort_team_prepare(weir_sort_team *team, weir_sort_item *items, size_t sorted, size_t n,
                                   weir_sort_item *scratch, size_t need, unsigned workers) {
    if (!team) return WEIR_BAD_NULL;
    if ((uintptr_t)team % WEIR_CACHE_LINE) return WEIR_BAD_ALIGN;
    if (workers == 0) return WEIR_BAD_ZERO;
    if (workers > WEIR_SORT_WORKERS_MAX) return WEIR_BAD_RANGE;
    weir_status bad = weir_sort_check(items, sorted, n, scratch, need);
    if (bad) return bad;
    team->items = items;
    team->scratch = scratch;
    team->sorted = sorted;
    team->n = n;
    team->workers = workers;
    team->parts = 1;
    weir_a32_store(&team->arrived, 0);
    weir_a32_store(&team->phase, 0);
    weir_a32_store(&team->left, 0);
    return WEIR_OK;
}

/* Pauses before sleeping, 10 to 40 us: a part is late by that much only when it was preempted. */
enum { SPINS = WEIR_LOOKS(1000) };

/* A sleeper marks the very word that the last arriver changes, so neither can miss the other. */
static void sleep_until_changed(weir_a32 *phase, uint32_t before) {
    uint32_t seen = before;
    if (weir_a32_cas(phase, &seen, before + 1)) seen = before + 1;
    while (seen == before + 1) {
        weir_futex_wait(phase, seen, WEIR_FOREVER);
        seen = weir_a32_load(phase);
    }
}

static void wait_for_last(weir_a32 *phase, uint32_t before) {
    for (int i = 0; i < SPINS; i++) {
        if ((weir_a32_load(phase) & ~1u) != before) break;
        weir_pause();
    }
    if ((weir_a32_load(phase) & ~1u) == before) sleep_until_changed(phase, before);
    weir_a32_load_acquire(phase); /* A1: pairs with R1; the work of all before the barrier */
}

void weir_sort_team_meet(weir_sort_team *team) {
    uint32_t before = weir_a32_load(&team->phase) & ~1u; /* relaxed: cannot move before this worker has arrived */
    /* R0/A0: each arrival carries the worker's part to the last arriver, which passes all on with R1. */
    if (weir_a32_add_acq_rel(&team->arrived, 1) + 1 < team->workers) {
        wait_for_last(&team->phase, before);
        return;
    }
    weir_a32_store(&team->arrived, 0); /* relaxed: published by R1 with the rest */
    if (weir_a32_xchg_release(&team->phase, before + 2) & 1) weir_futex_wake(&team->phase, INT_MAX); /* R1 */
}

/* Worker 0 may free the team when it returns: the last to leave uses the address alone after its addition. */
void weir_sort_team_leave(weir_sort_team *team, unsigned index) {
    uint32_t all = 2 * (team->workers - 1), seen = 0;
    if (index != 0) {
        /* R2: pairs with A2; whatever this worker did with the team is over */
        if (weir_a32_add_release(&team->left, 2) == all - 2 + 1) weir_futex_wake(&team->left, 1);
        return;
    }
    for (int i = 0; i < SPINS && (seen = weir_a32_load_acquire(&team->left)) < all; i++) weir_pause(); /* A2 */
    if (seen < all) seen = weir_a32_or_acquire(&team->left, 1) | 1;                                    /* A2 */
    while (seen < all) {
        weir_futex_wait(&team->left, seen, WEIR_FOREVER);
        seen = weir_a32_load_acquire(&team->left); /* A2 */
    }
}

void weir_sort_team_alone(weir_sort_team *team, unsigned index,
                          weir_status (*sort)(weir_sort_item *, size_t, size_t, weir_sort_item *)) {
    assert(index < team->workers);
    if (index == 0) sort(team->items, team->sorted, team->n, team->scratch);
    weir_sort_team_meet(team);
    weir_sort_team_leave(team, index);
}
