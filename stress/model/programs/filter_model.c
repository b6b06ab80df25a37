/* Client programs of filter. With seed 1 and the smallest geometry, the bits of ids 3 and 5 lie in one word (block: in the same
 * four words), and ids 3 and 1439 share a counter of `counting`. */
#include "prims/filter.h"
#include "stress/model/model.h"

enum { A = 3, B = 5, SHARES_WITH_A = 1439 };

static weir_filter filter, other;
static WEIR_ALIGNED(WEIR_CACHE_LINE) uint64_t block[64], other_block[64];
static weir_a32 told[2]; /* the clients' own synchronisation: thread i's insert has returned */

static void init(void) {
    weir_filter_init(&filter, 1, 1, 1, block);
    weir_filter_init(&other, 1, 1, 1, other_block);
}

/* -- inserts into one word, and a reader who knows of them -- */

static void tell(void) { weir_a32_store_release(&told[model_self()], 1); }

static void insert_a(void) {
    weir_filter_insert(&filter, A);
    tell();
}

static void insert_b(void) {
    weir_filter_insert(&filter, B);
    tell();
}

static void subsume_b(void) {
    weir_filter_insert(&other, B);
    weir_filter_subsume(&filter, &other);
    tell();
}

static void look(void) {
    if (weir_a32_load_acquire(&told[0])) model_require(weir_filter_may_contain(&filter, A), "A's insert has returned");
    if (weir_a32_load_acquire(&told[1])) model_require(weir_filter_may_contain(&filter, B), "B's insert has returned");
}

static void both(void) {
    model_require(weir_filter_may_contain(&filter, A), "A is lost");
    model_require(weir_filter_may_contain(&filter, B), "B is lost");
}

MODEL_PROGRAM(insert, "no insert that returned is missed, though two meet in one word", .setup = init,
              .thread = {insert_a, insert_b, look}, .check = both)
MODEL_PROGRAM(subsume, "no insert is lost to a subsume in the same words", .setup = init,
              .thread = {insert_a, subsume_b, look}, .check = both)

static void insert_a_sp(void) {
    weir_filter_insert_sp(&filter, A);
    tell();
    weir_filter_insert_sp(&filter, B);
}

MODEL_PROGRAM(single, "no insert_sp that returned is missed", .setup = init, .thread = {insert_a_sp, look},
              .check = both)

/* -- taking out: only in the variant that can -- */

#define CAN_REMOVE_block 0
#define CAN_REMOVE_word 0
#define CAN_REMOVE_classic 0
#define CAN_REMOVE_counting 1
#define CAN_REMOVE__(variant) CAN_REMOVE_##variant
#define CAN_REMOVE_(variant) CAN_REMOVE__(variant)
#if CAN_REMOVE_(WEIR_FILTER)

static uint64_t effect; /* plain: of the event whose id is removed after it */

static void init_with_a(void) {
    init();
    weir_filter_insert(&filter, A);
}

static void require_ok(weir_status st) { model_require(st == WEIR_OK, "remove of an id that is in answers %d", st); }

static void remove_a(void) {
    effect = 1;
    require_ok(weir_filter_remove(&filter, A));
}

static void miss(void) {
    if (!weir_filter_may_contain(&filter, A)) model_require(effect == 1, "surely not in, without its effect");
}

MODEL_PROGRAM(miss, "a remove happens before the surely not that it makes possible", .setup = init_with_a,
              .thread = {remove_a, miss})

static void remove_then_tell(void) {
    remove_a();
    tell();
}

/* Stores to the word of A's counter, after the remove. */
static void insert_b_sp(void) {
    if (weir_a32_load_acquire(&told[0])) weir_filter_insert_sp(&filter, B);
}

MODEL_PROGRAM(miss_behind_store, "the same when another's insert_sp has written the word since", .setup = init_with_a,
              .thread = {remove_then_tell, insert_b_sp, miss})

static void in_and_out(void) {
    weir_filter_insert(&filter, A);
    require_ok(weir_filter_remove(&filter, A));
}

static void insert_sharer(void) { weir_filter_insert(&filter, SHARES_WITH_A); }

static void only_sharer(void) {
    model_require(weir_filter_may_contain(&filter, SHARES_WITH_A), "an increment is lost");
    require_ok(weir_filter_remove(&filter, SHARES_WITH_A));
    model_require(!weir_filter_may_contain(&filter, A), "a decrement is lost");
}

MODEL_PROGRAM(shared_counter, "increments and decrements of one counter are all counted", .setup = init,
              .thread = {in_and_out, insert_sharer}, .check = only_sharer)

static void remove_sharer(void) { require_ok(weir_filter_remove(&filter, SHARES_WITH_A)); }

/* 13 and the two threads' own are 15, where a counter stays. */
static void init_nearly_full(void) {
    init();
    for (int i = 0; i < 13; i++) weir_filter_insert(&filter, A);
}

static void insert_twice(void) {
    weir_filter_insert(&filter, A);
    weir_filter_insert(&filter, A);
}

static void stays(void) {
    for (int i = 0; i < 15; i++) weir_filter_remove(&filter, A);
    model_require(weir_filter_may_contain(&filter, A), "a counter that lost count went back to 0");
}

static void insert_sharer_thrice(void) {
    for (int i = 0; i < 3; i++) insert_sharer();
    remove_sharer();
}

MODEL_PROGRAM(full_counter, "a counter that reached 15 stays there", .setup = init_nearly_full,
              .thread = {insert_twice, insert_sharer_thrice}, .check = stays)
#endif
