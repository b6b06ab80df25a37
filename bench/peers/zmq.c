/* ZeroMQ over inproc. Events: an XPUB socket for each publisher, which waits instead of dropping, and a SUB socket and a thread for each
 * subscriber, connected to all of them. Answers: a PAIR and a thread. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <zmq.h>

#include "bench/cases/ask.h"
#include "bench/cases/bus.h"

static void must(int rc) {
    if (rc < 0) abort(); /* the cell is "failed" */
}

static void *opened(void *context, int type) {
    void *socket = zmq_socket(context, type);
    int bound = BENCH_BUS_BOUND / 2, zero = 0; /* inproc: the bounds of both sides are added */
    if (!socket) abort();
    must(zmq_setsockopt(socket, ZMQ_SNDHWM, &bound, sizeof bound));
    must(zmq_setsockopt(socket, ZMQ_RCVHWM, &bound, sizeof bound));
    must(zmq_setsockopt(socket, ZMQ_LINGER, &zero, sizeof zero));
    return socket;
}

static const char *address(char text[32], unsigned i) {
    snprintf(text, 32, "inproc://%u", i);
    return text;
}

/* ---- events ---- */

typedef struct hearer {
    void *socket;
    bench_heard *heard;
    pthread_t thread;
} hearer;

typedef struct bus {
    void *context, *publisher[BENCH_BUS_PUBLISHERS];
    unsigned publishers, hearers;
    hearer hearer[];
} bus;

static void *hear(void *arg) {
    hearer *h = arg;
    bench_message m;
    while (zmq_recv(h->socket, &m, sizeof m, 0) == sizeof m) bench_hear(h->heard, &m);
    zmq_close(h->socket); /* the context ends */
    return NULL;
}

static uint64_t publish(void *socket, bench_message *m) {
    if (zmq_send(socket, m, sizeof *m, 0) != sizeof *m) abort();
    return 1;
}

static void *publisher_at(void *o, unsigned i) { return ((bus *)o)->publisher[i]; }

/* Each subscription has come to its publisher before anything is published. */
static void await_subscriptions(bus *b) {
    char message[8];
    for (unsigned i = 0; i < b->publishers; i++)
        for (unsigned k = 0; k < b->hearers; k++) must(zmq_recv(b->publisher[i], message, sizeof message, 0));
}

static void *start(const bench_bus *self, unsigned publishers, bench_heard *heard, unsigned subscribers) {
    char text[32];
    int yes = 1;
    (void)self;
    bus *b = calloc(1, sizeof *b + subscribers * sizeof *b->hearer);
    if (!b || !(b->context = zmq_ctx_new())) abort();
    for (; b->publishers < publishers; b->publishers++) {
        void *socket = b->publisher[b->publishers] = opened(b->context, ZMQ_XPUB);
        must(zmq_setsockopt(socket, ZMQ_XPUB_NODROP, &yes, sizeof yes));
        must(zmq_setsockopt(socket, ZMQ_XPUB_VERBOSE, &yes, sizeof yes));
        must(zmq_bind(socket, address(text, b->publishers)));
    }
    for (hearer *h = b->hearer; b->hearers < subscribers; b->hearers++, h++) {
        h->heard = &heard[b->hearers];
        h->socket = opened(b->context, ZMQ_SUB);
        must(zmq_setsockopt(h->socket, ZMQ_SUBSCRIBE, "", 0));
        for (unsigned i = 0; i < publishers; i++) must(zmq_connect(h->socket, address(text, i)));
    }
    await_subscriptions(b);
    for (hearer *h = b->hearer; h < b->hearer + subscribers; h++)
        if (pthread_create(&h->thread, NULL, hear, h)) abort();
    return b;
}

static void end(void *o) {
    bus *b = o;
    zmq_ctx_shutdown(b->context);
    for (hearer *h = b->hearer; h < b->hearer + b->hearers; h++) pthread_join(h->thread, NULL);
    for (unsigned i = 0; i < b->publishers; i++) zmq_close(b->publisher[i]);
    zmq_ctx_term(b->context);
    free(b);
}

static const bench_bus zmq = {.variant = "peer.zmq",
                              .flags = BENCH_PEER,
                              .note = "inproc, XPUB that drops nothing, SUB; 1000 messages between two sockets",
                              .open = start,
                              .publisher = publisher_at,
                              .publish = publish,
                              .close = end};
BENCH_BUS(zmq, false)

/* ---- answers ---- */

typedef struct pair {
    void *context, *ask, *answer;
    pthread_t thread;
} pair;

static void *respond(void *arg) {
    pair *p = arg;
    uint64_t word;
    while (zmq_recv(p->answer, &word, sizeof word, 0) == sizeof word) must(zmq_send(p->answer, &word, sizeof word, 0));
    zmq_close(p->answer);
    return NULL;
}

static bool across(void *o, uint32_t n) {
    pair *p = o;
    uint64_t word = BENCH_ASK_WORD;
    for (uint32_t i = 0; i < n; i++) {
        must(zmq_send(p->ask, &word, sizeof word, 0));
        if (zmq_recv(p->ask, &word, sizeof word, 0) != sizeof word) return false;
    }
    return word == BENCH_ASK_WORD;
}

static void *ask_start(const bench_ask *self, bool is_across) {
    (void)self;
    (void)is_across;
    pair *p = calloc(1, sizeof *p);
    if (!p || !(p->context = zmq_ctx_new())) abort();
    p->ask = opened(p->context, ZMQ_PAIR);
    p->answer = opened(p->context, ZMQ_PAIR);
    must(zmq_bind(p->ask, "inproc://pair"));
    must(zmq_connect(p->answer, "inproc://pair"));
    if (pthread_create(&p->thread, NULL, respond, p)) abort();
    return p;
}

static void ask_end(void *o) {
    pair *p = o;
    zmq_ctx_shutdown(p->context);
    pthread_join(p->thread, NULL);
    zmq_close(p->ask);
    zmq_ctx_term(p->context);
    free(p);
}

static const bench_ask zmq_pair = {.variant = "peer.zmq",
                                   .flags = BENCH_PEER,
                                   .note = "inproc, a PAIR",
                                   .open = ask_start,
                                   .across = across,
                                   .close = ask_end};
BENCH_ASK(zmq_pair, false)
