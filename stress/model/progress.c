/* Progress: a thread stops for ever before each of its steps in turn. The others, under schedules by dice, must finish, or
 * are held up, as the variant claims. */
#include "stress/model/search.h"
#include "stress/model/symbols.h"

enum { POINTS_MAX = 1000, SCHEDULES = 256 /* of a point, in a round */ };

/* What became of the others with the victim stopped before this step. */
static struct point {
    uint64_t stopped, held_up; /* schedules */
    const void *site;
    const char *doing;
} points[POINTS_MAX];

static outcome try_point(struct point *p) {
    for (int i = 0; i < SCHEDULES; i++) {
        outcome o = search_next();
        if (outcome_bad(o)) return o;
        if (o != WITHOUT_FROZEN && o != HELD_UP) continue;
        p->stopped++;
        p->held_up += o == HELD_UP;
        p->site = m.threads[m.frozen].site;
        p->doing = m.threads[m.frozen].doing;
    }
    return FINISHED;
}

/* All points that the victim comes to. */
static outcome try_round(int *n) {
    for (*n = 0; *n < POINTS_MAX; ++*n) {
        m.frozen = m.program->victim;
        m.freeze_at = *n + 1;
        outcome o = try_point(&points[*n]);
        if (outcome_bad(o)) return o;
        if (points[*n].stopped == 0) break;
    }
    return FINISHED;
}

static void say_point(int i) {
    event at = {.site = points[i].site};
    char line[128];
    symbols_load(&at, 1);
    symbol_line(at.site, line, sizeof line);
    stress_say("%c stopped before step %d, %s at %s: held the others up in %lu of %lu schedules",
               'a' + m.program->victim, i + 1, points[i].doing, line, points[i].held_up, points[i].stopped);
}

static stress_verdict judge(int n) {
    int holding = 0, most = 0;
    for (int i = 0; i < n; i++) {
        holding += points[i].held_up > 0;
        if (points[i].held_up > points[most].held_up) most = i;
    }
    stress_count("stopping points", (uint64_t)n);
    stress_count("of these hold others up", (uint64_t)holding);
    if (n == 0) return stress_fail("%c has no step to be stopped before", 'a' + m.program->victim);
    if (!m.blocking) return STRESS_PASS;
    if (holding == 0)
        return stress_fail("claims to block, yet wherever %c stops the others finish", 'a' + m.program->victim);
    say_point(most);
    return STRESS_PASS;
}

stress_verdict model_run_progress(const stress_check *check, const stress_request *request) {
    const model_program *p = check->arg;
    if (!p->expect) return model_run_model(check, request); /* wait-free: .own_steps in any schedule */
    if (!search_prepare(p, request)) return STRESS_INCONCLUSIVE;
    if (request->replay) return search_replay(request->replay);
    m.strategy = &strategy_random;
    int n;
    do {
        stress_progress(stress_elapsed() / request->seconds);
        outcome o = try_round(&n);
        if (outcome_bad(o)) return search_tell(o);
    } while (stress_elapsed() < request->seconds);
    search_tell_counts();
    return judge(n);
}
