#include "bench/team.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "prims/wait.h"

typedef struct team team;

typedef struct member {
    bench_worker worker;
    team *team;
    pthread_t thread;
    uint64_t end_ns, cpu_ns, switches, sleeps; /* of the last phase */
} member;

struct team {
    const bench_row *row;
    const bench_params *params;
    const pin_plan *pins;
    member *members;
    unsigned count;
    bool over;                                    /* no further phase: the next release ends the members */
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a32 phase; /* the barrier: members wait for it to reach their next phase */
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a32 ready; /* members at the barrier; all of them: the conductor is woken */
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a32 stop;
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a32 producing;
};

static void wait_while(weir_a32 *word, uint32_t seen) {
    for (int i = 0; i < 1000; i++) {
        if (weir_a32_load_acquire(word) != seen) return; /* A1: pairs with R1 */
        weir_pause();
    }
    while (weir_a32_load_acquire(word) == seen) weir_futex_wait(word, seen, WEIR_FOREVER); /* A1 */
}

/* ---- members ---- */

/* Arrives at the barrier and waits until the given phase is released. */
static void meet(team *t, uint32_t phase) {
    if (weir_a32_add_acq_rel(&t->ready, 1) + 1 == t->count) /* R2: what this member did is seen by the conductor */
        weir_futex_wake(&t->ready, 1);
    wait_while(&t->phase, phase - 1);
}

static uint64_t thread_cpu_ns(void) {
    struct timespec c;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &c);
    return (uint64_t)c.tv_sec * 1000000000u + (uint64_t)c.tv_nsec;
}

static uint64_t thread_switches(void) {
    struct rusage r;
    getrusage(RUSAGE_THREAD, &r);
    return (uint64_t)(r.ru_nvcsw + r.ru_nivcsw);
}

static void play(member *m) {
    team *t = m->team;
    const weir_wait_counts *counts = weir_wait_counts_mine();
    uint64_t cpu = thread_cpu_ns(), switches = thread_switches();
    uint64_t sleeps = weir_a64_load(&counts->sleeps), wakes = weir_a64_load(&counts->wakes);
    t->row->work(&m->worker);
    if (m->worker.producer && weir_a32_sub_acq_rel(&t->producing, 1) == 1) /* the last one out */
        for (unsigned i = 0; i < t->params->consumers; i++) t->row->push_last(m->worker.object);
    m->end_ns = weir_now_ns();
    m->cpu_ns = thread_cpu_ns() - cpu;
    m->switches = thread_switches() - switches;
    m->sleeps = weir_a64_load(&counts->sleeps) - sleeps;
    m->worker.wakes += weir_a64_load(&counts->wakes) - wakes; /* none for rows that count their own */
}

static void *member_main(void *arg) {
    member *m = arg;
    team *t = m->team;
    pin_thread(t->pins, m->worker.index, t->count);
    for (uint32_t phase = 1;; phase++) {
        meet(t, phase);
        if (t->over) return NULL;
        play(m);
    }
}

/* ---- the conductor ---- */

static void wait_for_all(team *t) {
    for (uint32_t seen; (seen = weir_a32_load_acquire(&t->ready)) != t->count;) /* A2: pairs with R2 */
        weir_futex_wait(&t->ready, seen, WEIR_FOREVER);
}

static void release(team *t) {
    weir_a32_store(&t->ready, 0);
    weir_a32_add_release(&t->phase, 1); /* R1: pairs with A1; the members' new orders */
    weir_futex_wake(&t->phase, INT32_MAX);
}

static void prepare(team *t) {
    weir_a32_store(&t->stop, 0);
    weir_a32_store(&t->producing, t->params->producers);
    for (unsigned i = 0; i < t->count; i++) {
        bench_worker *w = &t->members[i].worker;
        w->items = w->sum = w->wakes = 0;
    }
}

static void sleep_s(double seconds) {
    struct timespec d = {(time_t)seconds, (long)((seconds - floor(seconds)) * 1e9)};
    while (clock_nanosleep(CLOCK_MONOTONIC, 0, &d, &d)) {}
}

/* Lets the team play one phase; the time of the barrier's release. */
static uint64_t conduct(team *t, double seconds) {
    prepare(t);
    uint64_t start = weir_now_ns();
    release(t);
    sleep_s(seconds);
    weir_a32_store(&t->stop, 1);
    wait_for_all(t);
    return start;
}

static bool check(const team *t, bench_sample *s) {
    uint64_t items[2] = {0, 0}, sum[2] = {0, 0};
    for (unsigned i = 0; i < t->count; i++) {
        const bench_worker *w = &t->members[i].worker;
        items[w->producer] += w->items;
        sum[w->producer] += w->sum;
    }
    s->items = (double)items[false];
    if (items[true] != items[false])
        snprintf(s->error, sizeof s->error, "%llu values were pushed and %llu popped", (unsigned long long)items[true],
                 (unsigned long long)items[false]);
    else if (sum[true] != sum[false])
        snprintf(s->error, sizeof s->error, "%llu values moved, but not the ones that were pushed",
                 (unsigned long long)items[true]);
    else return true;
    s->wrong = true;
    return false;
}

static void sum_up(const team *t, uint64_t start, bench_sample *s, uint64_t *moved) {
    uint64_t end = start, switches = 0, wakes = 0, sleeps = 0;
    for (unsigned i = 0; i < t->count; i++) {
        const member *m = &t->members[i];
        if (m->end_ns > end) end = m->end_ns;
        s->cpu_ns += (double)m->cpu_ns;
        switches += m->switches;
        sleeps += m->sleeps;
        wakes += m->worker.wakes;
        moved[i] = m->worker.items;
    }
    s->wall_ns = (double)(end - start);
    s->value = s->wall_ns / s->items; /* no item: infinite, which the cell refuses */
    bench_extra(s, "switches_per_op", (double)switches / s->items);
    if (wakes) bench_extra(s, "wakes_per_op", (double)wakes / s->items);
    if (sleeps) bench_extra(s, "sleeps_per_op", (double)sleeps / s->items);
}

static void init_member(team *t, unsigned i, void *object) {
    bool producer = i < t->params->producers;
    member *m = &t->members[i];
    m->team = t;
    m->worker = (bench_worker){.object = object,
                               .params = t->params,
                               .index = i,
                               .producer = producer,
                               .role_index = producer ? i : i - t->params->producers,
                               .stop = &t->stop};
}

static bool start_all(team *t, void *object, bench_sample *s) {
    for (unsigned i = 0; i < t->count; i++) {
        init_member(t, i, object);
        if (pthread_create(&t->members[i].thread, NULL, member_main, &t->members[i])) {
            snprintf(s->error, sizeof s->error, "thread %u of %u could not be created", i + 1, t->count);
            s->value = NAN;
            return false;
        }
    }
    return true;
}

static void dismiss(team *t) {
    t->over = true;
    release(t);
    for (unsigned i = 0; i < t->count; i++) pthread_join(t->members[i].thread, NULL);
    free(t->members);
}

/* A short phase on a crowded machine may end before the first item has moved: then a longer one is played. */
static void play_all(team *t, bench_sample *s, uint64_t *moved) {
    double seconds = t->params->seconds;
    wait_for_all(t);
    conduct(t, fmin(fmax(seconds / 10, 0.002), 0.1));
    bool right = check(t, s);
    for (uint64_t start; right; seconds *= 4) {
        start = conduct(t, seconds);
        right = check(t, s);
        if (!right || (s->items == 0 && seconds < 1)) continue;
        sum_up(t, start, s, moved);
        break;
    }
    dismiss(t);
}

void team_run(const bench_row *row, void *object, const bench_params *params, const pin_plan *pins,
              bench_sample *sample, uint64_t *moved) {
    static team t; /* one team a process, and threads may outlive a failed start */
    t = (team){.row = row, .params = params, .pins = pins, .count = params->producers + params->consumers};
    size_t bytes = t.count * sizeof *t.members;
    t.members = aligned_alloc(WEIR_CACHE_LINE, bytes);
    if (!t.members) {
        snprintf(sample->error, sizeof sample->error, "out of memory for %u threads", t.count);
        sample->value = NAN;
        return;
    }
    memset(t.members, 0, bytes);
    if (!start_all(&t, object, sample)) return;
    play_all(&t, sample, moved);
}
