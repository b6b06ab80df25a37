/* setup - how a conformance case differs from an empty store and a session that may do everything. */
#ifndef WEIR_RUNTIME_PROGRAM_SETUP_H
#define WEIR_RUNTIME_PROGRAM_SETUP_H

#include "runtime/program/say.h"
#include "runtime/weir.h"

/* Lines of the file:
 *     scope R|W|RW|none     rights on the scope
 *     topics N P|S|PS|none  rights on topic N
 *     rate N                publishes a second
 *     await_ms N            how long an await waits when it does not say
 *     preset KEY VALUE      a string that is stored before
 */
typedef struct weir_setup {
    weir_session_options session;
    uint32_t await_ms; /* 0: the default */
    weir_topic_rule *topic;
    char *text; /* of the file */
    struct weir_preset {
        const char *key, *value;
    } * preset;
    size_t presets;
} weir_setup;

/* Not WEIR_GOOD: it has been said why. */
weir_exit weir_setup_read(weir_setup *s, const char *name);

/* Stores the presets. */
bool weir_setup_preset(const weir_setup *s, weir_runtime *runtime, weir_error *error);
void weir_setup_free(weir_setup *s);

#endif
