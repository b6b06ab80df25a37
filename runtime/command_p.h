/* command - what a form can call: a name, what it takes, what it needs, what it does. */
#ifndef WEIR_RUNTIME_COMMAND_P_H
#define WEIR_RUNTIME_COMMAND_P_H

#include <stdbool.h>
#include <stdint.h>

#include "slp/slp.h"

typedef struct weir_exec weir_exec;
typedef struct weir_session weir_session;

typedef enum weir_verdict {
    WEIR_RETURN, /* x->result is the value */
    WEIR_ENTER,  /* a body was entered: `more` is called when it has ended */
    WEIR_PARK    /* stops here; `more` is called when the evaluation is woken */
} weir_verdict;

/* args are evaluated, and of the types that `takes` says; they stay where they are until the command returns. */
typedef weir_verdict weir_command_fn(weir_exec *x, const weir_slp_value *args, uint32_t n);

enum { WEIR_RIGHT_READ = 1, WEIR_RIGHT_WRITE = 2 }; /* on the scope */

/* takes: a letter an argument.
 *     k key: a symbol, or a variable that holds a symbol or a string    v any value
 *     b a body, or a variable that holds one                           f any form, not evaluated
 *     s string     p string or symbol     i integer     n integer of at least 0
 *     c channel     t topic
 *     + at the end: the last may come again and again. ? : from here on they may be missing */
typedef struct weir_command {
    const char *name, *takes;
    unsigned needs; /* rights */
    weir_command_fn *call;
    weir_command_fn *more; /* NULL: it enters no body and does not park */
    const char *doc;
} weir_command;

enum { WEIR_ARGUMENTS_MAX = 7 };

/* A command as it is looked up. */
typedef struct weir_word {
    weir_command command;
    uint32_t least, most;
    char letter[WEIR_ARGUMENTS_MAX + 1]; /* of argument i, and of all from the last on */
} weir_word;

/* Variables that a form may read. */
typedef enum weir_variable {
    WEIR_VARIABLE_RESULT,
    WEIR_VARIABLE_KEY,
    WEIR_VARIABLE_DATA,
    WEIR_VARIABLE_CHANNEL,
    WEIR_VARIABLE_TOPIC,
    WEIR_VARIABLES
} weir_variable;

/* All names that a runtime knows: numbers below `words` are commands, then come the variables, then $CHANNEL_A to $CHANNEL_F. */
typedef struct weir_vocabulary {
    weir_slp_names *names;
    weir_word *word;
    uint32_t words;
} weir_vocabulary;

enum { WEIR_CHANNELS = 6 };

/* The core commands and `count` more. False: no memory, or *bad (may be NULL) is the name that cannot be: it is there twice, or
 * its `takes` is not as above. */
bool weir_vocabulary_init(weir_vocabulary *v, const weir_command *more, uint32_t count, const char **bad);
void weir_vocabulary_free(weir_vocabulary *v);

static inline char weir_word_letter(const weir_word *w, uint32_t i) {
    return w->letter[i < WEIR_ARGUMENTS_MAX ? i : WEIR_ARGUMENTS_MAX];
}

/* What there is from the start, ended by a name that is NULL. */
extern const weir_command weir_kv_commands[], weir_expr_commands[], weir_event_commands[], weir_util_commands[];

#endif
