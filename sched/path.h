/* path - the queues that bytes pass between a source and a sink, of which one at most may grow.
 *
 * When to use      Where a program is put together, once: each stage (a coroutine, a process, the world outside) and
 *                  each queue between two stages is declared, and a queue that may grow is refused when another one
 *                  lies on a path with it. Then a stalled sink holds up its source, and the memory held in between is
 *                  the sum of what was declared.
 * What a path is   Any way along the queues, in the direction of their bytes. A queue that may grow must not lie on a
 *                  circle either.
 * Shape, units     Bytes. Any number of stages and queues.
 * Ownership        All structs are the caller's, cleared but for what he fills, and must stay where they are while the
 *                  path is used. Nothing is allocated.
 * Threads          One at a time; `held` and `high` are called by the report.
 * Errors           join: see there; after a refusal nothing has changed.
 * Checked by       sched/path_test.c.
 */
#ifndef WEIR_SCHED_PATH_H
#define WEIR_SCHED_PATH_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_stage weir_stage;
typedef struct weir_queue weir_queue;

/* What bytes come from and go to. The caller fills the name. */
struct weir_stage {
    const char *name;
    /* the library's */
    weir_queue *in, *out;
    const weir_queue *above, *below; /* a queue that may grow on a way to it, on a way from it */
    uint32_t seen;
};

/* A queue. The caller fills the first part. */
struct weir_queue {
    const char *name;
    uint64_t limit; /* bytes that it may hold */
    bool grows;     /* it takes memory as it needs it, up to its limit, and is the one of its path that does */
    uint64_t (*high)(const void *of); /* the most that it has held; NULL: not known */
    const void *of;
    /* the library's */
    weir_stage *from, *to;
    weir_queue *next_out, *next_in, *next;
};

typedef struct weir_path {
    weir_queue *first, *last;
    uint32_t walks;
    char error[256]; /* of the last refusal, for a person */
} weir_path;

/* Adds a queue from one stage to another. False: two queues on one path could grow, or one on a circle; path->error
 * names both and the stages. */
bool weir_path_join(weir_path *path, weir_queue *queue, weir_stage *from, weir_stage *to);

/* The sum of all limits: what may be on its way at once, at most. */
uint64_t weir_path_limit(const weir_path *path);

/* The first queue that has held more than its limit; NULL: none. */
const weir_queue *weir_path_exceeded(const weir_path *path);

/* A line for each queue: from, to, name, the most it has held, its limit. */
void weir_path_report(const weir_path *path, FILE *to);

#ifdef __cplusplus
}
#endif
#endif
