/* team - threads with roles that move items through one object; see bench_row.work. */
#ifndef WEIR_BENCH_TEAM_H
#define WEIR_BENCH_TEAM_H

#include "bench/case.h"
#include "bench/pin.h"

/* One repetition: threads start and are bound, move items for a short while to warm up, meet again, and move items for
 * params->seconds, which is timed from the barrier's release to the last thread's end. Fills the sample, and moved[i]
 * with the items of thread i, producers first. What producers gave and consumers got must agree in count and sum: if
 * not, the sample is wrong and says so. */
void team_run(const bench_row *row, void *object, const bench_params *params, const pin_plan *pins,
              bench_sample *sample, uint64_t *moved);

#endif
