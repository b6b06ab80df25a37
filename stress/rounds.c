#include "stress/rounds.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "prims/wait.h"

void *rounds_alloc(size_t bytes) {
    void *p = aligned_alloc(WEIR_CACHE_LINE, (bytes + WEIR_CACHE_LINE - 1) / WEIR_CACHE_LINE * WEIR_CACHE_LINE);
    if (!p) abort();
    return p;
}

unsigned rounds_processors(void) {
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n > 0 ? (unsigned)n : 1;
}

static bool between(void *arg) {
    rounds *r = arg;
    bool first = !r->begun; /* there is one round at least, however late the team has come together */
    if (!first) {
        stress_count("rounds", 1);
        r->plan->judge(r);
    }
    r->begun = true;
    if (stress_failed() || (!first && weir_now_ns() >= r->end_ns)) return false;
    r->plan->prepare(r);
    return true;
}

static void work(team_member *t) {
    rounds *r = t->arg;
    rounds_member me = {r, r->arg, t->index, &t->random, &r->watched[t->index]};
    watch_begin(me.watched);
    if (r->plan->thread) r->plan->thread(&me);
    while (team_meet(t, between)) {
        watch_doing(me.watched, "at work");
        r->plan->work(&me);
        watch_doing(me.watched, NULL);
    }
    uint64_t parked = weir_a64_load(&weir_wait_counts_mine()->sleeps);
    if (!parked) return; /* nothing to say of kinds that do not wait */
    stress_count("parked", parked);
    stress_count("woken", weir_a64_load(&weir_wait_counts_mine()->wakes));
}

bool rounds_run(unsigned size, double seconds, uint64_t seed, const rounds_plan *plan, void *arg) {
    rounds *r = rounds_alloc(sizeof *r);
    *r = (rounds){.plan = plan, .arg = arg, .size = size, .random = stress_random_begin(seed, TEAM_MAX)};
    r->watched = rounds_alloc(size * sizeof *r->watched);
    memset(r->watched, 0, size * sizeof *r->watched);
    r->end_ns = weir_now_ns() + (uint64_t)(seconds * 1e9);
    if (plan->on_signal) sigaction(SIGUSR1, &(struct sigaction){.sa_handler = plan->on_signal}, NULL);
    team *t = team_start(size, seed, work, r);
    if (!watch_team(t, r->watched, size, plan->on_signal)) return false;
    team_end(t);
    free(r->watched);
    free(r);
    return true;
}

stress_verdict rounds_sizes(const stress_request *request, const rounds_plan *plan, void *arg, unsigned most) {
    unsigned n = rounds_processors(), sizes[] = {n, 2 * n, 4 * n, 3}, count = sizeof sizes / sizeof *sizes;
    stress_random random = stress_random_begin(request->seed, 0);
    for (unsigned left = count; left > 0 && !stress_failed(); left--) {
        unsigned i = stress_random_below(&random, left), size = sizes[i] < most ? sizes[i] : most;
        sizes[i] = sizes[left - 1];
        double slice = (request->seconds - stress_elapsed()) / left;
        if (!rounds_run(size, slice > 0.01 ? slice : 0.01, stress_random_next(&random), plan, arg)) break;
        stress_progress(1 - (left - 1.0) / count);
    }
    return stress_failed() ? STRESS_VIOLATION : STRESS_PASS;
}
