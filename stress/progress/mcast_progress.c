/* What a stopped thread means to the others. A reader that stops without leaving holds up the writer once it is `capacity`
 * behind, as promised; so nobody here is asked to get further than that. */
#include "prims/mcast.h"
#include "stress/model/model.h"

enum { CAPACITY = 2, SLOTS = 3 };

static weir_mcast q;
static WEIR_ALIGNED(WEIR_CACHE_LINE) unsigned char block[SLOTS * 2 * WEIR_CACHE_LINE + CAPACITY * 8];
static weir_mcast_reader *reader[2];

static void two_read(void) {
    weir_mcast_init(&q, CAPACITY, SLOTS, block);
    for (uint64_t v = 0; v <= CAPACITY; v++) weir_mcast_try_push(&q, v); /* the writer knows no room */
    reader[0] = weir_mcast_join(&q);
    reader[1] = weir_mcast_join(&q);
}

static void two_read_one_item(void) {
    two_read();
    weir_mcast_try_push(&q, 0);
}

static void read_one(unsigned i) {
    uint64_t v;
    while (!weir_mcast_try_pop(&q, reader[i], &v)) weir_pause();
}

static void read_one_0(void) { read_one(0); }

static void write_one(void) {
    while (!weir_mcast_try_push(&q, 1)) weir_pause();
}

static void write_two(void) {
    write_one();
    write_one();
}

static void come_and_go(void) {
    uint64_t v;
    weir_mcast_reader *r = weir_mcast_join(&q);
    if (!r) return;
    weir_mcast_try_pop(&q, r, &v);
    weir_mcast_leave(&q, r);
}

static void pop_and_leave_1(void) {
    uint64_t v;
    weir_mcast_try_pop(&q, reader[1], &v);
    weir_mcast_leave(&q, reader[1]);
}

static void try_write_two(void) {
    weir_mcast_try_push(&q, 1);
    weir_mcast_try_push(&q, 2);
}

MODEL_PROGRESS(stopped_writer, "a writer that stops holds up readers, and who joins, as the trait progress says",
               .setup = two_read_one_item, .thread = {write_one, read_one_0, come_and_go}, .victim = 0,
               .expect = MODEL_AS_TRAIT)
MODEL_PROGRESS(stopped_join,
               "a reader that stops while it comes or goes: the others have the whole capacity all the same",
               .setup = two_read, .thread = {come_and_go, write_two, read_one_0}, .victim = 0, .expect = MODEL_AS_TRAIT)
MODEL_PROGRESS(stopped_reader,
               "a reader that stops holds nobody up before it is `capacity` behind, but as the trait says",
               .setup = two_read_one_item, .thread = {pop_and_leave_1, write_one, read_one_0, come_and_go}, .victim = 0,
               .expect = MODEL_AS_TRAIT)

/* Waiting for a mutex is no step. */
enum { STEPS = 40 };
MODEL_PROGRESS(bounded, "no call takes more than a fixed number of steps of its own", .setup = two_read_one_item,
               .thread = {try_write_two, pop_and_leave_1, come_and_go}, .own_steps = STEPS)
