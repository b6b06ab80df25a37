/* search - the strategies, and what a run of a check does with them. Private to stress/model. */
#ifndef WEIR_STRESS_MODEL_SEARCH_H
#define WEIR_STRESS_MODEL_SEARCH_H

#include "stress/model/engine_p.h"

/* Threads and values by dice. */
extern const strategy strategy_random;

/* Threads by priorities that change a few times, values by dice. */
extern const strategy strategy_pct;

/* How far an exhaustive search has come. */
typedef struct exhausted {
    bool complete; /* every schedule, no bound */
    int bound;     /* every schedule with at most so many preemptions; -1: not even those without */
    uint64_t states;
} exhausted;

/* Until it is complete, a schedule fails, or `until` seconds of `whole` have passed since the check began. */
outcome exhaustive_search(double until, double whole, exhausted *e);

/* The same by execution graphs. */
outcome graphs_search(double until, double whole, exhausted *e);
void graphs_forget(void); /* what was learned of another program */
void graphs_know_all(
    void); /* as if every thread wrote everything: a schedule is repeated without the search before it */
bool graphs_learned(void); /* anything new since the last call; from here on it counts */

/* Of the schedule that begins; the same for the same request and number. */
uint64_t search_seed(void);

/* -- steps of a check -- */

bool search_prepare(const model_program *p, const stress_request *r); /* false: the reason has been told */
outcome search_next(void);                                            /* one more schedule by m.strategy */
stress_verdict search_tell(outcome o);                                /* the schedule that has just failed, shortened */
stress_verdict search_replay(const char *text);
void search_tell_counts(void);

/* 0, or one time in `rate` 1 .. n-1; never with rate 0. */
int random_value(stress_random *r, uint32_t rate, choice_kind kind, int n);

/* The schedule of these deviations from the default. Those that do not apply are left out. */
extern const strategy strategy_replay;
extern const strategy strategy_replay_graph; /* the same for the search of graphs */
void replay_set(const deviations *d);
/* As text and back: "a3tb-b5r1". False: this is no such text. */
void replay_write(const deviations *d, char *text, size_t bytes);
bool replay_read(deviations *d, const char *text);

/* Drops deviations as long as the schedule still fails in the same way. */
void shrink(deviations *d, outcome o);

/* Tells the failure of a schedule: law, steps, how to repeat it. */
stress_verdict report(const deviations *d); /* m.lazy: of the search of graphs */

#endif
