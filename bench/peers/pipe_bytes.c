/* pipe(2) with messages of some bytes. One that is larger than a page may come in parts. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "bench/peers/peer.h"

typedef struct channel {
    int fd[2];
    size_t size;
    unsigned char *in, *out;
} channel;

/* Any error but a signal is a broken bench: the child dies and the cell says so. */
static void put(channel *c) {
    for (size_t done = 0; done < c->size;) {
        ssize_t n = write(c->fd[1], c->in + done, c->size - done);
        if (n > 0) done += (size_t)n;
        else if (errno != EINTR) abort();
    }
}

static void get(channel *c) {
    for (size_t done = 0; done < c->size;) {
        ssize_t n = read(c->fd[0], c->out + done, c->size - done);
        if (n > 0) done += (size_t)n;
        else if (n == 0 || errno != EINTR) abort();
    }
}

static void destroy(void *object) {
    channel *c = object;
    close(c->fd[0]);
    close(c->fd[1]);
    free(c->in);
    free(c->out);
    free(c);
}

static void *make(const bench_params *p) {
    channel *c = calloc(1, sizeof *c);
    if (!c || pipe2(c->fd, O_CLOEXEC)) {
        free(c);
        return NULL;
    }
    c->size = p->size;
    c->in = peer_alloc(p->size);
    c->out = peer_alloc(p->size);
    if (c->in && c->out && fcntl(c->fd[1], F_SETPIPE_SZ, (int)p->capacity) == (int)p->capacity) return c;
    destroy(c);
    return NULL;
}

static void push(void *object, uint64_t v) {
    memcpy(((channel *)object)->in, &v, sizeof v);
    put(object);
}

static uint64_t pop(void *object) {
    uint64_t v;
    get(object);
    memcpy(&v, ((channel *)object)->out, sizeof v);
    return v;
}

static void work(bench_worker *w) { bench_team_wait(w, push, pop); }
static void last(void *object) { push(object, BENCH_LAST); }

static void message(void *object, uint64_t n) {
    for (uint64_t i = 0; i < n; i++) {
        push(object, i);
        if (pop(object) != i) abort();
    }
}

static bool supports(const bench_params *p) { return p->producers == 1 && p->consumers == 1 && p->size <= p->capacity; }

static const bench_row row_stream = {.name = "vectoring.stream",
                                     .variant = "peer.pipe",
                                     .flags = BENCH_PEER,
                                     .unit = "ns/op",
                                     .axes = bench_axes_vectoring_stream,
                                     .supports = supports,
                                     .make = make,
                                     .destroy = destroy,
                                     .work = work,
                                     .push_last = last};
static const bench_row row_message = {.name = "vectoring.message",
                                      .variant = "peer.pipe",
                                      .flags = BENCH_PEER,
                                      .unit = "ns/op",
                                      .axes = bench_axes_vectoring_message,
                                      .supports = supports,
                                      .make = make,
                                      .destroy = destroy,
                                      .loop = message};
BENCH_ROW(row_stream)
BENCH_ROW(row_message)
