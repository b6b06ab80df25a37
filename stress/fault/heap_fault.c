/* Faults of heap: the system refuses pages, or more mappings; refused arguments; no memory but the heap's own. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "prims/heap.h"
#include "stress/fault/fault.h"

/* -- arguments -- */

static void refusals(fault_room *r, void *page) {
    weir_heap *h = (weir_heap *)r->object;
    fault_expect(weir_heap_open(NULL, &(weir_heap_options){.pages = 1}), WEIR_BAD_NULL);
    fault_expect(weir_heap_open(h, NULL), WEIR_BAD_NULL);
    fault_expect(weir_heap_open(h, &(weir_heap_options){.pages = 0}), WEIR_BAD_ZERO);
    for (unsigned bit = 25; bit < 32; bit++)
        fault_expect(weir_heap_open(h, &(weir_heap_options){.pages = 1u << bit}), WEIR_BAD_RANGE);
    for (size_t off = 1; off < WEIR_HEAP_PAGE; off = off * 2 + 1)
        fault_expect(weir_heap_open(h, &(weir_heap_options){.pages = 1, .block = (char *)page + off}), WEIR_BAD_ALIGN);
    fault_expect(weir_heap_open(h, &(weir_heap_options){.pages = 1, .block = page, .fence = true}), WEIR_NOTSUP);
    for (int kind = WEIR_HEAP_MPROTECT; kind <= WEIR_HEAP_PKEY + 1; kind++) {
        weir_heap_options o = {.pages = 1, .block = page, .protection = (weir_heap_protection)kind};
        fault_expect(weir_heap_open(h, &o), WEIR_NOTSUP);
    }
    fault_expect_untouched(r, "open refused");
}

/* All of a heap on the caller's pages, without any other memory. */
static void fill_and_empty(fault_room *r, void *block, uint32_t pages) {
    weir_heap *h = (weir_heap *)r->object;
    void *at[WEIR_HEAP_GRAINS * 8];
    size_t n = 0;
    fault_no_memory();
    fault_expect(weir_heap_open(h, &(weir_heap_options){.pages = pages, .block = block}), WEIR_OK);
    while ((at[n] = weir_heap_alloc(h, 1, 1 + n * 7 % 300, 1, NULL))) n++;
    for (size_t i = 0; i < n; i++) /* 7919 is a prime above n: each array once */
        if (weir_heap_free(h, at[i * 7919 % n]) != WEIR_HEAP_OK) stress_fail("array %zu of %zu was not freed", i, n);
    if (weir_heap_usage_of(h).used) stress_fail("all is freed, and %zu bytes are used", weir_heap_usage_of(h).used);
    weir_heap_close(h);
    fault_memory_again();
    fault_expect_guards(r, "filled and emptied");
    stress_count("arrays", n);
}

static stress_verdict init(const stress_check *check, const stress_request *request) {
    (void)check;
    (void)request;
    for (uint32_t pages = 1; pages <= 8; pages++) {
        void *block = aligned_alloc(WEIR_HEAP_PAGE, pages * (size_t)WEIR_HEAP_PAGE);
        fault_room r = fault_room_make(sizeof(weir_heap), 0);
        if (!block) abort();
        refusals(&r, block);
        fill_and_empty(&r, block, pages);
        fault_room_free(&r);
        free(block);
    }
    return STRESS_PASS;
}

/* -- the system refuses -- */

enum { LIMIT = 64 << 20, PAGES = 256, HEAPS = 256 };

static weir_heap heaps[HEAPS];

/* Opens until the system refuses. Each refusal is NOMEM and leaves no mapping: the same number fits again and again. */
static unsigned open_all(bool fence) {
    unsigned n = 0;
    weir_status st = WEIR_OK;
    while (n < HEAPS && st == WEIR_OK) {
        st = weir_heap_open(&heaps[n], &(weir_heap_options){.pages = PAGES, .fence = fence});
        if (st == WEIR_OK && !weir_heap_alloc(&heaps[n++], 1, PAGES / 2 * WEIR_HEAP_PAGE, WEIR_HEAP_PAGE, NULL))
            stress_fail("a new heap is full");
    }
    if (st == WEIR_OK) stress_fail("%u heaps of a MiB within a limit of %d", n, LIMIT);
    if (st != WEIR_NOMEM) stress_fail("the system refused, and open answers \"%s\"", weir_status_text(st));
    return n;
}

/* Bytes of addresses that this process has. */
static size_t addresses(void) {
    unsigned long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (!f || fscanf(f, "%lu", &pages) != 1) abort();
    fclose(f);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static stress_verdict refused(const stress_check *check, const stress_request *request) {
    unsigned first[2] = {0, 0};
    (void)check;
    (void)request;
    struct rlimit was, now;
    getrlimit(RLIMIT_AS, &was);
    now = was;
    now.rlim_cur = addresses() + LIMIT;
    setrlimit(RLIMIT_AS, &now);
    for (unsigned turn = 0; turn < 40; turn++) {
        unsigned n = open_all(turn & 1);
        if (turn < 2) first[turn] = n;
        else if (n != first[turn & 1]) stress_fail("%u heaps fitted at first, now %u", first[turn & 1], n);
        for (unsigned i = 0; i < n; i++) weir_heap_close(&heaps[i]);
        stress_count("heaps", n);
    }
    setrlimit(RLIMIT_AS, &was);
    return STRESS_PASS;
}

STRESS_CHECK(fault, init, "bad arguments are named and nothing is written; nothing is allocated but from the heap",
             init)
STRESS_CHECK(fault, refused, "pages that the system refuses are NOMEM, and nothing is left behind", refused)
