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

static size_t least_child(const weir_heap *h, size_t at) {
    size_t first = at * FAN + 1, last = first + FAN < h->n ? first + FAN : h->n, least = first;
    for (size_t i = first + 1; i < last; i++)
        if (before(h->items[i], h->items[least])) least = i;
    return least;
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
