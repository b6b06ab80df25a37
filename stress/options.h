/* options - the command line of `stress run`, `selftest` and `replay`. */
#ifndef WEIR_STRESS_OPTIONS_H
#define WEIR_STRESS_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

enum format { FORMAT_TABLE, FORMAT_JSON, FORMAT_TAP };

typedef struct options {
    const char *filter;   /* POSIX extended regular expression over IDs or names of bugs; NULL: all */
    const char *rungs;    /* comma separated; NULL: all */
    const char *variants; /* comma separated, "scq" or "mpmc.scq"; NULL: all */
    const char *out;      /* folder for stress.txt, stress.json and histories; NULL: none */
    const char *what;     /* of replay: an ID or a file */
    double seconds;       /* of the whole run */
    double limit;         /* of one check, after which it is killed; 0: from its time */
    uint64_t seed;
    enum format format;
} options;

/* Reads what stands behind `command`. 0, or EXIT_USAGE after having said what is wrong. */
int options_parse(options *o, const char *command, int argc, char **argv);

/* What `stress --help` prints. */
extern const char stress_usage[];

#endif
