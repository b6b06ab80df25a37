#include "sched/order/heap_p.h"

#include <stdlib.h>

enum { FAN = 4, FIRST_CAPACITY = 64 };

/* The events are looked at only where keys are equal. */
static bool before(weir_sort_item a, weir_sort_item b) {
    if (WEIR_LIKELY(a.key != b.key)) return a.key < b.key;
    return weir_event_before((const weir_event *)(uintptr_t)a.payload, (const weir_event *)(uintptr_t)b.payload);
}

bool weir_heap_put(weir_heap *h, weir_event *e) {
    if (h->n == h->capacity) {
        size_t capacity = h->capacity ? h->capacity * 2 : FIRST_CAPACITY;
        weir_sort_item *items = realloc(h->items, capacity * sizeof *items);
        if (!items) return false;
        h->items = items;
        h->capacity = capacity;
    }
    weir_sort_item handle = {e->key, (uintptr_t)e};
    size_t at = h->n++;
    for (size_t up; at > 0 && before(handle, h->items[up = (at - 1) / FAN]); at = up) h->items[at] = h->items[up];
    h->items[at] = handle;
    return true;
}

static size_t least_of(const weir_sort_item *items, size_t first, size_t last) {
    size_t least = first;
    for (size_t i = first + 1; i < last; i++)
        if (before(items[i], items[least])) least = i;
    return least;
}

/* By keys alone and without a branch, which nobody could predict; unless the least key is there twice. */
static size_t least_child(const weir_heap *h, size_t at) {
    const weir_sort_item *items = h->items;
    size_t first = at * FAN + 1;
    if (WEIR_UNLIKELY(first + FAN > h->n)) return least_of(items, first, h->n);
    size_t a = first + (items[first + 1].key < items[first].key);
    size_t b = first + 2 + (items[first + 3].key < items[first + 2].key);
    size_t least = items[b].key < items[a].key ? b : a;
    uint64_t key = items[least].key;
    int same = (items[first].key == key) + (items[first + 1].key == key) + (items[first + 2].key == key) +
               (items[first + 3].key == key);
    return WEIR_LIKELY(same == 1) ? least : least_of(items, first, first + FAN);
}

void weir_heap_drop_first(weir_heap *h) {
    weir_sort_item last = h->items[--h->n];
    size_t at = 0, down;
    while (at * FAN + 1 < h->n && before(h->items[down = least_child(h, at)], last)) {
        h->items[at] = h->items[down];
        at = down;
    }
    if (h->n) h->items[at] = last;
}
