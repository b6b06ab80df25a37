/* Programs of events for the family that promises no order of data parts. */
#include "stress/fuzz/sched_fuzz_p.h"
