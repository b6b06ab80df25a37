/* Goroutines instead of events and coroutines, in a process of their own (go/sched.go). GOMAXPROCS is the number of threads. */
#include "bench/peers/go.h"

#include "bench/cases/co_data.h"

static void *no_object(const bench_params *p) {
    (void)p;
    static char object;
    return access(PEER_GO_SCHED, X_OK) == 0 ? &object : NULL;
}

static void read_answer(const char *line, bench_sample *s) {
    double late[3];
    int ok;
    if (sscanf(line, "%lf %lf %lf %d %lf %lf %lf %lf", &s->items, &s->wall_ns, &s->cpu_ns, &ok, &s->value, &late[0],
               &late[1], &late[2]) != 8) {
        snprintf(s->error, sizeof s->error, "go-sched: cannot read its answer");
        return;
    }
    s->wrong = !ok;
    if (s->wrong) snprintf(s->error, sizeof s->error, "go-sched: not each once, or not in order");
    if (s->value <= 0) s->value = s->wall_ns / s->items;
    if (late[2] <= 0) return;
    bench_extra(s, "p50", late[0]);
    bench_extra(s, "p99.9", late[1]);
    bench_extra(s, "max", late[2]);
}

static void measure(const char *what, const bench_params *p, bench_sample *s) {
    char text[4][32], answer[300];
    snprintf(text[0], sizeof text[0], "%u", p->threads);
    snprintf(text[1], sizeof text[1], "%llu", (unsigned long long)(p->size ? p->size : 1));
    snprintf(text[2], sizeof text[2], "%.9f", p->seconds);
    snprintf(text[3], sizeof text[3], "%llu", (unsigned long long)p->seed);
    s->value = NAN; /* until it is known */
    if (go_ask(PEER_GO_SCHED, (char *[]){"go-sched", (char *)what, text[0], text[1], text[2], text[3], NULL}, answer,
               sizeof answer))
        read_answer(answer, s);
    else snprintf(s->error, sizeof s->error, "go-sched failed");
}

static bool no_data(const bench_params *p) { return !strcmp(p->mix, "run"); }
static bool no_source(const bench_params *p) { return !strcmp(p->mix, "flat") || !strcmp(p->mix, "spawn"); }

#define GO_MEASURE(name, what)                                                         \
    static void measure_##name(void *object, const bench_params *p, bench_sample *s) { \
        (void)object;                                                                  \
        measure(what, p, s);                                                           \
    }
GO_MEASURE(independent, p->mix)
GO_MEASURE(dag, "dag")
GO_MEASURE(chain, "chain")
GO_MEASURE(latency, "latency")
GO_MEASURE(yield, "yield")
GO_MEASURE(spawn, "start")
GO_MEASURE(request, "request")
GO_MEASURE(message, "message")
GO_MEASURE(memory, "memory")

#define GO_ROW(case_name, row_axes, row_unit, row_note, can, function, cost, weaker)                              \
    {                                                                                                             \
        .name = case_name, .variant = "peer.goroutines", .flags = BENCH_PEER | (weaker), .note = row_note,        \
        .unit = row_unit, .axes = row_axes, .supports = can, .make = no_object, .measure = function, .dear = cost \
    }

static const bench_row rows[] = {
    GO_ROW("sched.independent", bench_axes_sched_independent, "ns/event", "own process", no_source, measure_independent,
           NULL, 0),
    GO_ROW("sched.dag", bench_axes_sched_dag, "ns/event", "own process; graphs are counted down by hand", no_data,
           measure_dag, NULL, BENCH_WEAKER),
    GO_ROW("sched.chain", bench_axes_sched_chain, "ns/event", "own process; graphs are counted down by hand", NULL,
           measure_chain, NULL, BENCH_WEAKER),
    GO_ROW("sched.latency", bench_axes_sched_latency, "ns", "own process; GOMAXPROCS one more, for who submits", NULL,
           measure_latency, NULL, 0),
    GO_ROW("co.yield", bench_axes_co_one, "ns/op", "own process; Gosched", NULL, measure_yield, NULL, 0),
    GO_ROW("co.spawn", bench_axes_co_one, "ns/op", "own process; a WaitGroup for each 64", NULL, measure_spawn, NULL,
           0),
    GO_ROW("co.request", bench_axes_co_one, "ns/op", "own process; two channels without buffers", NULL, measure_request,
           NULL, 0),
    GO_ROW("co.message", bench_axes_co_one, "ns/op", "own process; a channel of 64 messages", NULL, measure_message,
           NULL, 0),
    GO_ROW("co.memory", bench_axes_co_memory, "B", "own process", NULL, measure_memory, bench_co_many, 0),
};

__attribute__((constructor)) static void register_rows(void) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) bench_register(&rows[i], false);
}
