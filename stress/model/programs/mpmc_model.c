/* Client programs of mpmc. Positions wrap behind the first item. Values are thread * EACH + number; each carries plain data
 * from its push to its pop, and where one producer meets one consumer, from a pop to the push that reuses its place. */
#include "prims/mpmc.h"
#include "stress/model/model.h"

#define MPMC(op) WEIR_BIND(mpmc, WEIR_MPMC, op)

enum { CAPACITY_MAX = 4, THREADS = 5, EACH = 4, VALUES = THREADS * EACH };

static weir_mpmc q;
static WEIR_ALIGNED(WEIR_CACHE_LINE) char block[2048];
static uint64_t capacity;           /* constant after setup */
static bool accepted[VALUES];       /* by the thread of the value */
static uint64_t sent[VALUES];       /* plain: written before the push of that value, read after its pop */
static uint64_t got[THREADS][EACH]; /* by each thread; the last is check's */
static unsigned pushes[THREADS], pops[THREADS];
static uint64_t closing; /* plain: written before close */

static void init(uint64_t n) {
    capacity = n;
    model_require(weir_mpmc_bytes(n) <= sizeof block, "the block is too small");
    MPMC(_init_at)(&q, n, block, ((uint64_t)1 << 63) - 1);
}

static void init_1(void) { init(1); }
static void init_2(void) { init(2); }

/* In setup and check too, which are thread -1. */
static unsigned self(void) { return model_self() < 0 ? THREADS - 1 : (unsigned)model_self(); }

/* -- operations that keep the books -- */

static uint64_t next_value(void) {
    uint64_t v = self() * EACH + pushes[self()]++;
    sent[v] = v + 1;
    return v;
}

static bool push_one(void) {
    uint64_t v = next_value();
    if (!(accepted[v] = weir_mpmc_try_push(&q, v))) model_count("times full");
    return accepted[v];
}

static void note_popped(uint64_t v) {
    model_require(v < VALUES && sent[v] == v + 1, "popped %lu, whose push does not happen before", v);
    model_require(pops[self()] < EACH, "popped more than was ever pushed");
    got[self()][pops[self()]++] = v;
}

static bool pop_one(void) {
    uint64_t v = VALUES;
    bool pops_one = weir_mpmc_try_pop(&q, &v);
    if (pops_one) note_popped(v);
    else model_count("times empty");
    return pops_one;
}

static void push(void) { push_one(); }
static void pop(void) { pop_one(); }

static void push_2(void) {
    push();
    push();
}

static void pop_2(void) {
    pop();
    pop();
}

/* Every accepted value once, no other, and each consumer has each producer's in order. */
static void nothing_lost(void) {
    unsigned times[VALUES] = {0};
    while (pop_one()) {}
    for (unsigned t = 0; t < THREADS; t++)
        for (unsigned i = 0; i < pops[t]; i++) {
            times[got[t][i]]++;
            for (unsigned k = 0; k < i; k++)
                model_require(got[t][k] / EACH != got[t][i] / EACH || got[t][k] < got[t][i], "%lu popped before %lu",
                              got[t][k], got[t][i]);
        }
    for (uint64_t v = 0; v < VALUES; v++)
        model_require(times[v] == accepted[v], "value %lu accepted %d times, popped %u times", v, accepted[v],
                      times[v]);
}

/* At rest the whole capacity is there again. */
static void nothing_leaked(void) {
    nothing_lost();
    model_require(weir_mpmc_size(&q) == 0, "size %lu of none", weir_mpmc_size(&q));
    for (uint64_t i = 0; i < capacity; i++) model_require(weir_mpmc_try_push(&q, i), "full with %lu inside", i);
    model_require(!weir_mpmc_try_push(&q, 0), "takes more than its capacity");
}

/* -- one and one: data both ways -- */

static uint64_t
    freed[EACH];    /* plain: written before the pop of that number, read after the push that reuses its place */
static uint64_t in; /* the producer's */

static void push_reusing(void) {
    if (push_one() && in++ >= capacity) model_require(freed[in - 1 - capacity] == 1, "a place reused before its pop");
}

static void pop_freeing(void) {
    freed[pops[self()]] = 1;
    pop_one();
}

static void push_2_reusing(void) {
    push_reusing();
    push_reusing();
}

static void pop_2_freeing(void) {
    pop_freeing();
    pop_freeing();
}

static void push_3_reusing(void) {
    push_2_reusing();
    push_reusing();
}

MODEL_PROGRAM(one, "a ring of one: each push happens before its pop, each pop before the next push", .setup = init_1,
              .thread = {push_2_reusing, pop_2_freeing}, .check = nothing_leaked)
MODEL_PROGRAM(two, "the same with places to spare", .setup = init_2, .thread = {push_3_reusing, pop_2_freeing},
              .check = nothing_leaked)

/* -- batches -- */

static size_t push_batch(size_t n) {
    uint64_t v[EACH];
    for (size_t i = 0; i < n; i++) v[i] = next_value();
    size_t k = weir_mpmc_try_push_n(&q, v, n);
    model_require(k <= n, "pushed %lu of %lu", k, n);
    for (size_t i = 0; i < n; i++) accepted[v[i]] = i < k;
    return k;
}

static void push_batches(void) {
    for (int i = 0; i < 2; i++)
        for (size_t k = push_batch(2); k; k--)
            if (in++ >= capacity) model_require(freed[in - 1 - capacity] == 1, "a place reused before its pop");
}

static size_t pop_batch_of(size_t n) {
    uint64_t v[EACH];
    size_t k = weir_mpmc_try_pop_n(&q, v, n);
    model_require(k <= n, "popped %lu of at most %lu", k, n);
    for (size_t i = 0; i < k; i++) note_popped(v[i]);
    return k;
}

static void pop_batch(void) { pop_batch_of(2); }

static void pop_batches(void) {
    for (int i = 0; i < 2; i++) {
        freed[pops[self()]] = freed[pops[self()] + 1] = 1;
        pop_batch();
    }
}

static void push_a_batch(void) { push_batch(2); }

MODEL_PROGRAM(batch, "batches: in order, nothing lost, places reused after their pop", .setup = init_2,
              .thread = {push_batches, pop_batches}, .check = nothing_leaked)
MODEL_PROGRAM(batch_race, "batches and single items of two producers, two consumers", .setup = init_2,
              .thread = {push_a_batch, push, pop_batch, pop}, .check = nothing_leaked)

/* Two items each, for which there is room, or which are there. */
static void push_some(void) { model_require(push_batch(2) > 0, "a batch finds no room where there is some"); }
static void pop_some(void) { model_require(pop_batch_of(2) > 0, "a batch finds nothing where there is something"); }

static void init_4(void) { init(4); }

static void fill_4(void) {
    init_4();
    model_require(push_batch(4) == 4, "an empty ring of four does not take four");
}

static void drain_4(void) {
    while (pop_batch_of(4)) {}
    nothing_leaked();
}

MODEL_PROGRAM(batch_push, "of two batches for which there is room neither is refused", .setup = init_4,
              .thread = {push_some, push_some}, .check = drain_4)
MODEL_PROGRAM(batch_pop, "of two batches that find enough neither is refused", .setup = fill_4,
              .thread = {pop_some, pop_some}, .check = drain_4)

/* -- more of a side -- */

MODEL_PROGRAM(pushers, "two producers, a consumer, a ring of one", .setup = init_1, .thread = {push_2, push, pop_2},
              .check = nothing_leaked)
MODEL_PROGRAM(poppers, "a producer, two consumers, a ring of one", .setup = init_1, .thread = {push_2, pop, pop},
              .check = nothing_leaked)
MODEL_PROGRAM(four, "two and two, three items", .setup = init_2, .thread = {push_2, push, pop, pop},
              .check = nothing_leaked)

/* -- cells taken away, in the variant that does it -- */

#define TAKES_AWAY_vyukov 0
#define TAKES_AWAY_scq 1
#define TAKES_AWAY_lock 0
#define TAKES_AWAY__(variant) TAKES_AWAY_##variant
#define TAKES_AWAY_(variant) TAKES_AWAY__(variant)
#if TAKES_AWAY_(WEIR_MPMC)

static uint64_t late_at, late_entry[2];

/* Two producers stop between claim and publication. */
static void init_late(void) {
    init_2();
    weir_mpmc_scq_claim(&q, &late_at, late_entry, 2);
}

static void come_late(void) {
    for (uint64_t i = 0; i < 2; i++) {
        uint64_t v = next_value();
        accepted[v] = weir_mpmc_scq_publish(&q, late_at + 2 * i, late_entry[i], v);
    }
}

/* Every value cell is somewhere once: in an entry or among the spares. */
static void no_cell_twice(void) {
    unsigned char times[CAPACITY_MAX + WEIR_MPMC_SCQ_SPARES] = {0};
    for (uint64_t i = 0; i < capacity; i++) times[weir_a64_load(&q.cells[i].entry) & (q.full - 1)]++;
    uint64_t spare = weir_a64_load(&q.spares) & UINT32_MAX;
    for (unsigned n = 0; spare && n < sizeof times; n++) {
        model_require(spare <= sizeof times, "a spare that is no cell: %lu", spare - 1);
        times[spare - 1]++;
        spare = weir_a64_load(&q.cells[spare - 1].value) & UINT32_MAX;
    }
    for (uint64_t i = 0; i < capacity + WEIR_MPMC_SCQ_SPARES; i++)
        model_require(times[i] == 1, "value cell %lu is in %d places", i, times[i]);
    nothing_leaked();
}

static void then_come_late(void) {
    come_late();
    no_cell_twice();
}

MODEL_PROGRAM(stopped, "three poppers meet at the cells of stopped producers", .setup = init_late,
              .thread = {pop, pop, pop}, .check = then_come_late)
MODEL_PROGRAM(late, "late producers get their cells back as spares, and each cell stays one's own", .setup = init_late,
              .thread = {come_late, pop, pop_2}, .check = no_cell_twice)

/* The first of two late producers has lost its cell already, and may be about to write into it. */
static void init_given_back(void) {
    init_1();
    weir_mpmc_scq_claim(&q, &late_at, late_entry, 1);
    pop();
    uint64_t p, e;
    weir_mpmc_scq_claim(&q, &p, &e, 1);
}

static void give_back(void) { weir_mpmc_scq_publish(&q, late_at, late_entry[0], VALUES); }

MODEL_PROGRAM(given_back, "what a late producer wrote never shows in the cell's next use", .setup = init_given_back,
              .thread = {give_back, pop, push}, .check = nothing_lost)
#endif

/* -- what empty and full may mean -- */

static weir_a32 told; /* the clients' own synchronisation: something has returned */

static void push_and_tell(void) {
    push();
    weir_a32_store_release(&told, 1);
}

static void pop_and_tell(void) {
    pop();
    weir_a32_store_release(&told, 1);
}

/* Two items are in, another pops one at most, and nobody else pushes. */
static void push_2_then_pop(void) {
    push_2();
    model_require(pop_one(), "empty with an item in it, and no push under way");
}

/* The other's push is over, or it may hold up what lies behind it: only early empty allows that. */
static void push_then_pop(void) {
    push();
    bool over = weir_a32_load_acquire(&told);
    bool pops_one = pop_one();
    if (over || stress_has("empty=strict")) model_require(pops_one, "empty with an item in it");
}

/* Room was made by a pop that has returned. */
static void push_after_pop(void) {
    bool room = weir_a32_load_acquire(&told);
    bool pushes_one = push_one();
    if (room) model_require(pushes_one, "full with a place free, and no pop under way");
}

static void fill(void) {
    init_1();
    push();
}

MODEL_PROGRAM(empty_popper, "not empty while an item is in and no push under way", .setup = init_2,
              .thread = {push_2_then_pop, pop}, .check = nothing_leaked)
MODEL_PROGRAM(empty_pusher, "what empty= promises beside another's push", .setup = init_2,
              .thread = {push_then_pop, push_and_tell}, .check = nothing_leaked)
MODEL_PROGRAM(full, "not full while a place is free and no pop under way", .setup = fill,
              .thread = {push_after_pop, pop_and_tell}, .check = nothing_leaked)

/* Its own item is in, for there is no pop. */
static void push_and_ask(void) {
    bool in_it = push_one();
    size_t n = weir_mpmc_size(&q);
    model_require(n >= in_it && n <= capacity, "size %lu, with an item inside and room for %lu", n, capacity);
}

MODEL_PROGRAM(size, "size is not 0 for who knows of an item, nor above the capacity", .setup = init_2,
              .thread = {push_and_ask, push_2}, .check = nothing_leaked)

/* One push, and one more place that it may have lost on the way. */
static void ask_size(void) {
    size_t n = weir_mpmc_size(&q);
    model_require(n <= 2, "size %lu with one item ever", n);
}

MODEL_PROGRAM(size_beside, "size is near, also where its two ends are read apart", .setup = init_4,
              .thread = {push, pop, ask_size}, .check = nothing_leaked)

/* -- close -- */

static void require_closing(void) { model_require(closing == 1, "closed without what came before close"); }

static void close_it(void) {
    closing = 1;
    weir_mpmc_close(&q);
    model_require(weir_mpmc_closed(&q), "not closed after close");
    model_require(!push_one(), "a push after close");
}

static void push_or_closed(void) {
    if (!push_one() && weir_mpmc_closed(&q)) require_closing();
}

static void pop_or_drained(void) {
    if (pop_one() || !weir_mpmc_drained(&q)) return;
    require_closing();
    model_require(!pop_one(), "an item after drained");
}

static void drained(void) {
    nothing_lost();
    model_require(weir_mpmc_drained(&q), "closed, at rest and empty, and not drained");
}

MODEL_PROGRAM(close_push, "close beside a push, which is accepted or refused for good", .setup = init_1,
              .thread = {push_or_closed, close_it}, .check = drained)
MODEL_PROGRAM(close_pop, "drained is for ever, and happens after the close", .setup = init_1,
              .thread = {push, pop_or_drained, close_it}, .check = drained)
