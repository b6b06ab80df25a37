#include "bench/cases/steal.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "bench/pin.h"

const bench_axis bench_axes_deque_steal[] = {
    {"threads", "1,2,3,5", "1,2,5"}, {"batch", "1,32", "1,32"}, {"capacity", "1024", "1024"}, {NULL, NULL, NULL}};

enum { THIEVES_MAX = 63 };

typedef struct thief {
    struct gang *gang;
    pthread_t thread;
    uint64_t stolen, sum, lost;
} thief;

typedef struct gang {
    void *deque;
    bench_try_steal *steal;
    pin_plan pins;
    unsigned threads;
    weir_a32 ready, over;
    WEIR_ALIGNED(WEIR_CACHE_LINE) thief thieves[THIEVES_MAX];
} gang;

static void *run(void *arg) {
    thief *me = arg;
    gang *g = me->gang;
    uint64_t stolen = 0, sum = 0, lost = 0, v = 0;
    pin_thread(&g->pins, (unsigned)(me - g->thieves) + 1, g->threads);
    weir_a32_add_release(&g->ready, 1);
    while (!weir_a32_load(&g->over)) {
        bench_steal st = g->steal(g->deque, &v);
        if (st == BENCH_STOLEN) stolen++, sum += v;
        else if (st == BENCH_LOST) lost++;
        else bench_retry();
    }
    me->stolen = stolen;
    me->sum = sum;
    me->lost = lost;
    return NULL;
}

static double process_cpu_ns(void) {
    struct timespec c;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &c);
    return (double)c.tv_sec * 1e9 + (double)c.tv_nsec;
}

static void start(gang *g) {
    for (unsigned i = 0; i + 1 < g->threads; i++) {
        g->thieves[i].gang = g;
        if (pthread_create(&g->thieves[i].thread, NULL, run, &g->thieves[i])) abort(); /* the cell is "failed" */
    }
    pin_thread(&g->pins, 0, g->threads);
    while (weir_a32_load_acquire(&g->ready) + 1 < g->threads) bench_retry();
}

static void check(bench_sample *s, uint64_t pushed, uint64_t taken, uint64_t sum) {
    uint64_t expected = pushed % 2 ? (pushed + 1) / 2 * pushed : pushed / 2 * (pushed + 1); /* 1 + 2 + ... */
    s->wrong = pushed != taken || sum != expected;
    if (s->wrong)
        snprintf(s->error, sizeof s->error, "%llu items were pushed and %llu taken, or others than were pushed",
                 (unsigned long long)pushed, (unsigned long long)taken);
}

/* Adds up the thieves; the deque is empty and the owner idle, so nothing more is stolen. */
static void end(gang *g, const bench_owner *o, bench_sample *s) {
    uint64_t stolen = 0, sum = 0, lost = 0;
    weir_a32_store(&g->over, 1);
    for (unsigned i = 0; i + 1 < g->threads; i++) {
        pthread_join(g->thieves[i].thread, NULL);
        stolen += g->thieves[i].stolen;
        sum += g->thieves[i].sum;
        lost += g->thieves[i].lost;
    }
    check(s, o->pushed, o->popped + stolen, o->sum + sum);
    if (g->threads > 1) {
        bench_extra(s, "stolen_per_op", (double)stolen / (double)o->pushed);
        bench_extra(s, "aborts_per_op", (double)lost / (double)o->pushed);
    }
}

void bench_steal_measure(void *deque, const bench_params *p, bench_sample *s, bench_own *own, bench_try_steal *steal) {
    static gang g; /* one a process */
    bench_owner o = {0, 0, 0};
    g.deque = deque;
    g.steal = steal;
    g.threads = p->threads;
    g.pins.only_up_to = 2; /* larger gangs are free, as teams are */
    g.pins.count = pin_allowed(g.pins.cpu);
    start(&g);
    own(deque, &o, p->batch, p->seconds / 10); /* warms up */
    uint64_t warm = o.pushed, begin = weir_now_ns();
    double cpu = process_cpu_ns();
    own(deque, &o, p->batch, p->seconds);
    s->wall_ns = (double)(weir_now_ns() - begin);
    s->cpu_ns = process_cpu_ns() - cpu;
    s->items = (double)(o.pushed - warm);
    s->value = s->wall_ns / s->items;
    end(&g, &o, s);
}
