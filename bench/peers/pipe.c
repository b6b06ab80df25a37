/* pipe(2): the kernel's own channel, 8 bytes an item. A write of 8 bytes is whole, and 8 divides a page, so that reads
 * are whole too. The smallest pipe holds a page of 512 items; one cell is made of two pipes, items one way and a token
 * the other way. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "bench/peers/peer.h"

enum { READ, WRITE };
typedef struct channel {
    int items[2], tokens[2];
} channel;

/* Any error but a signal is a broken bench: the child dies and the cell says so. */
static void put(int fd, const void *from, size_t bytes) {
    while (write(fd, from, bytes) != (ssize_t)bytes) {
        if (errno != EINTR) abort();
    }
}
static void get(int fd, void *to, size_t bytes) {
    while (read(fd, to, bytes) != (ssize_t)bytes) {
        if (errno != EINTR) abort();
    }
}

static void close_pair(const int fd[2]) {
    if (fd[READ] >= 0) close(fd[READ]);
    if (fd[WRITE] >= 0) close(fd[WRITE]);
}

static void destroy(void *object) {
    channel *c = object;
    close_pair(c->items);
    close_pair(c->tokens);
    free(c);
}

static channel *make_bytes(int bytes) {
    channel *c = malloc(sizeof *c);
    if (!c) return NULL;
    *c = (channel){{-1, -1}, {-1, -1}};
    if (pipe2(c->items, O_CLOEXEC) == 0 && fcntl(c->items[WRITE], F_SETPIPE_SZ, bytes) == bytes) return c;
    destroy(c);
    return NULL;
}

/* The kernel rounds up to a power of two of pages, and lets only root have more than this. */
static bool whole_pages(const bench_params *p) {
    uint64_t bytes = p->capacity * sizeof(uint64_t);
    return peer_power_of_two(p) && bytes >= (uint64_t)sysconf(_SC_PAGESIZE) && bytes <= 1u << 20;
}

static void *make_chan(const bench_params *p) { return make_bytes((int)(p->capacity * sizeof(uint64_t))); }

static void *make_small(const bench_params *p) {
    (void)p;
    return make_bytes((int)sysconf(_SC_PAGESIZE));
}

static void *make_cell(const bench_params *p) {
    channel *c = make_small(p);
    if (!c) return NULL;
    if (pipe2(c->tokens, O_CLOEXEC) != 0) {
        destroy(c);
        return NULL;
    }
    put(c->tokens[WRITE], "", 1);
    return c;
}

static void push(void *object, uint64_t v) { put(((channel *)object)->items[WRITE], &v, sizeof v); }

static uint64_t pop(void *object) {
    uint64_t v;
    get(((channel *)object)->items[READ], &v, sizeof v);
    return v;
}

static void push_cell(void *object, uint64_t v) {
    char token;
    get(((channel *)object)->tokens[READ], &token, 1);
    push(object, v);
}

static uint64_t pop_cell(void *object) {
    uint64_t v = pop(object);
    put(((channel *)object)->tokens[WRITE], "", 1);
    return v;
}

static void work(bench_worker *w) { bench_team_wait(w, push, pop); }
static void work_cell(bench_worker *w) { bench_team_wait(w, push_cell, pop_cell); }
static void last(void *object) { push(object, BENCH_LAST); }
static void last_cell(void *object) { push_cell(object, BENCH_LAST); }

static const bench_row chan = PEER_ROW_CHAN("pipe", 0, NULL, whole_pages, make_chan, destroy, work, last);
static const bench_row cubby = PEER_ROW_CUBBY("pipe", BENCH_WEAKER, "holds a page of 512 items, the kernel's least",
                                              make_small, destroy, work, last);
static const bench_row cell = PEER_ROW_CUBBY("pipe_pair", 0, "capacity 1: items one way, a token the other way",
                                             make_cell, destroy, work_cell, last_cell);
BENCH_ROW(chan)
BENCH_ROW(cubby)
BENCH_ROW(cell)
