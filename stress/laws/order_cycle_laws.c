/* Circles of events in the order family. */
#include "stress/sched_cycles_p.h"
