/* report - a ladder for a reader and for a program. */
#ifndef WEIR_STRESS_REPORT_H
#define WEIR_STRESS_REPORT_H

#include <jansson.h>
#include <stdio.h>

#include "stress/ladder.h"

/* Where and from what; printed before anything runs, so that a seed is known whatever happens. */
void report_head(FILE *to, const char *command, const options *o);
void report_text(FILE *to, const ladder *l);

/* For a test run: lines "ok - ..." and "not ok - ..." on standard output, one a check and one a rung that is missing. */
void report_tap(const ladder *l);

/* {"schema": 1, "command", "seed", "seconds", "spent", "interrupted", "build", "host", "date", "limits": ["..."],
 *  "variants": [{"kind", "variant", "traits", "control", "verdict": "verified|provisional|violation|convicted",
 *                "missing": "..." or absent,
 *                "rungs": [{"rung", "asked", "state", "checks": ["ID", ...]}]}],
 *  "checks": [{"id", "claim", "verdict": "pass|violation|inconclusive|not run", "seed", "seconds",
 *              "counts": {"schedules": 12}, "law", "more", "replay", "say": ["..."]}],
 *  "pass": 10, "violations": 0, "inconclusive": 0, "exit": 0}        absent: what there is not */
json_t *report_json(const ladder *l);

/* Parts that the report of the selftest has too. */
json_t *report_json_head(const char *command, const options *o);
json_t *report_json_outcome(const check *c, const outcome *o);
void report_failure(FILE *to, const check *c, const outcome *o);

/* "1,234 schedules, 12 steps" of all trials that `takes` accepts; to be freed. */
typedef bool report_takes(const void *context, const trial *t);
char *report_work(const trial *trials, size_t count, report_takes *takes, const void *context);

#endif
