/* Client programs of the family that promises no order of data parts. */
#include "stress/model/programs/sched_model_p.h"
