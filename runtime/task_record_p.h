/* task_record - how a task lies in the store, in the tenant of its scope.
 *
 *     space    what the keys of a script or a form are relative to: nothing, for a scope's own keys; or a frame of a task
 *     base     of a task: SPACE FF NAME 00
 *     BASE '0' its record: (STATE (PC...) RESULT), a PC for each frame, the outermost first
 *     BASE '1' what never changes of it: (BODY OWNER BINDINGS)
 *     BASE '2' the space of its outermost frame; SPACE FF 00 that of the frame within
 *
 * No other key begins with FF within its space, and they are the last of it. A record comes before all that its task writes, so
 * whoever removes a range from its front has ended the tasks there before he comes to their keys.
 */
#ifndef WEIR_RUNTIME_TASK_RECORD_P_H
#define WEIR_RUNTIME_TASK_RECORD_P_H

#include "kv/kv.h"
#include "slp/slp.h"

enum {
    WEIR_TASK_MARK = 0xff,    /* no byte of a text */
    WEIR_TASK_NAME = 200,     /* bytes of a name: 1 to so many, none of them 00 or FF */
    WEIR_TASK_BASE = 4096,    /* bytes of a base: tasks within tasks */
    WEIR_TASK_FRAMES = 32,    /* of a task: frames within frames */
    WEIR_TASK_BYTES = 4 << 20 /* of body and bindings */
};

enum { WEIR_TASK_KEY_RECORD = '0', WEIR_TASK_KEY_PROGRAM = '1', WEIR_TASK_KEY_SPACE = '2' };

typedef enum weir_task_stage {
    WEIR_TASK_RUNNING,
    WEIR_TASK_PAUSED,
    WEIR_TASK_DONE,
    WEIR_TASK_FAILED,
    WEIR_TASK_CANCELLED,
    WEIR_TASK_STATES
} weir_task_stage;

/* Is it a key that a form may name? */
static inline bool weir_task_is_hidden(const char *key, size_t bytes) {
    return bytes > 0 && (unsigned char)*key == WEIR_TASK_MARK;
}

/* A name and a space, and the base of such a task into `to`, of WEIR_TASK_BASE bytes; answers its size. 0: no such name can be; or,
 * with *deep, the tasks are within too many others. */
size_t weir_task_base(char *to, weir_kv_bytes space, const char *name, size_t bytes, bool *deep);

/* A key of the task of that base, into `to`, of WEIR_TASK_BASE + 1 bytes. */
weir_kv_bytes weir_task_key(weir_kv_bytes base, char which, char *to);

/* Bytes of the space round this one; it is not empty. */
size_t weir_task_space_outside(const char *space, size_t bytes);

/* "outermost/.../name", without a zero, cut at room bytes; answers how many. */
size_t weir_task_path(char *to, size_t room, weir_kv_bytes base);

/* Of a key: is it the record of a task? */
bool weir_task_is_record(const char *key, size_t bytes);

/* -- the record -- */

/* A record as it was read or written; in the caller's memory. */
typedef struct weir_task_record {
    weir_task_stage state;
    weir_slp_value pcs, result;
} weir_task_record;

/* False: it is none. */
bool weir_task_record_read(const weir_slp *s, weir_task_record *r);

/* As it is stored; the builder's. NULL: *error. */
const weir_slp *weir_task_record_write(weir_slp_builder *b, weir_task_stage state, const uint32_t *pc, uint32_t frames,
                                       weir_slp_value result, weir_slp_error *error);

/* The same record in another state. */
const weir_slp *weir_task_record_change(weir_slp_builder *b, const weir_task_record *r, weir_task_stage state);

/* "running" ... Static. */
const char *weir_task_state_name(weir_task_stage state);

/* -- keys -- */

/* Removes all keys that begin with prefix and lie beyond `after` (NULL: all), from the front, until there are none. */
weir_kv_status weir_task_sweep(weir_kv *kv, weir_kv_tenant *t, weir_kv_bytes prefix, const weir_kv_bytes *after);

/* Removes all that is of a task, or all but its record. */
weir_kv_status weir_task_clear(weir_kv *kv, weir_kv_tenant *t, weir_kv_bytes base, bool record);

#endif
