/* Sequences of operations of heap against a plain list of arrays: each holds what was written into it until it is freed, no two
 * overlap, what is left is what was not given, and whatever is no array is refused by name. */
#include "prims/heap.h"
#include "stress/fuzz/fuzz.h"

enum { PAGES_MAX = 12, ARRAYS = 64 };

typedef struct array {
    uint8_t *at;
    size_t bytes, whole; /* as asked for; as rounded up, with what a debug heap adds */
    uint8_t mark;        /* in each byte */
} array;

static weir_heap heap;
static array arrays[ARRAYS];
static size_t count, all; /* all: bytes of the heap that arrays may have */
static uint8_t next;
static bool debug;

static size_t given(void) {
    size_t sum = 0;
    for (size_t i = 0; i < count; i++) sum += arrays[i].whole;
    return sum;
}

static bool overlaps(const uint8_t *at, size_t bytes) {
    for (size_t i = 0; i < count; i++)
        if (at < arrays[i].at + arrays[i].whole && arrays[i].at < at + bytes) return true;
    return false;
}

static size_t rounded(size_t bytes) {
    return (bytes ? (bytes + WEIR_HEAP_GRAIN - 1) / WEIR_HEAP_GRAIN : 1) * WEIR_HEAP_GRAIN + debug * WEIR_HEAP_GRAIN;
}

/* Do so many bytes lie free within one page? Then every variant must find them. */
static bool within_a_page(size_t bytes) {
    size_t run = 0;
    for (size_t at = heap.base.own * (size_t)WEIR_HEAP_GRAIN; at < heap.base.pages * (size_t)WEIR_HEAP_PAGE;
         at += WEIR_HEAP_GRAIN) {
        if (at % WEIR_HEAP_PAGE == 0) run = 0;
        run = overlaps(heap.base.at + at, WEIR_HEAP_GRAIN) ? 0 : run + WEIR_HEAP_GRAIN;
        if (run >= bytes) return true;
    }
    return false;
}

/* A refusal must be true: what is left, and that so much is not to be had together. */
static bool refused(const weir_heap_refusal *why, size_t bytes, size_t align) {
    fuzz_say("alloc %zu at %zu: %s", bytes, align, weir_heap_status_text(why->status));
    bool bad = align == 0 || align & (align - 1) || align > WEIR_HEAP_PAGE;
    weir_heap_status want = bad                                                ? WEIR_HEAP_ALIGN
                            : bytes > heap.base.pages * (size_t)WEIR_HEAP_PAGE ? WEIR_HEAP_TOO_BIG
                                                                               : WEIR_HEAP_FULL;
    if (why->status != want) return fuzz_wrong("refused as \"%s\"", weir_heap_status_text(why->status));
    if (why->left != all - given()) return fuzz_wrong("%zu bytes are left, said to be %zu", all - given(), why->left);
    if (why->together > why->left) return fuzz_wrong("%zu of %zu bytes are together", why->together, why->left);
    if (want != WEIR_HEAP_FULL || align > WEIR_HEAP_GRAIN) return true;
    if (within_a_page(rounded(bytes))) return fuzz_wrong("refused, and there is a place within a page");
    return rounded(bytes) > why->together ||
           fuzz_wrong("%zu bytes are together, and %zu are refused", why->together, rounded(bytes));
}

static bool alloc(size_t n, size_t size, size_t align) {
    weir_heap_refusal why;
    size_t bytes = n * size;
    uint8_t *p = weir_heap_alloc(&heap, n, size, align, &why);
    if (!p) return refused(&why, bytes, align);
    fuzz_say("alloc %zu at %zu: at %zu", bytes, align, (size_t)(p - heap.base.at));
    if ((uintptr_t)p % align || (uintptr_t)p % WEIR_HEAP_GRAIN) return fuzz_wrong("not aligned to %zu", align);
    if (p < heap.base.at || p + rounded(bytes) > heap.base.at + heap.base.pages * (size_t)WEIR_HEAP_PAGE)
        return fuzz_wrong("an array outside of the heap");
    if (overlaps(p, rounded(bytes))) return fuzz_wrong("an array that lies over another");
    if (count == ARRAYS) return weir_heap_free(&heap, p) == WEIR_HEAP_OK || fuzz_wrong("cannot be freed");
    memset(p, ++next, bytes);
    arrays[count++] = (array){p, bytes, rounded(bytes), next};
    return true;
}

static bool whole(const array *a) {
    for (size_t i = 0; i < a->bytes; i++)
        if (a->at[i] != a->mark) return fuzz_wrong("byte %zu of an array of %zu was written to", i, a->bytes);
    return weir_heap_size(&heap, a->at) == a->whole - debug * WEIR_HEAP_GRAIN ||
           fuzz_wrong("size says %zu of %zu", weir_heap_size(&heap, a->at), a->whole);
}

static bool free_one(size_t i) {
    if (!whole(&arrays[i])) return false;
    weir_heap_status st = weir_heap_free(&heap, arrays[i].at);
    fuzz_say("free array %zu: %s", i, weir_heap_status_text(st));
    arrays[i] = arrays[--count];
    return st == WEIR_HEAP_OK || fuzz_wrong("an array cannot be freed: \"%s\"", weir_heap_status_text(st));
}

/* What a free of any address is to answer. */
static weir_heap_status answer(const uint8_t *p) {
    if (p < heap.base.at || p >= heap.base.at + heap.base.pages * (size_t)WEIR_HEAP_PAGE) return WEIR_HEAP_OUTSIDE;
    if (p < heap.base.at + heap.base.own * (size_t)WEIR_HEAP_GRAIN) return WEIR_HEAP_MIDDLE;
    for (size_t i = 0; i < count; i++)
        if (p >= arrays[i].at && p < arrays[i].at + arrays[i].whole)
            return p == arrays[i].at ? WEIR_HEAP_OK : WEIR_HEAP_MIDDLE;
    return WEIR_HEAP_FREED;
}

static bool free_any(size_t offset) {
    uint8_t *p = heap.base.at + offset;
    weir_heap_status want = answer(p), got;
    if (want == WEIR_HEAP_OK) return true;
    got = weir_heap_free(&heap, p);
    fuzz_say("free %zu, which is no array: %s", offset, weir_heap_status_text(got));
    if (want == got) return true;
    return fuzz_wrong("refused as \"%s\" instead of \"%s\"", weir_heap_status_text(got), weir_heap_status_text(want));
}

static bool forget_all(void) {
    fuzz_say("reset");
    count = 0;
    return weir_heap_reset(&heap) == WEIR_OK || fuzz_wrong("reset is refused");
}

/* Pages without arrays are given back, the others not. */
static bool trim(void) {
    uint32_t idle = 0, got = weir_heap_trim(&heap);
    for (uint32_t page = 0; page < heap.base.pages && !debug; page++) {
        uint8_t *at = heap.base.at + page * (size_t)WEIR_HEAP_PAGE;
        idle += page * WEIR_HEAP_GRAINS >= heap.base.own && !overlaps(at, WEIR_HEAP_PAGE);
    }
    fuzz_say("trim: %u", got);
    return got == idle || fuzz_wrong("%u pages are idle, %u were given back", idle, got);
}

static bool one_op(fuzz_input *in) {
    static const size_t sizes[] = {0, 1, 64, 65, 500, 4000, 4096, 4097, 9000, 40000};
    uint8_t op = fuzz_byte(in);
    size_t size = sizes[fuzz_below(in, sizeof sizes / sizeof *sizes)], i = fuzz_byte(in);
    switch (op % 8) {
    case 0: return alloc(1, size, (size_t)1 << i % 13);
    case 1:
    case 2: return alloc(i % 5, size / 5, 64);
    case 3: return free_any(i * 64 + (op & 8 ? 0 : op));
    case 4: return op & 8 ? free_any(i * 333) : op & 16 ? alloc(1, size, i) : trim();
    case 5: return op != 5 || forget_all();
    default: return count == 0 || free_one(i % count);
    }
}

static bool ops(fuzz_input *in) {
    uint8_t shape = fuzz_byte(in);
    debug = shape & 1;
    weir_heap_options o = {.pages = 1 + shape / 2 % PAGES_MAX, .debug = debug};
    if (weir_heap_open(&heap, &o) != WEIR_OK) return fuzz_wrong("open is refused");
    fuzz_say("%u pages%s", o.pages, debug ? ", debug" : "");
    count = 0;
    all = weir_heap_usage_of(&heap).left;
    bool right = true;
    while (right && fuzz_more(in)) {
        right = one_op(in);
        weir_heap_usage u = weir_heap_usage_of(&heap);
        if (right && (u.used != given() || u.left != all - given() || u.most < u.used))
            right = fuzz_wrong("%zu bytes are given, %zu used, %zu left", given(), u.used, u.left);
    }
    while (right && count) right = free_one(count - 1);
    weir_heap_close(&heap);
    return right;
}

FUZZ_TARGET(ops, "arrays are whole and apart, refusals true, and all is there again in the end")
