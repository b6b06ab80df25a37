/* Each kind through its short names alone, whatever variants the build chose: the short names must reach the variant that
 * was asked for. WEIR_EXPECT, when set, says what that was, as "spsc=plain mpmc=scq ...". */
#include "prims/test_p.h"

#include <stdio.h>

#include "prims/build.h"
#include "prims/chan.h"
#include "prims/cubby.h"
#include "prims/deque.h"
#include "prims/filter.h"
#include "prims/heap.h"
#include "prims/idset.h"
#include "prims/mcast.h"
#include "prims/mpmc.h"
#include "prims/sort.h"
#include "prims/spsc.h"
#include "prims/vectoring.h"
#include "prims/wait.h"

/* clang-format off */
/* The short type is the type of the chosen variant. */
#define ASSERT_BOUND(kind, variant) \
    assert_true(_Generic((weir_##kind *)0, WEIR_BIND(kind, variant, ) *: true, default: false))
/* clang-format on */

static void build_info_tells_the_choice(void **state) {
    (void)state;
    const char *expect = getenv("WEIR_EXPECT"), *info = weir_build_info();
    char words[512], all[1024], word[64];
    snprintf(words, sizeof words, "%s", expect ? expect : "spsc=" WEIR_STRING(WEIR_SPSC));
    snprintf(all, sizeof all, "%s ", info);
    for (char *w = strtok(words, " "); w; w = strtok(NULL, " ")) {
        snprintf(word, sizeof word, " %s ", w);
        if (!strstr(all, word)) fail_msg("asked for %s, but built: %s", w, info);
    }
}

static void spsc(void **state) {
    (void)state;
    weir_spsc *q = weir_test_alloc(sizeof *q);
    void *block = weir_test_alloc(weir_spsc_bytes(2));
    uint64_t v = 0;
    ASSERT_BOUND(spsc, WEIR_SPSC);
    assert_int_equal(weir_spsc_init(q, 2, block), WEIR_OK);
    assert_true(weir_spsc_try_push(q, 7));
    assert_true(weir_spsc_try_push(q, 8));
    assert_false(weir_spsc_try_push(q, 9));
    assert_true(weir_spsc_try_pop(q, &v));
    assert_int_equal(v, 7);
    assert_int_equal(weir_spsc_size(q), 1);
    free(block);
    free(q);
}

static void mpmc(void **state) {
    (void)state;
    weir_mpmc *q = weir_test_alloc(sizeof *q);
    void *block = weir_test_alloc(weir_mpmc_bytes(2));
    uint64_t v = 0;
    ASSERT_BOUND(mpmc, WEIR_MPMC);
    assert_int_equal(weir_mpmc_init(q, 2, block), WEIR_OK);
    assert_true(weir_mpmc_try_push(q, 7));
    assert_true(weir_mpmc_try_push(q, 8));
    assert_false(weir_mpmc_try_push(q, 9));
    weir_mpmc_close(q);
    assert_true(weir_mpmc_try_pop(q, &v));
    assert_int_equal(v, 7);
    assert_false(weir_mpmc_drained(q));
    free(block);
    free(q);
}

static void mcast(void **state) {
    (void)state;
    weir_mcast *q = weir_test_alloc(sizeof *q);
    void *block = weir_test_alloc(weir_mcast_bytes(2, 1));
    uint64_t v = 0;
    ASSERT_BOUND(mcast, WEIR_MCAST);
    assert_int_equal(weir_mcast_init(q, 2, 1, block), WEIR_OK);
    weir_mcast_reader *r = weir_mcast_join(q);
    assert_non_null(r);
    assert_null(weir_mcast_join(q));
    assert_true(weir_mcast_try_push(q, 7));
    assert_int_equal(weir_mcast_lag(q, r), 1);
    assert_true(weir_mcast_try_pop(q, r, &v));
    assert_int_equal(v, 7);
    weir_mcast_leave(q, r);
    free(block);
    free(q);
}

static void deque(void **state) {
    (void)state;
    weir_deque *q = weir_test_alloc(sizeof *q);
    void *block = weir_test_alloc(weir_deque_bytes(2));
    uint64_t v = 0;
    ASSERT_BOUND(deque, WEIR_DEQUE);
    assert_int_equal(weir_deque_init(q, 2, block), WEIR_OK);
    assert_true(weir_deque_try_push(q, 7));
    assert_true(weir_deque_try_push(q, 8));
    assert_false(weir_deque_try_push(q, 9));
    assert_int_equal(weir_deque_try_steal(q, &v), WEIR_OK);
    assert_int_equal(v, 7);
    assert_true(weir_deque_try_pop(q, &v));
    assert_int_equal(v, 8);
    assert_int_equal(weir_deque_try_steal(q, &v), WEIR_AGAIN);
    free(block);
    free(q);
}

static void sort(void **state) {
    (void)state;
    weir_sort_item items[] = {{1, 0}, {3, 1}, {2, 2}, {1, 3}}, scratch[4];
    static const uint64_t order[] = {0, 3, 2, 1};
    assert_true(weir_sort_scratch(4) <= 4);
    assert_int_equal(weir_sort(items, 2, 4, scratch), WEIR_OK);
    for (int i = 0; i < 4; i++) assert_int_equal(items[i].payload, order[i]);
}

static void *push_42(void *c) {
    weir_cubby_push(c, 42);
    return NULL;
}

static void cubby(void **state) {
    (void)state;
    weir_cubby *c = weir_test_alloc(sizeof *c);
    uint64_t v = 0;
    ASSERT_BOUND(cubby, WEIR_CUBBY);
    assert_int_equal(weir_cubby_init(c), WEIR_OK);
    assert_int_equal(weir_cubby_try_pop(c, &v), WEIR_AGAIN);
    pthread_t t = weir_test_thread(push_42, c);
    assert_int_equal(weir_cubby_pop(c, &v), WEIR_OK);
    assert_int_equal(v, 42);
    pthread_join(t, NULL);
    assert_int_equal(weir_cubby_pressure(c), 0);
    weir_cubby_destroy(c);
    free(c);
}

static void *pop_one(void *c) {
    uint64_t v = 0;
    weir_chan_pop(c, &v);
    return (void *)(uintptr_t)v;
}

static void chan(void **state) {
    (void)state;
    weir_chan *c = weir_test_alloc(sizeof *c);
    void *block = weir_test_alloc(weir_chan_bytes(2)), *got;
    assert_int_equal(weir_chan_init(c, 2, block), WEIR_OK);
    pthread_t t = weir_test_thread(pop_one, c);
    assert_int_equal(weir_chan_push(c, 42), WEIR_OK);
    pthread_join(t, &got);
    assert_int_equal((uintptr_t)got, 42);
    free(block);
    free(c);
}

static void filter(void **state) {
    (void)state;
    weir_filter f;
    void *block = weir_test_alloc(weir_filter_bytes(100, 16));
    ASSERT_BOUND(filter, WEIR_FILTER);
    assert_int_equal(weir_filter_init(&f, 100, 16, 1, block), WEIR_OK);
    assert_false(weir_filter_may_contain(&f, 7));
    weir_filter_insert(&f, 7);
    assert_true(weir_filter_may_contain(&f, 7));
    free(block);
}

static void idset(void **state) {
    (void)state;
    weir_idset *s = weir_test_alloc(sizeof *s);
    void *block = weir_test_alloc(weir_idset_bytes(100));
    ASSERT_BOUND(idset, WEIR_IDSET);
    assert_int_equal(weir_idset_init(s, 100, block), WEIR_OK);
    assert_true(weir_idset_insert(s, 7));
    assert_false(weir_idset_insert(s, 7));
    assert_int_equal(weir_idset_next(s, 0), 7);
    free(block);
    free(s);
}

static void vectoring(void **state) {
    (void)state;
    weir_vectoring *v = weir_test_alloc(sizeof *v);
    void *block = weir_test_alloc(4);
    char bytes[4];
    ASSERT_BOUND(vectoring, WEIR_VECTORING);
    assert_int_equal(weir_vectoring_init(v, 4, block), WEIR_OK);
    assert_int_equal(weir_vectoring_write(v, "abcde", 5), 4);
    weir_vectoring_end(v, WEIR_VECTORING_EOF);
    assert_int_equal(weir_vectoring_read(v, bytes, 4), 4);
    assert_memory_equal(bytes, "abcd", 4);
    assert_int_equal(weir_vectoring_ended(v), WEIR_VECTORING_EOF);
    free(block);
    free(v);
}

static void heap(void **state) {
    (void)state;
    weir_heap h;
    ASSERT_BOUND(heap, WEIR_HEAP);
    assert_int_equal(weir_heap_open(&h, &(weir_heap_options){.pages = 2}), WEIR_OK);
    int *numbers = WEIR_HEAP_NEW(&h, int, 10, NULL);
    assert_non_null(numbers);
    assert_int_equal(weir_heap_free(&h, numbers), WEIR_HEAP_OK);
    assert_int_equal(weir_heap_free(&h, numbers), WEIR_HEAP_FREED);
    weir_heap_close(&h);
}

static void *wake(void *w) {
    weir_thread_wake(w);
    return NULL;
}

static void parker(void **state) {
    (void)state;
    weir_wait w;
    weir_learned learned = {0};
    weir_thread_arm(&w);
    assert_false(weir_thread_wait(&w, weir_now_ns() + 1000, &learned));
    pthread_t t = weir_test_thread(wake, &w);
    assert_true(weir_thread_wait(&w, WEIR_FOREVER, &learned));
    pthread_join(t, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(build_info_tells_the_choice),
        cmocka_unit_test(spsc),
        cmocka_unit_test(mpmc),
        cmocka_unit_test(mcast),
        cmocka_unit_test(deque),
        cmocka_unit_test(cubby),
        cmocka_unit_test(chan),
        cmocka_unit_test(filter),
        cmocka_unit_test(idset),
        cmocka_unit_test(sort),
        cmocka_unit_test(vectoring),
        cmocka_unit_test(heap),
        cmocka_unit_test(parker),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
