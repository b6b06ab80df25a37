/* ref.sort_loop: what order costs whoever has all events before the first runs: an array, one sort, one loop that calls them. */
#include <stdlib.h>

#include "bench/cases/order_data.h"
#include "prims/sort.h"

typedef struct loop {
    bench_order *order;
    weir_sort_item *items, *scratch;
} loop;

static void end(void *o) {
    loop *l = o;
    free(l->items);
    free(l->scratch);
    free(l);
}

static void *start(const char *variant, bench_order *order, unsigned threads) {
    (void)variant;
    (void)threads;
    loop *l = calloc(1, sizeof *l);
    if (!l) return NULL;
    l->order = order;
    l->items = calloc(order->n, sizeof *l->items);
    l->scratch = calloc(order->n, sizeof *l->scratch);
    if (l->items && l->scratch) return l;
    end(l);
    return NULL;
}

static void run(void *o) {
    loop *l = o;
    uint32_t n = l->order->n;
    for (uint32_t i = 0; i < n; i++) l->items[i] = (weir_sort_item){.key = l->order->key[i], .payload = i};
    weir_sort(l->items, 0, n, l->scratch);
    for (uint32_t i = 0; i < n; i++) bench_order_take(l->order, (uint32_t)l->items[i].payload, l->items[i].key);
}

static const bench_sorter sort_loop = {.variant = "ref.sort_loop",
                                       .flags = BENCH_REFERENCE,
                                       .note = "an array, one sort, one loop; no children",
                                       .alone = true,
                                       .childless = true,
                                       .open = start,
                                       .close = end,
                                       .run = run};
BENCH_SORTER(sort_loop, false)
