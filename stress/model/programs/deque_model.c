/* Client programs of deque. Plain data goes with each item in both directions: sent[v] is written before the push of v and
 * read by whoever takes v; read_by_thief is written before a steal and read after the push that reuses its place. */
#include "prims/deque.h"
#include "stress/model/model.h"

#define DEQUE(op) WEIR_BIND(deque, WEIR_DEQUE, op)

enum { CAPACITY_MAX = 4, ITEMS = 8, TAKERS = 3 }; /* takers: the owner, thieves 1 and 2 */

static weir_deque q;
static WEIR_ALIGNED(WEIR_CACHE_LINE) uint64_t block[CAPACITY_MAX];
static uint64_t capacity; /* constant after setup */
static uint64_t pushed;   /* the owner's; items are 0, 1, 2 ... */
static uint64_t sent[ITEMS];
static uint64_t got[TAKERS][ITEMS], gots[TAKERS]; /* by taker, in its order */

/* The positions wrap from 2^64 - 1 to 0 behind the first item. */
static void init(uint64_t n, uint64_t inside) {
    capacity = n;
    DEQUE(_init_at)(&q, n, block, UINT64_MAX);
    for (; pushed < inside; pushed++) {
        sent[pushed] = 1;
        weir_deque_try_push(&q, pushed);
    }
}

static void took(unsigned who, uint64_t v) {
    model_require(v < ITEMS && sent[v] == 1, "took %lu, whose push does not happen before", v);
    got[who][gots[who]++] = v;
}

static bool push(void) {
    sent[pushed] = 1;
    bool pushes = weir_deque_try_push(&q, pushed);
    model_require(pushes || pushed >= capacity, "full with %lu items ever pushed", pushed);
    if (pushes) pushed++;
    else model_count("times full");
    return pushes;
}

static bool pop(void) {
    uint64_t v;
    bool pops = weir_deque_try_pop(&q, &v);
    if (pops) took(0, v);
    else model_count("times empty");
    return pops;
}

static weir_status steal(unsigned who) {
    uint64_t v;
    weir_status st = weir_deque_try_steal(&q, &v);
    if (st == WEIR_OK) {
        model_require(!gots[who] || v > got[who][gots[who] - 1], "stole %lu after a newer one", v);
        took(who, v);
    } else {
        model_require(st == WEIR_AGAIN || (st == WEIR_ABORT && stress_has("abort=yes")), "steal answers %d", (int)st);
        model_count(st == WEIR_AGAIN ? "steals that found it empty" : "steals aborted");
    }
    return st;
}

/* At rest: every item was taken once or is still inside, in order, and the whole capacity is there. */
static void each_once(void) {
    unsigned times[ITEMS] = {0};
    uint64_t v, last = ITEMS;
    size_t size = weir_deque_size(&q), inside = 0;
    for (; weir_deque_try_pop(&q, &v); inside++, last = v) {
        model_require(v < last, "item %lu above an older one", v);
        times[v]++;
    }
    model_require(inside == size, "%zu inside, and of size %zu", inside, size);
    for (unsigned who = 0; who < TAKERS; who++)
        for (uint64_t i = 0; i < gots[who]; i++) times[got[who][i]]++;
    for (uint64_t i = 0; i < pushed; i++) model_require(times[i] == 1, "item %lu was taken %u times", i, times[i]);
    for (uint64_t i = 0; i < capacity; i++) model_require(weir_deque_try_push(&q, i), "full with %lu inside", i);
    model_require(!weir_deque_try_push(&q, 0), "takes more than its capacity");
}

static void steal_1(void) { steal(1); }
static void steal_2(void) { steal(2); }
static void pop_1(void) { pop(); }

static void pop_2(void) {
    pop();
    pop();
}

/* -- the last item, wanted by all -- */

static void with_1(void) { init(1, 1); }

static void someone_has_it(void) {
    model_require(gots[0] + gots[1] + gots[2] == 1, "%lu took the only item", gots[0] + gots[1] + gots[2]);
    each_once();
}

MODEL_PROGRAM(last, "the last item goes to the owner or to one thief", .setup = with_1,
              .thread = {pop_1, steal_1, steal_2}, .check = someone_has_it)

/* -- nobody is sent away from what only he can have -- */

static void with_2(void) { init(2, 2); }

static void pop_finds(void) { model_require(pop(), "empty, with two items and one thief"); }
static void steal_finds(void) { model_require(steal(1) == WEIR_OK, "no steal, with two items and no other thief"); }

MODEL_PROGRAM(two, "of two items the owner gets the newer and a thief the older, whatever each does", .setup = with_2,
              .thread = {pop_finds, steal_finds}, .check = each_once)

MODEL_PROGRAM(down, "the owner comes down to two thieves: each item once", .setup = with_2,
              .thread = {pop_2, steal_1, steal_2}, .check = each_once)

/* -- a thief that has looked, and an owner who pushes and pops meanwhile: only top keeps them apart -- */

static void with_2_of_4(void) { init(4, 2); }

static void push_and_pop_3(void) {
    push();
    pop_2();
    pop();
}

MODEL_PROGRAM(stale, "the owner pushes and then pops all, its knowledge of top old: each item once",
              .setup = with_2_of_4, .thread = {push_and_pop_3, steal_1, steal_2}, .check = each_once)

/* -- publication -- */

static void empty_2(void) { init(2, 0); }

static void push_push_pop(void) {
    push();
    push();
    pop();
}

MODEL_PROGRAM(publish,
              "what was done before a push is seen by the thief who gets the item, also after the owner popped another",
              .setup = empty_2, .thread = {push_push_pop, steal_1}, .check = each_once)

/* -- a place is reused only after its thief has read it -- */

static uint64_t read_by_thief;

static void read_and_steal(void) {
    read_by_thief = 1;
    steal(1);
}

static void push_when_stolen(void) {
    if (push()) model_require(read_by_thief == 1, "the place is reused, and its steal does not happen before");
}

MODEL_PROGRAM(reuse, "a steal happens before the push that reuses its place", .setup = with_1,
              .thread = {push_when_stolen, read_and_steal}, .check = each_once)

static void pop_and_push_2(void) {
    pop();
    push();
    push();
}

static void steal_1_twice(void) {
    steal(1);
    steal(1);
}

MODEL_PROGRAM(round, "the ring of two comes round under a thief: each item once, oldest first", .setup = with_2,
              .thread = {pop_and_push_2, steal_1_twice}, .check = each_once)
MODEL_PROGRAM(one, "a deque of one, its place used again and again by owner and two thieves", .setup = with_1,
              .thread = {pop_and_push_2, steal_1, steal_2}, .check = each_once)

static void pop_push_pop_push(void) {
    pop();
    push();
    pop();
    push();
}

static void steal_2_twice(void) {
    steal(2);
    steal(2);
}

MODEL_PROGRAM(many, "the owner pops and pushes, two thieves steal twice: each item once, oldest first", .setup = with_2,
              .thread = {pop_push_pop_push, steal_1_twice, steal_2_twice}, .check = each_once)

/* -- size, asked by a third -- */

static void ask_size(void) {
    size_t n = weir_deque_size(&q);
    model_require(n <= 2, "size %zu of a deque for two", n);
}

MODEL_PROGRAM(size, "size never exceeds the capacity", .setup = with_2, .thread = {pop_and_push_2, steal_1, ask_size},
              .check = each_once)
