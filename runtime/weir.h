/* weir - the runtime: SLP commands over an ordered store, for sessions with rights.
 *
 * When to use      To run scripts of commands against a store, embedded in a program of yours, or by the program `weir`.
 *
 *     weir_runtime *runtime;
 *     weir_error error;
 *     if (!weir_runtime_open(NULL, &runtime, &error)) fprintf(stderr, "%s\n", error.text);
 *     weir_session *session = weir_session_open(runtime, NULL, &error);
 *     weir_eval(session, "(core/kv/set counter 42)", 24, show, NULL);      void show(void *arg, weir_slp_value value)
 *     weir_session_close(session);
 *     weir_runtime_close(runtime);
 *
 * Language         slp/slp.h says what a text is; runtime/README.md what the commands do. A form is evaluated: a list applies a
 *                  command, a sequence runs in order and stops at the first error, all else is a value. Errors are values
 *                  whose text is "class: message".
 * Ownership        Options and texts given are not kept. A value told to a callback is valid until it returns.
 * Threads          A runtime and what concerns several sessions: any thread. A session: one thread at a time.
 * Progress         Evaluation takes no stack: forms within forms are limited by number, and what they hold in memory by size.
 * Errors           false or NULL with *error, which may be NULL; nothing is left half made.
 * Limits           1000 forms within forms, 64 evals within evals, 256 MiB of values in one evaluation.
 * Checked by       the unit tests beside it, the conformance cases in runtime/cases, a fuzzer.
 */
#ifndef WEIR_RUNTIME_WEIR_H
#define WEIR_RUNTIME_WEIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../slp/slp.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_runtime weir_runtime;
typedef struct weir_session weir_session;

/* What went wrong, for a person. */
typedef struct weir_error {
    char text[512];
} weir_error;

/* All zero, or NULL for it: the defaults. */
typedef struct weir_runtime_options {
    const char *store;      /* "memory", "wal", "lmdb"; NULL: memory, or wal when there is a path */
    const char *path;       /* directory of a store that has one */
    const char *variant;    /* of the map: "art", "hash", "lock"; NULL: the build's */
    weir_slp_limits limits; /* of texts; all 0: the default ones */
    void (*log)(void *arg, const char *line, size_t bytes); /* core/util/log; NULL: a line on standard error */
    void *log_arg;
} weir_runtime_options;

/* Opens a store and what runs on it. */
bool weir_runtime_open(const weir_runtime_options *options, weir_runtime **runtime, weir_error *error);

/* Its sessions have been closed. NULL is nothing. False: how the last writing of the store failed; it is closed all the same. */
bool weir_runtime_close(weir_runtime *runtime, weir_error *error);

enum { WEIR_READ = 1, WEIR_WRITE = 2 };

/* All zero, or NULL for it: everything is allowed. */
typedef struct weir_session_options {
    const char *scope; /* whose keys it sees, and no others; NULL: "main" */
    unsigned rights;   /* WEIR_READ | WEIR_WRITE on the scope, when `restricted` */
    bool restricted;
} weir_session_options;

/* A session on a scope, which is made when it is not there. NULL: *error. */
weir_session *weir_session_open(weir_runtime *runtime, const weir_session_options *options, weir_error *error);
void weir_session_close(weir_session *session); /* NULL is nothing */

/* Told each form's value in turn, an error value included. It may call anything but this session. */
typedef void weir_form(void *arg, weir_slp_value value);

/* Reads a text and runs its forms in order, also after one that fails. False: the text cannot be read, and *error (may be NULL)
 * says where; or no memory: nothing has run. */
bool weir_eval(weir_session *session, const char *text, size_t bytes, weir_form *form, void *arg,
               weir_slp_error *error);

/* The same for a buffer, from a reader or a builder, or accepted by weir_slp_verify. ONE: it is one form. ALL: the items of its root
 * are the forms. False: no memory, nothing has run. */
bool weir_run(weir_session *session, const weir_slp *buffer, weir_slp_extent extent, weir_form *form, void *arg);

#ifdef __cplusplus
}
#endif
#endif
