#include "sched/order/batch_p.h"

#include <stdlib.h>

enum { FIRST_CAPACITY = 64 };

static bool reserve(weir_batch *b, size_t n) {
    size_t want = b->n + n;
    if (WEIR_LIKELY(want <= b->capacity)) return true;
    if (want < 2 * b->capacity) want = 2 * b->capacity;
    if (want < FIRST_CAPACITY) want = FIRST_CAPACITY;
    weir_event **events = realloc(b->events, want * sizeof *events);
    if (!events) return false;
    b->events = events;
    b->capacity = want;
    return true;
}

void weir_batch_reserve_all(weir_worker *w, weir_batch *b, size_t n) {
    if (WEIR_LIKELY(reserve(b, n))) return;
    weir_sched_tell(w->sched, WEIR_SCHED_NOMEM, w->index, NULL, 0, "no memory for %zu events that are to be read", n);
    while (!reserve(b, n)) weir_yield();
}

void weir_batch_add(weir_worker *w, weir_batch *b, weir_event *e) {
    weir_batch_reserve_all(w, b, 1);
    b->events[b->n++] = e;
}

void weir_batch_free(weir_batch *b) { free(b->events); }

void weir_batch_clear(weir_batch *b) {
    b->n = 0;
    weir_a64_store(&b->next, 0); /* relaxed: the phases order it */
}
