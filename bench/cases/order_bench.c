/* sched.independent, dag, chain, latency, sortphase: schedulers with a total order; one row a variant. In the first four the events have no
 * data part and equal keys: what order costs who does not need it. */
#include <stdlib.h>
#include <string.h>

#include "bench/cases/events.h"
#include "prims/variant.h"

#define VARIANT WEIR_STRING(WEIR_ORDER)
#define IS_CONTROL (sizeof VARIANT == sizeof "phase" && VARIANT[0] == 'p') /* goes back to its tail after each event */
#define FLAGS (IS_CONTROL ? BENCH_CONTROL : 0)
#define MOST (IS_CONTROL ? 4096 : 0)

static const bench_runner any_order = BENCH_EVENTS(VARIANT, FLAGS, NULL, true, MOST);
BENCH_RUNNER(any_order, WEIR_CHOSEN && !strcmp(WEIR_STRING(WEIR_SCHED), "order"))

/* ---- sched.sortphase ---- */

typedef struct sorter {
    bench_order *order;
    weir_sched *sched;
    weir_source *source;
    uint64_t base; /* of this round's keys, all of which are below base + ROUND */
    weir_event *events, **batch;
} sorter;

static sorter *ours; /* one a process */

enum { BATCH = 256 };
#define ROUND (UINT64_C(1) << 34)

static void take(weir_turn *turn, weir_event *e);

static weir_event *filled(sorter *s, uint32_t i) {
    weir_event *e = &s->events[i];
    weir_event_init(e, NULL);
    e->key = s->base + s->order->key[i];
    e->data = take;
    return e;
}

static void take(weir_turn *turn, weir_event *e) {
    sorter *s = ours;
    uint32_t i = (uint32_t)(e - s->events);
    bench_order_take(s->order, i, e->key - s->base);
    if (bench_order_has_child(s->order, i))
        bench_events_must(weir_sched_submit(turn, filled(s, s->order->first + i)), "submit of a child");
}

static void run(void *o) {
    sorter *s = o;
    for (uint32_t i = 0; i < s->order->first;) {
        size_t n = 0, taken;
        for (; n < BATCH && i < s->order->first; n++, i++) s->batch[n] = filled(s, i);
        bench_events_must(weir_source_submit_batch(s->source, s->batch, n, &taken), "submit of a batch");
    }
    bench_events_must(weir_source_promise(s->source, s->base + ROUND), "promise");
    bench_events_must(weir_sched_wait(s->sched, WEIR_FOREVER), "wait");
    s->base += ROUND;
}

static void end(void *o) {
    sorter *s = o;
    if (s->source) weir_source_close(s->source);
    if (s->sched) weir_sched_close(s->sched);
    free(s->events);
    free(s->batch);
    free(s);
}

static void *start(const char *variant, bench_order *order, unsigned threads) {
    const weir_source_options o = {.limit = 2 * (uint64_t)order->n};
    sorter *s = calloc(1, sizeof *s);
    if (!s) return NULL;
    s->order = order;
    s->events = aligned_alloc(WEIR_CACHE_LINE, order->n * sizeof *s->events); /* whole lines: n is even */
    s->batch = calloc(BATCH, sizeof(weir_event *));
    if (s->events && s->batch) s->sched = bench_events_sched(variant, NULL, threads, false);
    if (!s->sched || weir_source_open(s->sched, 0, &o, &s->source)) return end(s), NULL;
    return ours = s;
}

static const bench_sorter in_order = {
    .variant = VARIANT, .flags = FLAGS, .most = MOST, .open = start, .close = end, .run = run};
BENCH_SORTER(in_order, WEIR_CHOSEN)
