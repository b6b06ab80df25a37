#include "bench/cases/ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/cases/axes.h"
#include "bench/cases/late.h"

typedef struct subject {
    const bench_ask *ask;
    void *object;
    double before; /* bytes in memory */
} subject;

static void measure_await(void *o, const bench_params *p, bench_sample *s) {
    subject *me = o;
    bench_timed(!strcmp(p->mix, "inside") ? me->ask->inside : me->ask->across, me->object, p, s);
}

static void measure_memory(void *o, const bench_params *p, bench_sample *s) {
    subject *me = o;
    double cpu = bench_cpu_ns();
    uint64_t start = weir_now_ns();
    s->wrong = !me->ask->fill(me->object, p->size);
    s->wall_ns = (double)(weir_now_ns() - start);
    s->cpu_ns = bench_cpu_ns() - cpu;
    s->items = (double)p->size;
    s->value = (bench_resident() - me->before) / s->items;
    s->wrong |= !me->ask->answer(me->object, p->size);
    if (s->wrong) snprintf(s->error, sizeof s->error, "not all waited, or not all were answered once");
}

static void destroy(void *o) {
    subject *s = o;
    s->ask->close(s->object);
    free(s);
}

void *bench_ask_make(const bench_ask *self, const bench_params *p) {
    subject *s = calloc(1, sizeof *s);
    if (!s) return NULL;
    s->ask = self;
    s->before = bench_resident();
    s->object = self->open(self, strcmp(p->mix, "inside"));
    if (s->object) return s;
    free(s);
    return NULL;
}

bool bench_ask_supports(const bench_ask *self, const bench_params *p) {
    if (!strcmp(p->mix, "inside")) return self->inside != NULL;
    return strcmp(p->mix, "across") || self->across;
}

/* An await takes at most 1 kB and 5 us. */
static bench_dear many(const bench_params *p) {
    return (bench_dear){0, 1000.0 * (double)p->size, 5e-6 * (double)p->size};
}

void bench_ask_register(const bench_ask *self, bench_row rows[BENCH_ASK_CASES], void *(*make)(const bench_params *),
                        bool (*supports)(const bench_params *), bool chosen) {
    const bench_row common = {.variant = self->variant,
                              .flags = self->flags,
                              .note = self->note,
                              .supports = supports,
                              .make = make,
                              .destroy = destroy};
    rows[BENCH_AWAIT] = rows[BENCH_AWAIT_MEMORY] = common;
    rows[BENCH_AWAIT].name = "event.await";
    rows[BENCH_AWAIT].unit = "ns/op";
    rows[BENCH_AWAIT].axes = bench_axes_event_await;
    rows[BENCH_AWAIT].measure = measure_await;
    rows[BENCH_AWAIT_MEMORY].name = "event.memory";
    rows[BENCH_AWAIT_MEMORY].unit = "B";
    rows[BENCH_AWAIT_MEMORY].axes = bench_axes_event_memory;
    rows[BENCH_AWAIT_MEMORY].measure = measure_memory;
    rows[BENCH_AWAIT_MEMORY].dear = many;
    if (self->inside || self->across) bench_register(&rows[BENCH_AWAIT], chosen);
    if (self->fill) bench_register(&rows[BENCH_AWAIT_MEMORY], chosen);
}
