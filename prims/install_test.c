/* A stranger's C program: installed headers only, several primitives, strict C11. */
#include <stdio.h>
#include <stdlib.h>

#include <weir/prims/build.h>
#include <weir/prims/cubby.h>
#include <weir/prims/filter.h>
#include <weir/prims/mpmc.h>
#include <weir/prims/sort.h>
#include <weir/prims/spsc.h>
#include <weir/prims/status.h>

static void *memory(size_t bytes) {
    void *p = aligned_alloc(WEIR_CACHE_LINE, (bytes + WEIR_CACHE_LINE - 1) / WEIR_CACHE_LINE * WEIR_CACHE_LINE);
    if (!p) exit(1);
    return p;
}

static int rings(void) {
    weir_spsc *one = memory(sizeof *one);
    weir_mpmc *many = memory(sizeof *many);
    void *one_block = memory(weir_spsc_bytes(8)), *many_block = memory(weir_mpmc_bytes(8));
    uint64_t v = 0;
    int bad = weir_spsc_init(one, 8, one_block) != WEIR_OK || weir_mpmc_init(many, 8, many_block) != WEIR_OK;
    bad = bad || !weir_spsc_try_push(one, 41) || !weir_spsc_try_pop(one, &v) || !weir_mpmc_try_push(many, v + 1);
    bad = bad || !weir_mpmc_try_pop(many, &v) || v != 42 || weir_spsc_init(one, 3, one_block) != WEIR_BAD_POWER_OF_TWO;
    free(many_block);
    free(one_block);
    free(many);
    free(one);
    return bad;
}

static int waiting(void) {
    weir_cubby *c = memory(sizeof *c);
    uint64_t v = 0;
    int bad = weir_cubby_init(c) != WEIR_OK || weir_cubby_push(c, 9) != WEIR_OK || weir_cubby_pressure(c) != 1;
    bad = bad || weir_cubby_pop(c, &v) != WEIR_OK || v != 9 || weir_cubby_try_pop(c, &v) != WEIR_AGAIN;
    weir_cubby_destroy(c);
    free(c);
    return bad;
}

static int sets(void) {
    weir_filter f;
    void *block = memory(weir_filter_bytes(1000, 16));
    int bad = weir_filter_init(&f, 1000, 16, 7, block) != WEIR_OK || weir_filter_may_contain(&f, 5);
    weir_filter_insert(&f, 5);
    bad = bad || !weir_filter_may_contain(&f, 5);
    free(block);
    return bad;
}

static int order(void) {
    weir_sort_item items[3] = {{3, 0}, {1, 1}, {2, 2}}, scratch[3];
    return weir_sort(items, 0, 3, scratch) != WEIR_OK || items[0].payload != 1 || items[2].payload != 0;
}

int main(void) {
    puts(weir_build_info());
    return rings() || waiting() || sets() || order();
}
