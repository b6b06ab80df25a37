#include "bench/cases/bus.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "bench/cases/axes.h"
#include "bench/cases/late.h"

enum { PACED_NS = 50000, IDLE_NS = 1000000 };

typedef struct subject {
    const bench_bus *bus;
    void *object;
    unsigned publishers, subscribers, lanes;
    bench_heard *heard;
    struct sender *sender;
    pthread_barrier_t together;
    weir_a32 stop;
} subject;

typedef struct sender {
    WEIR_ALIGNED(WEIR_CACHE_LINE) bench_message message;
    uint64_t sum; /* as bench_heard's */
    void *through;
    subject *subject;
} sender;

/* ---- fan-out ---- */

static void note(sender *s, uint64_t published) {
    for (uint64_t i = 0; i < published; i++) s->sum += (s->message.seq + i) * (s->message.publisher + 1);
    bench_message_set(&s->message, s->message.seq + published);
}

static void *publish(void *arg) {
    sender *s = arg;
    subject *all = s->subject;
    pthread_barrier_wait(&all->together);
    while (!weir_a32_load(&all->stop)) note(s, all->bus->publish(s->through, &s->message));
    return NULL;
}

static uint64_t published(const subject *s) {
    uint64_t n = 0;
    for (unsigned i = 0; i < s->publishers; i++) n += s->sender[i].message.seq;
    return n;
}

static uint64_t heard(const subject *s) {
    uint64_t n = 0;
    for (unsigned i = 0; i < s->subscribers * s->lanes; i++) n += weir_a64_load_acquire(&s->heard[i].count); /* H2 */
    return n;
}

static void nap(uint64_t ns) {
    const struct timespec t = {(time_t)(ns / 1000000000), (long)(ns % 1000000000)};
    nanosleep(&t, NULL);
}

/* Until all have heard all, or nobody has heard anything for two seconds. */
static void drain(const subject *s) {
    uint64_t want = published(s) * s->subscribers, before = 0, since = weir_now_ns();
    for (uint64_t now; (now = heard(s)) < want; nap(20000)) {
        if (now != before) since = weir_now_ns();
        if (weir_now_ns() - since > 2000000000) return;
        before = now;
    }
}

/* Answers the time from the first message to the end of the last delivery. */
static uint64_t round_of(subject *s, double seconds) {
    pthread_t thread[BENCH_BUS_PUBLISHERS];
    weir_a32_store(&s->stop, 0);
    for (unsigned i = 0; i < s->publishers; i++)
        if (pthread_create(&thread[i], NULL, publish, &s->sender[i])) abort(); /* the cell is "failed" */
    pthread_barrier_wait(&s->together);
    uint64_t start = weir_now_ns();
    nap((uint64_t)(seconds * 1e9));
    weir_a32_store(&s->stop, 1);
    for (unsigned i = 0; i < s->publishers; i++) pthread_join(thread[i], NULL);
    drain(s);
    return weir_now_ns() - start;
}

static void check(const subject *s, bench_sample *sample) {
    uint64_t sum = 0, want = published(s);
    for (unsigned i = 0; i < s->publishers; i++) sum += s->sender[i].sum;
    for (unsigned i = 0; i < s->subscribers && !sample->wrong; i++) {
        uint64_t count = 0, got = 0, wrong = 0;
        for (const bench_heard *h = &s->heard[i * s->lanes]; h < &s->heard[(i + 1) * s->lanes]; h++) {
            count += weir_a64_load_acquire(&h->count); /* H2 */
            got += h->sum;
            wrong |= h->wrong;
        }
        sample->wrong = count != want || got != sum || (wrong && s->lanes == 1);
        if (sample->wrong)
            snprintf(sample->error, sizeof sample->error, "subscriber %u heard %llu of %llu messages%s", i,
                     (unsigned long long)count, (unsigned long long)want, count == want ? ", not these in order" : "");
    }
}

static void measure_fanout(void *o, const bench_params *p, bench_sample *sample) {
    subject *s = o;
    round_of(s, p->seconds / 10);
    uint64_t before = heard(s);
    double cpu = bench_cpu_ns();
    sample->wall_ns = (double)round_of(s, p->seconds);
    sample->cpu_ns = bench_cpu_ns() - cpu;
    sample->items = (double)(heard(s) - before);
    sample->value = sample->wall_ns / sample->items;
    bench_extra(sample, "M_events_per_s", 1e3 / sample->value / s->subscribers);
    check(s, sample);
}

/* ---- latency ---- */

static void measure_latency(void *o, const bench_params *p, bench_sample *sample) {
    subject *s = o;
    bool idle = !strcmp(p->mix, "idle");
    uint64_t interval = idle ? IDLE_NS : PACED_NS, n = 1 + (uint64_t)(p->seconds * 1e9 / (double)interval);
    uint64_t *due = calloc(n, sizeof *due), *at = calloc(n, sizeof *at);
    if (!due || !at) abort(); /* the cell is "failed" */
    for (unsigned i = 0; i < s->lanes; i++) s->heard[i].at = at;
    double cpu = bench_cpu_ns();
    uint64_t start = weir_now_ns() + interval;
    for (uint64_t i = 0; i < n; i++) {
        due[i] = start + i * interval;
        while (weir_now_ns() < due[i]) weir_pause(); /* nobody sleeps: waking up would be what is measured */
        note(s->sender, s->bus->publish(s->sender->through, &s->sender->message));
    }
    drain(s);
    sample->wall_ns = (double)(weir_now_ns() - start);
    sample->cpu_ns = bench_cpu_ns() - cpu;
    sample->items = (double)n;
    check(s, sample);
    if (!sample->wrong) bench_late(due, at, n, idle ? 0.5 : 0.99, sample);
    for (unsigned i = 0; i < s->lanes; i++) s->heard[i].at = NULL;
    free(due);
    free(at);
}

/* ---- making ---- */

static void destroy(void *o) {
    subject *s = o;
    if (s->object) s->bus->close(s->object);
    pthread_barrier_destroy(&s->together);
    free(s->heard);
    free(s->sender);
    free(s);
}

static void *lines(size_t bytes) {
    void *p = aligned_alloc(WEIR_CACHE_LINE, bytes);
    return p ? memset(p, 0, bytes) : NULL;
}

void *bench_bus_make(const bench_bus *self, enum bench_bus_case c, const bench_params *p) {
    subject *s = calloc(1, sizeof *s);
    if (!s || pthread_barrier_init(&s->together, NULL, (c == BENCH_FANOUT ? p->producers : 1) + 1))
        return free(s), NULL;
    s->bus = self;
    s->publishers = c == BENCH_FANOUT ? p->producers : 1;
    s->subscribers = c == BENCH_FANOUT ? p->consumers : 1;
    s->lanes = self->lanes ? self->lanes : 1;
    s->heard = lines(s->subscribers * s->lanes * sizeof *s->heard);
    s->sender = lines(s->publishers * sizeof *s->sender);
    if (s->heard && s->sender) s->object = self->open(self, s->publishers, s->heard, s->subscribers);
    if (!s->object) return destroy(s), NULL;
    for (unsigned i = 0; i < s->publishers; i++) {
        s->sender[i].subject = s;
        s->sender[i].message.publisher = i;
        bench_message_set(&s->sender[i].message, 0);
        s->sender[i].through = self->publisher ? self->publisher(s->object, i) : s->object;
    }
    return s;
}

bool bench_bus_supports(const bench_bus *self, enum bench_bus_case c, const bench_params *p) {
    if (c == BENCH_BUS_LATENCY) return !strcmp(p->mix, "idle") || !strcmp(p->mix, "paced");
    unsigned most = self->most ? self->most : BENCH_BUS_PUBLISHERS;
    return p->producers <= most && p->consumers <= most;
}

/* ---- rows ---- */

static const bench_row cases[BENCH_BUS_CASES] = {
    {.name = "event.fanout", .unit = "ns/op", .axes = bench_axes_event_fanout, .measure = measure_fanout},
    {.name = "event.latency", .unit = "ns", .axes = bench_axes_event_latency, .measure = measure_latency}};

void bench_bus_register(const bench_bus *self, bench_row rows[BENCH_BUS_CASES],
                        void *(*const make[BENCH_BUS_CASES])(const bench_params *),
                        bool (*const supports[BENCH_BUS_CASES])(const bench_params *), bool chosen) {
    for (int i = 0; i < BENCH_BUS_CASES; i++) {
        if (i == BENCH_FANOUT ? self->no_fanout : self->no_latency) continue;
        rows[i] = cases[i];
        rows[i].variant = self->variant;
        rows[i].flags = self->flags;
        rows[i].note = self->note;
        rows[i].supports = supports[i];
        rows[i].make = make[i];
        rows[i].destroy = destroy;
        bench_register(&rows[i], chosen);
    }
}
