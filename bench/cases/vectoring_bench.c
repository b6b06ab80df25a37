/* vectoring.stream: messages of `size` bytes from one thread to another through a ring of bytes, copied in and out whole.
 * vectoring.message: the same on one thread, which is what a message between two coroutines costs. */
#include <stdlib.h>
#include <string.h>

#include "bench/cases/axes.h"
#include "prims/variant.h"
#include "prims/vectoring.h"

typedef struct stream {
    weir_vectoring v;
    size_t size;
    void *block;
    WEIR_ALIGNED(WEIR_CACHE_LINE) unsigned char *in;  /* the writer's message */
    WEIR_ALIGNED(WEIR_CACHE_LINE) unsigned char *out; /* the reader's */
} stream;

static void destroy(void *object) {
    stream *s = object;
    free(s->block);
    free(s->in);
    free(s->out);
    free(s);
}

static void *make(const bench_params *p) {
    stream *s = aligned_alloc(WEIR_CACHE_LINE, (sizeof *s + WEIR_CACHE_LINE - 1) / WEIR_CACHE_LINE * WEIR_CACHE_LINE);
    if (!s) return NULL;
    s->size = p->size;
    s->block = aligned_alloc(WEIR_CACHE_LINE, p->capacity);
    s->in = calloc(1, p->size);
    s->out = calloc(1, p->size);
    if (s->block && s->in && s->out && weir_vectoring_init(&s->v, p->capacity, s->block) == WEIR_OK) return s;
    destroy(s);
    return NULL;
}

static bool push(void *object, uint64_t v) {
    stream *s = object;
    struct iovec iov[2];
    if (weir_vectoring_writable(&s->v, s->size, iov) < s->size) return false;
    memcpy(s->in, &v, sizeof v);
    weir_vectoring_write(&s->v, s->in, s->size);
    return true;
}

static bool pop(void *object, uint64_t *v) {
    stream *s = object;
    struct iovec iov[2];
    if (weir_vectoring_readable(&s->v, s->size, iov) < s->size) return false;
    weir_vectoring_read(&s->v, s->out, s->size);
    memcpy(v, s->out, sizeof *v);
    return true;
}

static void push_waiting(void *object, uint64_t v) {
    stream *s = object;
    if (push(s, v)) return;
    if (weir_vectoring_wait_room(&s->v, s->size, WEIR_FOREVER) != WEIR_OK || !push(s, v)) abort();
}

static uint64_t pop_waiting(void *object) {
    stream *s = object;
    uint64_t v;
    if (pop(s, &v)) return v;
    if (weir_vectoring_wait_bytes(&s->v, s->size, WEIR_FOREVER) != WEIR_OK || !pop(s, &v)) abort();
    return v;
}

static void work(bench_worker *w) { bench_team_try(w, push, pop); }
static void work_waiting(bench_worker *w) { bench_team_wait(w, push_waiting, pop_waiting); }
static void push_last(void *s) {
    while (!push(s, BENCH_LAST)) bench_retry();
}
static void push_last_waiting(void *s) { push_waiting(s, BENCH_LAST); }

/* Two sides that wait for a whole message each must fit in together. */
static bool supports(const bench_params *p) {
    return p->producers == 1 && p->consumers == 1 && 2 * p->size <= p->capacity && p->size >= sizeof(uint64_t);
}

static void message(void *object, uint64_t n) {
    for (uint64_t i = 0, v; i < n; i++)
        if (!push(object, i) || !pop(object, &v) || v != i) abort();
}

#define VARIANT WEIR_STRING(WEIR_VECTORING)
#define ROW(case_name) .name = case_name, .unit = "ns/op", .supports = supports, .make = make, .destroy = destroy

static const bench_row row_try = {ROW("vectoring.stream"), .variant = VARIANT, .axes = bench_axes_vectoring_stream,
                                  .work = work, .push_last = push_last};
static const bench_row row_wait = {
    ROW("vectoring.stream"), .variant = VARIANT ".wait",     .axes = bench_axes_vectoring_stream,
    .work = work_waiting,    .push_last = push_last_waiting, .note = "sides sleep for each other"};
static const bench_row row_message = {ROW("vectoring.message"), .variant = VARIANT,
                                      .axes = bench_axes_vectoring_message, .loop = message};
BENCH_ROW(row_try)
BENCH_ROW(row_message)
__attribute__((constructor)) static void register_waiting(void) { bench_register(&row_wait, false); }
