/* The ends of the scale for rings and channels: what any item must cost at least, and what the textbook gives. */
#include <pthread.h>
#include <stdlib.h>

#include "bench/cases/axes.h"

/* -- ref.fetch_add: each side only takes a ticket per item, on a word of its own. The ceiling of any ring that gives each
 *    side a common index; nothing is handed over. -- */

typedef struct tickets {
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a64 pushed;
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a64 popped;
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a64 last; /* consumers that may end: all pushed tickets are out */
} tickets;

static void *make_tickets(const bench_params *p) {
    (void)p;
    tickets *t = aligned_alloc(WEIR_CACHE_LINE, sizeof *t);
    if (t) *t = (tickets){.pushed = {0}};
    return t;
}

/* Consumers take as many tickets as producers, no more, so that the numbers of items agree. */
static void count_tickets(bench_worker *w) {
    tickets *t = w->object;
    uint64_t n = 0, limit = 0;
    if (w->producer) {
        for (; !weir_a32_load(w->stop); n++) weir_a64_add(&t->pushed, 1);
    } else {
        for (uint64_t mine = weir_a64_add(&t->popped, 1);;) {
            if (mine < limit || mine < (limit = weir_a64_load(&t->pushed))) {
                n++;
                mine = weir_a64_add(&t->popped, 1);
            } else if (weir_a64_load_acquire(&t->last) && mine >= weir_a64_load(&t->pushed)) {
                weir_a64_sub(&t->popped, 1); /* gives the ticket back for the next phase */
                weir_a64_sub(&t->last, 1);
                break;
            } else {
                bench_retry();
            }
        }
    }
    w->items = n;
}

static void last_ticket(void *object) { weir_a64_add_release(&((tickets *)object)->last, 1); }

/* -- ref.mutex_ring: one mutex, two condition variables, signal after unlock -- */

typedef struct mutex_ring {
    pthread_mutex_t mutex;
    pthread_cond_t room, item;
    uint64_t head, tail, mask, *items;
} mutex_ring;

static void *make_ring(const bench_params *p) {
    mutex_ring *r = malloc(sizeof *r + p->capacity * sizeof *r->items);
    if (!r) return NULL;
    pthread_mutex_init(&r->mutex, NULL);
    pthread_cond_init(&r->room, NULL);
    pthread_cond_init(&r->item, NULL);
    r->head = r->tail = 0;
    r->mask = p->capacity - 1;
    r->items = (uint64_t *)(r + 1);
    return r;
}

static void push(void *object, uint64_t v) {
    mutex_ring *r = object;
    pthread_mutex_lock(&r->mutex);
    while (r->tail - r->head > r->mask) pthread_cond_wait(&r->room, &r->mutex);
    r->items[r->tail++ & r->mask] = v;
    pthread_mutex_unlock(&r->mutex);
    pthread_cond_signal(&r->item);
}

static uint64_t pop(void *object) {
    mutex_ring *r = object;
    pthread_mutex_lock(&r->mutex);
    while (r->tail == r->head) pthread_cond_wait(&r->item, &r->mutex);
    uint64_t v = r->items[r->head++ & r->mask];
    pthread_mutex_unlock(&r->mutex);
    pthread_cond_signal(&r->room);
    return v;
}

static void work_ring(bench_worker *w) { bench_team_wait(w, push, pop); }
static void last_in_ring(void *object) { push(object, BENCH_LAST); }

static const bench_row fetch_add = {
    .name = "ring.mpmc",
    .variant = "ref.fetch_add",
    .flags = BENCH_REFERENCE,
    .unit = "ns/op",
    .note = "a ticket a side and item, nothing handed over",
    .axes = bench_axes_ring_mpmc,
    .make = make_tickets,
    .destroy = free,
    .work = count_tickets,
    .push_last = last_ticket,
};
static const bench_row mutex = {
    .name = "chan.handoff",
    .variant = "ref.mutex_ring",
    .flags = BENCH_REFERENCE | BENCH_WAITS,
    .unit = "ns/op",
    .note = "mutex, two condition variables",
    .axes = bench_axes_chan_handoff,
    .make = make_ring,
    .destroy = free,
    .work = work_ring,
    .push_last = last_in_ring,
};
BENCH_ROW(fetch_add)
BENCH_ROW(mutex)
