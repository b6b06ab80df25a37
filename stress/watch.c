#include "stress/watch.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { QUIET_NS = 500000000 };

void watch_begin(watched *w) { weir_a32_store(&w->tid, (uint32_t)syscall(SYS_gettid)); }

/* The state stands behind the name, which is in brackets and may contain anything. */
static bool sleeps_in_kernel(uint32_t tid) {
    char path[64], line[256];
    snprintf(path, sizeof path, "/proc/self/task/%u/stat", tid);
    FILE *f = fopen(path, "r");
    if (!f) return false;
    size_t n = fread(line, 1, sizeof line - 1, f);
    fclose(f);
    line[n] = 0;
    const char *state = strrchr(line, ')');
    return state && state[1] && state[2] == 'S';
}

static bool at_work(const watched *w) { return weir_aptr_load(&w->doing) != NULL; }

static bool between_rounds(const watched *members, unsigned size, uint32_t tid) {
    for (unsigned i = 0; i < size; i++)
        if (weir_a32_load(&members[i].tid) == tid) return !at_work(&members[i]);
    return false;
}

/* What a member waits for may be with a thread of what is tested. */
bool watch_asleep(const watched *members, unsigned size) {
    unsigned working = 0;
    for (unsigned i = 0; i < size; i++) working += at_work(&members[i]);
    DIR *tasks = working ? opendir("/proc/self/task") : NULL;
    bool asleep = tasks != NULL;
    for (struct dirent *d; asleep && (d = readdir(tasks));) {
        uint32_t tid = (uint32_t)strtoul(d->d_name, NULL, 10);
        if (!tid || tid == (uint32_t)syscall(SYS_gettid) || between_rounds(members, size, tid)) continue;
        asleep = sleeps_in_kernel(tid);
    }
    if (tasks) closedir(tasks);
    return asleep;
}

static uint64_t steps_of(const watched *members, unsigned size) {
    uint64_t sum = 0;
    for (unsigned i = 0; i < size; i++) sum += weir_a64_load(&members[i].steps);
    return sum;
}

static void report(const watched *members, unsigned size, const char *law) {
    unsigned waiting = 0;
    for (unsigned i = 0; i < size; i++) {
        const char *doing = weir_aptr_load(&members[i].doing);
        waiting += doing != NULL;
        stress_say("thread %u: %s, %lu steps", i, doing ? doing : "done with its round",
                   weir_a64_load(&members[i].steps));
    }
    stress_fail("%s: %u of %u threads do not return", law, waiting, size);
}

static uint64_t poke(const watched *members, unsigned size) {
    uint64_t sent = 0;
    for (unsigned i = 0; i < size; i++) {
        uint32_t tid = weir_a32_load(&members[i].tid);
        if (tid && syscall(SYS_tgkill, getpid(), tid, SIGUSR1) == 0) sent++;
    }
    return sent;
}

bool watch_team(team *t, watched *members, unsigned size, bool signals) {
    uint64_t before = 0, tick = signals ? 1000000 : 10000000, quiet = 0, asleep = 0;
    while (!team_wait(t, 1e-9 * (double)tick)) {
        if (signals && quiet < QUIET_NS) stress_count("signals", poke(members, size)); /* else who sleeps looks awake */
        uint64_t now = steps_of(members, size);
        quiet =
            now == before ? quiet + tick : 0; /* in ticks that we saw, so a machine that stood still does not count */
        asleep = quiet > QUIET_NS && watch_asleep(members, size) ? asleep + tick : 0;
        before = now;
        if (asleep >= WATCH_ASLEEP_S * (uint64_t)1000000000u) report(members, size, "left asleep");
        else if (quiet >= WATCH_STUCK_S * (uint64_t)1000000000u) report(members, size, "no step for a minute");
        else if (!stress_failed() || quiet < WATCH_ASLEEP_S * (uint64_t)1000000000u)
            continue; /* what failed may hang, too */
        return false;
    }
    return true;
}
