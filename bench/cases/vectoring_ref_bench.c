/* What no ring of bytes can go below: the two copies alone. */
#include <stdlib.h>
#include <string.h>

#include "bench/cases/axes.h"

typedef struct copies {
    size_t size;
    unsigned char *in, *ring, *out;
} copies;

static void *make(const bench_params *p) {
    copies *c = malloc(sizeof *c);
    unsigned char *block = calloc(3, p->size);
    if (c && block) {
        *c = (copies){p->size, block, block + p->size, block + 2 * p->size};
        return c;
    }
    free(block);
    free(c);
    return NULL;
}

static void destroy(void *object) {
    copies *c = object;
    free(c->in);
    free(c);
}

static void message(void *object, uint64_t n) {
    copies *c = object;
    for (uint64_t i = 0, v; i < n; i++) {
        memcpy(c->in, &i, sizeof i);
        memcpy(c->ring, c->in, c->size);
        __asm__ volatile("" : : "r"(c->ring) : "memory"); /* it is wanted */
        memcpy(c->out, c->ring, c->size);
        memcpy(&v, c->out, sizeof v);
        if (v != i) abort();
    }
}

static const bench_row row = {.name = "vectoring.message",
                              .variant = "ref.memcpy",
                              .flags = BENCH_REFERENCE,
                              .note = "the two copies alone",
                              .unit = "ns/op",
                              .axes = bench_axes_vectoring_message,
                              .make = make,
                              .destroy = destroy,
                              .loop = message};
BENCH_ROW(row)
