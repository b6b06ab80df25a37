#include "runtime/histogram_p.h"

#include <stdlib.h>

weir_histogram *weir_histogram_new(void) { return calloc(1, sizeof(weir_histogram)); }

void weir_histogram_free(weir_histogram *h) { free(h); }

static void raise(weir_a64 *max, uint64_t v) {
    uint64_t seen = weir_a64_load(max);
    while (seen < v && !weir_a64_cas_weak(max, &seen, v)) continue;
}

void weir_histogram_record(weir_histogram *h, uint64_t value) {
    weir_a64_add(&h->bucket[weir_histogram_bucket(value)], 1);
    weir_a64_add(&h->sum, value);
    raise(&h->max, value);
}

void weir_histogram_merge(weir_histogram *to, const weir_histogram *from) {
    for (uint32_t i = 0; i < WEIR_HISTOGRAM_BUCKETS; i++) {
        uint64_t n = weir_a64_load(&from->bucket[i]);
        if (n) weir_a64_add(&to->bucket[i], n);
    }
    weir_a64_add(&to->sum, weir_a64_load(&from->sum));
    raise(&to->max, weir_a64_load(&from->max));
}

uint64_t weir_histogram_count(const weir_histogram *h) {
    uint64_t n = 0;
    for (uint32_t i = 0; i < WEIR_HISTOGRAM_BUCKETS; i++) n += weir_a64_load(&h->bucket[i]);
    return n;
}

uint64_t weir_histogram_sum(const weir_histogram *h) { return weir_a64_load(&h->sum); }
uint64_t weir_histogram_max(const weir_histogram *h) { return weir_a64_load(&h->max); }

uint64_t weir_histogram_at_most(const weir_histogram *h, uint64_t value) {
    uint64_t n = 0;
    for (uint32_t i = 0; i < WEIR_HISTOGRAM_BUCKETS - 1 && weir_histogram_upper(i) <= value; i++)
        n += weir_a64_load(&h->bucket[i]);
    return n;
}

/* The smallest number of samples that is at least q of all of them, and at least one. */
static uint64_t rank(double q, uint64_t count) {
    if (!(q > 0)) return 1;
    if (q >= 1) return count;
    double exact = q * (double)count;
    uint64_t n = (uint64_t)exact;
    return n + ((double)n < exact || n == 0);
}

uint64_t weir_histogram_quantile(const weir_histogram *h, double q) {
    uint64_t count = weir_histogram_count(h), max = weir_histogram_max(h), seen = 0;
    if (!count) return 0;
    for (uint32_t i = 0; i < WEIR_HISTOGRAM_BUCKETS - 1; i++) {
        seen += weir_a64_load(&h->bucket[i]);
        if (seen >= rank(q, count)) return weir_histogram_upper(i) < max ? weir_histogram_upper(i) : max;
    }
    return max;
}
