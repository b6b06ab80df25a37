/* Circles of events in the family that promises no order of data parts. */
#include "stress/sched_cycles_p.h"
