/* Client programs of spsc. Plain data goes with each item k in both directions: sent[k] is written before its push and read
 * after its pop; freed[k] is written before its pop and read after the push that reuses its place. */
#include "prims/spsc.h"
#include "stress/model/model.h"

#define SPSC(op) WEIR_BIND(spsc, WEIR_SPSC, op)

enum { CAPACITY_MAX = 4, ITEMS = 8 };

static weir_spsc q;
static WEIR_ALIGNED(WEIR_CACHE_LINE) uint64_t block[CAPACITY_MAX];
static uint64_t capacity;       /* constant after setup */
static uint64_t pushed, popped; /* the producer's, the consumer's; check reads both */
static uint64_t sent[ITEMS], freed[ITEMS];

/* The indices wrap from 2^64 - 1 to 0 behind the first item. */
static void init(uint64_t n) {
    capacity = n;
    SPSC(_init_at)(&q, n, block, UINT64_MAX);
}

static void init_1(void) { init(1); }
static void init_2(void) { init(2); }
static void init_4(void) { init(4); }

static void note_pushed(uint64_t n) {
    for (; n; n--, pushed++)
        if (pushed >= capacity)
            model_require(freed[pushed - capacity] == 1, "push %lu reuses a place that its pop has not left", pushed);
}

static void note_popped(uint64_t v) {
    model_require(v == popped, "popped %lu, next is %lu", v, popped);
    model_require(v < ITEMS && sent[v] == 1, "popped %lu, whose push does not happen before", v);
    popped++;
}

static void push(void) {
    sent[pushed] = 1;
    bool pushes = weir_spsc_try_push(&q, pushed);
    model_require(pushes || pushed >= capacity, "full with %lu items ever pushed", pushed);
    if (pushes) note_pushed(1);
    else model_count("times full");
}

static void pop(void) {
    uint64_t v;
    freed[popped] = 1;
    if (weir_spsc_try_pop(&q, &v)) note_popped(v);
    else model_count("times empty");
}

static void push_n(uint64_t n) {
    uint64_t v[ITEMS];
    for (uint64_t i = 0; i < n; i++) {
        v[i] = pushed + i;
        sent[pushed + i] = 1;
    }
    uint64_t room = capacity > pushed ? capacity - pushed : 0, k = weir_spsc_try_push_n(&q, v, n);
    model_require(k <= n && (k >= room || k == n), "room for %lu, pushed %lu of %lu", room, k, n);
    note_pushed(k);
}

static void pop_n(uint64_t n) {
    uint64_t v[ITEMS];
    for (uint64_t i = 0; i < n; i++) freed[popped + i] = 1;
    uint64_t k = weir_spsc_try_pop_n(&q, v, n);
    model_require(k <= n, "popped %lu of at most %lu", k, n);
    for (uint64_t i = 0; i < k; i++) note_popped(v[i]);
}

/* At rest: all that was pushed can be popped, and the whole capacity is there again. */
static void nothing_lost(void) {
    model_require(weir_spsc_size(&q) == pushed - popped, "size %lu of %lu", weir_spsc_size(&q), pushed - popped);
    uint64_t v;
    while (weir_spsc_try_pop(&q, &v)) note_popped(v);
    model_require(popped == pushed, "%lu pushed, %lu popped", pushed, popped);
    for (uint64_t i = 0; i < capacity; i++) model_require(weir_spsc_try_push(&q, i), "full with %lu inside", i);
    model_require(!weir_spsc_try_push(&q, 0), "takes more than its capacity");
}

static void push_2(void) {
    push();
    push();
}

static void pop_2(void) {
    pop();
    pop();
}

static void push_3(void) {
    push_2();
    push();
}

static void pop_3(void) {
    pop_2();
    pop();
}

MODEL_PROGRAM(one, "a ring of one: each push happens before its pop, each pop before the next push", .setup = init_1,
              .thread = {push_2, pop_2}, .check = nothing_lost)
MODEL_PROGRAM(two, "a ring of two, three items: in order, nothing lost, places reused after their pop", .setup = init_2,
              .thread = {push_3, pop_3}, .check = nothing_lost)

/* -- batches round the end of the block -- */

static void push_batches(void) {
    push_n(3);
    push_n(3);
}

static void pop_batches(void) {
    pop_n(1);
    pop_n(4);
}

MODEL_PROGRAM(batch, "batches over the end of the block: in order, nothing lost, places reused after their pop",
              .setup = init_4, .thread = {push_batches, pop_batches}, .check = nothing_lost)

/* -- size, asked by a third -- */

static void ask_size(void) {
    size_t n = weir_spsc_size(&q);
    model_require(n <= 1, "size %lu of a ring that never held more than one", n);
}

MODEL_PROGRAM(size, "size counts no more than there ever was", .setup = init_2, .thread = {push, pop, ask_size},
              .check = nothing_lost)
