/* pin - which processor a thread is bound to. Without --pin: teams of 2 or fewer get one core each, others are free. */
#ifndef WEIR_BENCH_PIN_H
#define WEIR_BENCH_PIN_H

#include <stdbool.h>
#include <stddef.h>

enum { PIN_MAX = 1024 };

typedef struct pin_plan {
    int cpu[PIN_MAX];    /* thread i goes to cpu[i % count] */
    unsigned count;      /* 0: nobody is bound */
    unsigned only_up_to; /* teams with more threads than this are free; 0: no such limit */
} pin_plan;

/* `how` as in --pin; NULL for the default. False: `why` says what is wrong with it. */
bool pin_parse(pin_plan *plan, const char *how, char *why, size_t bytes);

/* Binds the calling thread, number `index` of `threads`, as the plan says. */
void pin_thread(const pin_plan *plan, unsigned index, unsigned threads);

/* Processors this process may use, ascending, at most PIN_MAX; returns how many. */
unsigned pin_allowed(int *cpu);

#endif
