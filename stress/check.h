/* check - what one rung of the ladder does to one variant. Everything that a check's author needs.
 *
 * When to use      A file <rung>/<kind>_<rung>.c holds checks in ordinary C and in the short names of its kind; the build
 *                  compiles it once a variant, as it does with bench cases and unit tests, and links it to the program of its
 *                  rung: stress-native (litmus, laws), stress-jitter (lin, fault) or stress-model (model, progress).
 * Verdicts         PASS: all that was to be done was done, and no law was broken. VIOLATION: a law is broken. INCONCLUSIVE:
 *                  a budget ended first. A check that cannot fail is no check: stress/broken holds what must fail it.
 * Threads          Everything here is called by the thread that runs the check, but stress_fail and stress_count, which any
 *                  thread may call.
 */
#ifndef WEIR_STRESS_CHECK_H
#define WEIR_STRESS_CHECK_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

typedef enum stress_verdict { STRESS_PASS, STRESS_VIOLATION, STRESS_INCONCLUSIVE } stress_verdict;

typedef struct stress_request {
    uint64_t seed;      /* of all that is random; printed before the check begins */
    double seconds;     /* to spend, about; a check that is complete earlier ends earlier */
    const char *replay; /* what stood behind @ in the ID: repeat this failure; NULL: look for one */
    const char *folder; /* where a failure may leave files (histories); NULL: nowhere */
} stress_request;

typedef struct stress_check stress_check;
struct stress_check {
    const char *rung, *kind, *variant, *name; /* together, with dots between, the ID */
    const char *claim;                        /* the promise that is tested, one line */
    stress_verdict (*run)(const stress_check *, const stress_request *);
    const void *arg; /* the check's own */
};

/* -- what a check tells while it runs ---------------------------------------------------------------------------- */

/* Evidence: adds n to the count `what` ("schedules", "windows", "operations", "times full"), so that "passed" cannot mean
 * "did nothing". `what` is a literal of at most 40 characters without digits at its end; at most 32 different ones. */
void stress_count(const char *what, uint64_t n);

/* How far it has come, 0 to 1. May be called often. */
void stress_progress(double share);

/* The broken law, in one line; returns STRESS_VIOLATION. Only the first of a check is kept, the others are counted. */
stress_verdict stress_fail(const char *law, ...) __attribute__((format(printf, 1, 2)));

/* One line of what there is to read: a table of outcomes, a failure's history in columns. */
void stress_say(const char *line, ...) __attribute__((format(printf, 1, 2)));

/* What repeats the failure: `stress replay ID@suffix`. Without one the seed is taken. */
void stress_replay(const char *suffix, ...) __attribute__((format(printf, 1, 2)));

/* Has a call of stress_fail been made? */
bool stress_failed(void);

/* Seconds since the check began, as the clock on the wall shows them. */
double stress_elapsed(void);

/* -- registering -------------------------------------------------------------------------------------------------- */

void stress_register(const stress_check *check);

/* STRESS_CHECK(lin, windows, "linearizable to a FIFO queue", run_windows): the definitions STRESS_KIND and STRESS_VARIANT
 * come from the build. */
#define STRESS_CHECK(rung_, name_, claim_, run_) STRESS_CHECK_ARG(rung_, name_, claim_, run_, NULL)
#define STRESS_CHECK_ARG(rung_, name_, claim_, run_, arg_)                                                   \
    __attribute__((constructor)) static void stress_register_##rung_##_##name_(void) {                       \
        static const stress_check check = {#rung_, STRESS_KIND, STRESS_VARIANT, #name_, claim_, run_, arg_}; \
        stress_register(&check);                                                                             \
    }

/* Has the variant this trait? stress_has("timed=yes"). STRESS_TRAITS is its line of variants.def between two blanks. */
#ifdef STRESS_TRAITS
static inline bool stress_has(const char *trait) {
    size_t n = strlen(trait);
    for (const char *t = strstr(STRESS_TRAITS, trait); t; t = strstr(t + 1, trait))
        if (t[-1] == ' ' && t[n] == ' ') return true;
    return false;
}
#endif

/* -- seeds -------------------------------------------------------------------------------------------------------- */

typedef struct stress_random {
    uint64_t state;
} stress_random;

/* Streams with different `stream` are unrelated. */
static inline stress_random stress_random_begin(uint64_t seed, uint64_t stream) {
    return (stress_random){seed ^ (stream + 1) * 0xd1342543de82ef95u};
}

static inline uint64_t stress_random_next(stress_random *r) { /* splitmix64 (Steele, Lea, Flood 2014) */
    uint64_t z = r->state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/* 0 .. n-1, n not 0. The bias is below n / 2^32. */
static inline uint32_t stress_random_below(stress_random *r, uint32_t n) {
    return (uint32_t)((stress_random_next(r) >> 32) * n >> 32);
}

#endif
