#include "stress/replay.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stress/matrix.h"
#include "stress/pool.h"
#include "stress/report.h"
#include "stress/run.h"
#include "stress/text.h"

typedef struct again {
    child_plan plan;
    outcome outcome;
    bool started;
} again;

static bool next(void *context, child_plan *plan, outcome **o) {
    again *a = context;
    if (a->started) return false;
    a->started = true;
    *plan = a->plan;
    *o = &a->outcome;
    return true;
}

static void done(void *context, outcome *o) { (void)context, (void)o; }

static double left(void *context) {
    const again *a = context;
    return a->outcome.began + a->plan.seconds - now_seconds();
}

static bool takes_all(const void *context, const trial *t) { return (void)context, (void)t, true; }

static int tell(const check *c, const outcome *o) {
    static const int status[] = {0, EXIT_VIOLATION, EXIT_INCONCLUSIVE};
    trial t = {.check = c, .outcome = *o};
    char *work = report_work(&t, 1, takes_all, NULL);
    if (o->verdict == STRESS_PASS) {
        printf("pass %s\n  claim: %s\n", c->id, c->claim);
        for (unsigned i = 0; i < o->said; i++) printf("  | %s\n", o->says[i]);
    } else report_failure(stdout, c, o);
    if (*work) printf("%s in %.2f s\n", work, o->seconds);
    free(work);
    return status[o->verdict];
}

static int run_again(const check *c, const char *suffix, const options *o) {
    static again a;
    a = (again){.plan = {.check = c,
                         .replay = suffix,
                         .seed = run_seed(o->seed, c),
                         .seconds = o->seconds,
                         .limit = run_limit(o, c, o->seconds)}};
    pool p = {next, done, left, &a, 0, 1};
    if (!pool_run(&p, 1)) return pool_signal() ? 128 + pool_signal() : EXIT_INCONCLUSIVE;
    return tell(c, &a.outcome);
}

static void unknown(const catalog *c, const char *what) {
    const char *dot = strchr(what, '.');
    char *like = NULL;
    for (size_t i = 0; i < c->count; i++) /* those of the same rung and kind */
        if (dot && !strncmp(c->checks[i].id, what, strcspn(dot + 1, ".") + (size_t)(dot - what) + 1))
            text_add(&like, "\n  %s", c->checks[i].id);
    stress_refuse("no check has the ID '%s', and there is no file of this name%s%s", what,
                  like ? "; there are:" : "; `stress list` shows the IDs", like ? like : "");
    free(like);
}

/* What stands behind the @ of a failure of lin is its history, unless it is a seed. */
static bool is_history(const check *c, const char *suffix) {
    return c->rung == matrix_rung_index("lin") && suffix && strncmp(suffix, "seed", 4) != 0;
}

int replay(const catalog *c, const options *o) {
    char *id = text_make("%s", o->what), *at = strchr(id, '@');
    if (at) *at++ = '\0';
    const check *k = catalog_find(c, id);
    int status = EXIT_USAGE;
    if (k) status = is_history(k, at) ? replay_file(at) : run_again(k, at ? at : "", o);
    else if (!access(o->what, F_OK)) status = replay_file(o->what);
    else unknown(c, o->what);
    free(id);
    return status;
}
