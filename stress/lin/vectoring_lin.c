/* Short histories of vectoring: one thread writes words of eight bytes, one reads them, at any offset; tries, waits, deadlines,
 * and the end, which the writer makes in the middle. */
#include "prims/vectoring.h"
#include "stress/lin/spec_queue.h"
#include "stress/lin/windows.h"

#define INIT_AT WEIR_BIND(vectoring, WEIR_VECTORING, _init_at)
enum { CAPACITY = 4, WORD = sizeof(uint64_t) };

static WEIR_ALIGNED(WEIR_CACHE_LINE) weir_vectoring ring;
static WEIR_ALIGNED(WEIR_CACHE_LINE) unsigned char block[CAPACITY * WORD];
static bool ends; /* the writer ends it, and the reader reads until then */

static void fresh(lin_window *w) {
    uint32_t *p = w->history.param;
    p[LIN_QUEUE_CAPACITY] = 1u << stress_random_below(&w->random, 3);
    p[LIN_QUEUE_EMPTY] = p[LIN_QUEUE_FULL] = LIN_STRICT;
    w->threads = 2;
    ends = stress_random_below(&w->random, 2);
    if (INIT_AT(&ring, p[LIN_QUEUE_CAPACITY] * (uint64_t)WORD, block, flow_start(&w->random)) != WEIR_OK)
        stress_fail("init refused");
}

/* Waits as long as a way of waiting says; a try is a wait whose time is over, and answers AGAIN. */
static lin_result waited(weir_status (*wait)(weir_vectoring *, size_t, uint64_t), stress_random *r, bool forever) {
    uint32_t dice = forever ? 0 : 1 + stress_random_below(r, 2);
    uint64_t until = dice == 0 ? WEIR_FOREVER : dice == 1 ? 0 : weir_now_ns() + stress_random_below(r, 20000);
    weir_status st = wait(&ring, WORD, until);
    return lin_of(st == WEIR_TIMEOUT && dice == 1 ? WEIR_AGAIN : st);
}

static lin_result write_word(lin_log *log, stress_random *r, uint64_t v, bool forever) {
    lin_invoke(log, LIN_PUSH, v);
    lin_result how = waited(weir_vectoring_wait_room, r, forever);
    if (how == LIN_OK && weir_vectoring_write(&ring, &v, WORD) != WORD)
        stress_fail("room was promised, and is not there");
    lin_return(log, how, 0);
    return how;
}

static lin_result read_word(lin_log *log, stress_random *r, bool forever) {
    uint64_t v = 0;
    lin_invoke(log, LIN_POP, 0);
    lin_result how = waited(weir_vectoring_wait_bytes, r, forever);
    if (how == LIN_OK && weir_vectoring_read(&ring, &v, WORD) != WORD)
        stress_fail("a word was promised, and is not there");
    lin_return(log, how, v);
    return how;
}

static void act(const lin_window *w, lin_log *log, stress_random *r) {
    bool writes = log->thread == 0;
    unsigned end_at = stress_random_below(r, w->each);
    for (unsigned i = 0; writes && i < w->each; i++) {
        if (ends && i == end_at) {
            lin_invoke(log, LIN_CLOSE, 0);
            weir_vectoring_end(&ring, WEIR_VECTORING_EOF);
            lin_return(log, LIN_OK, 0);
        } else write_word(log, r, lin_value(log, i), ends && stress_random_below(r, 2));
    }
    for (unsigned i = 0; !writes && !ends && i < w->each; i++) read_word(log, r, false);
    while (!writes && ends && read_word(log, r, true) == LIN_OK) {}
}

static stress_verdict run(const stress_check *c, const stress_request *request) {
    static const lin_plan plan = {&lin_queue, fresh, act, NULL};
    return lin_windows(c, request, &plan);
}

STRESS_CHECK(lin, windows, "a bounded FIFO of bytes with an end: what was written comes out once, the end is final",
             run)
