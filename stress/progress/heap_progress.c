/* A heap for any thread is a lock: who stops within it holds up the others. */
#include "prims/heap.h"
#include "stress/model/model.h"

#define ANY_lines 0
#define ANY_lock 1
#define ANY__(variant) ANY_##variant
#define ANY_(variant) ANY__(variant)
#if ANY_(WEIR_HEAP)

static weir_heap heap;
static WEIR_ALIGNED(WEIR_HEAP_PAGE) unsigned char block[WEIR_HEAP_PAGE];

static void init(void) { weir_heap_open(&heap, &(weir_heap_options){.pages = 1, .block = block}); }
static void use(void) { weir_heap_free(&heap, weir_heap_alloc(&heap, 1, 1, 1, NULL)); }

MODEL_PROGRESS(stopped, "blocking: who stops within a call holds up the others", .setup = init, .thread = {use, use},
               .victim = 0, .expect = MODEL_BLOCKING)

#endif
