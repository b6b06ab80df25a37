/* tasks - those of a runtime: who has which name, and what is done to them from outside. */
#ifndef WEIR_RUNTIME_TASKS_P_H
#define WEIR_RUNTIME_TASKS_P_H

#include "prims/lock_p.h"
#include "runtime/task_p.h"

typedef struct weir_task_scope {
    struct weir_task_scope *next;
    char name[];
} weir_task_scope;

typedef struct weir_tasks {
    weir_lock lock;
    weir_task *first; /* under the lock, as what follows */
    uint32_t count;   /* of them */
    bool closing;
    weir_task_scope *scope; /* whose tasks have been recovered */
    weir_a32 going;         /* 2 * those that are neither paused nor ended; odd: somebody waits for none */
    weir_a32 live;          /* 2 * tasks, and sessions of theirs, whose memory is there; odd: somebody waits for none */
} weir_tasks;

void weir_tasks_init(weir_tasks *all);

/* Ends all that run, where they are between two forms; the store keeps them as they are. Sessions have been closed. */
void weir_tasks_close(weir_runtime *r);

/* What commands and functions do, in the name of an evaluation and relative to its space. */
weir_answer weir_tasks_start(weir_exec *x, const char *name, size_t bytes, weir_slp_value body);
weir_answer weir_tasks_change(weir_exec *x, const char *name, size_t bytes, weir_task_stage to);

/* The value (STATE COMPLETED RESULT), in the arena of x. */
weir_answer weir_tasks_state(weir_exec *x, const char *name, size_t bytes, weir_slp_value *state);
weir_answer weir_tasks_list(weir_exec *x, bool (*each)(void *arg, const char *name, size_t bytes), void *arg);

/* -- for one another -- */

/* The task of that base, which weir_task_release gives back; NULL: none. */
weir_task *weir_tasks_find(weir_runtime *r, const char *scope, weir_kv_bytes base);

/* A task that does nothing but hold the name; weir_tasks_drop gives it back. FULL: there are `limit` tasks; PRESENT, CLOSING. */
weir_answer weir_tasks_claim(weir_runtime *r, const char *scope, weir_kv_bytes base, uint32_t limit, weir_task **t);

void weir_task_release(weir_task *t);
void weir_task_complain(weir_runtime *r, weir_kv_bytes base, const char *what, size_t bytes);
void weir_tasks_drop(weir_task *t); /* its name is free; the reference of the list is given back */
void weir_tasks_end_below(weir_runtime *r, const weir_task *but, weir_kv_bytes prefix,
                          weir_turn *turn); /* of but's scope */
void weir_tasks_hold(weir_runtime *r);      /* one whose memory is there */
void weir_tasks_let_go(weir_runtime *r);
void weir_tasks_begin(weir_runtime *r); /* one that goes */
void weir_tasks_end(weir_runtime *r);

#endif
