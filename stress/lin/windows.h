/* windows - many short histories of one kind: a team of threads does a few operations each on a fresh object, all at once, and
 * what they recorded is searched for a legal order (search.h). Then the next.
 *
 * A kind's file <kind>_lin.c says what an object is, how one is made ready, and what one thread does in one window (a plan).
 * Short, because a search is; many, because most are harmless; every one with other shapes, and delays at other places.
 * On a violation the history is shrunk and printed in columns, and left as a file where the runner gives a folder; its name is
 * the suffix that replays it: the record is checked again, not made again. A window that does not end is a violation too.
 */
#ifndef WEIR_STRESS_LIN_WINDOWS_H
#define WEIR_STRESS_LIN_WINDOWS_H

#include "stress/check.h"
#include "stress/flow.h"
#include "stress/lin/spec.h"

enum { LIN_TEAM = 4, LIN_WINDOW = 24 }; /* threads; operations of a window, about */

typedef struct lin_window {
    lin_history history;  /* fresh sets the parameters */
    unsigned threads;     /* fresh may lower both: members 0 .. threads-1 act */
    unsigned each;        /* and do about so many operations */
    stress_random random; /* for fresh */
} lin_window;

typedef struct lin_plan {
    const lin_spec *spec;
    void (*fresh)(lin_window *w);                                     /* alone: a fresh object, a shape */
    void (*act)(const lin_window *w, lin_log *log, stress_random *r); /* member log->thread */
    void (*over)(lin_window *w);                                      /* alone: ends the object; or NULL */
} lin_plan;

stress_verdict lin_windows(const stress_check *c, const stress_request *r, const lin_plan *plan);

/* A value like no other of the window, short enough to read: thread, then count. */
static inline uint64_t lin_value(const lin_log *log, unsigned i) { return (log->thread + 1u) * 100u + i; }

/* The answer of an operation, for lin_return. */
static inline lin_result lin_of(weir_status st) {
    return st == WEIR_OK ? LIN_OK : st == WEIR_AGAIN ? LIN_AGAIN : st == WEIR_TIMEOUT ? LIN_TIMEOUT : LIN_CLOSED;
}
static inline lin_result lin_ok(bool ok) { return ok ? LIN_OK : LIN_NO; }
static inline lin_result lin_yes(bool yes) { return yes ? LIN_YES : LIN_NO; }

#endif
