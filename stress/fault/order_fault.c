/* Faults of the family that promises the total order. */
#include "stress/fault/sched_fault_p.h"
