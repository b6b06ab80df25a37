/* Client programs of vectoring. Plain data goes with each byte k in both directions: sent[k] is written before its write and
 * read after its read; freed[k] is written before its read and read after the write that uses its place again. Who is left
 * asleep for ever is a deadlock to the model. */
#define WEIR_PARKER futex /* the others only add steps; they have programs of their own: wait_model.c */
#include "prims/vectoring.h"
#include "stress/model/model.h"

#define INIT_AT WEIR_BIND(vectoring, WEIR_VECTORING, _init_at)

enum { CAPACITY_MAX = 4, BYTES = 12, CODE = 5 }; /* BYTES: written, and a capacity more that check asks for */

static weir_vectoring v;
static WEIR_ALIGNED(WEIR_CACHE_LINE) uint8_t block[CAPACITY_MAX];
static size_t capacity;        /* constant after setup */
static size_t written, gotten; /* the writer's, the reader's; check reads both */
static uint64_t sent[BYTES], freed[BYTES];
static uint64_t before_end, before_close; /* plain */

/* Positions wrap behind the first byte. */
static void init(size_t n) {
    capacity = n;
    INIT_AT(&v, n, block, ((uint64_t)1 << 30) - 1);
}

static void init_1(void) { init(1); }
static void init_2(void) { init(2); }
static void init_4(void) { init(4); }

static void note_written(size_t n) {
    for (; n; n--, written++)
        if (written >= capacity)
            model_require(freed[written - capacity] == 1, "byte %lu takes a place that was not left", written);
}

static size_t write_n(size_t n) {
    uint8_t bytes[BYTES];
    for (size_t i = 0; i < n; i++) {
        bytes[i] = (uint8_t)(written + i);
        sent[written + i] = 1;
    }
    n = weir_vectoring_write(&v, bytes, n);
    note_written(n);
    return n;
}

static size_t read_n(size_t n) {
    uint8_t bytes[BYTES];
    for (size_t i = 0; i < n; i++) freed[gotten + i] = 1;
    n = weir_vectoring_read(&v, bytes, n);
    for (size_t i = 0; i < n; i++, gotten++) {
        model_require(bytes[i] == gotten, "byte %lu is %u", gotten, bytes[i]);
        model_require(sent[gotten] == 1, "byte %lu, whose write does not happen before", gotten);
    }
    return n;
}

static void write_1(void) {
    if (!write_n(1)) model_count("times full");
}

static void read_1(void) {
    if (!read_n(1)) model_count("times empty");
}

static void write_2(void) {
    write_1();
    write_1();
}

static void read_2(void) {
    read_1();
    read_1();
}

/* At rest: what is inside comes out, all room is there again, and the high mark is possible. */
static void nothing_lost(void) {
    size_t high = weir_vectoring_high(&v);
    model_require(weir_vectoring_size(&v) == written - gotten, "size %lu", weir_vectoring_size(&v));
    model_require(high <= capacity && high <= written && high >= (written > 0), "high mark %lu", high);
    read_n(capacity);
    model_require(gotten == written, "%lu written, %lu read", written, gotten);
    struct iovec iov[2];
    model_require(weir_vectoring_writable(&v, capacity, iov) == capacity, "empty, and the room is not all");
}

MODEL_PROGRAM(one, "a ring of one: each write before its read, each read before the next write", .setup = init_1,
              .thread = {write_2, read_2}, .check = nothing_lost)

static void write_3(void) {
    write_2();
    write_1();
}

static void read_3(void) {
    read_2();
    read_1();
}

MODEL_PROGRAM(two, "three bytes through a ring of two, by looks that may be old", .setup = init_2,
              .thread = {write_3, read_3}, .check = nothing_lost)

static void write_pieces(void) {
    write_n(3);
    write_n(2);
}

static void read_pieces(void) {
    read_n(1);
    read_n(4);
}

MODEL_PROGRAM(pieces, "pieces over the end of the block: in order, nothing lost, places used again after their read",
              .setup = init_4, .thread = {write_pieces, read_pieces}, .check = nothing_lost)

/* -- waiting -- */

static void write_waiting(unsigned n, size_t want) {
    while (n--) {
        model_require(weir_vectoring_wait_room(&v, want, WEIR_FOREVER) == WEIR_OK, "no room, and it is open");
        model_require(write_n(1) == 1, "room was promised, and is not there");
    }
}

static void read_waiting(unsigned n) {
    while (n--) {
        model_require(weir_vectoring_wait_bytes(&v, 1, WEIR_FOREVER) == WEIR_OK, "no byte, and it is open");
        model_require(read_n(1) == 1, "a byte was promised, and is not there");
    }
}

static void write_2_waiting(void) { write_waiting(2, 1); }
static void read_2_waiting(void) { read_waiting(2); }
static void write_3_waiting(void) { write_waiting(3, 1); }
static void read_3_waiting(void) { read_waiting(3); }

MODEL_PROGRAM(turns, "both sides sleep for each other", .setup = init_1, .thread = {write_2_waiting, read_2_waiting},
              .check = nothing_lost)
MODEL_PROGRAM(turns_of_two, "the same through a ring of two", .setup = init_2,
              .thread = {write_3_waiting, read_3_waiting}, .check = nothing_lost)

static void write_two_and_one(void) {
    write_n(1);
    write_n(1);
}

static void read_both(void) {
    model_require(weir_vectoring_wait_bytes(&v, 2, WEIR_FOREVER) == WEIR_OK, "no bytes, and it is open");
    model_require(read_n(2) == 2, "two bytes were promised");
}

MODEL_PROGRAM(want, "who waits for two bytes sleeps on after the first", .setup = init_2,
              .thread = {write_two_and_one, read_both}, .check = nothing_lost)

/* -- deadlines: the op lies in the frame of the call, which nobody may touch after its return -- */

static void read_timed(void) {
    weir_status st = weir_vectoring_wait_bytes(&v, 1, weir_now_ns() + 1);
    model_require(st == WEIR_OK || st == WEIR_TIMEOUT, "answered \"%s\"", weir_status_text(st));
    if (st == WEIR_OK) model_require(read_n(1) == 1, "a byte was promised, and is not there");
    else model_count("times timed out");
}

static void read_timed_twice(void) {
    read_timed();
    read_timed();
}

MODEL_PROGRAM(timed, "a wait that has timed out is left alone, and another follows", .setup = init_2,
              .thread = {write_2, read_timed_twice}, .check = nothing_lost)

/* -- ends -- */

static void write_and_end(void) {
    write_n(2);
    write_n(1);
    before_end = 1;
    weir_vectoring_end(&v, CODE);
}

static void read_to_the_end(void) {
    while (weir_vectoring_wait_bytes(&v, 2, WEIR_FOREVER) == WEIR_OK) read_n(2);
    model_require(gotten == 3, "the end overtook bytes: %lu of 3", gotten);
    model_require(weir_vectoring_ended(&v) == CODE && before_end == 1, "the end without what came before it");
}

MODEL_PROGRAM(end, "the end is met behind its bytes, with its error, by who sleeps too", .setup = init_4,
              .thread = {write_and_end, read_to_the_end})

static void look_for_the_end(void) {
    for (int i = 0; i < 3; i++, read_n(2))
        if (weir_vectoring_ended(&v) != WEIR_VECTORING_OPEN) {
            model_require(gotten == 3 && before_end == 1, "the end overtook bytes: %lu of 3", gotten);
            model_count("times ended");
            return;
        }
}

MODEL_PROGRAM(end_looked_for, "the same by looks alone", .setup = init_4, .thread = {write_and_end, look_for_the_end})

static void read_and_close(void) {
    read_n(1);
    before_close = 1;
    weir_vectoring_close(&v, CODE);
}

static void write_until_closed(void) {
    while (weir_vectoring_wait_room(&v, 1, WEIR_FOREVER) == WEIR_OK)
        if (written < BYTES - 1) write_n(1);
    model_require(weir_vectoring_closed(&v) == CODE && before_close == 1, "closed without what came before it");
}

MODEL_PROGRAM(close, "a close is told to the writer, at work or asleep", .setup = init_1,
              .thread = {write_until_closed, read_and_close})

/* -- size, asked by a third -- */

static void ask(void) {
    size_t n = weir_vectoring_size(&v), high = weir_vectoring_high(&v);
    model_require(n <= 1 && high <= 1, "size %lu, high mark %lu of a ring that never held more than one", n, high);
}

MODEL_PROGRAM(size, "size and high mark count no more than there ever was", .setup = init_2,
              .thread = {write_1, read_1, ask}, .check = nothing_lost)
