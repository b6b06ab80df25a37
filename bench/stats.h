/* stats - the few statistics a comparison of timings needs, all of them free of any assumption about the distribution.
 *
 * Timings are skewed, have outliers and no variance worth the name; so: medians, order statistics, ranks. Every function
 * is deterministic, keeps its arguments as they are, and takes n = 0 (the answer is then NAN).
 * Threads     any function by any thread.
 * Errors      out of memory: NAN.
 * Checked by  bench/stats_test.c, against values computed by hand, by R and by enumeration.
 */
#ifndef WEIR_BENCH_STATS_H
#define WEIR_BENCH_STATS_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* An estimate with the interval around it. coverage is what the interval really promises: at least 0.95 when there are
 * enough values, less when even the whole range cannot promise that much (a median of 5 values: 0.9375). */
typedef struct stats_interval {
    double mid, lo, hi, coverage;
} stats_interval;

double stats_median(const double *x, size_t n);

/* Median with the interval between two order statistics, the narrowest symmetric pair that covers 95 %. */
stats_interval stats_median_interval(const double *x, size_t n);

/* Two-sided p of "a and b come from the same distribution". Exact for up to 30 values a side without ties, otherwise the
 * normal approximation with corrections for ties and continuity. *u, when not NULL: pairs with a > b, ties counting 1/2. */
double stats_mann_whitney(const double *a, size_t na, const double *b, size_t nb, double *u);

/* Ratio a/b of positive values: the median of all na*nb ratios (Hodges-Lehmann on logarithms) and the 95 % interval that
 * belongs to the Mann-Whitney test: it excludes 1 just when the test refuses equality. Values <= 0: NAN. */
stats_interval stats_ratio(const double *a, size_t na, const double *b, size_t nb);

/* Ratio a/b where a[i] and b[i] were measured one soon after the other, so that both met the machine in the same state:
 * the median of the n ratios with its distribution-free interval. Narrower than stats_ratio when the machine drifts. */
stats_interval stats_ratio_paired(const double *a, const double *b, size_t n);

/* Two cells of one run: paired by round when there are rounds enough for 95 % (6), else as two independent samples. */
stats_interval stats_ratio_rounds(const double *a, size_t na, const double *b, size_t nb);

/* Holm's correction: adjusted[i] <= 0.05 keeps the chance of even one false claim among n below 5 %. May work in place. */
void stats_holm(const double *p, size_t n, double *adjusted);

/* What DESIGN section 5 lets us say of a ratio ours/theirs when lower is better (invert both ends first when not). */
typedef enum stats_verdict { STATS_AHEAD, STATS_LEVEL, STATS_BEHIND, STATS_UNDECIDED } stats_verdict;

/* Ahead: the whole interval is below 1. Level: its far end is at most 1.10. Behind: the whole interval is above 1.
 * Else, for NAN, and for too few values to cover 95 % (fewer than 4 a side), undecided. */
stats_verdict stats_judge(stats_interval ratio);
const char *stats_verdict_text(stats_verdict v); /* "ahead", "level", "behind", "not decided" */

/* The ratio theirs/ours for ours/theirs. */
stats_interval stats_invert(stats_interval ratio);

#ifdef __cplusplus
}
#endif
#endif
