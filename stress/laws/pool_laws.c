/* Long runs of the family that promises no order of data parts: sums are the same, and nothing else need be. */
#include "stress/laws/sched_laws_p.h"

STRESS_CHECK(laws, alike, "the same sums with 1, 2, 4 and 8 workers, with any filter, pushed or pulled", alike)
