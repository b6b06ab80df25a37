/* co.yield, spawn, request, message, memory: coroutines on one loop; one row a variant. */
#include <stdlib.h>

#include "bench/cases/co_data.h"
#include "prims/variant.h"
#include "sched/loop.h"
#include "sched/request.h"
#include "sched/socket.h"

/* ---- yield ---- */

struct turns {
    weir_co co;
    uint64_t *left, *count;
};
WEIR_COROUTINE(turns) {
    WEIR_CO_BEGIN;
    while (*self->left) {
        --*self->left;
        ++*self->count;
        WEIR_YIELD;
    }
    WEIR_CO_END;
}

static uint64_t yield(void *loop, uint64_t n) {
    struct turns ring[BENCH_CO_RING];
    uint64_t left = n, count = 0;
    for (int i = 0; i < BENCH_CO_RING; i++) WEIR_SPAWN(loop, turns, &ring[i], .left = &left, .count = &count);
    weir_loop_run_quiet(loop);
    return count;
}

/* ---- spawn ---- */

struct once {
    weir_co co;
    uint64_t *count;
};
WEIR_COROUTINE(once) {
    WEIR_CO_BEGIN;
    ++*self->count;
    WEIR_CO_END;
}

struct parent {
    weir_co co;
    weir_loop *loop;
    uint64_t left, *count;
};
WEIR_COROUTINE(parent) {
    WEIR_CO_BEGIN;
    for (; self->left; self->left -= BENCH_CO_BATCH) {
        for (int i = 0; i < BENCH_CO_BATCH; i++)
            if (!WEIR_SPAWN_NEW(self->loop, once, .count = self->count)) WEIR_RAISE(WEIR_NOMEM, "no memory");
        WEIR_YIELD; /* behind all of them */
    }
    WEIR_CO_END;
}

static uint64_t spawn(void *loop, uint64_t n) {
    struct parent parent;
    uint64_t count = 0;
    WEIR_SPAWN(loop, parent, &parent, .loop = loop, .left = n, .count = &count);
    weir_loop_run_quiet(loop);
    return count;
}

/* ---- request ---- */

struct triple {
    weir_co co;
    weir_service service;
    weir_taken job;
};
WEIR_COROUTINE(triple) {
    weir_status st;
    WEIR_CO_BEGIN;
    weir_service_open(&self->service, co, 16);
    for (;;) {
        WEIR_TAKE(st, &self->service, &self->job, WEIR_FOREVER);
        if (st) break;
        weir_respond(&self->job, 3 * self->job.word);
    }
    WEIR_CO_END;
}

struct asker {
    weir_co co;
    weir_service *service;
    weir_request request;
    uint64_t i, n, sum;
};
WEIR_COROUTINE(asker) {
    weir_status st;
    WEIR_CO_BEGIN;
    for (self->i = 1; self->i <= self->n; self->i++) {
        WEIR_REQUEST(st, self->service, &self->request, self->i, WEIR_FOREVER);
        if (st) WEIR_RAISE((int)st, "request");
        self->sum += self->request.word;
    }
    weir_service_close(self->service);
    WEIR_CO_END;
}

static uint64_t request(void *loop, uint64_t n) {
    struct triple server;
    struct asker client;
    WEIR_SPAWN(loop, triple, &server, .job = {.request = NULL});
    WEIR_SPAWN(loop, asker, &client, .service = &server.service, .n = n);
    weir_loop_run_quiet(loop);
    return client.sum;
}

/* ---- message ---- */

enum { ON_THEIR_WAY = 64 };

struct talker {
    weir_co co;
    weir_socket *socket;
    weir_socket_op op;
    uint64_t message[BENCH_CO_MESSAGE / sizeof(uint64_t)], n;
};
WEIR_COROUTINE(talker) {
    weir_status st;
    WEIR_CO_BEGIN;
    for (self->message[0] = 1; self->message[0] <= self->n; self->message[0]++) {
        WEIR_SOCKET_WRITE(st, self->socket, &self->op, self->message, sizeof self->message, WEIR_FOREVER);
        if (st) WEIR_RAISE((int)st, "write");
    }
    WEIR_SOCKET_END(st, self->socket, &self->op, WEIR_FOREVER);
    if (st) WEIR_RAISE((int)st, "end");
    WEIR_CO_END;
}

struct listener {
    weir_co co;
    weir_socket *socket;
    weir_socket_op op;
    uint64_t message[BENCH_CO_MESSAGE / sizeof(uint64_t)], sum;
};
WEIR_COROUTINE(listener) {
    weir_status st;
    WEIR_CO_BEGIN;
    for (;;) {
        WEIR_SOCKET_READ_ALL(st, self->socket, &self->op, self->message, sizeof self->message, WEIR_FOREVER);
        if (st) break;
        self->sum += self->message[0];
    }
    WEIR_CO_END;
}

static uint64_t message(void *loop, uint64_t n) {
    struct talker from;
    struct listener to;
    weir_socket a, b;
    weir_channel *channel = weir_channel_open(ON_THEIR_WAY * BENCH_CO_MESSAGE);
    if (!channel) return 0;
    weir_socket_pair(&a, NULL, &b, NULL, channel);
    WEIR_SPAWN(loop, talker, &from, .socket = &a, .n = n);
    WEIR_SPAWN(loop, listener, &to, .socket = &b);
    weir_loop_run_quiet(loop);
    weir_socket_close(&a);
    weir_socket_close(&b);
    return to.sum;
}

/* ---- memory ---- */

struct sleeper {
    weir_co co;
    uint64_t *count;
};
WEIR_COROUTINE(sleeper) {
    WEIR_CO_BEGIN;
    ++*self->count;
    WEIR_SLEEP_UNTIL(WEIR_FOREVER);
    WEIR_CO_END;
}

static bool fill(void *loop, uint64_t n) {
    uint64_t count = 0;
    for (uint64_t i = 0; i < n; i++)
        if (!WEIR_SPAWN_NEW(loop, sleeper, .count = &count)) return false;
    return weir_loop_run_quiet(loop) == n && count == n;
}

/* ---- a loop ---- */

static void *start(void) {
    weir_loop *loop;
    return weir_loop_open(NULL, &loop) == WEIR_OK ? loop : NULL;
}

static void end(void *loop) { weir_loop_close(loop); }

static const bench_co co = {.variant = WEIR_STRING(WEIR_CO),
                            .open = start,
                            .close = end,
                            .yield = yield,
                            .spawn = spawn,
                            .request = request,
                            .message = message,
                            .fill = fill};
BENCH_CO(co, WEIR_CHOSEN)
