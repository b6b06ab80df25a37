/* filter_data - the ids of filter.insert, filter.hit, filter.miss and filter.fp, the same for filters, exact sets and
 * references, and the columns of these cases.
 *
 * The ids that are asked for come as a stream of a million or more, made beforehand: 16384 ids asked again and again in
 * the same order would be learnt by the branch predictor, which flatters filters that stop at the first missing bit
 * four times over. A filter gets random 64-bit ids; an exact set gets ids below twice its number of keys, half of which
 * are in.
 *
 *   insert   batches of `keys` ids; the filter is cleared before each batch, inside the timed region
 *   hit      ids that are in, in random order
 *   miss     ids that are not in */
#ifndef WEIR_BENCH_CASES_FILTER_DATA_H
#define WEIR_BENCH_CASES_FILTER_DATA_H

#include "bench/case.h"

#ifdef __cplusplus
extern "C" {
#endif

extern const bench_axis bench_axes_filter[];

enum bench_filter_ids { BENCH_FILTER_SPARSE, BENCH_FILTER_DENSE };

typedef struct bench_filter_data {
    uint64_t keys;
    enum bench_filter_ids ids;
    uint64_t *in;     /* keys ids that are in */
    uint64_t *stream; /* what is asked for, or inserted */
    size_t n, at;     /* length of the stream, a multiple of keys for insert; the next to use */
} bench_filter_data;

/* Fills d for the case named (its part after the dot). False when there is no memory. */
bool bench_filter_data_make(bench_filter_data *d, const bench_params *p, enum bench_filter_ids ids, const char *part);
void bench_filter_data_destroy(bench_filter_data *d);

/* An id that is not in: the i-th, for filter.fp. */
uint64_t bench_filter_stranger(const bench_filter_data *d, uint64_t i);
enum { BENCH_FILTER_STRANGERS = 1 << 21 };

/* The next part of the stream, at most n ids, without turning round; *n becomes its length. */
static inline const uint64_t *bench_filter_next(bench_filter_data *d, uint64_t *n) {
    const uint64_t *ids = d->stream + d->at;
    if (*n > d->n - d->at) *n = d->n - d->at;
    d->at = d->at + *n == d->n ? 0 : d->at + (size_t)*n;
    return ids;
}

/* The same, ending where a batch of `keys` ends; *first: it begins one. */
static inline const uint64_t *bench_filter_next_batch(bench_filter_data *d, uint64_t *n, bool *first) {
    uint64_t done = d->at % d->keys;
    *first = done == 0;
    if (*n > d->keys - done) *n = d->keys - done;
    return bench_filter_next(d, n);
}

/* Ends the cell as failed: an id that is in was not found. */
_Noreturn void bench_filter_lost(const char *variant);

#ifdef __cplusplus
}
#endif
#endif
