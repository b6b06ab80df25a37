/* Go channels as a bus and for answers, in a process of their own (go/event.go): a channel of 1000 and a goroutine for each subscriber, to
 * each of which who publishes sends; two channels without buffers for questions and answers. */
#include "bench/peers/go.h"

static void *no_object(const bench_params *p) {
    (void)p;
    static char object;
    return access(PEER_GO_EVENT, X_OK) == 0 ? &object : NULL;
}

static void read_answer(const char *line, bench_sample *s) {
    double late[4];
    int ok;
    if (sscanf(line, "%lf %lf %lf %d %lf %lf %lf %lf %lf", &s->items, &s->wall_ns, &s->cpu_ns, &ok, &s->value, &late[0],
               &late[1], &late[2], &late[3]) != 9) {
        snprintf(s->error, sizeof s->error, "go-event: cannot read its answer");
        return;
    }
    s->wrong = !ok;
    if (s->wrong) snprintf(s->error, sizeof s->error, "go-event: not each once, or not in order");
    if (s->value <= 0) s->value = s->wall_ns / s->items;
    static const char *const name[] = {"p50", "p99", "p99.9", "max"};
    for (int i = 0; i < 4 && late[3] > 0; i++) bench_extra(s, name[i], late[i]);
}

static void measure(const char *what, uint64_t publishers, unsigned subscribers, const bench_params *p,
                    bench_sample *s) {
    char text[3][32], answer[300];
    snprintf(text[0], sizeof text[0], "%llu", (unsigned long long)publishers);
    snprintf(text[1], sizeof text[1], "%u", subscribers);
    snprintf(text[2], sizeof text[2], "%.9f", p->seconds);
    s->value = NAN; /* until it is known */
    if (go_ask(PEER_GO_EVENT, (char *[]){"go-event", (char *)what, text[0], text[1], text[2], NULL}, answer,
               sizeof answer))
        read_answer(answer, s);
    else snprintf(s->error, sizeof s->error, "go-event failed");
}

static void measure_fanout(void *object, const bench_params *p, bench_sample *s) {
    (void)object;
    measure("fanout", p->producers, p->consumers, p, s);
    bench_extra(s, "M_events_per_s", 1e3 / s->value / p->consumers);
}

static void measure_mix(void *object, const bench_params *p, bench_sample *s) {
    (void)object;
    measure(p->mix, 1, 1, p, s);
}

static void measure_memory(void *object, const bench_params *p, bench_sample *s) {
    (void)object;
    measure("memory", p->size, 1, p, s);
}

#define GO_ROW(case_name, row_axes, row_unit, row_variant, row_note, function)                              \
    {                                                                                                       \
        .name = case_name, .variant = row_variant, .flags = BENCH_PEER, .note = row_note, .unit = row_unit, \
        .axes = row_axes, .make = no_object, .measure = function                                            \
    }

static const bench_row rows[] = {
    GO_ROW("event.fanout", bench_axes_event_fanout, "ns/op", "peer.go_chan",
           "own process; a channel and a goroutine for each subscriber", measure_fanout),
    GO_ROW("event.latency", bench_axes_event_latency, "ns", "peer.go_chan", "own process", measure_mix),
    GO_ROW("event.await", bench_axes_event_await, "ns/op", "peer.go_unbuffered",
           "own process; inside: GOMAXPROCS 1, across: 2, where both may be on one all the same", measure_mix),
    GO_ROW("event.memory", bench_axes_event_memory, "B", "peer.goroutines", "own process; select with a timer",
           measure_memory),
};

__attribute__((constructor)) static void register_rows(void) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) bench_register(&rows[i], false);
}
