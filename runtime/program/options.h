/* options - the command lines. */
#ifndef WEIR_RUNTIME_OPTIONS_H
#define WEIR_RUNTIME_OPTIONS_H

#include "runtime/program/say.h"
#include "slp/slp.h"

typedef struct weir_options {
    weir_slp_limits limits;
    bool in_place, check; /* fmt only */
    char **file;          /* at least one */
    int files;
} weir_options;

typedef struct weir_store_options {
    const char *path;
    uint32_t limit; /* of dump: lines */
} weir_store_options;

typedef struct weir_entity_options {
    const char *store, *kind, *name; /* kind NULL: not said */
    char **rest;                     /* what is said of it */
    int rests;
} weir_entity_options;

typedef struct weir_task_options {
    const char *store, *kind, *scope, *name; /* NULL: not said */
} weir_task_options;

typedef struct weir_run_options {
    weir_slp_limits limits;
    bool eval, results, stats;
    uint32_t slow_ms;                                                  /* 0: not said */
    const char *setup, *store, *kind, *level, *sched, *entity, *scope; /* NULL: not said */
    const char *record, *replay;                                       /* the same */
    uint32_t workers, steps;                                           /* 0: not said */
    char **text;                                                       /* files, or texts of eval; at least one */
    int texts;
} weir_run_options;

extern const char weir_usage[];

/* What is said behind a mistake in a command line. */
#define WEIR_SEE_HELP "; see weir --help"

/* Parses what stands behind the command; argv is reordered. Not WEIR_GOOD: it has been said what is wrong. */
weir_exit weir_options_parse(weir_options *o, bool fmt, int argc, char **argv);

/* The same for what stands behind `store verify` and its like. */
weir_exit weir_store_options_parse(weir_store_options *o, bool dump, int argc, char **argv);

/* The same for what stands behind `entity set` and its like: list names none, and set alone says more. */
weir_exit weir_entity_options_parse(weir_entity_options *o, bool list, bool set, int argc, char **argv);

/* The same for `task list`, which names none, and its like. */
weir_exit weir_task_options_parse(weir_task_options *o, bool list, int argc, char **argv);

/* The same for `run`, and for `eval`, whose arguments are texts. */
weir_exit weir_run_options_parse(weir_run_options *o, bool eval, int argc, char **argv);

/* The same for `repl`, which takes no texts. */
weir_exit weir_repl_options_parse(weir_run_options *o, int argc, char **argv);

#endif
