/* Client programs of the order family, whose data parts come in one total order. */
#include "stress/model/programs/sched_model_p.h"
