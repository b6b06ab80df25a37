/* Client programs of heap: heaps beside each other know nothing of each other; and on one heap, if any thread may use it, an
 * array belongs to one thread at a time, with all that its last owner did before. */
#include "prims/heap.h"
#include "stress/model/model.h"

#define ANY_lines 0
#define ANY_lock 1
#define ANY__(variant) ANY_##variant
#define ANY_(variant) ANY__(variant)

static weir_heap heaps[2];
static WEIR_ALIGNED(WEIR_HEAP_PAGE) unsigned char blocks[2][WEIR_HEAP_PAGE];

static void open_one(int i) {
    model_require(weir_heap_open(&heaps[i], &(weir_heap_options){.pages = 1, .block = blocks[i]}) == WEIR_OK,
                  "refused");
}

static void open_both(void) {
    open_one(0);
    open_one(1);
}

static void use_own(void) {
    weir_heap *h = &heaps[model_self()];
    uint64_t *p = weir_heap_alloc(h, 1, 100, 1, NULL), *q = weir_heap_alloc(h, 1, 64, 1, NULL);
    model_require(p && q && p != q, "a new heap gives no two arrays");
    *p = *q = 1;
    model_require(weir_heap_free(h, p) == WEIR_HEAP_OK, "not freed");
    model_require(weir_heap_free(h, p) == WEIR_HEAP_FREED, "freed twice");
}

MODEL_PROGRAM(apart, "heaps beside each other share nothing", .setup = open_both, .thread = {use_own, use_own})

#if ANY_(WEIR_HEAP)

static uint64_t *last; /* an array that both free */
static unsigned freed; /* by check */
static weir_heap_status said[2];

/* Full but for one grain. */
static void open_nearly_full(void) {
    open_one(0);
    weir_heap_alloc(&heaps[0], 1, weir_heap_usage_of(&heaps[0]).left - WEIR_HEAP_GRAIN, 1, NULL);
}

static void open_full(void) {
    open_nearly_full();
    last = weir_heap_alloc(&heaps[0], 1, WEIR_HEAP_GRAIN, 1, NULL);
}

/* The plain write races, unless the heap hands the place from one to the other. */
static void use_the_last(void) {
    uint64_t *p = weir_heap_alloc(&heaps[0], 1, WEIR_HEAP_GRAIN, 1, NULL);
    if (!p) {
        model_count("times full");
        return;
    }
    *p = (uint64_t)model_self();
    model_require(*p == (uint64_t)model_self(), "given to two");
    model_require(weir_heap_free(&heaps[0], p) == WEIR_HEAP_OK, "not freed");
}

static void use_the_last_twice(void) {
    use_the_last();
    use_the_last();
}

static void one_left(void) {
    weir_heap_usage u = weir_heap_usage_of(&heaps[0]);
    model_require(u.left == WEIR_HEAP_GRAIN, "%lu bytes are left", u.left);
}

MODEL_PROGRAM(last, "the last place goes from hand to hand", .setup = open_nearly_full,
              .thread = {use_the_last_twice, use_the_last}, .check = one_left)

static void free_the_same(void) { said[model_self()] = weir_heap_free(&heaps[0], last); }

static void freed_once(void) {
    for (int i = 0; i < 2; i++) freed += said[i] == WEIR_HEAP_OK;
    model_require(freed == 1 && said[0] + said[1] == WEIR_HEAP_FREED, "one array freed %u times", freed);
    one_left();
}

MODEL_PROGRAM(twice, "of two frees of one array one is refused", .setup = open_full,
              .thread = {free_the_same, free_the_same}, .check = freed_once)

#endif
