/* Rows that behave well and badly on purpose: the program bench is linked with them, instead of the real ones, for
 * cli_test. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/case.h"

static const bench_axis shapes[] = {{"shape", "1p1c,2p2c", "1p1c"}, {NULL, NULL, NULL}};
static const bench_axis orders[] = {{"order", "up,down", "up"}, {"size", "1k,2", "1k"}, {NULL, NULL, NULL}};

/* ---- a lock round one slot ---- */

typedef struct slot {
    weir_a32 lock;
    bool full;
    uint64_t value, seen;
} slot;

static void *make(const bench_params *p) {
    (void)p;
    return calloc(1, sizeof(slot));
}

static bool enter(slot *s) {
    uint32_t free_lock = 0;
    return weir_a32_cas_acquire(&s->lock, &free_lock, 1);
}

static bool push(void *object, uint64_t v) {
    slot *s = object;
    if (!enter(s)) return false;
    bool room = !s->full;
    if (room) {
        s->full = true;
        s->value = v;
    }
    weir_a32_store_release(&s->lock, 0);
    return room;
}

static bool pop(void *object, uint64_t *v) {
    slot *s = object;
    if (!enter(s)) return false;
    bool some = s->full;
    if (some) {
        s->full = false;
        *v = s->value;
    }
    weir_a32_store_release(&s->lock, 0);
    return some;
}

static void push_last(void *object) {
    while (!push(object, BENCH_LAST)) bench_retry();
}

static void work(bench_worker *w) { bench_team_try(w, push, pop); }

/* One value is said to have been pushed and was not; however little a crowded machine gets done. */
static void work_losing(bench_worker *w) {
    bench_team_try(w, push, pop);
    if (w->producer) w->sum += bench_value(w, w->items++);
}

/* As many came as went, but one was another. */
static void work_changing(bench_worker *w) {
    bench_team_try(w, push, pop);
    w->sum += w->producer;
}

/* ---- rows that never end ---- */

/* Notes the process in the file that BENCH_TEST_PIDS names, so that the test can see whether it is gone. */
static void note_process(void) {
    const char *path = getenv("BENCH_TEST_PIDS");
    FILE *f = path ? fopen(path, "a") : NULL;
    if (!f) return;
    fprintf(f, "%d\n", (int)getpid());
    fclose(f);
}

static void hang(void *object, const bench_params *p, bench_sample *s) {
    (void)object, (void)p, (void)s;
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL); /* only SIGKILL ends it */
    note_process();
    if (fork() == 0) note_process();
    for (;;) pause();
}

static void crash(void *object, const bench_params *p, bench_sample *s) {
    (void)object, (void)p, (void)s;
    raise(SIGKILL);
}

static void chatter(void *object, const bench_params *p, bench_sample *s) {
    (void)object;
    puts("a library that prints");
    fflush(stdout);
    s->value = (double)p->size;
    s->items = 1;
    bench_extra(s, "busy", p->busy);
    bench_extra(s, "seconds", p->seconds);
}

static void nonsense(void *object, const bench_params *p, bench_sample *s) {
    (void)object, (void)p;
    s->value = -1;
}

static void *make_none(const bench_params *p) {
    (void)p;
    return NULL;
}

static void add(void *object, uint64_t n) {
    for (weir_a32 *a = object; n > 0; n--) weir_a32_add(a, 1);
}

#define TEAM(case_name, row_variant, row_flags, row_work)                                                             \
    {                                                                                                                 \
        .name = case_name, .variant = row_variant, .flags = row_flags, .unit = "ns/op", .axes = shapes, .make = make, \
        .destroy = free, .work = row_work, .push_last = push_last                                                     \
    }
#define MEASURE(case_name, row_variant, row_measure) \
    { .name = case_name, .variant = row_variant, .unit = "ns/op", .axes = orders, .measure = row_measure }

/* ---- an object that is dear: each measures how often it has been measured, this time included ---- */

typedef struct dear {
    unsigned measured;
    FILE *file; /* in the child's folder, so that there is something to remove */
} dear;

static void *make_dear(const bench_params *p) {
    static dear d;
    char path[4200];
    (void)p;
    note_process();
    snprintf(path, sizeof path, "%s/file", bench_folder());
    d.file = fopen(path, "w");
    return d.file ? &d : NULL;
}

static void count(void *object, const bench_params *p, bench_sample *s) {
    (void)p;
    s->value = ++((dear *)object)->measured;
    s->items = 1;
}

static void crash_second(void *object, const bench_params *p, bench_sample *s) {
    count(object, p, s);
    if (s->value == 2) raise(SIGKILL);
}

static void hang_second(void *object, const bench_params *p, bench_sample *s) {
    count(object, p, s);
    if (s->value == 2) hang(object, p, s);
}

static bench_dear one_for_all(const bench_params *p) { return (bench_dear){1, p->tenants == 2 ? 1e18 : 1, 0.001}; }

static const bench_axis mixes[] = {
    {"mix", "95r5w;50r50w", "95r5w"}, {"dist", "uniform", "uniform"}, {"tenants", "1;3,4", "1"}, {NULL, NULL, NULL}};

#define DEAR(case_name, row_measure)                                                             \
    {                                                                                            \
        .name = case_name, .variant = "dear", .unit = "ns/op", .axes = mixes, .make = make_dear, \
        .measure = row_measure, .dear = one_for_all                                              \
    }

static const bench_row rows[] = {
    DEAR("test.dear", count),
    DEAR("test.dearcrash", crash_second),
    DEAR("test.dearhang", hang_second),
    TEAM("test.good", "lock", BENCH_WAITS, work),
    TEAM("test.good", "fine", BENCH_WAITS | BENCH_PROVISIONAL, work),
    TEAM("test.good", "peer.strong", BENCH_PEER, work),
    TEAM("test.good", "peer.weak", BENCH_PEER | BENCH_WEAKER, work),
    {.name = "test.good", .variant = "peer.missing", .flags = BENCH_PEER, .note = "needs libmissing-dev"},
    TEAM("test.lost", "losing", 0, work_losing),
    TEAM("test.changed", "changing", 0, work_changing),
    TEAM("test.control", "control", BENCH_CONTROL, work_losing),
    MEASURE("test.hang", "hang", hang),
    MEASURE("test.crash", "crash", crash),
    MEASURE("test.measure", "chatter", chatter),
    MEASURE("test.nonsense", "nonsense", nonsense),
    {.name = "test.nothing", .variant = "nothing", .unit = "ns/op", .make = make_none, .measure = chatter},
    {.name = "test.loop", .variant = "add", .unit = "ns/op", .make = make, .destroy = free, .loop = add},
};

__attribute__((constructor)) static void register_all(void) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) bench_register(&rows[i], !strcmp(rows[i].variant, "fine"));
}
