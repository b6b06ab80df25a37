/* task_load - a task between the store and memory. */
#ifndef WEIR_RUNTIME_TASK_LOAD_P_H
#define WEIR_RUNTIME_TASK_LOAD_P_H

#include "runtime/task_p.h"

/* The record of a task of the session's scope; *bytes, in which it lies, is the caller's when the answer is OK. CORRUPT: it is none. */
weir_kv_status weir_task_fetch_record(weir_session *s, weir_kv_bytes base, weir_task_record *r, weir_kv_bytes *bytes);

/* What never changes of a task: the body, in whose name it runs, and what is bound where it is started. The builder's. NULL:
 * *error. */
const weir_slp *weir_task_program_write(weir_exec *x, weir_slp_value body, weir_slp_error *error);

/* Takes what the store has of it, and a session. NULL: good, also of one that has ended; otherwise why not. */
const char *weir_task_load(weir_task *t, weir_slp_builder *b);

#endif
