/* Faults of the family that promises no order of data parts. */
#include "stress/fault/sched_fault_p.h"
