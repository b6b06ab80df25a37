/* Long runs of the family that promises the total order. */
#include "stress/laws/sched_laws_p.h"

STRESS_CHECK(
    laws, alike,
    "data parts in the total order, states and digests the same with 1, 2, 4 and 8 workers, any filter, sort and window",
    alike)
