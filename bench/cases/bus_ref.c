/* What a bus costs that has nothing but what it must: a slot and a futex; and the design that Weir's runtime came from. */
#include <pthread.h>
#include <stdlib.h>

#include "bench/cases/bus.h"

/* ---- a slot, and a thread that sleeps until there is something in it: what waking takes ---- */

typedef struct slot {
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a32 full; /* 2: over */
    bench_message message;
    bench_heard *heard;
    pthread_t thread;
} slot;

static void *sleep_and_hear(void *arg) {
    slot *s = arg;
    for (uint32_t seen; (seen = weir_a32_load_acquire(&s->full)) != 2;) { /* S1: pairs with S2 */
        if (!seen) {
            weir_futex_wait(&s->full, 0, WEIR_FOREVER);
            continue;
        }
        bench_hear(s->heard, &s->message);
        weir_a32_store_release(&s->full, 0); /* S3: pairs with S4 */
    }
    return NULL;
}

static uint64_t put(void *o, bench_message *m) {
    slot *s = o;
    while (weir_a32_load_acquire(&s->full)) weir_pause(); /* S4 */
    s->message = *m;
    weir_a32_store_release(&s->full, 1); /* S2 */
    weir_futex_wake(&s->full, 1);
    return 1;
}

static void *slot_open(const bench_bus *self, unsigned publishers, bench_heard *heard, unsigned subscribers) {
    (void)self;
    (void)publishers;
    (void)subscribers;
    slot *s = aligned_alloc(WEIR_CACHE_LINE, sizeof *s);
    if (!s) return NULL;
    *s = (slot){.heard = heard};
    if (!pthread_create(&s->thread, NULL, sleep_and_hear, s)) return s;
    free(s);
    return NULL;
}

static void slot_close(void *o) {
    slot *s = o;
    while (weir_a32_load_acquire(&s->full)) weir_pause(); /* S4 */
    weir_a32_store_release(&s->full, 2);                  /* S2 */
    weir_futex_wake(&s->full, 1);
    pthread_join(s->thread, NULL);
    free(s);
}

static const bench_bus futex = {.variant = "ref.futex",
                                .flags = BENCH_REFERENCE,
                                .note = "a slot of one message, a thread that sleeps on it",
                                .no_fanout = true,
                                .open = slot_open,
                                .publish = put,
                                .close = slot_close};
BENCH_BUS(futex, false)

/* ---- one queue of all events, one mutex, conditions; whichever of 4 workers takes an event runs all who subscribe ---- */

enum { WORKERS = 4 };

typedef struct original {
    pthread_mutex_t mutex;
    pthread_cond_t some, room;
    bench_message *ring[BENCH_BUS_BOUND]; /* this and the next line under the mutex */
    unsigned head, count;
    bool over;
    pthread_t thread[WORKERS];
    unsigned subscribers;
    bench_heard *heard;
} original;

typedef struct member {
    original *all;
    unsigned lane;
} member;

static bench_message *take(original *o) {
    bench_message *m = NULL;
    pthread_mutex_lock(&o->mutex);
    while (!o->count && !o->over) pthread_cond_wait(&o->some, &o->mutex);
    if (o->count) {
        m = o->ring[o->head];
        o->head = (o->head + 1) % BENCH_BUS_BOUND;
        o->count--;
        pthread_cond_signal(&o->room);
    }
    pthread_mutex_unlock(&o->mutex);
    return m;
}

static void *work(void *arg) {
    member me = *(member *)arg;
    free(arg);
    for (bench_message *m; (m = take(me.all)); free(m))
        for (unsigned i = 0; i < me.all->subscribers; i++) bench_hear(&me.all->heard[i * WORKERS + me.lane], m);
    return NULL;
}

static uint64_t enqueue(void *through, bench_message *m) {
    original *o = through;
    bench_message *copy = malloc(sizeof *copy);
    if (!copy) abort(); /* the cell is "failed" */
    *copy = *m;
    pthread_mutex_lock(&o->mutex);
    while (o->count == BENCH_BUS_BOUND) pthread_cond_wait(&o->room, &o->mutex);
    o->ring[(o->head + o->count++) % BENCH_BUS_BOUND] = copy;
    pthread_cond_signal(&o->some);
    pthread_mutex_unlock(&o->mutex);
    return 1;
}

static void *original_open(const bench_bus *self, unsigned publishers, bench_heard *heard, unsigned subscribers) {
    (void)self;
    (void)publishers;
    original *o = calloc(1, sizeof *o);
    if (!o) return NULL;
    o->heard = heard;
    o->subscribers = subscribers;
    pthread_mutex_init(&o->mutex, NULL);
    pthread_cond_init(&o->some, NULL);
    pthread_cond_init(&o->room, NULL);
    for (unsigned i = 0; i < WORKERS; i++) {
        member *m = malloc(sizeof *m);
        if (!m) abort();
        *m = (member){o, i};
        if (pthread_create(&o->thread[i], NULL, work, m)) abort();
    }
    return o;
}

static void original_close(void *through) {
    original *o = through;
    pthread_mutex_lock(&o->mutex);
    o->over = true;
    pthread_cond_broadcast(&o->some);
    pthread_mutex_unlock(&o->mutex);
    for (unsigned i = 0; i < WORKERS; i++) pthread_join(o->thread[i], NULL);
    pthread_mutex_destroy(&o->mutex);
    pthread_cond_destroy(&o->some);
    pthread_cond_destroy(&o->room);
    free(o);
}

static const bench_bus locked = {.variant = "ref.locked_queue",
                                 .flags = BENCH_REFERENCE,
                                 .note = "one queue, one mutex, conditions, 4 workers; no order, handlers overlap",
                                 .lanes = WORKERS,
                                 .open = original_open,
                                 .publish = enqueue,
                                 .close = original_close};
BENCH_BUS(locked, false)
