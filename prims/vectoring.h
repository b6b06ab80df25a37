/* vectoring - bounded ring of bytes between one writer and one reader, which each side sees as one or two iovecs.
 *
 * When to use      A stream of bytes between two coroutines or threads, or between one of them and a descriptor
 *                  (vectoring_io.h), without a copy in between: the side's own bytes lie in the ring and are used there.
 *                  Words: spsc. Several writers: a chan of buffers.
 * Shape, units     capacity in bytes, a power of two, 1 .. 2^29. Errors: numbers of errno, above 0. Deadlines: absolute ns
 *                  of CLOCK_MONOTONIC, WEIR_FOREVER is none.
 * Ownership        The caller gives the memory: sizeof(weir_vectoring) and capacity bytes, both aligned to WEIR_CACHE_LINE,
 *                  and takes it back when nobody is inside any call or wait and none will come. Nothing is allocated; there
 *                  is no destroy; init again makes it new. What writable shows is the writer's until wrote, what readable
 *                  shows is the reader's until consumed. An op belongs to the vectoring from PARKED until its wake, or until
 *                  cancel answers true; it must stay where it is.
 * Threads          One writer at a time: writable, wrote, write, end, room waits. One reader at a time: readable, consumed, read,
 *                  close, byte waits. One thread may be both. Handing a role on needs a synchronisation of the caller's own.
 *                  ended, closed: either side. size, high: anyone.
 *                               writer  reader  init
 *                      writer     X       -      X        X: the caller must exclude    -: free
 *                      reader     -       X      X
 * Ends             end: the writer's last word, an orderly end (0) or an error. It stands behind the bytes written before:
 *                  the reader meets it when it has consumed them all, neither earlier nor without them. close: the reader
 *                  wants no more; what is inside is lost, and the writer is told at its next wait or its next look. Both are
 *                  final, and wake the other side; a side that has an op parked takes it back first.
 * Progress         `ring`: wait-free but for the wake of a sleeper, which takes a short lock (wait.h). `lock`: blocking.
 *                  No lost wake-up: who waits is woken by the next bytes, or room, or end, and looks again. Two sides that
 *                  wait for more than capacity + 1 bytes between them may wait for each other.
 * Linearizes at    wrote, consumed, end, close: the addition to, or the mark in, the side's word. Waits and views: the last
 *                  look at the other side's word.
 * Memory order     All that happened before wrote or end happens before the view or wait that shows it; all that happened
 *                  before consumed or close happens before the view or wait that shows the room or the close.
 * Errors           init: see there. CLOSED of a wait: the vectoring is over for this side; ended or closed says why.
 * Reclaim, ABA     Positions are 30 bits wide, and never further apart than the capacity, 2^29 at most.
 * Limits           Not for signal handlers. Two cache lines beside the bytes (`ring`).
 * Source           Lamport (1983) for the ring, readv(2) and writev(2) for its view; the marks in one word with the position
 *                  are ours: then no seq_cst is needed to sleep, and an end cannot overtake its bytes.
 * Checked by       prims/vectoring_test.c; TSan; sum check of every bench run. stress: unit litmus model lin laws progress
 *                  fault fuzz.
 */
#ifndef WEIR_PRIMS_VECTORING_H
#define WEIR_PRIMS_VECTORING_H

#include <string.h>

#include "vectoring/lock.h"
#include "vectoring/ring.h"
#include "variant.h"

#ifdef __cplusplus
extern "C" {
#endif

#define WEIR_VECTORING_(op) WEIR_BIND(vectoring, WEIR_VECTORING, op)

typedef WEIR_VECTORING_() weir_vectoring;

/* Makes an empty open ring in *v and block, which is of `capacity` bytes. OK; BAD_NULL; BAD_ALIGN: v or block is not aligned
 * to WEIR_CACHE_LINE; BAD_ZERO, BAD_POWER_OF_TWO, BAD_RANGE: the capacity; NOMEM: no mutex (`lock`). After a refusal nothing
 * has been written. */
static inline weir_status weir_vectoring_init(weir_vectoring *v, uint64_t capacity, void *block) {
    return WEIR_VECTORING_(_init)(v, capacity, block);
}

/* Bytes inside: exact for a thread that excludes both sides, otherwise true of some moment near the call. */
static inline size_t weir_vectoring_size(const weir_vectoring *v) { return WEIR_VECTORING_(_size)(v); }

/* The most bytes that have been inside at the end of any write, as its writer saw it; at most the capacity. */
static inline size_t weir_vectoring_high(const weir_vectoring *v) { return WEIR_VECTORING_(_high)(v); }

/* -- the writer -------------------------------------------------------------------------------------------------- */

/* Shows the room: returns its bytes, which are iov[0] and then iov[1], either of which may be empty. Looks again at what the
 * reader has left when it knows of less than `want`; all there is: the capacity. 0: full, ended or closed. */
static inline size_t weir_vectoring_writable(weir_vectoring *v, size_t want, struct iovec iov[2]) {
    return WEIR_VECTORING_(_writable)(v, want, iov);
}

/* The first n bytes of the room last shown have been written: appends them. 0 does nothing. Not after end. */
static inline void weir_vectoring_wrote(weir_vectoring *v, size_t n) { WEIR_VECTORING_(_wrote)(v, n); }

/* Appends the first k <= n of bytes[0..n) and returns k; less than n only when that filled the ring, or it is over. */
static inline size_t weir_vectoring_write(weir_vectoring *v, const void *bytes, size_t n) {
    struct iovec iov[2];
    size_t room = weir_vectoring_writable(v, n, iov), first;
    if (n > room) n = room;
    first = n < iov[0].iov_len ? n : iov[0].iov_len;
    if (first) memcpy(iov[0].iov_base, bytes, first);
    if (n > first) memcpy(iov[1].iov_base, (const char *)bytes + first, n - first);
    weir_vectoring_wrote(v, n);
    return n;
}

/* Nothing more will be written. error: WEIR_VECTORING_EOF (0), or why the stream ends too early. Only the first counts. */
static inline void weir_vectoring_end(weir_vectoring *v, int error) { WEIR_VECTORING_(_end)(v, error); }

/* WEIR_VECTORING_OPEN (-1) while the reader has not closed; else what it gave to close. What is written after a close is
 * lost. */
static inline int weir_vectoring_closed(weir_vectoring *v) { return WEIR_VECTORING_(_closed)(v); }

/* -- the reader -------------------------------------------------------------------------------------------------- */

/* Shows the bytes inside: returns their number; they are iov[0] and then iov[1], either of which may be empty. Looks again at
 * what has been written when it knows of less than `want`. 0: empty, or closed by this side. */
static inline size_t weir_vectoring_readable(weir_vectoring *v, size_t want, struct iovec iov[2]) {
    return WEIR_VECTORING_(_readable)(v, want, iov);
}

/* The first n of the bytes last shown are no longer needed. 0 does nothing. */
static inline void weir_vectoring_consumed(weir_vectoring *v, size_t n) { WEIR_VECTORING_(_consumed)(v, n); }

/* Takes the first k <= n bytes into bytes[0..k) and returns k; less than n only when that emptied the ring. */
static inline size_t weir_vectoring_read(weir_vectoring *v, void *bytes, size_t n) {
    struct iovec iov[2];
    size_t ready = weir_vectoring_readable(v, n, iov), first;
    if (n > ready) n = ready;
    first = n < iov[0].iov_len ? n : iov[0].iov_len;
    if (first) memcpy(bytes, iov[0].iov_base, first);
    if (n > first) memcpy((char *)bytes + first, iov[1].iov_base, n - first);
    weir_vectoring_consumed(v, n);
    return n;
}

/* Nothing more will be read. error: as for end. Only the first counts. */
static inline void weir_vectoring_close(weir_vectoring *v, int error) { WEIR_VECTORING_(_close)(v, error); }

/* WEIR_VECTORING_OPEN (-1) while bytes are inside or may come; then what the writer gave to end. */
static inline int weir_vectoring_ended(weir_vectoring *v) { return WEIR_VECTORING_(_ended)(v); }

/* -- waiting: steps, as wait.h describes ------------------------------------------------------------------------- */

/* Makes *op ready for its first step; `wake` is called once after each PARKED. want: bytes of room, or inside, to wait for. */
static inline void weir_vectoring_op_init(weir_vectoring_op *op, size_t want, void (*wake)(weir_wait *)) {
    weir_wait_init(&op->wait, wake);
    op->want = want > UINT32_MAX ? UINT32_MAX : (uint32_t)want;
}

/* The writer's. OK: op->want bytes fit in. PARKED: step again after the wake. CLOSED: by the reader, or ended by this side. */
static inline weir_status weir_vectoring_room_step(weir_vectoring *v, weir_vectoring_op *op) {
    return WEIR_VECTORING_(_room_step)(v, op);
}

/* The reader's. OK: op->want bytes are inside, or the last ones, however few. PARKED: step again after the wake. CLOSED: ended
 * and empty, or closed by this side. */
static inline weir_status weir_vectoring_bytes_step(weir_vectoring *v, weir_vectoring_op *op) {
    return WEIR_VECTORING_(_bytes_step)(v, op);
}

/* Withdraws a parked op. True: no wake will come. False: it has come or is coming; nothing else needs to be done after it. */
static inline bool weir_vectoring_cancel(weir_vectoring *v, weir_vectoring_op *op) {
    return WEIR_VECTORING_(_cancel)(v, op);
}

/* -- threads ----------------------------------------------------------------------------------------------------- */

static inline weir_status weir_vectoring_room_step_(void *v, weir_wait *w) {
    return weir_vectoring_room_step((weir_vectoring *)v, (weir_vectoring_op *)w);
}
static inline weir_status weir_vectoring_bytes_step_(void *v, weir_wait *w) {
    return weir_vectoring_bytes_step((weir_vectoring *)v, (weir_vectoring_op *)w);
}
static inline bool weir_vectoring_cancel_(void *v, weir_wait *w) {
    return weir_vectoring_cancel((weir_vectoring *)v, (weir_vectoring_op *)w);
}

/* Waits until `want` bytes fit in. OK, CLOSED, or TIMEOUT. A deadline in the past looks once. */
static inline weir_status weir_vectoring_wait_room(weir_vectoring *v, size_t want, uint64_t deadline_ns) {
    weir_vectoring_op op;
    weir_vectoring_op_init(&op, want, NULL);
    return weir_thread_run(weir_vectoring_room_step_, weir_vectoring_cancel_, v, &op.wait, deadline_ns,
                           WEIR_VECTORING_(_learned)(v, true));
}

/* Waits until `want` bytes are inside, or the last ones. OK, CLOSED, or TIMEOUT. A deadline in the past looks once. */
static inline weir_status weir_vectoring_wait_bytes(weir_vectoring *v, size_t want, uint64_t deadline_ns) {
    weir_vectoring_op op;
    weir_vectoring_op_init(&op, want, NULL);
    return weir_thread_run(weir_vectoring_bytes_step_, weir_vectoring_cancel_, v, &op.wait, deadline_ns,
                           WEIR_VECTORING_(_learned)(v, false));
}

#undef WEIR_VECTORING_

#ifdef __cplusplus
}
#endif
#endif
