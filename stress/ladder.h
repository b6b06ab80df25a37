/* ladder - what the runs together say of each variant. */
#ifndef WEIR_STRESS_LADDER_H
#define WEIR_STRESS_LADDER_H

#include "stress/matrix.h"
#include "stress/select.h"

typedef enum rung_state {
    RUNG_NOT_ASKED, /* there is none, and the matrix asks for none */
    RUNG_NONE,      /* there is none, and the matrix asks for it */
    RUNG_NOT_RUN,   /* there is one, which was not selected or not reached */
    RUNG_PARTLY,    /* what ran has passed, and there is more that did not run */
    RUNG_PASS,
    RUNG_CONVICTED, /* a violation, in a variant that is there to have one */
    RUNG_INCONCLUSIVE,
    RUNG_VIOLATION,
} rung_state;

extern const char
    *const rung_words[]; /* "-", "none", "not run", "in part", "pass", "convicted", "inconclusive", "VIOLATION" */

typedef struct place { /* a variant of a kind */
    const char *kind, *variant, *traits;
    bool control; /* wrong by contract: it must be convicted */
    rung_state rungs[RUNGS];
    rung_state verdict; /* of all of them: pass, convicted, violation, inconclusive, or none: something is missing */
    char *missing;      /* in words, what keeps it from "verified"; NULL: nothing */
    char *passed;       /* rungs */
} place;

typedef struct ladder {
    const options *options;
    const catalog *catalog;
    const char *command;
    trial *trials;
    size_t count;
    bool interrupted;
    double seconds; /* spent */
    place *places;  /* of the selected checks */
    size_t place_count;
    size_t tally[3]; /* checks by verdict, without those of controls */
    bool control_escaped;
} ladder;

/* Fills in what follows from the trials. */
void ladder_judge(ladder *l);

/* Whether the trial is one of this place and rung. */
bool ladder_has(const place *p, int rung, const trial *t);

/* Exit status. */
int ladder_status(const ladder *l);

#endif
