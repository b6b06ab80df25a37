/* Checks that behave well and badly on purpose: the programs of cli_test are linked with them, instead of the real ones.
 * Their kinds and variants are real ones, since the ladder knows which rungs those must have. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "stress/check.h"

static stress_verdict pass(const stress_check *c, const stress_request *r) {
    (void)c;
    stress_count("operations", 1234567);
    stress_say("seed %lu replay %s", r->seed, r->replay ? r->replay : "none");
    return STRESS_PASS;
}

static stress_verdict violation(const stress_check *c, const stress_request *r) {
    (void)c, (void)r;
    stress_count("windows", 41);
    stress_say("A: push 7    B: pop -> 8");
    stress_replay("w41");
    stress_fail("lost: item %d", 7);
    return stress_fail("lost: item %d", 8);
}

static stress_verdict inconclusive(const stress_check *c, const stress_request *r) {
    (void)c, (void)r;
    return STRESS_INCONCLUSIVE;
}

static stress_verdict crash(const stress_check *c, const stress_request *r) {
    (void)c, (void)r;
    stress_say("just before");
    fputs("words on standard error\n", stderr);
    abort();
}

static stress_verdict silent(const stress_check *c, const stress_request *r) {
    (void)c, (void)r;
    exit(0);
}

static stress_verdict flood(const stress_check *c, const stress_request *r) {
    (void)c, (void)r;
    for (int i = 0; i < 100000; i++) stress_say("line %d", i), fprintf(stderr, "noise %d\n", i);
    for (int i = 0; i < 100000; i++) putchar('x'); /* one line longer than any buffer */
    putchar('\n');
    return STRESS_PASS;
}

/* Notes the process in the file that STRESS_TEST_PIDS names, so that the test can see whether it is gone. */
static void note_process(void) {
    const char *path = getenv("STRESS_TEST_PIDS");
    FILE *f = path ? fopen(path, "a") : NULL;
    if (!f) return;
    fprintf(f, "%d\n", (int)getpid());
    fclose(f);
}

static stress_verdict hang(const stress_check *c, const stress_request *r) {
    (void)c, (void)r;
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL); /* only SIGKILL ends it */
    note_process();
    if (fork() == 0) note_process();
    for (;;) pause();
    return STRESS_PASS;
}

static stress_verdict slow(const stress_check *c, const stress_request *r) { /* works, but does not end */
    (void)c, (void)r;
    for (;; usleep(20000)) stress_progress(0.5);
    return STRESS_PASS;
}

/* A control that is convicted, unless the test wants to see it escape. */
static stress_verdict control(const stress_check *c, const stress_request *r) {
    return getenv("STRESS_TEST_BLIND") ? STRESS_PASS : violation(c, r);
}

static const stress_check checks[] = {
    {"laws", "spsc", "cached", "pass", "always keeps its promise", pass, NULL},
    {"laws", "spsc", "plain", "violation", "never keeps its promise", violation, NULL},
    {"model", "spsc", "plain", "blind", "never finds anything", pass, NULL},
    {"lin", "spsc", "lock", "windows", "only here for replay", pass, NULL},
    {"laws", "spsc", "lock", "inconclusive", "cannot tell", inconclusive, NULL},
    {"laws", "mpmc", "vyukov", "crash", "ends badly", crash, NULL},
    {"laws", "mpmc", "scq", "hang", "does not end", hang, NULL},
    {"laws", "mpmc", "lock", "flood", "talks too much", flood, NULL},
    {"laws", "chan", "lock", "silent", "says nothing", silent, NULL},
    {"laws", "chan", "scq", "slow", "does not end, but works", slow, NULL},
    {"model", "chan", "vyukov", "hang", "has an engine that ends what hangs", hang, NULL},
    {"laws", "cubby", "seed", "sees", "convicts", control, NULL},
    {"model", "cubby", "seed", "blind", "does not convict", pass, NULL},
};

__attribute__((constructor)) static void register_all(void) {
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) stress_register(&checks[i]);
}
