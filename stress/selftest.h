/* selftest - the evidence must be able to fail: each seeded bug is to be convicted by a check that vouches for the real
 * variant. */
#ifndef WEIR_STRESS_SELFTEST_H
#define WEIR_STRESS_SELFTEST_H

#include <jansson.h>
#include <stdio.h>

#include "stress/select.h"

typedef struct suspect { /* a bug, and what came of looking for it */
    const bug *bug;
    trial *trials;  /* one a check, the last run of each */
    bool *complete; /* that check has seen all it can see */
    size_t at;      /* the next check of this round */
    bool running;
    const trial *by; /* that convicted it; NULL: it has escaped so far */
    unsigned runs;   /* of checks, so far */
    double seconds;  /* of them together */
} suspect;

/* Until all are convicted or the time is over; then false when it was broken off. */
bool selftest_run(suspect *suspects, size_t count, const options *o, const char *folder);

/* Suspects of bugs; to be kept. */
suspect *selftest_suspects(const bug *const *bugs, size_t count);

void selftest_tap(const suspect *suspects, size_t count);
void selftest_text(FILE *to, const suspect *suspects, size_t count, double seconds);
json_t *selftest_json(const suspect *suspects, size_t count, const char *command, const options *o);

/* Those not convicted. */
size_t selftest_escapes(const suspect *suspects, size_t count);

#endif
