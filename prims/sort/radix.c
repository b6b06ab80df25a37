#include "prims/sort/radix.h"

#include <stdbool.h>
#include <string.h>

#include "prims/sort/insertion.h"

#ifndef DIGIT
#define DIGIT 8
#endif
#ifndef SLACK
#define SLACK 5
#endif
enum {
    SMALL = 32,       /* up to here insertion is faster */
    DIGIT_MAX = DIGIT,
    DIGITS_MAX = 8
};

typedef struct plan {
    unsigned digits, bits, shift; /* digit d is (key >> (shift + d * bits)) & (2^bits - 1) */
    bool rest;                    /* lower bits vary too */
    uint32_t at[DIGITS_MAX][1 << DIGIT_MAX];
} plan;

static unsigned width(uint64_t v) { return v ? 64 - (unsigned)__builtin_clzll(v) : 0; }

/* Which bits differ anywhere. */
static uint64_t varying(const weir_sort_item *a, size_t n) {
    uint64_t bits = 0, first = a[0].key;
    for (size_t i = 1; i < n; i++) bits |= a[i].key ^ first;
    return bits;
}

static void reverse(weir_sort_item *a, size_t n) {
    for (size_t i = 0, j = n - 1; i < j; i++, j--) {
        weir_sort_item t = a[i];
        a[i] = a[j];
        a[j] = t;
    }
}

/* In order, or strictly falling and now turned round. */
static bool was_a_run(weir_sort_item *a, size_t n) {
    size_t i = 1;
    if (a[0].key > a[1].key) {
        while (i < n && a[i - 1].key > a[i].key) i++;
        if (i == n) reverse(a, n);
        return i == n;
    }
    return weir_sort_ordered(a, 1, n) == n;
}

static void choose_digits(plan *p, uint64_t bits, size_t n) {
    unsigned low = (unsigned)__builtin_ctzll(bits), high = width(bits);
    unsigned want = width(n) + SLACK, have = high - low;
    p->digits = ((have < want ? have : want) + DIGIT_MAX - 1) / DIGIT_MAX;
    p->bits = (have + p->digits - 1) / p->digits;
    if (p->bits > DIGIT_MAX) p->bits = DIGIT_MAX;
    unsigned used = p->bits * p->digits;
    p->shift = high > used ? high - used : 0;
    p->rest = p->shift > low;
}

static void count(plan *p, const weir_sort_item *a, size_t n) {
    uint64_t mask = ((uint64_t)1 << p->bits) - 1;
    for (unsigned d = 0; d < p->digits; d++) memset(p->at[d], 0, sizeof(uint32_t) << p->bits);
    for (size_t i = 0; i < n; i++) {
        uint64_t key = a[i].key >> p->shift;
        for (unsigned d = 0; d < p->digits; d++, key >>= p->bits) p->at[d][key & mask]++;
    }
}

static void scatter(uint32_t *at, unsigned bits, unsigned shift, const weir_sort_item *a, size_t n, weir_sort_item *b) {
    uint64_t mask = ((uint64_t)1 << bits) - 1;
    uint32_t sum = 0;
    for (uint64_t v = 0; v <= mask; v++) {
        uint32_t c = at[v];
        at[v] = sum;
        sum += c;
    }
    for (size_t i = 0; i < n; i++) b[at[a[i].key >> shift & mask]++] = a[i];
}

/* Items whose leading bits are equal stand together now, in their old order. */
static void sort_groups(weir_sort_item *a, size_t n, weir_sort_item *b, unsigned shift) {
    for (size_t i = 0, j; i + 1 < n; i = j) {
        uint64_t lead = a[i].key >> shift;
        for (j = i + 1; j < n && a[j].key >> shift == lead; j++) {}
        if (j - i > 1) {
            weir_sort_item *r = weir_sort_radix_either(a + i, j - i, b + i);
            if (r != a + i) memcpy(a + i, r, (j - i) * sizeof *r);
        }
    }
}

weir_sort_item *weir_sort_radix_either(weir_sort_item *a, size_t n, weir_sort_item *b) {
    if (n <= SMALL) {
        if (n) weir_sort_insert_rest(a, 1, n);
        return a;
    }
    if (was_a_run(a, n)) return a;
    plan p;
    choose_digits(&p, varying(a, n), n);
    count(&p, a, n);
    for (unsigned d = 0; d < p.digits; d++) {
        unsigned shift = p.shift + d * p.bits;
        if (p.at[d][a[0].key >> shift & (((uint64_t)1 << p.bits) - 1)] == n) continue; /* a constant digit */
        scatter(p.at[d], p.bits, shift, a, n, b);
        weir_sort_item *t = a;
        a = b;
        b = t;
    }
    if (p.rest) sort_groups(a, n, b, p.shift);
    return a;
}

weir_status weir_sort_radix(weir_sort_item *items, size_t sorted, size_t n, weir_sort_item *scratch) {
    weir_status bad = weir_sort_check(items, sorted, n, scratch, weir_sort_radix_scratch(n));
    if (bad) return bad;
    if (weir_sort_ordered(items, sorted, n) == n) return WEIR_OK;
    weir_sort_item *r = weir_sort_radix_either(items, n, scratch);
    if (r != items) memcpy(items, r, n * sizeof *r);
    return WEIR_OK;
}
