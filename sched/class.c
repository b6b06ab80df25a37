/* The variants there are. */
#include "sched/sched_p.h"

#include <string.h>

static const weir_sched_class *const classes[] = {
    &weir_order_epoch,
    &weir_order_double,
    &weir_order_horizon,
    &weir_order_phase,
    &weir_pool_counters,
    &weir_pool_lock,
    NULL, /* the end */
};

const weir_sched_class *weir_sched_class_find(const char *name) {
    for (const weir_sched_class *const *c = classes; *c; c++)
        if (strcmp((*c)->name, name) == 0) return *c;
    return NULL;
}
