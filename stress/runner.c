/* main of the programs that hold checks. `stress` starts them; by hand they serve as well.
 *
 *   PROGRAM list                                       one line a check: ID, a tab, the claim
 *   PROGRAM run ID [--seed N] [--seconds S] [--folder DIR]
 *   PROGRAM replay ID[@SUFFIX] [--seed N] [--seconds S]
 *
 * Standard output speaks lines, in this order and nothing else:
 *   seed N                before anything runs
 *   progress SHARE        any number of times
 *   say TEXT              any number of times
 *   count N WHAT          once for each kind of evidence
 *   fail LAW              the first violation; then
 *   more N                how many were counted after it
 *   replay ID@SUFFIX      what repeats it
 *   verdict pass|violation|inconclusive SECONDS
 * and the exit status is 0, 1, 3; 2 for a command line that cannot be understood. A run that ends without a verdict line has
 * crashed. */
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "stress/check.h"

enum { CHECKS_MAX = 1024, COUNTS_MAX = 32, ID_MAX = 160 };

static const stress_check *checks[CHECKS_MAX];
static size_t check_count;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards the counts and the failure */
static struct {
    const char *what;
    uint64_t n;
} counts[COUNTS_MAX];
static char failure[512], suffix[4096];
static uint64_t failures;
static struct timespec began;
static double shown = -1;

void stress_register(const stress_check *check) {
    if (check_count == CHECKS_MAX) abort();
    checks[check_count++] = check;
}

/* -- what a check tells -- */

void stress_count(const char *what, uint64_t n) {
    pthread_mutex_lock(&lock);
    for (int i = 0; i < COUNTS_MAX; i++) {
        if (!counts[i].what) counts[i].what = what;
        if (strcmp(counts[i].what, what)) continue;
        counts[i].n += n;
        break;
    }
    pthread_mutex_unlock(&lock);
}

double stress_elapsed(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - began.tv_sec) + 1e-9 * (double)(now.tv_nsec - began.tv_nsec);
}

void stress_progress(double share) {
    double now = stress_elapsed();
    if (now - shown < 0.1) return;
    shown = now;
    printf("progress %.3f\n", share);
    fflush(stdout);
}

stress_verdict stress_fail(const char *law, ...) {
    va_list ap;
    va_start(ap, law);
    pthread_mutex_lock(&lock);
    if (failures++ == 0) vsnprintf(failure, sizeof failure, law, ap);
    pthread_mutex_unlock(&lock);
    va_end(ap);
    return STRESS_VIOLATION;
}

bool stress_failed(void) {
    pthread_mutex_lock(&lock);
    bool failed = failures > 0;
    pthread_mutex_unlock(&lock);
    return failed;
}

void stress_say(const char *line, ...) {
    va_list ap;
    va_start(ap, line);
    printf("say ");
    vprintf(line, ap);
    putchar('\n');
    va_end(ap);
}

void stress_replay(const char *format, ...) {
    va_list ap;
    va_start(ap, format);
    vsnprintf(suffix, sizeof suffix, format, ap);
    va_end(ap);
}

/* -- one run -- */

static void name_of(const stress_check *c, char *id) {
    snprintf(id, ID_MAX, "%s.%s.%s.%s", c->rung, c->kind, c->variant, c->name);
}

static const stress_check *find(const char *wanted) {
    for (size_t i = 0; i < check_count; i++) {
        char id[ID_MAX];
        name_of(checks[i], id);
        if (!strcmp(id, wanted)) return checks[i];
    }
    return NULL;
}

static void tell(const stress_check *c, const stress_request *r, stress_verdict v) {
    static const char *const words[] = {"pass", "violation", "inconclusive"};
    char id[ID_MAX];
    name_of(c, id);
    for (int i = 0; i < COUNTS_MAX && counts[i].what; i++) printf("count %lu %s\n", counts[i].n, counts[i].what);
    if (failures) {
        printf("fail %s\nmore %lu\n", failure, failures - 1);
        if (suffix[0]) printf("replay %s@%s\n", id, suffix);
        else printf("replay %s@seed%lu\n", id, r->seed);
    }
    printf("verdict %s %.3f\n", words[v], stress_elapsed());
}

static int run(const stress_check *c, const stress_request *r) {
    setvbuf(stdout, NULL, _IOLBF, 0); /* what was said before a crash is not lost */
    printf("seed %lu\n", r->seed);
    clock_gettime(CLOCK_MONOTONIC, &began);
    stress_verdict v = c->run(c, r);
    if (failures) v = STRESS_VIOLATION;
    tell(c, r, v);
    static const int status[] = {0, 1, 3};
    return status[v];
}

static int misuse(const char *what, const char *text) {
    fprintf(stderr, "%s%s\nusage: list | run ID | replay ID[@SUFFIX], with [--seed N] [--seconds S] [--folder DIR]\n",
            what, text);
    return 2;
}

static bool number(const char *text, uint64_t *n) {
    char *end;
    errno = 0;
    *n = strtoull(text, &end, 0);
    return !errno && end != text && !*end && *text != '-';
}

static bool seconds(const char *text, double *s) {
    char *end;
    *s = strtod(text, &end);
    return end != text && !*end && *s > 0 && *s <= 1e6;
}

static int list(void) {
    for (size_t i = 0; i < check_count; i++) {
        char id[ID_MAX];
        name_of(checks[i], id);
        printf("%s\t%s\n", id, checks[i]->claim);
    }
    return 0;
}

int main(int argc, char **argv) {
    stress_request r = {.seed = 1, .seconds = 1};
    if (argc == 2 && !strcmp(argv[1], "list")) return list();
    if (argc < 3) return misuse("nothing to do", "");
    bool replay = !strcmp(argv[1], "replay");
    if (!replay && strcmp(argv[1], "run")) return misuse("no command ", argv[1]);
    char *at = replay ? strchr(argv[2], '@') : NULL;
    if (at) *at++ = 0;
    for (int i = 3; i < argc; i += 2) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        if (!strcmp(argv[i], "--seed") && number(value, &r.seed)) continue;
        if (!strcmp(argv[i], "--seconds") && seconds(value, &r.seconds)) continue;
        if (!strcmp(argv[i], "--folder") && *value) r.folder = value;
        else return misuse("cannot use ", argv[i]);
    }
    const stress_check *c = find(argv[2]);
    if (!c) return misuse("no check ", argv[2]);
    if (at && !strncmp(at, "seed", 4) && number(at + 4, &r.seed)) at = NULL;
    r.replay = at;
    return run(c, &r);
}
