/* Go channels, in a process of their own: goroutines park in user space, which is what these rows are for. The program
 * (go/chan.go) does the same work as our team, checks its sums, and prints one line. */
#include "bench/peers/go.h"

static void *no_object(const bench_params *p) {
    (void)p;
    static char object;
    return access(PEER_GO_CHAN, X_OK) == 0 ? &object : NULL;
}

static void read_answer(const char *line, bench_sample *s) {
    double switches, fairness;
    int ok;
    if (sscanf(line, "%lf %lf %lf %lf %lf %d", &s->items, &s->wall_ns, &s->cpu_ns, &switches, &fairness, &ok) != 6) {
        snprintf(s->error, sizeof s->error, "go-chan: cannot read its answer");
        return;
    }
    s->wrong = !ok;
    if (s->wrong) snprintf(s->error, sizeof s->error, "go-chan: sums differ");
    s->value = s->wall_ns / s->items;
    bench_extra(s, "switches_per_op", switches / s->items);
    bench_extra(s, "fairness", fairness);
}

/* threads 0: as many as there are processors. */
static void measure(unsigned threads, unsigned long long capacity, const bench_params *p, bench_sample *s) {
    char text[5][24], answer[200];
    snprintf(text[0], sizeof text[0], "%u", p->producers);
    snprintf(text[1], sizeof text[1], "%u", p->consumers);
    snprintf(text[2], sizeof text[2], "%llu", capacity);
    snprintf(text[3], sizeof text[3], "%.9f", p->seconds);
    snprintf(text[4], sizeof text[4], "%u", threads);
    s->value = NAN; /* until it is known */
    if (go_ask(PEER_GO_CHAN, (char *[]){"go-chan", text[0], text[1], text[2], text[3], text[4], NULL}, answer,
               sizeof answer))
        read_answer(answer, s);
    else snprintf(s->error, sizeof s->error, "go-chan failed");
}

#define GO_MEASURE(name, threads, capacity)                                            \
    static void measure_##name(void *object, const bench_params *p, bench_sample *s) { \
        (void)object;                                                                  \
        measure(threads, capacity, p, s);                                              \
    }
GO_MEASURE(chan, 0, p->capacity)
GO_MEASURE(one, 0, 1)
GO_MEASURE(unbuffered, 0, 0)
GO_MEASURE(co_chan, p->threads, p->capacity)
GO_MEASURE(co_one, p->threads, 1)
GO_MEASURE(co_unbuffered, p->threads, 0)

#define GO_ROW(case_name, case_axes, row_variant, row_flags, row_note, function)                        \
    {                                                                                                   \
        .name = case_name, .variant = row_variant, .flags = BENCH_PEER | (row_flags), .note = row_note, \
        .unit = "ns/op", .axes = case_axes, .make = no_object, .measure = function                      \
    }

static const bench_row rows[] = {
    GO_ROW("chan.handoff", bench_axes_chan_handoff, "peer.go_chan", BENCH_WAITS, "goroutines, own process",
           measure_chan),
    GO_ROW("cubby.handoff", bench_axes_cubby_handoff, "peer.go_chan", BENCH_WAITS,
           "goroutines, own process; buffer of 1", measure_one),
    GO_ROW("cubby.handoff", bench_axes_cubby_handoff, "peer.go_unbuffered", BENCH_WAITS,
           "goroutines, own process; no buffer", measure_unbuffered),
    GO_ROW("co.chan", bench_axes_co_chan, "peer.go_chan", 0, "own process; GOMAXPROCS as many as threads",
           measure_co_chan),
    GO_ROW("co.cubby", bench_axes_co_handoff, "peer.go_chan", 0, "own process; buffer of 1", measure_co_one),
    GO_ROW("co.cubby", bench_axes_co_handoff, "peer.go_unbuffered", 0, "own process; no buffer", measure_co_unbuffered),
};

__attribute__((constructor)) static void register_rows(void) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) bench_register(&rows[i], false);
}
