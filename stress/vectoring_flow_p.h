/* vectoring_flow_p - a ring of bytes as a flow of words of eight bytes, which may lie anywhere in it: how one is made and
 * used in each way, and its laws at rest. Included once by a file of checks. */
#include <stdlib.h>

#include "prims/vectoring.h"
#include "stress/flow.h"

#define INIT_AT WEIR_BIND(vectoring, WEIR_VECTORING, _init_at)

enum { WORD = sizeof(uint64_t), ENDED_BY = 77, GIVEN_BACK = 0xa5 };

static void make(flow *f, stress_random *r) {
    f->capacity = (uint64_t)1 << (stress_random_below(r, 3) ? stress_random_below(r, 4) : stress_random_below(r, 11));
    f->start = flow_start(r);
    f->object = rounds_alloc(sizeof(weir_vectoring));
    f->block = rounds_alloc(f->capacity * WORD);
    if (INIT_AT(f->object, f->capacity * WORD, f->block, f->start) != WEIR_OK) stress_fail("init refused");
}

static void unmake(flow *f) {
    free(f->object);
    free(f->block);
}

/* -- steps, by a waiter that is no weir_thread: its wake runs on another thread -- */

typedef struct stepper {
    weir_vectoring_op op; /* first */
    weir_a32 wakes;
} stepper;

static void count_wake(weir_wait *w) {
    weir_a32 *wakes = &((stepper *)(void *)w)->wakes;
    weir_a32_add_release(wakes, 1); /* R1: pairs with A1; the last touch */
    weir_futex_wake(wakes, 1);
}

static stepper *stepper_of(flow_member *me) {
    if (!me->own) memset(me->own = rounds_alloc(sizeof(stepper)), GIVEN_BACK, sizeof(stepper));
    stepper *s = me->own;
    for (size_t i = 0; i < sizeof s->op; i++)
        if (((unsigned char *)&s->op)[i] != GIVEN_BACK)
            stress_fail("an op was written to after it had been given back");
    weir_a32_store(&s->wakes, 0);
    return s;
}

/* Waits for wake number n. False: patience ended before, and the op is withdrawn. */
static bool await_wake(flow_member *me, stepper *s, uint32_t n) {
    uint32_t patience = stress_random_below(me->random, 2) ? stress_random_below(me->random, 20) : UINT32_MAX;
    for (uint32_t seen, polls = 0; seen = weir_a32_load_acquire(&s->wakes), seen < n; polls++) { /* A1 */
        if (polls == patience && weir_vectoring_cancel(me->flow->object, &s->op)) return false;
        if (polls < 20 || patience == polls) weir_yield();
        else weir_futex_wait(&s->wakes, seen, WEIR_FOREVER);
    }
    return true;
}

static weir_status step_through(flow_member *me, weir_status (*step)(weir_vectoring *, weir_vectoring_op *)) {
    stepper *s = stepper_of(me);
    uint32_t parks = 0;
    weir_status st;
    weir_vectoring_op_init(&s->op, WORD, count_wake);
    while ((st = step(me->flow->object, &s->op)) == WEIR_PARKED)
        if (!await_wake(me, s, ++parks)) {
            parks--;
            st = WEIR_TIMEOUT;
            break;
        }
    memset(&s->op, GIVEN_BACK, sizeof s->op);
    if (weir_a32_load(&s->wakes) != parks)
        stress_fail("%u wakes for an op that was left parked %u times", weir_a32_load(&s->wakes), parks);
    return st;
}

/* -- one operation in each way -- */

/* Waits for one word's room, or bytes, as `way` says; a try does not. */
static weir_status wait_for(flow_member *me, bool room) {
    weir_vectoring *v = me->flow->object;
    uint64_t until = me->way == FLOW_FOREVER ? WEIR_FOREVER : me->way == FLOW_TIMED ? flow_deadline(me) : 0;
    if (me->way == FLOW_STEPS) return step_through(me, room ? weir_vectoring_room_step : weir_vectoring_bytes_step);
    weir_status st = room ? weir_vectoring_wait_room(v, WORD, until) : weir_vectoring_wait_bytes(v, WORD, until);
    return me->way == FLOW_TRY && st == WEIR_TIMEOUT ? WEIR_AGAIN : st;
}

/* Bytes between a view and an array. */
static void copy(struct iovec iov[2], void *bytes, size_t n, bool in) {
    for (int i = 0; i < 2 && n; i++) {
        size_t part = n < iov[i].iov_len ? n : iov[i].iov_len;
        memcpy(in ? iov[i].iov_base : bytes, in ? bytes : iov[i].iov_base, part);
        bytes = (char *)bytes + part;
        n -= part;
    }
}

static weir_status push(flow_member *me, const uint64_t *v, size_t n, size_t *moved) {
    struct iovec iov[2];
    weir_vectoring *q = me->flow->object;
    uint64_t words[FLOW_BATCH];
    *moved = 0;
    if (weir_vectoring_writable(q, WORD, iov) < WORD) {
        weir_status st = wait_for(me, true);
        if (st != WEIR_OK) return st;
    }
    size_t room = weir_vectoring_writable(q, n * WORD, iov) / WORD;
    if (room == 0) stress_fail("room was said to be there, and is not");
    *moved = n < room ? n : room;
    memcpy(words, v, *moved * WORD);
    copy(iov, words, *moved * WORD, true);
    weir_vectoring_wrote(q, *moved * WORD);
    return WEIR_OK;
}

static weir_status pop(flow_member *me, uint64_t *v, size_t n, size_t *moved) {
    struct iovec iov[2];
    weir_vectoring *q = me->flow->object;
    *moved = 0;
    if (weir_vectoring_readable(q, WORD, iov) < WORD) {
        weir_status st = wait_for(me, false);
        if (st != WEIR_OK) return st;
    }
    size_t ready = weir_vectoring_readable(q, n * WORD, iov);
    if (ready == 0 || ready % WORD) stress_fail("%zu bytes of words of eight are said to be there", ready);
    *moved = n < ready / WORD ? n : ready / WORD;
    copy(iov, v, *moved * WORD, false);
    weir_vectoring_consumed(q, *moved * WORD);
    return WEIR_OK;
}

/* The writer itself ends it. */
static void finish(flow *f) { weir_vectoring_end(f->object, ENDED_BY); }

static void rest(flow *f, bool closed) {
    weir_vectoring *q = f->object;
    struct iovec iov[2];
    size_t bytes = f->capacity * WORD, high = weir_vectoring_high(q);
    if (weir_vectoring_size(q) != 0) stress_fail("at rest: empty, and of size %zu", weir_vectoring_size(q));
    if (high > bytes || high % WORD) stress_fail("at rest: of %zu bytes, and at most %zu were inside", bytes, high);
    if (closed) {
        if (weir_vectoring_wait_room(q, 1, 0) != WEIR_CLOSED || weir_vectoring_writable(q, 1, iov))
            stress_fail("at rest: ended, and there is room");
        if (weir_vectoring_wait_bytes(q, 1, 0) != WEIR_CLOSED || weir_vectoring_ended(q) != ENDED_BY)
            stress_fail("at rest: the end was not met by the reader");
        return;
    }
    if (weir_vectoring_ended(q) != WEIR_VECTORING_OPEN) stress_fail("at rest: an end that nobody made");
    if (weir_vectoring_writable(q, bytes, iov) != bytes) stress_fail("at rest: empty, and the room is not all");
    weir_vectoring_wrote(q, bytes);
    if (weir_vectoring_high(q) != bytes) stress_fail("at rest: full, and the mark says %zu", weir_vectoring_high(q));
    if (weir_vectoring_readable(q, bytes, iov) != bytes) stress_fail("at rest: full, and not all can be read");
}
