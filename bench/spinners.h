/* spinners - the busy regime: one process a processor that does nothing but compete for it. */
#ifndef WEIR_BENCH_SPINNERS_H
#define WEIR_BENCH_SPINNERS_H

#include <stdbool.h>

/* Starts or ends them; does nothing when they are already as asked. They die with this process. */
void spinners_set(bool on);

#endif
