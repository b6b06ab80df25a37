/* task_load - a task between the store and memory. */
#ifndef WEIR_RUNTIME_TASK_LOAD_P_H
#define WEIR_RUNTIME_TASK_LOAD_P_H

#include "runtime/task_p.h"

/* A buffer that lies in the store, in memory of the caller's. CORRUPT: it is none. */
weir_kv_status weir_task_fetch(weir_kv *kv, weir_kv_tenant *tenant, weir_kv_bytes key, weir_kv_bytes *to);

/* What never changes of a task: the body, in whose name it runs, and what is bound where it is started. The builder's. NULL:
 * *error. */
const weir_slp *weir_task_program_write(weir_exec *x, weir_slp_value body, weir_slp_error *error);

/* Takes what the store has of it, and a session. NULL: good, also of one that has ended; otherwise why not. */
const char *weir_task_load(weir_task *t, weir_slp_builder *b);

#endif
