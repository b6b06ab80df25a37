#include "bench/cases/filter_data.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const bench_axis bench_axes_filter[] = {
    {"bits", "8,10,16", "10"}, {"keys", "16384,2097152", "16384"}, {NULL, NULL, NULL}};

enum { STREAM = 1 << 20 };

static uint64_t mix(uint64_t x) {
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

static uint64_t next(uint64_t *state) { return mix(++*state); }

static uint64_t below(uint64_t *state, uint64_t n) { return (next(state) >> 32) * n >> 32; }

/* All ids below n, shuffled. */
static void shuffled(uint64_t *ids, uint64_t n, uint64_t *state) {
    for (uint64_t i = 0; i < n; i++) {
        uint64_t j = below(state, i + 1);
        ids[i] = ids[j];
        ids[j] = i;
    }
}

/* `all` holds the ids that are in, then as many that are not; the stream is drawn from one half. */
static void draw(uint64_t *stream, size_t n, const uint64_t *half, uint64_t keys, uint64_t *state) {
    for (size_t i = 0; i < n; i++) stream[i] = half[below(state, keys)];
}

static void batches(bench_filter_data *d, uint64_t *all, uint64_t *state) {
    for (size_t i = 0; i < d->n; i += (size_t)d->keys) {
        if (d->ids == BENCH_FILTER_DENSE) {
            shuffled(all, 2 * d->keys, state);
            memcpy(d->stream + i, all, (size_t)d->keys * sizeof *all);
        } else {
            for (uint64_t k = 0; k < d->keys; k++) d->stream[i + k] = next(state);
        }
    }
}

bool bench_filter_data_make(bench_filter_data *d, const bench_params *p, enum bench_filter_ids ids, const char *part) {
    uint64_t keys = p->keys, state = mix(p->seed);
    *d = (bench_filter_data){.keys = keys, .ids = ids};
    if (keys == 0 || keys > (uint64_t)1 << 31) return false;
    d->n = (size_t)((STREAM + keys - 1) / keys * keys);
    d->in = malloc((size_t)keys * 2 * sizeof *d->in);
    d->stream = malloc(d->n * sizeof *d->stream);
    if (!d->in || !d->stream) {
        bench_filter_data_destroy(d);
        return false;
    }
    shuffled(d->in, 2 * keys, &state);
    if (ids == BENCH_FILTER_SPARSE)
        for (uint64_t i = 0; i < 2 * keys; i++) d->in[i] = next(&state);
    if (!strcmp(part, "hit")) draw(d->stream, d->n, d->in, keys, &state);
    else if (strcmp(part, "miss")) batches(d, d->in, &state);
    else if (ids == BENCH_FILTER_DENSE) draw(d->stream, d->n, d->in + keys, keys, &state);
    else
        for (size_t i = 0; i < d->n; i++) d->stream[i] = next(&state);
    return true;
}

void bench_filter_data_destroy(bench_filter_data *d) {
    free(d->in);
    free(d->stream);
}

uint64_t bench_filter_stranger(const bench_filter_data *d, uint64_t i) {
    return d->ids == BENCH_FILTER_DENSE ? d->in[d->keys + i % d->keys] : mix(i * 0xd1342543de82ef95u + 1);
}

void bench_filter_lost(const char *variant) {
    fprintf(stderr, "bench: %s: an id that was inserted is not found\n", variant);
    abort();
}
