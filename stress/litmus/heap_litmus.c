/* The publication edge of a heap for any thread: all before a free happens before the alloc that gives the place again. A heap
 * for one thread at a time has none. */
#include "prims/heap.h"
#include "stress/litmus/litmus.h"

#define ANY_lines 0
#define ANY_lock 1
#define ANY__(variant) ANY_##variant
#define ANY_(variant) ANY__(variant)
#if ANY_(WEIR_HEAP)

typedef struct instance {
    weir_heap heap;
    unsigned char room[2 * WEIR_HEAP_PAGE];
    uint64_t *last;
    WEIR_ALIGNED(WEIR_CACHE_LINE) uint64_t data;
} instance;

/* Full. */
static void make(void *p) {
    instance *x = p;
    void *page = (void *)(((uintptr_t)x->room + WEIR_HEAP_PAGE - 1) & ~(uintptr_t)(WEIR_HEAP_PAGE - 1));
    weir_heap_open(&x->heap, &(weir_heap_options){.pages = 1, .block = page});
    weir_heap_alloc(&x->heap, 1, weir_heap_usage_of(&x->heap).left - WEIR_HEAP_GRAIN, 1, NULL);
    x->last = weir_heap_alloc(&x->heap, 1, WEIR_HEAP_GRAIN, 1, NULL);
    x->data = 0;
}

static unsigned give(void *p) {
    instance *x = p;
    x->data = 1;
    *x->last = 7;
    return weir_heap_free(&x->heap, x->last);
}

static unsigned take(void *p) {
    instance *x = p;
    uint64_t *last = weir_heap_alloc(&x->heap, 1, WEIR_HEAP_GRAIN, 1, NULL);
    if (!last) return NOTHING;
    return *last == 7 ? litmus_saw(x->data) : STALE;
}

static unsigned give_too(void *p) {
    instance *x = p;
    return weir_heap_free(&x->heap, x->last);
}

LITMUS(free_alloc, NULL, "all before a free happens before the alloc of its place",
       .text = "data = 1; free | alloc, load data", .bytes = sizeof(instance), .make = make, .thread = {give, take},
       .again = {[1] = true}, .outcome = {LITMUS_MESSAGE("the place")})
LITMUS(free_twice, NULL, "of two frees of one array one is refused", .text = "free: which status? | free the same",
       .bytes = sizeof(instance), .make = make, .thread = {give_too, give_too},
       .outcome = {ACCEPTABLE("the first", WEIR_HEAP_OK, WEIR_HEAP_FREED),
                   ACCEPTABLE("the second", WEIR_HEAP_FREED, WEIR_HEAP_OK),
                   FORBIDDEN("both", WEIR_HEAP_OK, WEIR_HEAP_OK),
                   FORBIDDEN("neither", WEIR_HEAP_FREED, WEIR_HEAP_FREED)})

#endif
