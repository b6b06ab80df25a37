/* replay - one failure again, for a reader. */
#ifndef WEIR_STRESS_REPLAY_H
#define WEIR_STRESS_REPLAY_H

#include "stress/catalog.h"
#include "stress/options.h"

/* Prints what comes of it; exit status. */
int replay(const catalog *c, const options *o);

/* The same for a history in a file. */
int replay_file(const char *file);

#endif
