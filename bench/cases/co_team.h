/* co_team - coroutines with roles that move items through one object, for co.chan and co.cubby: as a team of threads does (bench/team.h), on
 * `threads` loops. With one loop all are on it; else producers are on the first half of them and consumers on the others. */
#ifndef WEIR_BENCH_CASES_CO_TEAM_H
#define WEIR_BENCH_CASES_CO_TEAM_H

#include "bench/case.h"
#include "sched/loop.h"

typedef struct bench_co_team {
    void *object;
    const weir_co_type *producer, *consumer; /* their structs begin with a bench_side */
    weir_crew *crew;
    unsigned loops, producers, consumers;
    struct bench_side **sides; /* producers first */
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a32 stop;
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a32 producing, left;
    uint64_t end_ns; /* of the last */
} bench_co_team;

typedef struct bench_side {
    weir_co co;
    bench_co_team *team;
    uint64_t items, sum, next; /* moved; of their values; the next one's value */
    unsigned last;             /* BENCH_LAST still to be pushed */
} bench_side;

/* The next value to push, counted as moved; false: enough. */
static inline bool bench_side_next(bench_side *s) {
    if (weir_a32_load(&s->team->stop)) return false;
    s->sum += ++s->next;
    s->items++;
    return true;
}

/* A producer has no more: the last of them pushes BENCH_LAST for each consumer. */
static inline void bench_side_over(bench_side *s) {
    if (weir_a32_sub_acq_rel(&s->team->producing, 1) == 1) s->last = s->team->consumers;
}

/* Counts what was popped; false: the end. */
static inline bool bench_side_take(bench_side *s, uint64_t value) {
    if (value == BENCH_LAST) return false;
    s->sum += value;
    s->items++;
    return true;
}

/* False: no memory, or no thread. */
bool bench_co_team_open(bench_co_team *t, const bench_params *p);
void bench_co_team_close(bench_co_team *t);
void bench_co_team_measure(bench_co_team *t, const bench_params *p, bench_sample *s);

#endif
