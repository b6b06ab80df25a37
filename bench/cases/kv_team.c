#include "bench/cases/kv_team.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "bench/pin.h"

typedef struct crew crew;

typedef struct hand {
    crew *crew;
    pthread_t thread;
    unsigned index;
    bool entered;
    uint64_t start_ns, end_ns, cpu_ns;
} hand;

struct crew {
    const kv_team *team;
    const bench_params *params;
    hand *hands;
    weir_a32 failed;
    pthread_barrier_t barrier; /* of the hands and the conductor */
};

static uint64_t thread_cpu_ns(void) {
    struct timespec c;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &c);
    return (uint64_t)c.tv_sec * 1000000000u + (uint64_t)c.tv_nsec;
}

static void play(hand *h, void (*work)(void *, unsigned)) {
    crew *c = h->crew;
    pthread_barrier_wait(&c->barrier);
    h->start_ns = weir_now_ns();
    uint64_t cpu = thread_cpu_ns();
    if (!weir_a32_load(&c->failed)) work(c->team->arg, h->index);
    h->end_ns = weir_now_ns();
    h->cpu_ns = thread_cpu_ns() - cpu;
    pthread_barrier_wait(&c->barrier);
}

static void *hand_main(void *arg) {
    hand *h = arg;
    const kv_team *t = h->crew->team;
    pin_thread(h->crew->params->pins, h->index, h->crew->params->threads);
    h->entered = t->enter(t->arg, h->index);
    if (!h->entered) weir_a32_store(&h->crew->failed, 1);
    pthread_barrier_wait(&h->crew->barrier); /* all have entered, or not */
    if (t->warm) play(h, t->warm);
    play(h, t->work);
    if (h->entered) t->leave(t->arg, h->index);
    return NULL;
}

static void sleep_s(double seconds) {
    struct timespec d = {(time_t)seconds, (long)((seconds - floor(seconds)) * 1e9)};
    while (clock_nanosleep(CLOCK_MONOTONIC, 0, &d, &d)) {}
}

static void conduct(crew *c, double seconds) {
    if (c->team->stop) weir_a32_store(c->team->stop, 0);
    pthread_barrier_wait(&c->barrier);
    if (c->team->stop && !weir_a32_load(&c->failed)) {
        sleep_s(seconds);
        weir_a32_store(c->team->stop, 1);
    }
    pthread_barrier_wait(&c->barrier);
}

static void sum_up(const crew *c, bench_sample *s) {
    uint64_t start = UINT64_MAX, end = 0;
    for (unsigned i = 0; i < c->params->threads; i++) {
        const hand *h = &c->hands[i];
        if (h->start_ns < start) start = h->start_ns;
        if (h->end_ns > end) end = h->end_ns;
        s->cpu_ns += (double)h->cpu_ns;
    }
    s->wall_ns += (double)(end - start);
}

static void start_all(crew *c) {
    for (unsigned i = 0; i < c->params->threads; i++) {
        c->hands[i] = (hand){.crew = c, .index = i};
        if (pthread_create(&c->hands[i].thread, NULL, hand_main, &c->hands[i])) abort(); /* the cell is "failed" */
    }
}

bool kv_team_run(const kv_team *t, const bench_params *p, bench_sample *s) {
    crew c = {.team = t, .params = p, .hands = calloc(p->threads, sizeof *c.hands)};
    if (!c.hands || pthread_barrier_init(&c.barrier, NULL, p->threads + 1)) abort();
    start_all(&c);
    pthread_barrier_wait(&c.barrier);
    if (t->warm) conduct(&c, fmin(fmax(p->seconds / 10, 0.002), 0.1));
    conduct(&c, p->seconds);
    for (unsigned i = 0; i < p->threads; i++) pthread_join(c.hands[i].thread, NULL);
    sum_up(&c, s);
    bool failed = weir_a32_load(&c.failed) != 0;
    if (failed) snprintf(s->error, sizeof s->error, "a thread could not begin: no connection, or no memory");
    pthread_barrier_destroy(&c.barrier);
    free(c.hands);
    return !failed;
}
