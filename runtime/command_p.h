/* command - what a form can call: a name, what it takes, what it needs, what it does. */
#ifndef WEIR_RUNTIME_COMMAND_P_H
#define WEIR_RUNTIME_COMMAND_P_H

#include "runtime/weir.h"

typedef struct weir_exec weir_exec;
typedef struct weir_task weir_task;

enum { WEIR_ARGUMENTS_MAX = 7 };

/* A command as it is looked up. */
typedef struct weir_word {
    weir_command command;
    uint32_t least, most;
    char letter[WEIR_ARGUMENTS_MAX + 1];    /* of argument i, and of all from the last on */
    uint16_t plain[WEIR_ARGUMENTS_MAX + 1]; /* the same: bit t: a form of type t is its own value, and fits */
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

/* All names that a runtime knows: numbers below `words` are commands, then come the variables, then $CHANNEL_A to $CHANNEL_F
 * and $CHANNEL_X. */
typedef struct weir_vocabulary {
    weir_slp_names *names;
    weir_word *word;
    uint32_t words, core; /* those below `core` are the core's, the others the host's */
} weir_vocabulary;

enum { WEIR_CHANNELS = 6, WEIR_CHANNELS_ALL = 7 }; /* the last is WEIR_EXECUTION */

static inline char weir_channel_letter(uint32_t channel) { return "ABCDEFX"[channel]; }

/* The core commands and `count` more. False: no memory, or *bad (may be NULL) is the name that cannot be: it is there twice, or
 * its `takes` is not as above. */
bool weir_vocabulary_init(weir_vocabulary *v, const weir_command *more, uint32_t count, const char **bad);
void weir_vocabulary_free(weir_vocabulary *v);

static inline char weir_word_letter(const weir_word *w, uint32_t i) {
    return w->letter[i < WEIR_ARGUMENTS_MAX ? i : WEIR_ARGUMENTS_MAX];
}
static inline bool weir_word_takes(const weir_word *w, uint32_t i, weir_slp_type form) {
    return w->plain[i < WEIR_ARGUMENTS_MAX ? i : WEIR_ARGUMENTS_MAX] >> form & 1;
}

/* What there is from the start, ended by a name that is NULL. */
extern const weir_command weir_kv_commands[], weir_expr_commands[], weir_event_commands[], weir_subs_commands[],
    weir_util_commands[], weir_task_commands[];

#endif
