/* summary - what may be said of measured cells: medians, the best peer, verdicts, the noise floor. */
#ifndef WEIR_BENCH_SUMMARY_H
#define WEIR_BENCH_SUMMARY_H

#include "bench/select.h"
#include "bench/stats.h"

/* Ratio ours/theirs turned so that below 1 means better, whatever the unit. NAN when one of them has no figures. */
stats_interval summary_ratio(const cell *ours, const cell *theirs);

/* The peer with the best median in this cell's column among those whose contract is at least as strong; NULL: none has
 * figures. */
const cell *summary_best_peer(const selection *s, const cell *c);

/* The row `lock` of this cell's column, when it has figures. */
const cell *summary_baseline(const selection *s, const cell *c);

/* The second half of the A/A pair whose first half is c, when both have figures. */
const cell *summary_twin(const selection *s, const cell *c);

/* How far apart an A/A pair of this case and load came out at worst: 0.05 is 5 %. NAN when there is none. */
double summary_noise(const selection *s, const bench_case *of, bool busy);

/* The A/A pair in the middle: half of them came out further apart than this ratio, which is at least 1. NAN without any. */
double summary_noise_floor(const selection *s);

bool summary_has_figures(const cell *c);

/* Operations per second of the whole team; NAN when the row does not count them. */
double summary_ops_per_s(const cell *c);

/* True when a cell lost or invented a value that was not there to show just that. */
bool summary_lost(const selection *s);

#endif
