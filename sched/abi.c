/* Defines the symbol whose name spells the choices of this build; see config.h. */
#include "sched/sched.h"
#include "prims/platform.h"

const char WEIR_SCHED_ABI = 1;
