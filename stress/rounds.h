/* rounds - a team that does round after round for a while, with one thread alone in between, under the eyes of a watch.
 *
 * A round          judge the round before and prepare the next, by one thread while the others wait; then work, by each.
 * Hung             A round whose threads sleep for good is a violation (watch.h), and everything is left as it lies.
 */
#ifndef WEIR_STRESS_ROUNDS_H
#define WEIR_STRESS_ROUNDS_H

#include "stress/watch.h"

typedef struct rounds rounds;

typedef struct rounds_member {
    rounds *rounds;
    void *arg; /* of rounds_run */
    unsigned index;
    stress_random *random;
    watched *watched; /* for watch_step and watch_doing */
} rounds_member;

typedef struct rounds_plan {
    void (*prepare)(rounds *r);
    void (*work)(rounds_member *me);
    void (*judge)(rounds *r);          /* calls stress_fail */
    void (*thread)(rounds_member *me); /* at the beginning of each thread; or NULL */
    void (*on_signal)(int); /* all threads are hit by SIGUSR1, with this handler and without SA_RESTART; or NULL */
} rounds_plan;

struct rounds {
    const rounds_plan *plan;
    void *arg;
    unsigned size;
    stress_random random; /* of prepare and judge */
    uint64_t end_ns;
    bool begun;
    watched *watched;
};

/* Runs a team of `size` for some seconds, but one round at least, or until stress_fail has been called. False: hung. */
bool rounds_run(unsigned size, double seconds, uint64_t seed, const rounds_plan *plan, void *arg);

/* Teams of 1, 2 and 4 threads a processor, and of 3, each for a share of the time and in random order. */
stress_verdict rounds_sizes(const stress_request *request, const rounds_plan *plan, void *arg, unsigned most);

/* Processors of this machine that are on line. */
unsigned rounds_processors(void);

/* Memory on a cache line, of any size; ends the process when there is none. */
void *rounds_alloc(size_t bytes);

#endif
