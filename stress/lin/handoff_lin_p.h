/* handoff_lin_p - what one thread does in a window of a cubby or a channel: the two have the same calls. Included once, after
 *     #define HANDOFF(name) weir_chan##name     the names of its kind
 *     #define HANDOFF_TIMED true                has deadlines; may be an expression
 *     #define HANDOFF_CLOSES true
 * and the definition of `object`, a HANDOFF() *.
 *
 * Waiting must end, so windows are of three sorts: nobody waits for ever; pushers and poppers wait for ever, and there are as
 * many pushes as pops; or one member, who does not wait for ever itself, closes. */
#include "stress/lin/spec_queue.h"
#include "stress/lin/windows.h"

typedef enum sort { FREE, BALANCED, CLOSING } sort;
static sort window_sort;
static unsigned pushers,
    pushes; /* BALANCED: members 0 .. pushers-1 push, so often each; the others pop as many in all */

static void choose_sort(lin_window *w) {
    window_sort = (sort)stress_random_below(&w->random, HANDOFF_CLOSES ? 3 : 2);
    if (window_sort != BALANCED) return;
    pushers = 1 + stress_random_below(&w->random, w->threads - 1);
    pushes = (w->threads - pushers) * (1 + stress_random_below(&w->random, 6 / w->threads));
}

typedef enum way { TRY, TIMED, FOREVER } way;

static uint64_t deadline(stress_random *r) {
    uint32_t dice = stress_random_below(r, 4);
    return dice == 0 ? 1 : weir_now_ns() + (dice == 1 ? 0 : stress_random_below(r, 20000));
}

/* NOTSUP: a deadline that cannot be kept just now. */
static weir_status ended(lin_log *log, weir_status st, uint64_t value) {
    if (st == WEIR_NOTSUP) lin_forget(log);
    else lin_return(log, lin_of(st), value);
    return st;
}

static weir_status push(lin_log *log, stress_random *r, way how, uint64_t v) {
    uint64_t until = how == TIMED ? deadline(r) : WEIR_FOREVER;
    lin_invoke(log, LIN_PUSH, v);
    return ended(log, how == TRY ? HANDOFF(_try_push)(object, v) : HANDOFF(_push_until)(object, v, until), 0);
}

static weir_status pop(lin_log *log, stress_random *r, way how) {
    uint64_t until = how == TIMED ? deadline(r) : WEIR_FOREVER, v = 0;
    lin_invoke(log, LIN_POP, 0);
    weir_status st = how == TRY ? HANDOFF(_try_pop)(object, &v) : HANDOFF(_pop_until)(object, &v, until);
    return ended(log, st, v);
}

static way patient_or_not(stress_random *r) { return HANDOFF_TIMED && stress_random_below(r, 2) ? TIMED : TRY; }

/* So many moves in one direction; each may be tried in vain first. */
static void move_all(lin_log *log, stress_random *r, bool pushing, unsigned n) {
    for (unsigned i = 0; i < n; i++) {
        bool first = stress_random_below(r, 2);
        uint64_t v = lin_value(log, i);
        if (first && (pushing ? push(log, r, patient_or_not(r), v) : pop(log, r, patient_or_not(r))) == WEIR_OK)
            continue;
        if (pushing) push(log, r, FOREVER, v);
        else pop(log, r, FOREVER);
    }
}

static void act(const lin_window *w, lin_log *log, stress_random *r) {
    bool closer = window_sort == CLOSING && log->thread == 0;
    unsigned close_at = stress_random_below(r, w->each);
    uint32_t taste = stress_random_below(r, 5);
    if (window_sort == BALANCED) {
        bool pushing = log->thread < pushers;
        move_all(log, r, pushing, pushing ? pushes : pushers * pushes / (w->threads - pushers));
        return;
    }
    for (unsigned i = 0; i < w->each; i++) {
        way how = window_sort == CLOSING && !closer && stress_random_below(r, 2) ? FOREVER : patient_or_not(r);
        if (closer && i == close_at) {
            lin_invoke(log, LIN_CLOSE, 0);
            lin_return(log, lin_of(HANDOFF(_close)(object)), 0);
        } else if (stress_random_below(r, 4) < taste) push(log, r, how, lin_value(log, i));
        else pop(log, r, how);
    }
}
