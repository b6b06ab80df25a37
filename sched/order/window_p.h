/* window_p - what is submitted and not retired, in the total order: handles {key, event}, sorted together.
 *
 *     items   head ......... sorted ......... n        what was in order before, and what is new since the last sort
 *     spill   the same again, of what lies behind all of the window: so the window always holds the smallest
 *
 * New handles are put behind and sorted by key alone, stably. Mostly they come in the order of their ranks, and all is
 * well; where not, those with equal keys are looked at, and put in the order of their ranks. The window is cut to
 * `limit` when it is sorted, and filled again when half is gone. One thread at a time. */
#ifndef WEIR_SCHED_ORDER_WINDOW_P_H
#define WEIR_SCHED_ORDER_WINDOW_P_H

#include "sched/sched_p.h"

typedef weir_status weir_window_sorter(weir_sort_item *items, size_t sorted, size_t n, weir_sort_item *scratch);

typedef struct weir_run {
    weir_sort_item *items;
    size_t head, sorted, n, capacity;
    bool mixed; /* since the last sort one came with a rank below another's before: equal keys may stand wrong */
} weir_run;

typedef struct weir_window {
    weir_run near, spill; /* of far keys: all behind all of near */
    weir_sort_item *scratch;
    size_t scratch_capacity;
    size_t limit;
    uint64_t last_rank[2]; /* the highest rank put in so far */
    uint64_t spilled, max; /* handles that went to the spill so far; the most that ever were in both */
    weir_window_sorter *sort;
} weir_window;

static inline weir_event *weir_handle_event(weir_sort_item handle) { return (weir_event *)(uintptr_t)handle.payload; }

bool weir_window_open(weir_window *v, size_t limit, weir_window_sorter *sort); /* false: no memory; nothing is left */
void weir_window_close(weir_window *v);

/* Puts e in. False: no memory. */
bool weir_window_put(weir_window *v, weir_event *e);

/* All of it in order, the first `limit` near. False: no memory; it is as it was, and may be tried again. */
bool weir_window_sort(weir_window *v);

static inline size_t weir_window_count(const weir_window *v) {
    return v->near.n - v->near.head + v->spill.n - v->spill.head;
}

/* The first of those in order; NULL: there is none near. */
static inline const weir_sort_item *weir_window_first_handle(const weir_window *v) {
    return v->near.head < v->near.sorted ? v->near.items + v->near.head : NULL;
}

static inline weir_event *weir_window_first(const weir_window *v) {
    const weir_sort_item *first = weir_window_first_handle(v);
    return first ? weir_handle_event(*first) : NULL;
}

/* The first of those that are far; NULL: there is none. */
static inline const weir_sort_item *weir_window_first_far_handle(const weir_window *v) {
    return v->spill.head < v->spill.n ? v->spill.items + v->spill.head : NULL;
}

/* The lines of an event that will be used soon: two, or three, for it need not be aligned. NULL is harmless. */
static inline void weir_event_prefetch(const weir_event *e) {
    uintptr_t at = (uintptr_t)e;
    __builtin_prefetch((const void *)(at + offsetof(weir_event, key)), 1);
    __builtin_prefetch((const void *)(at + offsetof(weir_event, path)), 1);
    __builtin_prefetch((const void *)(at + offsetof(weir_event, worker)), 1);
}

enum { WEIR_WINDOW_AHEAD = 12 };

static inline void weir_window_drop_first(weir_window *v) {
    weir_run *near = &v->near;
    if (++near->head + WEIR_WINDOW_AHEAD < near->sorted)
        weir_event_prefetch(weir_handle_event(near->items[near->head + WEIR_WINDOW_AHEAD]));
}

/* fn(to, e) for each of all, in no order; for weir_deps_disorder. */
void weir_window_each(void *v, void (*fn)(void *to, weir_event *e), void *to);

/* Any one of all, which is taken out; NULL: it is empty. For close. */
weir_event *weir_window_take_any(weir_window *v);

#endif
