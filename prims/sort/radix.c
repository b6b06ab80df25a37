#include "prims/sort/radix.h"

#include <stdbool.h>
#include <string.h>

#include "prims/sort/insertion.h"

/* n items are told apart by about log2(n) leading bits if the keys are spread evenly; with 5 more, one item in 32
 * shares them with another. Two digits of 11 bits do that for 64k items, where least significant digit first over all of a
 * 64-bit key takes six. Keys that are not spread evenly leave larger groups, which are sorted the same way by the bits
 * below; a group starts at least 11 bits further down than the one it came from, so that the depth is at most 6. */
enum {
    SMALL = 32, /* up to here insertion is faster */
    SPARE_BITS = 5,
    DIGIT_MAX = 11, /* 2048 places written to in turn still fit the cache */
    DIGITS_MAX = 4  /* n < 2^32: at most 37 bits */
};

typedef struct digits {
    unsigned count, bits, shift;             /* digit d is (key >> (shift + d * bits)) & (2^bits - 1) */
    uint32_t at[DIGITS_MAX][1 << DIGIT_MAX]; /* of each digit value: how many items, then where the next goes */
} digits;

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

/* The leading digits of the bits that vary; true when bits below them vary too. */
static bool choose(digits *d, uint64_t bits, size_t n) {
    unsigned low = (unsigned)__builtin_ctzll(bits), high = width(bits);
    unsigned want = width(n) + SPARE_BITS, have = high - low, use = have < want ? have : want;
    d->count = use <= 8 ? 1 : use <= 2 * DIGIT_MAX ? 2 : (use + DIGIT_MAX - 1) / DIGIT_MAX;
    d->bits = (use + d->count - 1) / d->count;
    unsigned covered = d->bits * d->count;
    d->shift = high > covered ? high - covered : 0;
    return d->shift > low;
}

static void count(digits *d, const weir_sort_item *a, size_t n) {
    unsigned digit_count = d->count, bits = d->bits, shift = d->shift; /* copies: the counters may alias the fields */
    uint64_t mask = ((uint64_t)1 << bits) - 1;
    for (unsigned k = 0; k < digit_count; k++) memset(d->at[k], 0, sizeof d->at[k][0] << bits);
    for (size_t i = 0; digit_count == 2 && i < n; i++) { /* nearly always 2 */
        uint64_t key = a[i].key >> shift;
        d->at[0][key & mask]++;
        d->at[1][key >> bits & mask]++;
    }
    for (size_t i = 0; digit_count != 2 && i < n; i++) {
        uint64_t key = a[i].key >> shift;
        for (unsigned k = 0; k < digit_count; k++, key >>= bits) d->at[k][key & mask]++;
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

/* Sorts by leading digits, from *a by way of *b and back; *a is where the result lies. Returns how many low bits were
 * not looked at, 0 when no more is to be done. A function of its own, so that the tables leave the stack. */
static WEIR_NEVER_INLINE unsigned sort_leading(weir_sort_item **a, weir_sort_item **b, size_t n) {
    digits d;
    bool rest = choose(&d, varying(*a, n), n);
    count(&d, *a, n);
    for (unsigned k = 0; k < d.count; k++) {
        unsigned shift = d.shift + k * d.bits;
        uint64_t first = (*a)[0].key >> shift & (((uint64_t)1 << d.bits) - 1);
        if (d.at[k][first] == n) continue; /* constant */
        scatter(d.at[k], d.bits, shift, *a, n, *b);
        weir_sort_item *swap = *a;
        *a = *b;
        *b = swap;
    }
    return rest ? d.shift : 0;
}

/* Items whose leading bits are equal stand together now, in their old order. A descent betrays a group. */
static void sort_groups(weir_sort_item *a, size_t n, weir_sort_item *b, unsigned shift) {
    for (size_t i = 1; i < n; i++) {
        if (a[i - 1].key <= a[i].key) continue;
        uint64_t lead = a[i].key >> shift;
        size_t begin = i - 1, end = i + 1;
        while (begin > 0 && a[begin - 1].key >> shift == lead) begin--;
        while (end < n && a[end].key >> shift == lead) end++;
        weir_sort_item *r = weir_sort_radix_either(a + begin, end - begin, b + begin);
        if (r != a + begin) memcpy(a + begin, r, (end - begin) * sizeof *r);
        i = end;
    }
}

weir_sort_item *weir_sort_radix_either(weir_sort_item *a, size_t n, weir_sort_item *b) {
    if (n <= SMALL) {
        if (n) weir_sort_insert_rest(a, 1, n);
        return a;
    }
    if (was_a_run(a, n)) return a;
    unsigned shift = sort_leading(&a, &b, n);
    if (shift) sort_groups(a, n, b, shift);
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
