/* Unit test of heap, compiled once a variant. */
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "prims/test_p.h"

#include "prims/heap.h"

#if defined(__SANITIZE_ADDRESS__)
#define ADDRESSES 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ADDRESSES 1
#endif
#endif

static weir_heap opened(weir_heap_options o) {
    weir_heap h;
    assert_int_equal(weir_heap_open(&h, &o), WEIR_OK);
    return h;
}

static void open_refuses(void **state) {
    (void)state;
    weir_heap h;
    char *block = weir_test_alloc(2 * WEIR_HEAP_PAGE);
    void *page = (void *)(((uintptr_t)block + WEIR_HEAP_PAGE - 1) & ~(uintptr_t)(WEIR_HEAP_PAGE - 1));
    memset(&h, 0x5a, sizeof h);
    assert_int_equal(weir_heap_open(NULL, &(weir_heap_options){.pages = 1}), WEIR_BAD_NULL);
    assert_int_equal(weir_heap_open(&h, NULL), WEIR_BAD_NULL);
    assert_int_equal(weir_heap_open(&h, &(weir_heap_options){.pages = 0}), WEIR_BAD_ZERO);
    assert_int_equal(weir_heap_open(&h, &(weir_heap_options){.pages = (1 << 24) + 1}), WEIR_BAD_RANGE);
    assert_int_equal(weir_heap_open(&h, &(weir_heap_options){.pages = 1, .block = (char *)page + 64}), WEIR_BAD_ALIGN);
    assert_int_equal(weir_heap_open(&h, &(weir_heap_options){.pages = 1, .block = page, .fence = true}), WEIR_NOTSUP);
    assert_int_equal(
        weir_heap_open(&h, &(weir_heap_options){.pages = 1, .block = page, .protection = WEIR_HEAP_MPROTECT}),
        WEIR_NOTSUP);
    assert_int_equal(weir_heap_open(&h, &(weir_heap_options){.pages = 1, .protection = (weir_heap_protection)3}),
                     WEIR_NOTSUP);
    if (weir_heap_probe() != WEIR_HEAP_PKEY)
        assert_int_equal(weir_heap_open(&h, &(weir_heap_options){.pages = 1, .protection = WEIR_HEAP_PKEY}),
                         WEIR_NOTSUP);
    for (size_t i = 0; i < sizeof h; i++) assert_int_equal(((unsigned char *)&h)[i], 0x5a);
    free(block);
}

/* Arrays of all sizes until the heap is exhausted: aligned, apart, within it; and what refuses says what is left. */
static void until_exhausted(void **state) {
    (void)state;
    for (uint32_t pages = 1; pages <= 20; pages += 3)
        for (size_t size = 1; size <= 9000; size = size * 3 / 2 + 1)
            for (size_t align = 1; align <= 4096; align *= 16) {
                weir_heap h = opened((weir_heap_options){.pages = pages});
                weir_heap_refusal why;
                unsigned char *p;
                size_t n = 0, first = weir_heap_usage_of(&h).left;
                while ((p = weir_heap_alloc(&h, 1, size, align, &why))) {
                    assert_int_equal((uintptr_t)p % align, 0);
                    assert_int_equal((uintptr_t)p % WEIR_HEAP_GRAIN, 0);
                    assert_true(weir_heap_owns(&h, p) && weir_heap_owns(&h, p + size - 1));
                    assert_in_range(weir_heap_size(&h, p), size, size + WEIR_HEAP_GRAIN - 1);
                    for (size_t i = 0; i < size; i++) assert_int_equal(p[i], 0); /* nobody else's: fresh pages */
                    memset(p, 0xff, size);
                    n++;
                }
                bool too_big = size > (size_t)pages * WEIR_HEAP_PAGE;
                assert_int_equal(why.status, too_big ? WEIR_HEAP_TOO_BIG : WEIR_HEAP_FULL);
                assert_int_equal(why.size, size);
                assert_int_equal(why.align, align);
                assert_int_equal(why.pages, pages);
                assert_int_equal(why.left, first - n * ((size + 63) / 64 * 64));
                if (align <= 64) assert_true(why.together < size);
                if (why.together) assert_non_null(weir_heap_alloc(&h, why.together, 1, 1, NULL)); /* it is true */
                weir_heap_close(&h);
            }
}

static void bad_requests(void **state) {
    (void)state;
    weir_heap h = opened((weir_heap_options){.pages = 2});
    weir_heap_refusal why;
    char text[200];
    assert_null(weir_heap_alloc(&h, 1, 8, 0, &why));
    assert_int_equal(why.status, WEIR_HEAP_ALIGN);
    assert_null(weir_heap_alloc(&h, 1, 8, 24, &why));
    assert_null(weir_heap_alloc(&h, 1, 8, 8192, &why));
    assert_int_equal(why.status, WEIR_HEAP_ALIGN);
    assert_null(weir_heap_alloc(&h, SIZE_MAX, 2, 8, &why));
    assert_int_equal(why.status, WEIR_HEAP_TOO_BIG);
    assert_null(weir_heap_alloc(&h, 3, 4096, 8, &why));
    assert_int_equal(why.status, WEIR_HEAP_TOO_BIG);
    assert_null(weir_heap_alloc(&h, 2, 4096, 8, &why)); /* the heap's own are in the way */
    assert_int_equal(why.status, WEIR_HEAP_FULL);
    weir_heap_refusal_text(&why, text, sizeof text);
    assert_non_null(strstr(text, "2 times 4096 bytes"));
    assert_non_null(strstr(text, "2 pages"));
    void *empty = weir_heap_alloc(&h, 0, 8, 8, NULL), *other = weir_heap_alloc(&h, 0, 8, 8, NULL);
    assert_non_null(empty);
    assert_ptr_not_equal(empty, other);
    for (int i = 0; i <= WEIR_HEAP_STATUS_COUNT; i++) assert_non_null(weir_heap_status_text((weir_heap_status)i));
    weir_heap_close(&h);
}

static void frees_are_refused_by_name(void **state) {
    (void)state;
    weir_heap h = opened((weir_heap_options){.pages = 4});
    char *a = weir_heap_alloc(&h, 1, 200, 64, NULL), *b = weir_heap_alloc(&h, 1, 5000, 64, NULL), outside;
    size_t left = weir_heap_usage_of(&h).left;
    assert_int_equal(weir_heap_free(&h, NULL), WEIR_HEAP_OK);
    assert_int_equal(weir_heap_free(&h, &outside), WEIR_HEAP_OUTSIDE);
    assert_int_equal(weir_heap_free(&h, h.base.at + 4 * WEIR_HEAP_PAGE), WEIR_HEAP_OUTSIDE);
    assert_int_equal(weir_heap_free(&h, a + 1), WEIR_HEAP_MIDDLE);
    assert_int_equal(weir_heap_free(&h, a + 64), WEIR_HEAP_MIDDLE);
    assert_int_equal(weir_heap_free(&h, b + 4096), WEIR_HEAP_MIDDLE);
    assert_int_equal(weir_heap_free(&h, h.base.at), WEIR_HEAP_MIDDLE); /* the heap's own */
    assert_int_equal(weir_heap_size(&h, a + 64), 0);
    assert_int_equal(weir_heap_usage_of(&h).left, left);
    assert_int_equal(weir_heap_free(&h, a), WEIR_HEAP_OK);
    assert_int_equal(weir_heap_free(&h, a), WEIR_HEAP_FREED);
    assert_int_equal(weir_heap_free(&h, a + 64), WEIR_HEAP_FREED);
    assert_int_equal(weir_heap_usage_of(&h).left, left + 256);
    assert_int_equal(weir_heap_free(&h, b), WEIR_HEAP_OK);
    assert_int_equal(weir_heap_free(&h, b), WEIR_HEAP_FREED);
    weir_heap_close(&h);
}

/* Five arrays freed in each of the 120 orders: then everything is there again. */
static void any_order(void **state) {
    (void)state;
    for (int order = 0; order < 120; order++) {
        weir_heap h = opened((weir_heap_options){.pages = 9});
        static const size_t sizes[5] = {64, 4096, 9000, 100, 4160};
        void *p[5];
        weir_heap_usage before = weir_heap_usage_of(&h), after;
        for (int i = 0; i < 5; i++) assert_non_null(p[i] = weir_heap_alloc(&h, 1, sizes[i], i % 2 ? 4096 : 64, NULL));
        size_t most = weir_heap_usage_of(&h).used;
        for (int i = 0, rest = order; i < 5; i++) {
            int left = 5 - i, pick = rest % left;
            rest /= left;
            assert_int_equal(weir_heap_free(&h, p[pick]), WEIR_HEAP_OK);
            p[pick] = p[left - 1];
        }
        after = weir_heap_usage_of(&h);
        assert_int_equal(after.left, before.left);
        assert_int_equal(after.used, 0);
        assert_int_equal(after.most, most);
        assert_int_equal(after.own + after.left, 9 * WEIR_HEAP_PAGE);
        weir_heap_close(&h);
    }
}

typedef struct pair {
    uint64_t a, b;
} pair;

static void typed_arrays_are_clear(void **state) {
    (void)state;
    weir_heap h = opened((weir_heap_options){.pages = 4});
    weir_heap_refusal why;
    pair *p = WEIR_HEAP_NEW(&h, pair, 10, &why);
    assert_int_equal((uintptr_t)p % WEIR_CACHE_LINE, 0);
    memset(p, 0xff, 10 * sizeof *p);
    assert_int_equal(weir_heap_free(&h, p), WEIR_HEAP_OK);
    p = WEIR_HEAP_NEW(&h, pair, 10, &why);
    for (int i = 0; i < 10; i++) assert_true(p[i].a == 0 && p[i].b == 0);
    pair *page = WEIR_HEAP_NEW_PAGES(&h, pair, 256, &why);
    assert_int_equal((uintptr_t)page % WEIR_HEAP_PAGE, 0);
    assert_null(WEIR_HEAP_NEW_PAGES(&h, pair, 1000, &why));
    assert_int_equal(why.count, 1000);
    weir_heap_close(&h);
}

static void reset_and_trim(void **state) {
    (void)state;
    weir_heap h = opened((weir_heap_options){.pages = 10});
    weir_heap_usage fresh = weir_heap_usage_of(&h);
    unsigned char *p = weir_heap_alloc(&h, 1, 5 * WEIR_HEAP_PAGE, WEIR_HEAP_PAGE, NULL);
    memset(p, 0xff, 5 * WEIR_HEAP_PAGE);
    assert_int_equal(weir_heap_reset(&h), WEIR_OK);
    assert_int_equal(weir_heap_free(&h, p), WEIR_HEAP_FREED);
    assert_int_equal(weir_heap_usage_of(&h).left, fresh.left);
    assert_int_equal(weir_heap_usage_of(&h).most, 0);
    void *one = weir_heap_alloc(&h, 1, 1, 1, NULL);
    assert_int_equal(weir_heap_trim(&h), 9);
    p = weir_heap_alloc(&h, 1, 5 * WEIR_HEAP_PAGE, WEIR_HEAP_PAGE, NULL);
    for (size_t i = 0; i < 5 * WEIR_HEAP_PAGE; i++) assert_int_equal(p[i], 0); /* given back, and fresh again */
    assert_int_equal(weir_heap_trim(&h), 4);
    assert_int_equal(weir_heap_free(&h, one), WEIR_HEAP_OK);
    weir_heap_close(&h);
}

/* What a debug heap finds; under AddressSanitizer the writes themselves are found, so there it is not provoked. */
static void debug_heaps_look(void **state) {
    (void)state;
    weir_heap h = opened((weir_heap_options){.pages = 4, .debug = true});
    weir_heap_refusal why;
    unsigned char *p = weir_heap_alloc(&h, 1, 100, 64, &why);
    assert_int_equal(weir_heap_size(&h, p), 128);
#ifndef ADDRESSES
    p[128] ^= 1;
    assert_int_equal(weir_heap_free(&h, p), WEIR_HEAP_OVERRUN);
    p[128] ^= 1;
#endif
    assert_int_equal(weir_heap_free(&h, p), WEIR_HEAP_OK);
#ifndef ADDRESSES
    p[7] ^= 1;
    assert_null(weir_heap_alloc(&h, 1, 100, 64, &why));
    assert_int_equal(why.status, WEIR_HEAP_DAMAGED);
    unsigned char *q = weir_heap_alloc(&h, 1, 100, 64, &why);
    assert_non_null(q);
    assert_ptr_not_equal(p, q); /* what was hit is not given out any more */
#endif
    assert_int_equal(weir_heap_trim(&h), 0);
    weir_heap_close(&h);
}

/* -- what must fault: in a child that is killed by it -- */

static void no_answer(int signal) { _exit(signal == SIGSEGV ? 42 : 1); }

static bool faults(unsigned char *at, bool write) {
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        signal(SIGSEGV, no_answer);
        volatile unsigned char *p = at;
        if (write) *p = 1;
        else (void)*p;
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status) == 42;
}

/* Left, all pages fault; entered, they hold what they held; another heap is not touched by it. */
static void protection(void **state) {
    (void)state;
    for (int kind = WEIR_HEAP_MPROTECT; kind <= (int)weir_heap_probe(); kind++) {
        weir_heap h = opened((weir_heap_options){.pages = 3, .protection = (weir_heap_protection)kind});
        weir_heap other = opened((weir_heap_options){.pages = 3, .protection = (weir_heap_protection)kind});
        unsigned char *p = weir_heap_alloc(&h, 1, 5000, 64, NULL), *q = weir_heap_alloc(&other, 1, 10, 64, NULL);
        p[4999] = 7;
        assert_int_equal(weir_heap_leave(&h), WEIR_OK);
        assert_true(faults(p, false));
        assert_true(faults(p + 4999, true));
        assert_true(faults(h.base.at, true)); /* the heap's own */
        assert_false(faults(q, true));
        assert_int_equal(weir_heap_enter(&h), WEIR_OK);
        assert_false(faults(p + 4999, true));
        assert_int_equal(p[4999], 7);
        assert_int_equal(weir_heap_leave(&h), WEIR_OK);
        weir_heap_close(&h); /* also when left */
        weir_heap_close(&other);
    }
}

static void fences(void **state) {
    (void)state;
    weir_heap h = opened((weir_heap_options){.pages = 2, .fence = true});
    unsigned char *pages = h.base.at;
    assert_true(faults(pages - 1, false));
    assert_true(faults(pages + 2 * WEIR_HEAP_PAGE, true));
    weir_heap_close(&h);
}

static void borrowed_pages(void **state) {
    (void)state;
    void *block = aligned_alloc(WEIR_HEAP_PAGE, 3 * WEIR_HEAP_PAGE);
    assert_non_null(block);
    weir_heap h = opened((weir_heap_options){.pages = 3, .block = block});
    unsigned char *p = weir_heap_alloc(&h, 1, 4096, 4096, NULL);
    assert_true(p > (unsigned char *)block && p < (unsigned char *)block + 3 * WEIR_HEAP_PAGE);
    weir_heap_close(&h);
    memset(block, 1, 3 * WEIR_HEAP_PAGE); /* ours again */
    free(block);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(open_refuses),   cmocka_unit_test(until_exhausted),
                                       cmocka_unit_test(bad_requests),   cmocka_unit_test(frees_are_refused_by_name),
                                       cmocka_unit_test(any_order),      cmocka_unit_test(typed_arrays_are_clear),
                                       cmocka_unit_test(reset_and_trim), cmocka_unit_test(debug_heaps_look),
                                       cmocka_unit_test(protection),     cmocka_unit_test(fences),
                                       cmocka_unit_test(borrowed_pages)};
    return cmocka_run_group_tests_name("heap." WEIR_STRING(WEIR_HEAP), tests, NULL, NULL);
}
