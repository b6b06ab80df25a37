/* The queue that everybody writes, one for each subscriber: 1000 messages, a mutex, two conditions; a thread of its own hears. Who puts in or
 * takes out wakes only when somebody sleeps. */
#include <pthread.h>
#include <stdlib.h>

#include "bench/cases/bus.h"

typedef struct queue {
    WEIR_ALIGNED(WEIR_CACHE_LINE) pthread_mutex_t mutex;
    pthread_cond_t some, room;
    bench_message ring[BENCH_BUS_BOUND];    /* this and all below under the mutex */
    unsigned head, count, senders, hearers; /* the last two: who sleeps */
    bool over;
    bench_heard *heard;
    pthread_t thread;
} queue;

typedef struct bus {
    unsigned queues;
    queue queue[];
} bus;

static bool take(queue *q, bench_message *m) {
    pthread_mutex_lock(&q->mutex);
    while (!q->count && !q->over) {
        q->hearers++;
        pthread_cond_wait(&q->some, &q->mutex);
        q->hearers--;
    }
    bool some = q->count;
    if (some) {
        *m = q->ring[q->head];
        q->head = (q->head + 1) % BENCH_BUS_BOUND;
        q->count--;
    }
    bool wake = some && q->senders;
    pthread_mutex_unlock(&q->mutex);
    if (wake) pthread_cond_signal(&q->room);
    return some;
}

static void *hear(void *arg) {
    queue *q = arg;
    for (bench_message m; take(q, &m);) bench_hear(q->heard, &m);
    return NULL;
}

static void put(queue *q, const bench_message *m) {
    pthread_mutex_lock(&q->mutex);
    while (q->count == BENCH_BUS_BOUND) {
        q->senders++;
        pthread_cond_wait(&q->room, &q->mutex);
        q->senders--;
    }
    q->ring[(q->head + q->count++) % BENCH_BUS_BOUND] = *m;
    bool wake = q->hearers;
    pthread_mutex_unlock(&q->mutex);
    if (wake) pthread_cond_signal(&q->some);
}

static uint64_t publish(void *o, bench_message *m) {
    bus *b = o;
    for (unsigned i = 0; i < b->queues; i++) put(&b->queue[i], m);
    return 1;
}

static void *start(const bench_bus *self, unsigned publishers, bench_heard *heard, unsigned subscribers) {
    (void)self;
    (void)publishers;
    size_t bytes = sizeof(bus) + subscribers * sizeof(queue);
    bus *b = aligned_alloc(WEIR_CACHE_LINE, (bytes + WEIR_CACHE_LINE - 1) / WEIR_CACHE_LINE * WEIR_CACHE_LINE);
    if (!b) return NULL;
    memset(b, 0, bytes);
    for (queue *q = b->queue; b->queues < subscribers; b->queues++, q++) {
        q->heard = &heard[b->queues];
        if (pthread_mutex_init(&q->mutex, NULL) || pthread_cond_init(&q->some, NULL) ||
            pthread_cond_init(&q->room, NULL) || pthread_create(&q->thread, NULL, hear, q))
            abort(); /* the cell is "failed" */
    }
    return b;
}

static void end(void *o) {
    bus *b = o;
    for (queue *q = b->queue; q < b->queue + b->queues; q++) {
        pthread_mutex_lock(&q->mutex);
        q->over = true;
        pthread_cond_signal(&q->some);
        pthread_mutex_unlock(&q->mutex);
        pthread_join(q->thread, NULL);
        pthread_mutex_destroy(&q->mutex);
        pthread_cond_destroy(&q->some);
        pthread_cond_destroy(&q->room);
    }
    free(b);
}

static const bench_bus locked = {.variant = "peer.locked_queues",
                                 .flags = BENCH_PEER,
                                 .note = "a queue, a mutex, conditions and a thread for each subscriber",
                                 .open = start,
                                 .publish = publish,
                                 .close = end};
BENCH_BUS(locked, false)
