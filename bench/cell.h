/* cell - one row in one column, and one repetition of it in a child process.
 *
 * A thread stuck inside a library cannot be stopped and a library may crash, so each repetition runs in a child that is
 * killed at its limit, together with whatever it has started (it leads a process group of its own); it dies with this
 * program, too. What it found comes back through a pipe.
 */
#ifndef WEIR_BENCH_CELL_H
#define WEIR_BENCH_CELL_H

#include <signal.h>

#include "bench/axis.h"
#include "bench/pin.h"
#include "bench/registry.h"

enum cell_status { CELL_OK, CELL_TIMEOUT, CELL_ABSENT, CELL_FAILED, CELL_WRONG };
extern const char *const cell_status_text[]; /* "ok" ... as in the document */

typedef struct cell {
    const bench_case *of;
    const bench_row *row;
    bool chosen;     /* the default of this build */
    bool twin;       /* second half of an A/A pair: the same row measured once more */
    unsigned column; /* cells of one case with the same params have the same number */
    bool aside;      /* it has a value from behind a semicolon; see bench_axis */
    bench_dear dear; /* what its row says of this column, or zeros */
    bench_params params;
    struct {
        int axis;
        char value[AXIS_VALUE_MAX];
    } axis[AXES_MAX]; /* the column, as it was written */
    unsigned axes;

    enum cell_status status;
    char error[160];
    double *reps; /* `value` of each repetition that succeeded, in order */
    unsigned count;
    uint64_t iterations;           /* loop rows: found by the first repetition */
    double items, wall_ns, cpu_ns; /* summed over the repetitions */
    struct {
        char name[24];
        double sum;
        unsigned count;
    } extra[BENCH_EXTRAS];
    unsigned extras;
    uint64_t moved[BENCH_THREADS_MAX]; /* team rows: items of each thread, producers first, summed */
} cell;

/* Runs one repetition and adds what it found to the cell; sets status when it did not succeed. `limit` in seconds.
 * Returns false only when *interrupted became set: the repetition was broken off and counts for nothing. */
bool cell_repeat(cell *c, const pin_plan *pins, double seconds, double limit, uint64_t seed,
                 const volatile sig_atomic_t *interrupted);

/* Seconds that were spent on making dear objects so far. */
double cell_making(void);

/* Least items of a thread over most, the worse of producers and consumers; NAN when no side has two threads. */
double cell_fairness(const cell *c);

/* Starts a process that dies with this one and leads a process group of its own. As fork(). */
pid_t cell_fork(void);

/* Kills that process and its group, and waits for it. */
void cell_kill(pid_t child);

#endif
