/* doc - the document of `bench run --format json`, which is also raw.json and what compare and report read.
 *
 *   {"schema": 1, "machine": {...}, "command": "bench run ...", "interrupted": false,
 *    "plan": {"suite": "quick", "reps": 8, "seconds": 0.1, "seed": 1, "pin": "default"},
 *    "cells": [{
 *      "case": "cubby.handoff", "variant": "cells",
 *      "default": true,          the choice of this build
 *      "peer": false,            another library
 *      "weaker": false,          its contract is weaker; never "best peer"
 *      "reference": false,       a floor or ceiling, no competitor
 *      "control": false,         negative control; may be "wrong"
 *      "provisional": true,      evidence is still missing
 *      "note": "...",            or absent
 *      "params": {"shape": "4p4c", "load": "quiet", "batch": 32},
 *      "unit": "ns/op", "better": "lower",
 *      "status": "ok",           ok timeout absent failed wrong; "error" says more and is absent when ok
 *      "reps": [...],            one value a round, in order of time: wall time / items of the team. The i-th values of
 *                                the cells of one column were measured right after each other: compare them in pairs
 *      "median": 1.0, "lo": 0.9, "hi": 1.1,      null unless status is ok; lo and hi: 95 % interval of the median
 *      "ops_per_s": 1e9,         of the whole team; null where the row does not count operations
 *      "cpu_ns_per_op": 1.0,     user and system time of the team; null likewise
 *      "extra": {"wakes_per_op": .., "switches_per_op": .., "fairness": ..}}],
 *    "aa": [{"case": .., "variant": .., "params": {..}, "a": [...], "b": [...], "ratio": 1.01, "lo": 0.98, "hi": 1.04}],
 *    "noise_floor": 1.02,        median over the A/A pairs of their ratio, turned to be at least 1; absent without pairs
 *    "noise": [{"case": .., "load": "quiet", "floor": 0.03}]}    worst |ratio - 1| of the A/A pairs of that case and load
 */
#ifndef WEIR_BENCH_DOC_H
#define WEIR_BENCH_DOC_H

#include <jansson.h>

#include "bench/run.h"

typedef struct bench_result {
    const selection *cells;
    const bench_plan *plan;
    const bench_options *options;
    json_t *machine; /* as it was before the run; borrowed */
    const char *command;
    bool interrupted;
} bench_result;

/* The caller gives the reference back with json_decref. Aborts when memory runs out. */
json_t *doc_make(const bench_result *r);

#endif
