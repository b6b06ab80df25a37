/* The runtime as a bus: a topic, a session for each publisher, a subscription for each subscriber, 4 workers. A message is a string. One row
 * a scheduler, publishing and hearing from C; and one of scripts that publish to scripts. */
#include <stdio.h>
#include <stdlib.h>

#include "bench/cases/bus.h"
#include "runtime/weir.h"

enum { CHANNEL = 0, TOPIC = 7, TOGETHER = 64 }; /* forms in a script that publishes */

typedef struct bus bus;

typedef struct publisher {
    bus *bus;
    weir_session *session;
    weir_slp_reader *reader;
    const weir_slp *script;
    char *payload[TOGETHER]; /* in the script */
} publisher;

struct bus {
    weir_runtime *runtime;
    weir_session *subscriber;
    bench_heard *heard;
    unsigned publishers;
    publisher publisher[];
};

/* ---- hearing ---- */

static void hear(bench_heard *h, weir_slp_value v) {
    bench_message m;
    weir_slp_text t = weir_slp_text_of(v);
    if (t.bytes == sizeof m) bench_hear(h, memcpy(&m, t.at, sizeof m));
}

static void on_event(void *arg, uint32_t channel, uint32_t topic, weir_slp_value v) {
    (void)channel;
    (void)topic;
    hear(arg, v);
}

static weir_verdict hear_in_script(weir_call *call, const weir_slp_value *args, uint32_t n) {
    bench_heard *heard = weir_call_arg(call);
    (void)n;
    hear(&heard[weir_slp_integer(args[0])], args[1]);
    return weir_call_truth(call, true);
}

static const weir_command command = {"bench/hear", "ns", 0, hear_in_script, NULL, "SUBSCRIBER MESSAGE"};

static bool subscribe(bus *b, unsigned i, bool script) {
    char text[100];
    if (!script) return weir_subscribe(b->subscriber, CHANNEL, TOPIC, on_event, &b->heard[i]) == WEIR_DONE;
    int n = snprintf(text, sizeof text, "(core/event/sub $CHANNEL_A %d {(bench/hear %u $data)})", TOPIC, i);
    return weir_eval(b->subscriber, text, (size_t)n, NULL, NULL, NULL);
}

/* ---- publishing ---- */

static uint64_t publish(void *through, bench_message *m) {
    publisher *p = through;
    if (weir_publish_string(p->session, CHANNEL, TOPIC, (const char *)m, sizeof *m, WEIR_FOREVER) != WEIR_DONE) abort();
    return 1;
}

static void must_be_true(void *arg, weir_slp_value v) {
    (void)arg;
    if (weir_slp_type_of(v) == WEIR_SLP_ERROR) abort();
}

/* The script is there; the messages are put into its strings. */
static uint64_t publish_by_script(void *through, bench_message *m) {
    publisher *p = through;
    bench_message next = *m;
    for (int i = 0; i < TOGETHER; i++, bench_message_set(&next, next.seq + 1))
        memcpy(p->payload[i], &next, sizeof next);
    if (!weir_run(p->session, p->script, WEIR_SLP_ALL, must_be_true, NULL)) abort();
    return TOGETHER;
}

static bool write_script(publisher *p) {
    char text[TOGETHER * 128], *to = text;
    for (int i = 0; i < TOGETHER; i++) to += sprintf(to, "(core/event/pub $CHANNEL_A %d \"%064d\")\n", TOPIC, i);
    p->script = weir_slp_read(p->reader, text, (size_t)(to - text), WEIR_SLP_ALL, NULL);
    for (uint32_t i = 0; p->script && i < TOGETHER; i++)
        p->payload[i] =
            (char *)(uintptr_t)weir_slp_text_of(weir_slp_at(weir_slp_at(weir_slp_root(p->script), i), 3)).at;
    return p->script != NULL;
}

/* ---- opened and closed ---- */

static bool open_publisher(bus *b, publisher *p, bool script) {
    p->bus = b;
    p->session = weir_session_open(b->runtime, NULL, NULL);
    p->reader = weir_slp_reader_new(NULL);
    return p->session && p->reader && (!script || write_script(p));
}

static void end(void *o) {
    bus *b = o;
    weir_session_close(b->subscriber);
    for (publisher *p = b->publisher; p < b->publisher + b->publishers; p++) {
        weir_session_close(p->session);
        weir_slp_reader_free(p->reader);
    }
    weir_runtime_close(b->runtime, NULL);
    free(b);
}

static void *start(const bench_bus *self, unsigned publishers, bench_heard *heard, unsigned subscribers) {
    bool script = self->publish == publish_by_script, good;
    bus *b = calloc(1, sizeof *b + publishers * sizeof *b->publisher);
    if (!b) return NULL;
    const weir_runtime_options o = {
        .sched = self->arg, .queue = BENCH_BUS_BOUND, .command = &command, .commands = 1, .arg = heard};
    b->publishers = publishers;
    b->heard = heard;
    if (!weir_runtime_open(&o, &b->runtime, NULL)) return free(b), NULL;
    good = (b->subscriber = weir_session_open(b->runtime, NULL, NULL)) != NULL;
    for (unsigned i = 0; i < subscribers && good; i++) good = subscribe(b, i, script);
    for (unsigned i = 0; i < publishers && good; i++) good = open_publisher(b, &b->publisher[i], script);
    if (good) return b;
    end(b);
    return NULL;
}

static void *publisher_at(void *o, unsigned i) { return &((bus *)o)->publisher[i]; }

#define BUS(name, row_variant, sched, how, with_no_latency, row_note) \
    static const bench_bus name = {.variant = row_variant,            \
                                   .note = row_note,                  \
                                   .no_latency = with_no_latency,     \
                                   .arg = sched,                      \
                                   .open = start,                     \
                                   .publisher = publisher_at,         \
                                   .publish = how,                    \
                                   .close = end};
BUS(counters, "counters", "counters", publish, false, NULL)
BUS(lock, "lock", "lock", publish, false, NULL)
BUS(epoch, "epoch", "epoch", publish, false, "in one order")
BUS(horizon, "horizon", "horizon", publish, false, "in one order")
BUS(scripts, "counters.script", "counters", publish_by_script, true, "scripts publish, 64 messages each, to scripts")
BENCH_BUS(counters, true)
BENCH_BUS(lock, false)
BENCH_BUS(epoch, false)
BENCH_BUS(horizon, false)
BENCH_BUS(scripts, false)
