/* Programs of events for the family with a total order. */
#include "stress/fuzz/sched_fuzz_p.h"
