#include "sched/order/fresh_p.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 64 };

/* Room for one more, at the end. */
static bool make_room(weir_fresh *f) {
    size_t n = f->end - f->head;
    if (f->head > n) { /* more than half is gone: so each is moved once, on average */
        memmove(f->line, f->line + f->head, n * sizeof *f->line);
        f->head = 0;
        f->end = n;
        return true;
    }
    size_t capacity = f->capacity ? f->capacity * 2 : FIRST_CAPACITY;
    weir_sort_item *line = realloc(f->line, capacity * sizeof *line);
    if (!line) return false;
    f->line = line;
    f->capacity = capacity;
    return true;
}

bool weir_fresh_put(weir_fresh *f, weir_event *e) {
    if (f->head == f->end) f->head = f->end = 0;
    else if (e->key < f->line[f->end - 1].key) return weir_heap_put(&f->heap, e);
    if (f->end == f->capacity && !make_room(f)) return false;
    f->line[f->end++] = (weir_sort_item){e->key, (uintptr_t)e};
    return true;
}

/* Is the first of the heap before that of the line? */
static bool in_heap(const weir_fresh *f) {
    if (!f->heap.n || f->head == f->end) return f->heap.n;
    weir_sort_item a = f->heap.items[0], b = f->line[f->head];
    if (a.key != b.key) return a.key < b.key;
    return weir_event_before(weir_handle_event(a), weir_handle_event(b));
}

const weir_sort_item *weir_fresh_first(const weir_fresh *f) {
    if (in_heap(f)) return f->heap.items;
    return f->head < f->end ? f->line + f->head : NULL;
}

void weir_fresh_drop_first(weir_fresh *f) {
    if (in_heap(f)) {
        weir_heap_drop_first(&f->heap);
        if (f->heap.n) weir_event_prefetch(weir_heap_first(&f->heap));
    } else if (++f->head + WEIR_WINDOW_AHEAD < f->end) {
        weir_event_prefetch(weir_handle_event(f->line[f->head + WEIR_WINDOW_AHEAD]));
    }
}

void weir_fresh_close(weir_fresh *f) {
    free(f->line);
    free(f->heap.items);
}
