/* nng over inproc. Events: a PUSH socket with a buffer of 1000 and a PULL socket and a thread for each subscriber, because PUB drops what does
 * not fit; who publishes sends to each. Answers: REQ and REP. */
#include <nng/nng.h>
#include <nng/protocol/pipeline0/pull.h>
#include <nng/protocol/pipeline0/push.h>
#include <nng/protocol/reqrep0/rep.h>
#include <nng/protocol/reqrep0/req.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/cases/ask.h"
#include "bench/cases/bus.h"

static void must(int rc) {
    if (rc) abort(); /* the cell is "failed" */
}

static void bounded(nng_socket socket, const char *option) {
    int rc = nng_socket_set_int(socket, option, BENCH_BUS_BOUND / 2);
    if (rc != NNG_ENOTSUP) must(rc); /* not each version has a buffer on both sides */
}

/* ---- events ---- */

typedef struct hearer {
    nng_socket push, pull;
    bench_heard *heard;
    pthread_t thread;
} hearer;

typedef struct bus {
    unsigned hearers;
    hearer hearer[];
} bus;

static void *hear(void *arg) {
    hearer *h = arg;
    bench_message m;
    for (size_t n = sizeof m; !nng_recv(h->pull, &m, &n, 0) && n == sizeof m;) bench_hear(h->heard, &m);
    return NULL; /* closed */
}

static uint64_t publish(void *o, bench_message *m) {
    bus *b = o;
    for (unsigned i = 0; i < b->hearers; i++) must(nng_send(b->hearer[i].push, m, sizeof *m, 0));
    return 1;
}

static void *start(const bench_bus *self, unsigned publishers, bench_heard *heard, unsigned subscribers) {
    char address[32];
    (void)self;
    (void)publishers;
    bus *b = calloc(1, sizeof *b + subscribers * sizeof *b->hearer);
    if (!b) return NULL;
    for (hearer *h = b->hearer; b->hearers < subscribers; b->hearers++, h++) {
        snprintf(address, sizeof address, "inproc://%u", b->hearers);
        h->heard = &heard[b->hearers];
        must(nng_push0_open(&h->push));
        must(nng_pull0_open(&h->pull));
        bounded(h->push, NNG_OPT_SENDBUF);
        bounded(h->pull, NNG_OPT_RECVBUF);
        must(nng_listen(h->pull, address, NULL, 0));
        must(nng_dial(h->push, address, NULL, 0));
        if (pthread_create(&h->thread, NULL, hear, h)) abort();
    }
    return b;
}

static void end(void *o) {
    bus *b = o;
    for (hearer *h = b->hearer; h < b->hearer + b->hearers; h++) {
        nng_close(h->pull);
        pthread_join(h->thread, NULL);
        nng_close(h->push);
    }
    free(b);
}

static const bench_bus nng = {.variant = "peer.nng",
                              .flags = BENCH_PEER,
                              .note = "inproc, a PUSH for each subscriber: PUB drops",
                              .open = start,
                              .publish = publish,
                              .close = end};
BENCH_BUS(nng, false)

/* ---- answers ---- */

typedef struct pair {
    nng_socket ask, answer;
    pthread_t thread;
} pair;

static void *respond(void *arg) {
    pair *p = arg;
    uint64_t word;
    for (size_t n = sizeof word; !nng_recv(p->answer, &word, &n, 0);) must(nng_send(p->answer, &word, n, 0));
    return NULL;
}

static bool across(void *o, uint32_t n) {
    pair *p = o;
    uint64_t word = BENCH_ASK_WORD;
    size_t bytes = sizeof word;
    for (uint32_t i = 0; i < n; i++) {
        must(nng_send(p->ask, &word, sizeof word, 0));
        must(nng_recv(p->ask, &word, &bytes, 0));
    }
    return word == BENCH_ASK_WORD;
}

static void *ask_start(const bench_ask *self, bool is_across) {
    (void)self;
    (void)is_across;
    pair *p = calloc(1, sizeof *p);
    if (!p) return NULL;
    must(nng_req0_open(&p->ask));
    must(nng_rep0_open(&p->answer));
    must(nng_listen(p->answer, "inproc://pair", NULL, 0));
    must(nng_dial(p->ask, "inproc://pair", NULL, 0));
    if (pthread_create(&p->thread, NULL, respond, p)) abort();
    return p;
}

static void ask_end(void *o) {
    pair *p = o;
    nng_close(p->answer);
    pthread_join(p->thread, NULL);
    nng_close(p->ask);
    free(p);
}

static const bench_ask nng_pair = {.variant = "peer.nng",
                                   .flags = BENCH_PEER,
                                   .note = "inproc, REQ and REP",
                                   .open = ask_start,
                                   .across = across,
                                   .close = ask_end};
BENCH_ASK(nng_pair, false)
