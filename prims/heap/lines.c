#include "prims/heap/lines.h"

#include <string.h>

enum { WORD = WEIR_HEAP_GRAINS }; /* lines of a page, bits of a word */

/* n ones, the lowest at bit `at`; at + n <= 64, n >= 1. */
static uint64_t ones(uint32_t n, uint32_t at) { return (~(uint64_t)0 >> (WORD - n)) << at; }

weir_status weir_heap_lines_begin(weir_heap_lines *h) {
    uint32_t pages = h->base.pages, bytes = pages * 2 * (uint32_t)sizeof(uint64_t);
    h->base.own = (bytes + WEIR_HEAP_GRAIN - 1) / WEIR_HEAP_GRAIN;
    h->used = (uint64_t *)(void *)h->base.at;
    h->first = h->used + pages;
    memset(h->used, 0, bytes);
    for (uint32_t own = h->base.own, w = 0; own; w++) {
        uint32_t n = own < WORD ? own : WORD;
        h->used[w] = ones(n, 0);
        own -= n;
    }
    h->hint = h->recent = h->recent_lines = 0;
    h->left = h->least = weir_heap_grains(&h->base) - h->base.own;
    return WEIR_OK;
}

void weir_heap_lines_end(weir_heap_lines *h) { (void)h; }

/* Bits where n ones in a row begin, found by shifting the word upon itself: after each step a one stands for `have` of them. */
static uint64_t runs_of(uint64_t free, uint32_t n) {
    for (uint32_t have = 1, step; have < n && free; have += step) {
        step = have < n - have ? have : n - have;
        free &= free >> step;
    }
    return free;
}

/* Bits at which something aligned to `align` lines may begin. */
static uint64_t aligned_to(uint32_t align) {
    uint64_t bits = 1;
    for (uint32_t step = align; step < WORD; step *= 2) bits |= bits << step;
    return bits;
}

static void skip_full(weir_heap_lines *h) {
    while (h->hint < h->base.pages && h->used[h->hint] == ~(uint64_t)0) h->hint++;
}

static uint32_t within_a_page(weir_heap_lines *h, uint32_t n, uint32_t align) {
    skip_full(h);
    uint64_t places = aligned_to(align);
    for (uint32_t w = h->hint; w < h->base.pages; w++) {
        uint64_t runs = runs_of(~h->used[w], n) & places;
        if (runs) return w * WORD + (uint32_t)__builtin_ctzll(runs);
    }
    return WEIR_HEAP_NONE;
}

/* Free lines in a row from the beginning of page w on, counting no further than `enough`. */
static uint32_t free_from(const weir_heap_lines *h, uint32_t w, uint32_t enough) {
    uint32_t n = 0;
    for (; w < h->base.pages && n < enough && h->used[w] == 0; w++) n += WORD;
    return n < enough && w < h->base.pages ? n + (uint32_t)__builtin_ctzll(h->used[w]) : n;
}

/* The first page from which on n lines are free: whole pages, and of the one behind them its beginning. */
static uint32_t over_pages(weir_heap_lines *h, uint32_t n) {
    skip_full(h);
    uint32_t begin = h->hint, have = 0;
    for (uint32_t w = begin; w < h->base.pages; w++) {
        uint64_t used = h->used[w];
        have += used ? (uint32_t)__builtin_ctzll(used) : WORD;
        if (have >= n) return begin * WORD;
        if (!used) continue;
        begin = w + 1;
        have = 0;
    }
    return WEIR_HEAP_NONE;
}

/* Sets, or clears, n bits of `used` from `line` on. */
static void mark(weir_heap_lines *h, uint32_t line, uint32_t n, bool used) {
    while (n) {
        uint32_t at = line % WORD, part = n < WORD - at ? n : WORD - at;
        uint64_t bits = ones(part, at), *word = &h->used[line / WORD];
        *word = used ? *word | bits : *word & ~bits;
        line += part;
        n -= part;
    }
}

/* The place that was freed last fits without a search, if as much is wanted: a hole that is filled leaves no other. */
static bool as_freed_last(const weir_heap_lines *h, uint32_t n, uint32_t align) {
    uint32_t w = h->recent / WORD;
    if (n != h->recent_lines || h->recent % align) return false;
    return n <= WORD ? !(h->used[w] & ones(n, h->recent % WORD)) : free_from(h, w, n) >= n;
}

uint32_t weir_heap_lines_take(weir_heap_lines *h, uint32_t n, uint32_t align) {
    if (n > h->left) return WEIR_HEAP_NONE;
    uint32_t line = as_freed_last(h, n, align) ? h->recent : n <= WORD ? within_a_page(h, n, align) : over_pages(h, n);
    if (line == WEIR_HEAP_NONE) return line;
    mark(h, line, n, true);
    h->first[line / WORD] |= (uint64_t)1 << line % WORD;
    h->left -= n;
    if (h->left < h->least) h->least = h->left;
    return line;
}

/* Lines of the array that begins at `line`: up to the next one that is free, or begins another. 0: none begins there. */
uint32_t weir_heap_lines_count(weir_heap_lines *h, uint32_t line, weir_heap_status *why) {
    uint32_t w = line / WORD, at = line % WORD;
    if (!(h->first[w] >> at & 1)) {
        *why = h->used[w] >> at & 1 ? WEIR_HEAP_MIDDLE : WEIR_HEAP_FREED;
        return 0;
    }
    uint64_t ends = (h->first[w] | ~h->used[w]) >> at & ~(uint64_t)1;
    if (ends) return (uint32_t)__builtin_ctzll(ends);
    uint32_t n = WORD - at;
    for (w++; w < h->base.pages; w++, n += WORD) {
        ends = h->first[w] | ~h->used[w];
        if (ends) return n + (uint32_t)__builtin_ctzll(ends);
    }
    return n;
}

weir_heap_status weir_heap_lines_give(weir_heap_lines *h, uint32_t line, uint32_t n) {
    h->first[line / WORD] &= ~((uint64_t)1 << line % WORD);
    mark(h, line, n, false);
    h->left += n;
    if (line / WORD < h->hint) h->hint = line / WORD;
    h->recent = line;
    h->recent_lines = n;
    return WEIR_HEAP_OK;
}

/* The most lines that one array could have now. */
uint32_t weir_heap_lines_together(weir_heap_lines *h) {
    uint32_t most = 0;
    for (uint32_t w = 0; w < h->base.pages; w++) {
        while (most < WORD && runs_of(~h->used[w], most + 1)) most++;
        if (h->used[w]) continue;
        uint32_t there = free_from(h, w, UINT32_MAX);
        if (there > most) most = there;
        w += there / WORD - 1; /* looked at */
    }
    return most;
}

bool weir_heap_lines_idle(weir_heap_lines *h, uint32_t page) { return h->used[page] == 0; }

uint32_t weir_heap_lines_left(weir_heap_lines *h, uint32_t *least) {
    *least = h->least;
    return h->left;
}
