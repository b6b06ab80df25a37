/* Long runs of sort. */
#include "stress/sort_rounds_p.h"

static stress_verdict run(const stress_check *c, const stress_request *request) {
    static const rounds_plan plan = {.prepare = prepare, .work = work, .judge = judge};
    (void)c;
    return rounds_sizes(request, &plan, state_make(), MOST);
}

STRESS_CHECK(laws, teams,
             "the stable order for every team size, distribution and ordered beginning; nobody left asleep", run)
