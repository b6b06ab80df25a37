#include "sched/due_p.h"

#include <stdlib.h>

enum { AT_ONCE = 16 };

weir_sched_status weir_due_open(weir_sched *s, weir_sched_error *error) {
    if (s->o.time != WEIR_TIME_REAL) return WEIR_SCHED_OK;
    weir_due *d = s->due = aligned_alloc(WEIR_CACHE_LINE, sizeof *d);
    if (!d) return weir_sched_refuse(error, WEIR_SCHED_NOMEM, "no memory for events in real time");
    *d = (weir_due){0};
    weir_lock_init(&d->lock);
    weir_a64_store(&d->next, WEIR_KEY_NONE);
    return WEIR_SCHED_OK;
}

void weir_due_close(weir_sched *s) {
    if (!s->due) return;
    free(s->due->heap);
    free(s->due);
    s->due = NULL;
}

/* -- the heap, under the lock ------------------------------------------------------------------------------------- */

static bool add(weir_due *d, weir_event *e) {
    if (d->n == d->room) {
        size_t room = d->room ? d->room * 2 : 64;
        weir_sort_item *heap = realloc(d->heap, room * sizeof *heap);
        if (!heap) return false;
        d->heap = heap;
        d->room = room;
    }
    size_t i = d->n++;
    for (; i && e->key < d->heap[(i - 1) / 2].key; i = (i - 1) / 2) d->heap[i] = d->heap[(i - 1) / 2];
    d->heap[i] = (weir_sort_item){e->key, (uintptr_t)e};
    return true;
}

static weir_event *take(weir_due *d) {
    weir_event *e = (weir_event *)(uintptr_t)d->heap[0].payload;
    weir_sort_item last = d->heap[--d->n];
    size_t i = 0;
    for (size_t c; (c = 2 * i + 1) < d->n; i = c) {
        if (c + 1 < d->n && d->heap[c + 1].key < d->heap[c].key) c++;
        if (last.key <= d->heap[c].key) break;
        d->heap[i] = d->heap[c];
    }
    d->heap[i] = last;
    return e;
}

static void tell_next(weir_due *d) { weir_a64_store(&d->next, d->n ? d->heap[0].key : WEIR_KEY_NONE); }

weir_event *weir_due_take(weir_sched *s) { return s->due && s->due->n ? take(s->due) : NULL; }

/* ----------------------------------------------------------------------------------------------------------------- */

/* Without memory it runs too early rather than never. */
bool weir_due_hold(weir_sched *s, weir_event *e) {
    weir_due *d = s->due;
    if (e->key <= weir_sched_now(s)) return false;
    weir_lock_acquire(&d->lock);
    bool first = e->key < weir_a64_load(&d->next), held = add(d, e);
    tell_next(d);
    weir_lock_release(&d->lock);
    if (!held)
        weir_sched_tell(s, WEIR_SCHED_NOMEM, WEIR_NO_WORKER, NULL, 0, "no memory: an event runs before its time");
    else if (first) weir_bell_ring(&s->idle, 1); /* who sleeps, sleeps too long now */
    return held;
}

void weir_due_release_slow(weir_worker *w) {
    weir_due *d = w->sched->due;
    for (uint64_t now = weir_sched_now(w->sched); weir_a64_load(&d->next) <= now;) {
        weir_event *due[AT_ONCE];
        size_t n = 0;
        weir_lock_acquire(&d->lock);
        while (n < AT_ONCE && d->n && d->heap[0].key <= now) due[n++] = take(d);
        tell_next(d);
        weir_lock_release(&d->lock);
        for (size_t i = 0; i < n; i++) w->sched->class->ready(w, due[i]);
    }
}

uint64_t weir_due_next(weir_sched *s) {
    uint64_t next = s->due ? weir_a64_load(&s->due->next) : WEIR_KEY_NONE;
    return next > WEIR_FOREVER - s->opened_ns ? WEIR_FOREVER : s->opened_ns + next;
}
