/* The classical shapes on this processor, without any structure of ours: what the orders of prims/atomic.h are worth here. */
#include "stress/litmus/litmus.h"

typedef struct words {
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a32 x;
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a32 y;
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a32 z;
} words;

static void make(void *p) {
    words *w = p;
    weir_a32_store(&w->x, 0);
    weir_a32_store(&w->y, 0);
    weir_a32_store(&w->z, 0);
}

/* -- message passing -- */

static unsigned send_relaxed(void *p) {
    words *w = p;
    weir_a32_store(&w->x, 1);
    weir_a32_store(&w->y, 1);
    return 0;
}

static unsigned receive_relaxed(void *p) {
    words *w = p;
    uint32_t y = weir_a32_load(&w->y);
    return y ? litmus_saw(weir_a32_load(&w->x)) : NOTHING;
}

static unsigned send(void *p) {
    words *w = p;
    weir_a32_store(&w->x, 1);
    weir_a32_store_release(&w->y, 1);
    return 0;
}

static unsigned receive(void *p) {
    words *w = p;
    uint32_t y = weir_a32_load_acquire(&w->y);
    return y ? litmus_saw(weir_a32_load(&w->x)) : NOTHING;
}

LITMUS(MP_relaxed, NULL, "message passing with relaxed orders: nothing is promised",
       .text = "x = 1; y = 1 | load y, then x", .bytes = sizeof(words), .make = make,
       .thread = {send_relaxed, receive_relaxed}, .again = {[1] = true},
       .outcome = {ACCEPTABLE("too early", 0, NOTHING), ACCEPTABLE("both", 0, SEEN),
                   INTERESTING("y without x: weak stores, loads, or compiler", 0, STALE)})
LITMUS(MP, NULL, "who acquires what was released sees all before it",
       .text = "x = 1; y =release 1 | load acquire y, then x", .bytes = sizeof(words), .make = make,
       .thread = {send, receive}, .again = {[1] = true}, .outcome = {LITMUS_MESSAGE("the message")})

/* -- store buffering -- */

static unsigned store_x_load_y(void *p) {
    words *w = p;
    weir_a32_store_release(&w->x, 1);
    return weir_a32_load_acquire(&w->y);
}

static unsigned store_y_load_x(void *p) {
    words *w = p;
    weir_a32_store_release(&w->y, 1);
    return weir_a32_load_acquire(&w->x);
}

LITMUS(SB, NULL, "store buffering: both may miss the other's store, release and acquire or not",
       .text = "x = 1; load y | y = 1; load x", .bytes = sizeof(words), .make = make,
       .thread = {store_x_load_y, store_y_load_x},
       .outcome = {ACCEPTABLE("first was first", 0, 1), ACCEPTABLE("second was first", 1, 0),
                   ACCEPTABLE("at the same time", 1, 1),
                   INTERESTING("both stores in store buffers: why sleepers never use two words", 0, 0)})

/* How prims announces sleepers: both sides change one word by RMW. */
static unsigned announce_low(void *p) {
    words *w = p;
    return weir_a32_or_acq_rel(&w->x, 1) >> 1;
}

static unsigned announce_high(void *p) {
    words *w = p;
    return weir_a32_or_acq_rel(&w->x, 2) & 1;
}

LITMUS(one_word, NULL, "of two who change one word by RMW exactly one sees the other",
       .text = "x |= 1 | x |= 2; each looks for the other's bit", .bytes = sizeof(words), .make = make,
       .thread = {announce_low, announce_high},
       .outcome = {ACCEPTABLE("first was first", 0, 1), ACCEPTABLE("second was first", 1, 0),
                   FORBIDDEN("neither saw the other: a lost wake-up", 0, 0), FORBIDDEN("each saw the other", 1, 1)})

/* How deque.chaselev orders two words: an RMW of nothing on the one that is only ever changed by RMW. */
static unsigned lower_and_look(void *p) {
    words *w = p;
    weir_a32_store_release(&w->x, 1);
    return weir_a32_add_acq_rel(&w->y, 0);
}

static unsigned look_and_raise(void *p) {
    words *w = p;
    weir_a32_add_acq_rel(&w->y, 1);
    return weir_a32_load_acquire(&w->x);
}

LITMUS(SB_by_rmw, NULL, "a store and an RMW of nothing is never missed by an RMW and a load",
       .text = "x = 1; y += 0 | y += 1; load x", .bytes = sizeof(words), .make = make,
       .thread = {lower_and_look, look_and_raise},
       .outcome = {ACCEPTABLE("first was first", 0, 1), ACCEPTABLE("second was first", 1, 0),
                   ACCEPTABLE("at the same time", 1, 1), FORBIDDEN("both missed", 0, 0)})

/* -- load buffering, two writes, coherence, independent reads -- */

static unsigned load_x_store_y(void *p) {
    words *w = p;
    uint32_t x = weir_a32_load(&w->x);
    weir_a32_store(&w->y, 1);
    return x;
}

static unsigned load_y_store_x(void *p) {
    words *w = p;
    uint32_t y = weir_a32_load(&w->y);
    weir_a32_store(&w->x, 1);
    return y;
}

LITMUS(LB, NULL, "load buffering with relaxed orders: nothing is promised", .text = "load x; y = 1 | load y; x = 1",
       .bytes = sizeof(words), .make = make, .thread = {load_x_store_y, load_y_store_x},
       .outcome = {ACCEPTABLE("at the same time", 0, 0), ACCEPTABLE("first was first", 0, 1),
                   ACCEPTABLE("second was first", 1, 0), INTERESTING("each read the other's later store", 1, 1)})

/* Whoever is over last, which z says, looks at what is left; 0: not the last. */
static unsigned what_is_left(words *w) {
    if (weir_a32_add_acq_rel(&w->z, 1) == 0) return 0;
    return 4 + 2 * (weir_a32_load(&w->x) - 1) + weir_a32_load(&w->y) - 1;
}

static unsigned write_xy(void *p) {
    words *w = p;
    weir_a32_store(&w->x, 1);
    weir_a32_store(&w->y, 2);
    return what_is_left(w);
}

static unsigned write_yx(void *p) {
    words *w = p;
    weir_a32_store(&w->y, 1);
    weir_a32_store(&w->x, 2);
    return what_is_left(w);
}

LITMUS(W2_2, NULL, "2+2W, two writes each in opposite order, relaxed: nothing is promised",
       .text = "x = 1; y = 2 | y = 1; x = 2; the last of the two: load x, y", .bytes = sizeof(words), .make = make,
       .thread = {write_xy, write_yx},
       .outcome = {ACCEPTABLE("x 1, y 2: second was first", 5, 0), ACCEPTABLE("x 1, y 2", 0, 5),
                   ACCEPTABLE("x 2, y 1: first was first", 0, 6), ACCEPTABLE("x 2, y 1", 6, 0),
                   ACCEPTABLE("x 2, y 2: at the same time", 7, 0), ACCEPTABLE("x 2, y 2", 0, 7),
                   INTERESTING("x 1, y 1: each thread's first store came last", 4, 0), INTERESTING("x 1, y 1", 0, 4)})

static unsigned count_up(void *p) {
    words *w = p;
    weir_a32_store(&w->x, 1);
    weir_a32_store(&w->x, 2);
    return 0;
}

static unsigned read_twice(void *p) {
    words *w = p;
    uint32_t first = weir_a32_load(&w->x), second = weir_a32_load(&w->x);
    return 3 * first + second;
}

LITMUS(CoRR, NULL, "one word has one order: no thread sees it go back", .text = "x = 1; x = 2 | load x, load x",
       .bytes = sizeof(words), .make = make, .thread = {count_up, read_twice},
       .outcome = {ACCEPTABLE("0 0", 0, 0), ACCEPTABLE("0 1", 0, 1), ACCEPTABLE("0 2", 0, 2), ACCEPTABLE("1 1", 0, 4),
                   ACCEPTABLE("1 2", 0, 5), ACCEPTABLE("2 2", 0, 8), FORBIDDEN("1 0: back", 0, 3),
                   FORBIDDEN("2 0: back", 0, 6), FORBIDDEN("2 1: back", 0, 7)})

static unsigned write_x(void *p) {
    weir_a32_store_release(&((words *)p)->x, 1);
    return 0;
}

static unsigned write_y(void *p) {
    weir_a32_store_release(&((words *)p)->y, 1);
    return 0;
}

static unsigned read_xy(void *p) {
    words *w = p;
    uint32_t x = weir_a32_load_acquire(&w->x);
    return x && !weir_a32_load_acquire(&w->y);
}

static unsigned read_yx(void *p) {
    words *w = p;
    uint32_t y = weir_a32_load_acquire(&w->y);
    return y && !weir_a32_load_acquire(&w->x);
}

LITMUS(IRIW, NULL, "independent reads of independent writes: two readers may disagree on the order, acquire or not",
       .text = "x = 1 | y = 1 | load x, y: x alone? | load y, x: y alone?", .bytes = sizeof(words), .make = make,
       .thread = {write_x, write_y, read_xy, read_yx},
       .outcome = {ACCEPTABLE("neither alone", 0, 0, 0, 0), ACCEPTABLE("x first", 0, 0, 1, 0),
                   ACCEPTABLE("y first", 0, 0, 0, 1), INTERESTING("the readers disagree", 0, 0, 1, 1)})
