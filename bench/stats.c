#include "bench/stats.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    EXACT_MAX = 30,  /* values a side for which the exact distribution of U is computed */
    PAIRS_LEAST = 6, /* the range of 6 ratios covers their median with 0.969, that of 5 only with 0.9375 */
};
static const double level = 0.95;
static const stats_interval nothing = {NAN, NAN, NAN, NAN};

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double *sorted_copy(const double *x, size_t n) {
    double *s = n ? malloc(n * sizeof *s) : NULL;
    if (!s) return NULL;
    memcpy(s, x, n * sizeof *s);
    qsort(s, n, sizeof *s, by_value);
    return s;
}

static double middle(const double *sorted, size_t n) {
    return n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

double stats_median(const double *x, size_t n) {
    double *s = sorted_copy(x, n);
    double m = s ? middle(s, n) : NAN;
    free(s);
    return m;
}

/* P(Binomial(n, 1/2) <= k) */
static double binomial_half(size_t n, size_t k) {
    double sum = 0;
    for (size_t i = 0; i <= k; i++)
        sum += exp(lgamma((double)n + 1) - lgamma((double)i + 1) - lgamma((double)(n - i) + 1) - (double)n * log(2));
    return sum;
}

stats_interval stats_median_interval(const double *x, size_t n) {
    double *s = sorted_copy(x, n);
    if (!s) return nothing;
    size_t k = 0; /* the interval is s[k] .. s[n-1-k]; it misses when k or fewer values lie on one side of the median */
    while (k + 1 < n - 1 - k && 1 - 2 * binomial_half(n, k + 1) >= level) k++;
    stats_interval r = {middle(s, n), s[k], s[n - 1 - k], n > 1 ? 1 - 2 * binomial_half(n, k) : 0};
    free(s);
    return r;
}

/* Distribution of U under equality: p[u], u = 0 .. na*nb. Recurrence of Mann and Whitney (1947) over which side owns the
 * largest value, in probabilities so that nothing overflows. The caller frees. */
static double *u_distribution(size_t na, size_t nb) {
    size_t width = na * nb + 1;
    double *p = calloc((nb + 1) * width, sizeof *p); /* row j: i values against j values, for the current i */
    if (!p) return NULL;
    for (size_t j = 0; j <= nb; j++) p[j * width] = 1;
    for (size_t i = 1; i <= na; i++)
        for (size_t j = 1; j <= nb; j++) {
            double of_a = (double)i / (double)(i + j);
            double *row = p + j * width;
            const double *left = row - width; /* already for this i */
            for (size_t u = i * j + 1; u-- > 0;) row[u] = of_a * (u >= j ? row[u - j] : 0) + (1 - of_a) * left[u];
        }
    memmove(p, p + nb * width, width * sizeof *p);
    return p;
}

/* U of a against b, and the sum of t^3 - t over groups of t equal values. */
static double u_statistic(const double *a, size_t na, const double *b, size_t nb, double *ties) {
    double u = 0;
    for (size_t i = 0; i < na; i++)
        for (size_t j = 0; j < nb; j++) u += a[i] > b[j] ? 1 : a[i] == b[j] ? 0.5 : 0;
    double *all = malloc((na + nb) * sizeof *all);
    if (!all) return NAN;
    memcpy(all, a, na * sizeof *a);
    memcpy(all + na, b, nb * sizeof *b);
    qsort(all, na + nb, sizeof *all, by_value);
    *ties = 0;
    for (size_t i = 0, t; i < na + nb; i += t) {
        for (t = 1; i + t < na + nb && all[i + t] == all[i]; t++) {}
        *ties += (double)t * (double)t * (double)t - (double)t;
    }
    free(all);
    return u;
}

static double u_deviation(size_t na, size_t nb, double ties) {
    double n = (double)(na + nb), pairs = (double)na * (double)nb;
    double variance = pairs / 12 * (n + 1 - (n > 1 ? ties / (n * (n - 1)) : 0));
    return variance > 0 ? sqrt(variance) : 0;
}

static double p_exact(size_t na, size_t nb, double u) {
    double *p = u_distribution(na, nb);
    if (!p) return NAN;
    double far = fmin(u, (double)(na * nb) - u), sum = 0;
    for (size_t i = 0; (double)i <= far; i++) sum += p[i];
    free(p);
    return fmin(1, 2 * sum);
}

static double p_normal(size_t na, size_t nb, double u, double ties) {
    double d = u_deviation(na, nb, ties);
    if (d == 0) return 1; /* all values equal */
    double z = (fabs(u - (double)(na * nb) / 2) - 0.5) / d;
    return z <= 0 ? 1 : erfc(z / sqrt(2));
}

double stats_mann_whitney(const double *a, size_t na, const double *b, size_t nb, double *u_out) {
    double ties = 0, u = na && nb ? u_statistic(a, na, b, nb, &ties) : NAN;
    if (u_out) *u_out = u;
    if (isnan(u)) return NAN;
    bool exact = ties == 0 && na <= EXACT_MAX && nb <= EXACT_MAX;
    return exact ? p_exact(na, nb, u) : p_normal(na, nb, u, ties);
}

/* How many of the na*nb sorted differences lie outside the interval on each side, and what remains covered. */
static size_t differences_outside(size_t na, size_t nb, double *coverage) {
    size_t k = 0, last = (na * nb - 1) / 2;
    if (na > EXACT_MAX || nb > EXACT_MAX) {
        double c = (double)(na * nb) / 2 - 1.959964 * u_deviation(na, nb, 0);
        *coverage = level;
        return c < 1 ? 0 : (size_t)c > last ? last : (size_t)c - 1;
    }
    double *p = u_distribution(na, nb), below = p ? p[0] : NAN; /* P(U <= k) */
    while (p && k < last && 1 - 2 * (below + p[k + 1]) >= level) below += p[++k];
    *coverage = 1 - 2 * below;
    free(p);
    return k;
}

static bool positive(const double *x, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (!(x[i] > 0)) return false;
    return n > 0;
}

stats_interval stats_ratio(const double *a, size_t na, const double *b, size_t nb) {
    if (!positive(a, na) || !positive(b, nb)) return nothing;
    double *d = malloc(na * nb * sizeof *d);
    if (!d) return nothing;
    for (size_t i = 0; i < na; i++)
        for (size_t j = 0; j < nb; j++) d[i * nb + j] = log(a[i]) - log(b[j]);
    qsort(d, na * nb, sizeof *d, by_value);
    stats_interval r;
    size_t k = differences_outside(na, nb, &r.coverage);
    r.mid = exp(middle(d, na * nb));
    r.lo = exp(d[k]);
    r.hi = exp(d[na * nb - 1 - k]);
    free(d);
    return r;
}

stats_interval stats_ratio_paired(const double *a, const double *b, size_t n) {
    double *d = positive(a, n) && positive(b, n) ? malloc(n * sizeof *d) : NULL;
    if (!d) return nothing;
    for (size_t i = 0; i < n; i++) d[i] = log(a[i]) - log(b[i]);
    stats_interval r = stats_median_interval(d, n);
    free(d);
    r.mid = exp(r.mid);
    r.lo = exp(r.lo);
    r.hi = exp(r.hi);
    return r;
}

stats_interval stats_ratio_rounds(const double *a, size_t na, const double *b, size_t nb) {
    return na == nb && na >= PAIRS_LEAST ? stats_ratio_paired(a, b, na) : stats_ratio(a, na, b, nb);
}

void stats_holm(const double *p, size_t n, double *adjusted) {
    size_t *order = n ? malloc(n * sizeof *order) : NULL;
    for (size_t i = 0; order && i < n; i++) { /* insertion: a few hundred cells at most, once */
        size_t j = i;
        for (; j > 0 && p[order[j - 1]] > p[i]; j--) order[j] = order[j - 1];
        order[j] = i;
    }
    double *sorted = order ? sorted_copy(p, n) : NULL, floor = 0;
    for (size_t i = 0; i < n; i++) {
        if (!sorted) {
            adjusted[i] = NAN;
            continue;
        }
        floor = fmax(floor, fmin(1, (double)(n - i) * sorted[i]));
        adjusted[order[i]] = floor;
    }
    free(sorted);
    free(order);
}

stats_verdict stats_judge(stats_interval r) {
    if (!(r.coverage >= level)) return STATS_UNDECIDED;
    if (r.hi < 1) return STATS_AHEAD;
    if (r.hi <= 1.10) return STATS_LEVEL;
    return r.lo > 1 ? STATS_BEHIND : STATS_UNDECIDED;
}

const char *stats_verdict_text(stats_verdict v) {
    static const char *const text[] = {"ahead", "level", "behind", "not decided"};
    return text[v];
}

stats_interval stats_invert(stats_interval r) {
    stats_interval i = {1 / r.mid, 1 / r.hi, 1 / r.lo, r.coverage};
    return i;
}
