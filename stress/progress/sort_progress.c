/* A team waits for its slowest worker. */
#include "prims/sort.h"
#include "stress/model/model.h"

static weir_sort_team team;
static weir_sort_item items[2], scratch[2];

static void init(void) { weir_sort_team_init(&team, items, 0, 2, scratch, 2); }
static void work(void) { weir_sort_team_run(&team, (unsigned)model_self()); }

MODEL_PROGRESS(stopped_worker, "blocking: a worker that stops holds up the team", .setup = init, .thread = {work, work},
               .victim = 1, .expect = MODEL_BLOCKING)
