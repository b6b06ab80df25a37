/* history - what threads did to one object and when: the record that a search for a legal order starts from.
 *
 * Interval         An operation took effect, if it did, between `invoked` and `returned`. Both are stamps of one clock, and an
 *                  interval may only be recorded wider than it was: what returned <= invoked says really came first.
 * The clock        One counter for all threads, advanced by an acquire-release fetch-and-add: whoever draws a later stamp has
 *                  seen all that was done before the earlier one. So "came first" is "happened before" in the sense of C11, on
 *                  every machine, which a processor's own clock would not say of stores that still wait in a buffer. The
 *                  price: operations are ordered *between* their calls, so what a missing release or acquire shows only from
 *                  one call to the next is hidden here. That is the model's part.
 *                  One stamp ends an operation and begins the thread's next: half as many, and wider only.
 * Pending          An operation without an end (returned == LIN_NEVER) may have taken effect or not. Its result is
 *                  LIN_PENDING, or known from a longer history of which this is the beginning.
 */
#ifndef WEIR_STRESS_LIN_HISTORY_H
#define WEIR_STRESS_LIN_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "prims/atomic.h"
#include "prims/platform.h"

enum { LIN_THREADS = 8, LIN_HISTORY = 256, LIN_PARAMS = 4 };
#define LIN_NEVER UINT64_MAX

typedef enum lin_result {
    LIN_PENDING, /* "?" */
    LIN_OK,      /* did what it was to do */
    LIN_AGAIN,   /* a try that could not */
    LIN_TIMEOUT,
    LIN_CLOSED,
    LIN_ABORT, /* gave way to another thread */
    LIN_YES,
    LIN_NO,
    LIN_RESULTS
} lin_result;

typedef struct lin_op {
    uint64_t invoked, returned;
    uint64_t arg, more[2]; /* as the kind has them; with keyed specifications arg is the key */
    uint64_t value;        /* what it gave back, with OK or YES */
    uint8_t thread, kind, result;
} lin_op;

struct lin_spec;
typedef struct lin_history {
    const struct lin_spec *spec;
    uint32_t param[LIN_PARAMS]; /* of the specification: capacity ... */
    unsigned count;
    lin_op op[LIN_HISTORY]; /* each thread's in program order */
} lin_history;

/* -- recording: one log a thread, all with the same clock --------------------------------------------------------- */

enum { LIN_LOG = 32 };

typedef struct lin_log {
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a64 *clock;
    uint64_t stamp; /* the latest */
    weir_a32 count; /* begun; read by others only when the thread hangs */
    uint8_t thread;
    void (*delay)(void); /* called within each interval, on both sides of the operation; or NULL */
    lin_op op[LIN_LOG];
} lin_log;

/* Empties the log and draws the first stamp. */
void lin_log_begin(lin_log *log, weir_a64 *clock, unsigned thread);

/* Before and after each operation, at most LIN_LOG of them. */
void lin_invoke(lin_log *log, unsigned kind, uint64_t arg);
void lin_return(lin_log *log, lin_result result, uint64_t value);

/* One more operation with the interval of the last. */
void lin_also(lin_log *log, unsigned kind, uint64_t arg, lin_result result);

/* Instead of lin_return: the operation was refused before it began. */
void lin_forget(lin_log *log);

/* A batch that did as n operations would, one after another with the same interval: the first was begun by lin_invoke. */
void lin_return_n(lin_log *log, lin_result result, const uint64_t *args, const uint64_t *values, unsigned n);

/* Appends what a thread has logged, at most LIN_HISTORY in all. */
void lin_collect(lin_history *h, const lin_log *log);

#endif
