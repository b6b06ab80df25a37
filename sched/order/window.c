#include "sched/order/window_p.h"

#include <stdlib.h>
#include <string.h>

/* -- a run: an array of handles -- */

static bool grow_items(weir_sort_item **items, size_t *capacity, size_t want) {
    if (want <= *capacity) return true;
    size_t larger = *capacity * 2 > want ? *capacity * 2 : want;
    weir_sort_item *moved = realloc(*items, larger * sizeof **items);
    if (!moved) return false;
    *items = moved;
    *capacity = larger;
    return true;
}

static bool append(weir_run *r, weir_sort_item handle) {
    if (WEIR_UNLIKELY(r->n == r->capacity) && !grow_items(&r->items, &r->capacity, r->n + 1)) return false;
    r->items[r->n++] = handle;
    return true;
}

/* Moves what is left to the front. */
static void close_gap(weir_run *r) {
    if (r->head == 0) return;
    memmove(r->items, r->items + r->head, (r->n - r->head) * sizeof *r->items);
    r->n -= r->head;
    r->sorted -= r->head;
    r->head = 0;
}

/* -- equal keys -- */

static bool in_rank(weir_sort_item a, weir_sort_item b) {
    return !weir_event_before(weir_handle_event(b), weir_handle_event(a));
}

static size_t equal_keys(const weir_sort_item *items, size_t n) {
    size_t i = 1;
    while (i < n && items[i].key == items[0].key) i++;
    return i;
}

/* By the second word of the rank, then stably by the first. Sorts cannot fail: the arguments are good. */
static void sort_by_rank(weir_window *v, weir_sort_item *items, size_t n) {
    uint64_t key = items[0].key;
    for (int word = 1; word >= 0; word--) {
        for (size_t i = 0; i < n; i++) items[i].key = weir_handle_event(items[i])->rank[word];
        v->sort(items, 0, n, v->scratch);
    }
    for (size_t i = 0; i < n; i++) items[i].key = key;
}

static void repair(weir_window *v, weir_sort_item *items, size_t n) {
    size_t i = 1;
    while (i < n && in_rank(items[i - 1], items[i])) i++;
    if (i < n) sort_by_rank(v, items, n);
}

static void repair_ties(weir_window *v, weir_run *r, size_t from) {
    while (from > r->head && r->items[from - 1].key == r->items[from].key) from--;
    for (size_t i = from, n; i + 1 < r->n; i += n) {
        n = 1;
        if (r->items[i].key != r->items[i + 1].key) continue;
        n = equal_keys(r->items + i, r->n - i);
        repair(v, r->items + i, n);
    }
}

/* -- sorting -- */

/* Where the least of the new part will go: nothing before it changes. */
static size_t first_place(const weir_run *r) {
    uint64_t least = UINT64_MAX;
    for (size_t i = r->sorted; i < r->n; i++) least = r->items[i].key < least ? r->items[i].key : least;
    size_t low = r->head, high = r->sorted;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (r->items[middle].key < least) low = middle + 1;
        else high = middle;
    }
    return low;
}

static bool sort_run(weir_window *v, weir_run *r) {
    if (r->sorted == r->n) return true;
    size_t from = first_place(r);
    if (!grow_items(&v->scratch, &v->scratch_capacity, r->n - from)) return false;
    v->sort(r->items + from, r->sorted - from, r->n - from, v->scratch);
    r->sorted = r->n;
    if (r->mixed) repair_ties(v, r, from);
    r->mixed = false;
    return true;
}

/* -- near and spill -- */

static bool spilled(const weir_window *v) { return v->spill.head < v->spill.n; }

/* The first of the spill is its least, also while it has a new part: only what is behind that gets there, but for what
 * is cut off the window, which is put in front, or sorted in at once. */
static bool is_far(const weir_window *v, const weir_event *e) {
    return spilled(v) && !weir_event_before(e, weir_handle_event(*weir_window_first_far_handle(v)));
}

static bool highest_rank(weir_window *v, const weir_event *e) {
    bool above = e->rank[0] != v->last_rank[0] ? e->rank[0] > v->last_rank[0] : e->rank[1] > v->last_rank[1];
    if (above) memcpy(v->last_rank, e->rank, sizeof v->last_rank);
    return above;
}

bool weir_window_put(weir_window *v, weir_event *e) {
    bool far = WEIR_UNLIKELY(is_far(v, e));
    weir_run *r = far ? &v->spill : &v->near;
    if (!append(r, (weir_sort_item){e->key, (uintptr_t)e})) return false;
    if (!highest_rank(v, e)) r->mixed = true;
    v->spilled += far;
    return true;
}

/* What is cut off stands before all of the spill. */
static bool cut(weir_window *v) {
    weir_run *near = &v->near, *spill = &v->spill;
    size_t n = near->n - near->head - v->limit;
    const weir_sort_item *tail = near->items + near->n - n;
    if (spill->head < n) {
        size_t left = spill->n - spill->head;
        if (!grow_items(&spill->items, &spill->capacity, n + left)) return false;
        memmove(spill->items + n, spill->items + spill->head, left * sizeof *spill->items);
        spill->sorted = spill->sorted - spill->head + n;
        spill->n = n + left;
        spill->head = n;
    }
    spill->head -= n;
    memcpy(spill->items + spill->head, tail, n * sizeof *tail);
    near->n = near->sorted = near->n - n;
    v->spilled += n;
    return true;
}

static bool refill(weir_window *v) {
    weir_run *near = &v->near, *spill = &v->spill;
    if (!sort_run(v, spill)) return false;
    size_t room = v->limit - (near->n - near->head), left = spill->n - spill->head, n = room < left ? room : left;
    close_gap(near);
    if (!grow_items(&near->items, &near->capacity, near->n + n)) return false;
    memcpy(near->items + near->n, spill->items + spill->head, n * sizeof *near->items);
    near->n = near->sorted = near->n + n;
    spill->head += n;
    if (spill->head == spill->n) spill->head = spill->sorted = spill->n = 0;
    return true;
}

bool weir_window_sort(weir_window *v) {
    weir_run *near = &v->near;
    if (near->head > near->n / 2) close_gap(near);
    if (!sort_run(v, near)) return false;
    size_t all = weir_window_count(v);
    if (all > v->max) v->max = all;
    if (near->n - near->head > v->limit) return cut(v);
    return !spilled(v) || near->n - near->head > v->limit / 2 || refill(v);
}

void weir_window_each(void *v, void (*fn)(void *to, weir_event *e), void *to) {
    const weir_run *runs[] = {&((weir_window *)v)->near, &((weir_window *)v)->spill};
    for (int k = 0; k < 2; k++)
        for (size_t i = runs[k]->head; i < runs[k]->n; i++) fn(to, weir_handle_event(runs[k]->items[i]));
}

weir_event *weir_window_take_any(weir_window *v) {
    weir_run *r = v->near.head < v->near.n ? &v->near : &v->spill;
    return r->head < r->n ? weir_handle_event(r->items[r->head++]) : NULL;
}

/* -- open and close -- */

bool weir_window_open(weir_window *v, size_t limit, weir_window_sorter *sort) {
    *v = (weir_window){.limit = limit, .sort = sort};
    if (grow_items(&v->near.items, &v->near.capacity, 2 * limit) &&
        grow_items(&v->scratch, &v->scratch_capacity, 2 * limit))
        return true;
    weir_window_close(v);
    return false;
}

void weir_window_close(weir_window *v) {
    free(v->near.items);
    free(v->spill.items);
    free(v->scratch);
}
