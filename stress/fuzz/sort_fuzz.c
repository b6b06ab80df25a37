/* Items of many distributions, sorted, against straight insertion. */
#include <stdlib.h>

#include "prims/sort.h"
#include "stress/fuzz/fuzz.h"

enum { ITEMS = 2048 };

static weir_sort_item items[ITEMS], want[ITEMS], scratch[ITEMS];

/* Straight insertion by binary search: stable. */
static void insert_all(weir_sort_item *a, size_t n) {
    for (size_t i = 1; i < n; i++) {
        weir_sort_item it = a[i];
        size_t low = 0, high = i;
        while (low < high) {
            size_t middle = (low + high) / 2;
            if (a[middle].key <= it.key) low = middle + 1;
            else high = middle;
        }
        memmove(a + low + 1, a + low, (i - low) * sizeof *a);
        a[low] = it;
    }
}

/* A stretch of keys that vary in a few bits only, about a place of their own, rising, falling or at random. */
static size_t stretch(fuzz_input *in, size_t n) {
    uint8_t kind = fuzz_byte(in);
    size_t count = 1 + (size_t)fuzz_byte(in) * (kind & 128 ? 4 : 1) / 2;
    unsigned shift = kind % 56;
    uint64_t mask = ((uint64_t)2 << fuzz_below(in, 63)) - 1, base = (uint64_t)fuzz_byte(in) << 56 >> fuzz_below(in, 64);
    stress_random r = stress_random_begin(base ^ mask, kind);
    if (count > ITEMS - n) count = ITEMS - n;
    fuzz_say("%zu keys about %#lx that vary in %#lx << %u, %s", count, base, mask, shift,
             kind & 64 ? "at random" : "rising");
    for (size_t i = 0; i < count; i++)
        items[n + i].key = base + (((kind & 64 ? stress_random_next(&r) : i) & mask) << shift);
    return n + count;
}

static bool same(size_t n, const char *how) {
    for (size_t i = 0; i < n; i++)
        if (items[i].key != want[i].key || items[i].payload != want[i].payload)
            return fuzz_wrong("%s: item %zu of %zu has key %#lx from place %lu instead of %#lx from %lu", how, i, n,
                              items[i].key, items[i].payload, want[i].key, want[i].payload);
    return true;
}

static bool ops(fuzz_input *in) {
    static weir_sort_item before[ITEMS];
    static weir_sort_team team;
    uint8_t ordered = fuzz_byte(in);
    size_t n = 0;
    while (n < ITEMS && fuzz_more(in)) n = stretch(in, n);
    size_t sorted = n * ordered / 255;
    fuzz_say("%zu items, %zu of them in order", n, sorted);
    for (size_t i = 0; i < n; i++) items[i].payload = i;
    insert_all(items, sorted);
    for (size_t i = 0; i < sorted; i++) items[i].payload = i;
    memcpy(before, items, n * sizeof *items);
    memcpy(want, items, n * sizeof *items);
    insert_all(want, n);
    if (weir_sort(items, sorted, n, scratch) != WEIR_OK) return fuzz_wrong("sort refused");
    if (!same(n, "sort")) return false;
    memcpy(items, before, n * sizeof *items);
    if (weir_sort_team_init(&team, items, ordered % 2 ? sorted : 0, n, scratch, 1) != WEIR_OK)
        return fuzz_wrong("team_init refused");
    weir_sort_team_run(&team, 0);
    return same(n, "a team of one");
}

FUZZ_TARGET(ops, "the same as straight insertion, equal keys in their old order")
