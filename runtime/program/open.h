/* open - a runtime with a session, as the options of run, eval and repl say. */
#ifndef WEIR_RUNTIME_OPEN_H
#define WEIR_RUNTIME_OPEN_H

#include "runtime/program/options.h"
#include "runtime/program/setup.h"
#include "runtime/weir.h"

typedef struct weir_opened {
    weir_runtime *runtime;
    weir_session *session;
    weir_setup setup;
} weir_opened;

/* `say` has log, error and arg alone. Not WEIR_GOOD: it has been said why, and nothing is open. */
weir_exit weir_open(weir_opened *p, const weir_run_options *o, const weir_runtime_options *say);

/* Shows what --stats and --slow asked for, and closes. Not WEIR_GOOD: it has been said why. */
weir_exit weir_shut(weir_opened *p, const weir_run_options *o);

#endif
