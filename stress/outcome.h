/* outcome - what one run of a check has told, read line by line from its program (runner.c says which lines there are). */
#ifndef WEIR_STRESS_OUTCOME_H
#define WEIR_STRESS_OUTCOME_H

#include <stdbool.h>
#include <stdint.h>

#include "stress/catalog.h"
#include "stress/check.h"

enum { OUTCOME_COUNTS = 32, OUTCOME_SAYS = 400 };

typedef struct outcome {
    bool over; /* the rest is valid */
    bool told; /* the program gave a verdict itself */
    stress_verdict verdict;
    uint64_t seed;
    double began, seconds, allotted; /* the moment; how long it took, and was to take */
    struct {
        char *what;
        uint64_t n;
    } counts[OUTCOME_COUNTS];
    unsigned count;
    char *law;             /* why it is not a pass; NULL */
    uint64_t more;         /* violations after the first */
    char *replay;          /* arguments of `stress replay`; NULL */
    char **says;           /* lines to read */
    unsigned said, unsaid; /* kept; dropped, for there were too many */
} outcome;

extern const char *const outcome_words[]; /* "pass", "violation", "inconclusive" */

/* One line of standard output, or of standard error, of a run of `c`. Sets *share when it tells how far it is. */
void outcome_line(outcome *o, const check *c, char *line, bool error, double *share);

/* The run has ended with this status of waitpid. */
void outcome_end(outcome *o, const check *c, int how);

/* The run was ended at its limit, `still` seconds after its last sign of progress: slow when that is less than half. */
void outcome_late(outcome *o, const check *c, double limit, double still);

void outcome_clear(outcome *o);

#endif
