/* bus - whatever carries events from publishers to subscribers, ours or a library's, as event.fanout and event.latency see it.
 *
 * A message is 64 bytes: who publishes it, which one of his it is, and what proves that nobody else wrote into it. Each subscriber
 * gets all messages of all publishers, those of one publisher in order; nothing is dropped; who publishes into a full bus waits. Between
 * a publisher and a subscriber are at most about 1000 messages.
 *
 *   fanout    publishers, each a thread, publish for a time; then all that has been published is waited for. An operation is one
 *             delivery. A message that is lost, doubled or out of order makes the cell wrong.
 *   latency   one publisher, one subscriber; a message at each due time, heard so long after that time. Nobody who publishes sleeps.
 *             paced: 20,000 a second, p99; idle: 1,000 a second, so that whoever hears has gone to sleep, p50. */
#ifndef WEIR_BENCH_CASES_BUS_H
#define WEIR_BENCH_CASES_BUS_H

#include <string.h>

#include "bench/case.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { BENCH_BUS_BOUND = 1000, BENCH_BUS_PUBLISHERS = 64 };

typedef struct bench_message {
    uint64_t publisher, seq, fill[5], proof; /* proof: ~seq */
} bench_message;

/* What one subscriber has heard. */
typedef struct bench_heard {
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a64 count; /* written by whoever hears, read by who waits for the end */
    uint64_t sum;                                 /* of seq * publisher + 1 */
    uint64_t wrong;                               /* not 0: out of order, or not what was published */
    uint64_t *at;                                 /* latency: when message seq was heard; NULL: nobody asks */
    uint64_t next[BENCH_BUS_PUBLISHERS];
} bench_heard;

/* The subscriber behind h has got m. One thread at a time. */
static inline void bench_hear(bench_heard *h, const bench_message *m) {
    h->wrong |= (m->seq ^ h->next[m->publisher % BENCH_BUS_PUBLISHERS]++) | (m->proof ^ ~m->seq);
    h->sum += m->seq * (m->publisher + 1);
    if (h->at) h->at[m->seq] = weir_now_ns();
    weir_a64_store_release(&h->count, weir_a64_load(&h->count) + 1); /* H1: pairs with H2 in bus.c */
}

typedef struct bench_bus bench_bus;
struct bench_bus {
    const char *variant;
    unsigned flags;
    const char *note;
    unsigned lanes; /* of a subscriber, on which it hears at once, in no order; 0: one, in order */
    bool no_latency, no_fanout;
    unsigned most;   /* publishers, and subscribers; 0: any number */
    const void *arg; /* the bus's own */
    /* heard: lanes of the first subscriber, of the second ... NULL: failed. */
    void *(*open)(const bench_bus *self, unsigned publishers, bench_heard *heard, unsigned subscribers);
    void *(*publisher)(void *bus, unsigned i); /* whom thread i publishes through; NULL: the bus */
    /* Publishes m, waiting for room. It may publish following ones with it, of the same publisher; how many. */
    uint64_t (*publish)(void *publisher, bench_message *m);
    void (*close)(void *bus); /* all has been heard */
};

static inline void bench_message_set(bench_message *m, uint64_t seq) {
    m->seq = seq;
    m->proof = ~seq;
}

enum bench_bus_case { BENCH_FANOUT, BENCH_BUS_LATENCY, BENCH_BUS_CASES };

/* See BENCH_BUS. */
void *bench_bus_make(const bench_bus *self, enum bench_bus_case c, const bench_params *p);
bool bench_bus_supports(const bench_bus *self, enum bench_bus_case c, const bench_params *p);
void bench_bus_register(const bench_bus *self, bench_row rows[BENCH_BUS_CASES],
                        void *(*const make[BENCH_BUS_CASES])(const bench_params *),
                        bool (*const supports[BENCH_BUS_CASES])(const bench_params *), bool chosen);

#define BENCH_BUS_CASE(bus, name, c)                                                             \
    static void *bus##_make_##name(const bench_params *p) { return bench_bus_make(&bus, c, p); } \
    static bool bus##_supports_##name(const bench_params *p) { return bench_bus_supports(&bus, c, p); }

/* Registers the rows of `bus`, a bench_bus of static storage; chosen: it is the default of its cases. */
#define BENCH_BUS(bus, chosen)                                                                                   \
    BENCH_BUS_CASE(bus, fanout, BENCH_FANOUT)                                                                    \
    BENCH_BUS_CASE(bus, latency, BENCH_BUS_LATENCY)                                                              \
    static void __attribute__((constructor)) bus##_register(void) {                                              \
        static bench_row rows[BENCH_BUS_CASES];                                                                  \
        static void *(*const make[])(const bench_params *) = {bus##_make_fanout, bus##_make_latency};            \
        static bool (*const supports[])(const bench_params *) = {bus##_supports_fanout, bus##_supports_latency}; \
        bench_bus_register(&bus, rows, make, supports, chosen);                                                  \
    }

#ifdef __cplusplus
}
#endif
#endif
