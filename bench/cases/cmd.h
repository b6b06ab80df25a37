/* cmd - whatever runs commands that set and get, ours or an interpreter's, as the cases cmd.* see it.
 *
 * 10,000 keys of 6 characters with values of 16, in an order that no prefetcher guesses. One thread asks; the store may be used by others at
 * the same time, or the row is marked weaker. Each value that is got is compared; after sets all values are.
 *
 *   text     a command as a text of its own, read and run
 *   parsed   the same, made ready once for each key, run again and again
 *   script   one text of 4,000 sets, read and run; an operation is a set */
#ifndef WEIR_BENCH_CASES_CMD_H
#define WEIR_BENCH_CASES_CMD_H

#include <string.h>

#include "bench/case.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { BENCH_CMD_KEY = 6, BENCH_CMD_VALUE = 16, BENCH_CMD_TEXT = 160 };

typedef struct bench_result {
    const char *at; /* NULL: it failed, or is no string. Valid until the next call */
    size_t bytes;
} bench_result;

typedef struct bench_cmd {
    const char *variant;
    unsigned flags;
    const char *note;
    void *(*open)(void); /* NULL: failed */
    void (*close)(void *object);
    /* A set, or with value NULL a get, as a text; at most BENCH_CMD_TEXT bytes. Texts of sets one after the other are a script. */
    int (*write)(char *to, const char *key, const char *value);
    bench_result (*eval)(void *object, const char *text, size_t bytes); /* of the last command */
    void *(*ready)(void *object, const char *text, size_t bytes);       /* NULL: failed. Valid until close */
    bench_result (*call)(void *object, void *ready);
} bench_cmd;

static inline bool bench_result_is(bench_result r, const char *value) {
    return r.at && r.bytes == BENCH_CMD_VALUE && !memcmp(r.at, value, BENCH_CMD_VALUE);
}

enum bench_cmd_case { BENCH_CMD_EVAL, BENCH_CMD_PARSED, BENCH_CMD_SCRIPT, BENCH_CMD_CASES };

/* See BENCH_CMD. */
void *bench_cmd_make(const bench_cmd *self, enum bench_cmd_case c, const bench_params *p);
void bench_cmd_register(const bench_cmd *self, bench_row rows[BENCH_CMD_CASES],
                        void *(*const make[BENCH_CMD_CASES])(const bench_params *), bool chosen);

#define BENCH_CMD_MAKE(cmd, name, c) \
    static void *cmd##_make_##name(const bench_params *p) { return bench_cmd_make(&cmd, c, p); }

/* Registers the rows of `cmd`, a bench_cmd of static storage; chosen: it is the default of its cases. */
#define BENCH_CMD(cmd, chosen)                                                                                        \
    BENCH_CMD_MAKE(cmd, text, BENCH_CMD_EVAL)                                                                         \
    BENCH_CMD_MAKE(cmd, parsed, BENCH_CMD_PARSED)                                                                     \
    BENCH_CMD_MAKE(cmd, script, BENCH_CMD_SCRIPT)                                                                     \
    static void __attribute__((constructor)) cmd##_register(void) {                                                   \
        static bench_row rows[BENCH_CMD_CASES];                                                                       \
        static void *(*const make[])(const bench_params *) = {cmd##_make_text, cmd##_make_parsed, cmd##_make_script}; \
        bench_cmd_register(&cmd, rows, make, chosen);                                                                 \
    }

#ifdef __cplusplus
}
#endif
#endif
