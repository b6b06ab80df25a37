#include "stress/pool.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "stress/text.h"

enum { SLOTS = 64 };

typedef struct slots {
    child *children[SLOTS];
    outcome *outcomes[SLOTS];
    const char *ids[SLOTS];
    unsigned used;
} slots;

static volatile sig_atomic_t ended_by;

static void on_signal(int number) { ended_by = number; }

int pool_signal(void) { return ended_by; }

unsigned pool_processors(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set)) return 1;
    int n = CPU_COUNT(&set);
    return n < 1 ? 1 : n > SLOTS ? SLOTS : (unsigned)n;
}

/* ---- progress ---- */

static void show(const pool *p, const slots *s) {
    static double last;
    const bool terminal = isatty(STDERR_FILENO);
    double now = now_seconds(), left = p->left(p->context);
    if (now - last < (terminal ? 0.2 : 10)) return;
    last = now;
    if (left < 0) left = 0;
    fprintf(stderr, "%sstress: %zu of %zu checks, %d:%02d left, now", terminal ? "\r" : "", p->finished, p->total,
            (int)left / 60, (int)left % 60);
    for (unsigned i = 0; i < s->used && i < 3; i++)
        fprintf(stderr, "%s %s %.0f %%", i ? "," : "", s->ids[i], 100 * child_share(s->children[i]));
    fputs(s->used > 3 ? ", ..." : "", stderr);
    fputs(terminal ? "\033[K" : "\n", stderr);
}

static void wipe(void) {
    if (isatty(STDERR_FILENO)) fputs("\r\033[K", stderr);
}

/* ---- the loop ---- */

static bool fill(pool *p, slots *s, unsigned at_once) {
    child_plan plan;
    outcome *o;
    while (s->used < at_once && p->next(p->context, &plan, &o)) {
        child *c = child_start(&plan, o);
        if (!c) return false;
        s->children[s->used] = c;
        s->outcomes[s->used] = o;
        s->ids[s->used++] = plan.check->id;
    }
    return true;
}

/* Waits for words of a child; not long, since one may end without. */
static void wait_a_while(const slots *s) {
    struct pollfd p[2 * SLOTS];
    int timeout = 50;
    for (unsigned i = 0; i < s->used; i++) {
        child_descriptors(s->children[i], &p[2 * i]);
        if (p[2 * i].fd < 0) timeout = 2; /* it is about to end */
    }
    poll(p, 2 * s->used, timeout);
}

static void step(pool *p, slots *s) {
    for (unsigned i = 0; i < s->used;) {
        if (!child_step(s->children[i])) {
            i++;
            continue;
        }
        outcome *o = s->outcomes[i];
        s->used--;
        s->children[i] = s->children[s->used];
        s->outcomes[i] = s->outcomes[s->used];
        s->ids[i] = s->ids[s->used];
        p->finished++;
        p->done(p->context, o);
    }
}

static void listen_to_signals(void) {
    struct sigaction act;
    memset(&act, 0, sizeof act);
    act.sa_handler = on_signal;
    sigaction(SIGINT, &act, NULL);
    sigaction(SIGTERM, &act, NULL);
    sigaction(SIGHUP, &act, NULL);
}

bool pool_run(pool *p, unsigned at_once) {
    static slots s;
    bool good = true;
    listen_to_signals();
    while (!ended_by && (good = fill(p, &s, at_once < SLOTS ? at_once : SLOTS)) && s.used) {
        show(p, &s);
        wait_a_while(&s);
        step(p, &s);
    }
    while (s.used) {
        child_kill(s.children[--s.used]);
        outcome_clear(s.outcomes[s.used]);
    }
    wipe();
    return good && !ended_by;
}
