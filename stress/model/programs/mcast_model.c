/* Client programs of mcast. Items are 0, 1, 2 ...; plain data goes with each in both directions: sent[v] is written before
 * the push of v and read by each reader of v; a reader writes done[] before a pop or a leave, and the writer reads it when
 * a push has needed that for its room. */
#include "prims/mcast.h"
#include "stress/model/model.h"

#define MCAST(op) WEIR_BIND(mcast, WEIR_MCAST, op)

enum { CAPACITY_MAX = 4, ITEMS = 8, READERS = 3 };

static weir_mcast q;
static WEIR_ALIGNED(WEIR_CACHE_LINE) unsigned char block[READERS * 2 * WEIR_CACHE_LINE + CAPACITY_MAX * 8];
static uint64_t capacity; /* constant after setup */
static uint64_t pushed;   /* the writer's */
static uint64_t sent[ITEMS], done[READERS];

/* A reader as the program knows it, touched by its thread and then by check. */
static struct follower {
    weir_mcast_reader *r;
    uint64_t next; /* item to see, or NONE: whatever comes */
} reader[READERS];
enum { NONE = ITEMS };

/* The positions wrap behind the first item that the program pushes: `inside` are there before, for the readers that have
 * joined. One more than the capacity is pushed at the very beginning, when nobody reads: the writer knows no room. */
static void init(uint64_t n, unsigned slots, unsigned readers, uint64_t inside) {
    capacity = n;
    MCAST(_init_at)(&q, n, slots, block, UINT64_MAX - inside - (n + 1));
    for (uint64_t i = 0; i <= n; i++) weir_mcast_try_push(&q, ITEMS);
    for (unsigned i = 0; i < readers; i++) reader[i].r = weir_mcast_join(&q);
    for (; pushed < inside; pushed++) {
        sent[pushed] = 1;
        weir_mcast_try_push(&q, pushed);
    }
}

static bool push(void) {
    sent[pushed] = 1;
    bool pushes = weir_mcast_try_push(&q, pushed);
    if (pushes) pushed++;
    else model_count("times full");
    return pushes;
}

static void push_2(void) {
    push();
    push();
}

static void push_3(void) {
    push_2();
    push();
}

/* Item v has come to reader i, who must miss none. */
static void came(unsigned i, uint64_t v) {
    struct follower *f = &reader[i];
    model_require(f->next == NONE || v == f->next, "reader %u: %lu came, next is %lu", i, v, f->next);
    model_require(v < ITEMS && sent[v] == 1, "reader %u: %lu came, whose push does not happen before", i, v);
    f->next = v + 1;
}

static bool pop(unsigned i) {
    uint64_t v;
    bool pops = weir_mcast_try_pop(&q, reader[i].r, &v);
    if (pops) came(i, v);
    else model_count("times empty");
    return pops;
}

static void pop_0(void) { pop(0); }
static void pop_1(void) { pop(1); }

static void pop_0_twice(void) {
    pop(0);
    pop(0);
}

static void join(unsigned i) {
    reader[i].next = NONE;
    reader[i].r = weir_mcast_join(&q);
    model_require(reader[i].r, "reader %u: no place, and there is one", i);
}

/* At rest: each reader that is there gets all the rest, and the writer has their room and no more. */
static void drained(void) {
    for (unsigned i = 0; i < READERS; i++) {
        if (!reader[i].r) continue;
        model_require(weir_mcast_lag(&q, reader[i].r) <= capacity, "reader %u is too far behind", i);
        while (pop(i)) {}
        model_require(reader[i].next == pushed || reader[i].next == NONE, "reader %u: %lu pushed, it saw up to %lu", i,
                      pushed, reader[i].next);
    }
    for (uint64_t i = 0; i < capacity; i++) model_require(weir_mcast_try_push(&q, i), "full with %lu before it", i);
    if (reader[0].r) model_require(!weir_mcast_try_push(&q, 0), "the writer overruns a reader");
}

/* -- readers that stay -- */

static void one_reads_2(void) { init(2, 2, 1, 0); }
static void two_read_1(void) { init(1, 2, 2, 0); }

MODEL_PROGRAM(one, "one reader: each item, in order, published by its push", .setup = one_reads_2,
              .thread = {push_3, pop_0_twice}, .check = drained)
MODEL_PROGRAM(two, "two readers see the same, and the slower one holds up the writer", .setup = two_read_1,
              .thread = {push_2, pop_0, pop_1}, .check = drained)

/* -- room comes from pops and leaves that happened before -- */

static void two_read_full(void) { init(1, 2, 2, 1); }

static void done_and_pop(unsigned i) {
    done[i] = 1;
    pop(i);
}

static void done_and_pop_0(void) { done_and_pop(0); }

static void done_and_leave_1(void) {
    done[1] = 1;
    weir_mcast_leave(&q, reader[1].r);
    reader[1].r = NULL;
}

static void push_when_done(void) {
    if (push()) model_require(done[0] == 1 && done[1] == 1, "there is room, and what made it does not happen before");
}

MODEL_PROGRAM(room, "a pop and a leave happen before the push that needed both for its room", .setup = two_read_full,
              .thread = {push_when_done, done_and_pop_0, done_and_leave_1}, .check = drained)

static void push_until_it_goes(void) {
    while (!push()) weir_pause();
}

MODEL_PROGRAM(freed, "a leave frees a writer that waits for it", .setup = two_read_full,
              .thread = {push_until_it_goes, done_and_pop_0, done_and_leave_1}, .check = drained)

/* -- a place for one reader, who leaves it to another -- */

static void one_reads_full(void) { init(1, 1, 1, 1); }

static void pop_and_leave(void) {
    pop(0);
    weir_mcast_leave(&q, reader[0].r);
    reader[0].r = NULL;
}

static void join_if_there_is_a_place(void) {
    reader[1].next = NONE;
    reader[1].r = weir_mcast_join(&q);
    if (!reader[1].r) model_count("joins refused");
    else pop(1);
}

MODEL_PROGRAM(heir, "a reader takes the place that another leaves: what each did is its own", .setup = one_reads_full,
              .thread = {push_2, pop_and_leave, join_if_there_is_a_place}, .check = drained)

static void nobody_reads_2(void) { init(2, 1, 0, 0); }
static void join_0(void) { reader[0].r = weir_mcast_join(&q); }
static void join_1(void) { reader[1].r = weir_mcast_join(&q); }

static void one_joined(void) { model_require(!reader[0].r != !reader[1].r, "one place, and not one reader"); }

MODEL_PROGRAM(place, "two join where there is one place: one of them gets it", .setup = nobody_reads_2,
              .thread = {join_0, join_1}, .check = one_joined)

/* -- a join while the writer laps -- */

static void nobody_reads_1(void) { init(1, 2, 0, 0); }
static void one_of_two_reads_2(void) { init(2, 2, 1, 0); }

static void join_and_pop(void) {
    join(0);
    pop(0);
    pop(0);
}

MODEL_PROGRAM(join, "who joins is not overrun, however far the writer gets meanwhile", .setup = nobody_reads_1,
              .thread = {push_3, join_and_pop}, .check = drained)
MODEL_PROGRAM(join_2, "the same with room for two", .setup = nobody_reads_2, .thread = {push_3, join_and_pop},
              .check = drained)

static void join_1_and_pop(void) {
    join(1);
    pop(1);
}

MODEL_PROGRAM(join_beside, "who joins beside a reader is not overrun when that one goes on",
              .setup = one_of_two_reads_2, .thread = {push_3, pop_0_twice, join_1_and_pop}, .check = drained)

static void visit(unsigned i) {
    reader[i].next = NONE;
    reader[i].r = weir_mcast_join(&q);
    if (!reader[i].r) {
        model_count("joins refused");
        return;
    }
    pop(i);
    weir_mcast_leave(&q, reader[i].r);
    reader[i].r = NULL;
}

static void visit_0(void) { visit(0); }
static void visit_1(void) { visit(1); }

static void visit_2_twice(void) {
    visit(2);
    visit(2);
}

static void two_places(void) { init(1, 2, 0, 0); }

MODEL_PROGRAM(crowd, "more come and go than there are places, while the writer laps", .setup = two_places,
              .thread = {push_3, visit_0, visit_1, visit_2_twice}, .check = drained)

/* -- from when on a reader sees -- */

static weir_a32 announced; /* by the reader, after its join */
static weir_a32 written;   /* by the writer, after its first item */
static uint64_t must_see;  /* the first item whose push the join happens before; NONE: there is none */

static void push_and_note(void) {
    must_see = NONE;
    for (int i = 0; i < 2; i++) {
        bool after = weir_a32_load_acquire(&announced);
        uint64_t mine = pushed;
        model_require(push(), "full with %d items since the beginning", i);
        if (after && must_see == NONE) must_see = mine;
        if (i == 0) weir_a32_store_release(&written, 1);
    }
}

static void join_and_note(void) {
    bool later = weir_a32_load_acquire(&written);
    join(0);
    weir_a32_store_release(&announced, 1);
    pop(0);
    model_require(!later || reader[0].next == NONE || reader[0].next > 1, "an item that was there before the join");
}

static void saw_what_it_must(void) {
    uint64_t saw = reader[0].next; /* if it has popped one, its first: after that none can be missed */
    uint64_t v;
    if (saw == NONE && weir_mcast_try_pop(&q, reader[0].r, &v)) saw = v + 1;
    if (must_see != NONE) model_require(saw <= must_see + 1, "the join was before %lu, which was not seen", must_see);
    if (saw != NONE) reader[0].next = saw;
    drained();
}

MODEL_PROGRAM(since, "a reader sees all pushed after its join, and nothing pushed before", .setup = nobody_reads_2,
              .thread = {push_and_note, join_and_note}, .check = saw_what_it_must)

/* -- refusals are true -- */

static void push_finds_room(void) { model_require(push(), "full, and nobody is behind"); }

static void leave_and_join(void) {
    weir_mcast_leave(&q, reader[1].r);
    join(1);
}

MODEL_PROGRAM(no_false_full, "readers that come and go never make a ring look full that is not", .setup = two_read_1,
              .thread = {push_finds_room, leave_and_join}, .check = drained)

/* -- batches, round the end of the block -- */

static void one_reads_4(void) { init(4, 1, 1, 0); }

static void push_n(uint64_t n) {
    uint64_t v[ITEMS], k;
    for (uint64_t i = 0; i < n; i++) {
        v[i] = pushed + i;
        sent[pushed + i] = 1;
    }
    k = weir_mcast_try_push_n(&q, v, n);
    model_require(k <= n, "pushed %lu of %lu", k, n);
    pushed += k;
}

static void push_batches(void) {
    push_n(3);
    push_n(3);
}

static void pop_batches(void) {
    uint64_t v[ITEMS], k;
    for (uint64_t n = 2; n <= 3; n++) {
        k = weir_mcast_try_pop_n(&q, reader[0].r, v, n);
        model_require(k <= n, "popped %lu of at most %lu", k, n);
        for (uint64_t i = 0; i < k; i++) came(0, v[i]);
    }
}

MODEL_PROGRAM(batch, "batches over the end of the block: in order, nothing lost, nothing overrun", .setup = one_reads_4,
              .thread = {push_batches, pop_batches}, .check = drained)
