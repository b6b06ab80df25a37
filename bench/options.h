/* options - the command line of `bench run`. */
#ifndef WEIR_BENCH_OPTIONS_H
#define WEIR_BENCH_OPTIONS_H

#include "bench/axis.h"

enum bench_format { FORMAT_TABLE, FORMAT_JSON, FORMAT_CSV };
enum { EXIT_LOST = 1, EXIT_USAGE = 2 };

typedef struct bench_options {
    const char *filter;           /* POSIX extended regular expression over "case" and "case/variant"; NULL: all */
    const char *variants;         /* comma separated names or patterns; NULL: all */
    const char *axis[AXIS_COUNT]; /* values that replace the suite's; NULL: the suite's */
    const char *pin; /* none, compact, scatter, a list of processors; NULL: 2 or fewer threads, one a core */
    const char *out; /* folder for the report; NULL: none */
    double seconds;  /* of one cell, all repetitions together; 0: chosen by the suite */
    double total;    /* of the whole run; 0: 285 for the quick suite, else no bound */
    double limit;    /* after which a repetition is killed; 0: chosen from its length */
    unsigned reps;   /* 0: chosen by the suite */
    uint64_t seed;
    bool full; /* --suite full */
    bool bare; /* no argument at all: the main job */
    enum bench_format format;
} bench_options;

/* Reads what stands after `run`. 0, or EXIT_USAGE after having said what is wrong. */
int options_parse(bench_options *o, int argc, char **argv);

/* Says "bench: <message>" on standard error; returns EXIT_USAGE. */
int bench_refuse(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* What `bench --help` prints. */
extern const char bench_usage[];

#endif
