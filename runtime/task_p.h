/* task - a body that runs by itself, form by form, and whose progress lies in the store.
 *
 * A task is a strand. Each of its forms runs with a draft; when the form has ended, one batch holds the record with the new pc and
 * all that the form wrote. A batch that is refused, for another writer has come between, has the form run again.
 *
 * Who has a task in the list of its runtime owns its name: he alone starts, ends and clears away what lies in the store under it. A
 * task's own lock is held while its record is written, so whoever pauses, resumes or ends it, and the form's batch, come one
 * after the other.
 */
#ifndef WEIR_RUNTIME_TASK_P_H
#define WEIR_RUNTIME_TASK_P_H

#include "runtime/draft_p.h"
#include "runtime/exec_p.h"
#include "runtime/room_p.h"
#include "runtime/task_record_p.h"
#include "runtime/topic_p.h"
#include "runtime/weir.h"

enum { WEIR_TASK_TRIES = 100 }; /* of one form against other writers */

/* An event that is sent when the form is completed. */
typedef struct weir_task_event {
    struct weir_task_event *next;
    uint32_t channel, topic;
    weir_slp_value value; /* in the draft's arena */
} weir_task_event;

typedef struct weir_task_frame {
    weir_slp_value body;
    uint32_t pc;
} weir_task_frame;

typedef enum weir_task_phase {
    WEIR_TASK_BETWEEN, /* forms */
    WEIR_TASK_FORM,
    WEIR_TASK_SENDING
} weir_task_phase;

struct weir_task {
    weir_strand strand;
    weir_runtime *runtime;
    weir_a32 references;    /* the list's; of who looks at it */
    weir_task *next, *prev; /* of the runtime; under the lock of weir_tasks */
    weir_task *sibling;     /* of those that one form has started, not yet in the store */
    bool doomed;            /* somebody ends it; the same */
    weir_session *session;  /* in whose name it runs; NULL: it only holds its name */
    char *scope;            /* these two constant */
    weir_kv_bytes base;

    weir_lock lock;        /* these under it */
    weir_task_stage state; /* as in the record */
    weir_kv_bytes record;  /* as it lies in the store, own memory; at NULL: it only holds its name */
    bool gone; /* the store is left as it is: its frame has been removed, the runtime closes, or the store failed */
    bool left; /* it gives its name back: whoever has found it looks again */
    bool idle; /* its strand sleeps until it is roused */
    weir_a32 interrupted; /* it has ended: so is the form that runs, where it is */
    weir_waiter *waiter;  /* that its form is parked on; NULL: on none */

    /* of its strand */
    weir_program *program; /* what never changes of it */
    weir_task_frame frame[WEIR_TASK_FRAMES];
    uint32_t frames;
    weir_task_phase phase;
    uint32_t tries;
    bool waits;        /* its form is about to park on an event */
    uint32_t requests; /* awaits whose form runs: what it publishes is sent at once */
    weir_exec x;
    weir_draft draft;
    weir_task *started; /* by this form */
    weir_task_event *event, **last;
    uint32_t events;
    weir_room_waiter room; /* that sending is parked on */
    size_t space;          /* bytes of at[]: what the keys of a form are relative to */
    char at[WEIR_TASK_BASE];
};

/* -- for commands of a form -- */

/* The waiter that the form is about to park on; NULL: no longer. False: the task has ended, do not park. */
bool weir_task_waits(weir_task *t, weir_waiter *w);

/* Nothing of its form matters any more. Takes its lock. */
bool weir_task_has_ended(weir_task *t);

/* An event for when the form is completed. */
weir_verdict weir_task_defer(weir_exec *x, uint32_t channel, uint32_t topic, weir_slp_value value);

/* Is v a form `(core/task/frame {BODY})`? */
bool weir_task_is_frame(const weir_vocabulary *words, const weir_program *p, weir_slp_value v);

/* -- task_commit.c -- */

/* Under the lock: it does not go on, or the store is not to be touched. */
static inline bool weir_task_is_over(const weir_task *t) { return t->gone || t->state > WEIR_TASK_PAUSED; }

typedef enum weir_task_committed {
    WEIR_TASK_COMMITTED,
    WEIR_TASK_OVER,     /* the task has ended before: nothing has been written */
    WEIR_TASK_CONFLICT, /* others have changed what the form relies on: the same */
    WEIR_TASK_REFUSED   /* the same; x->result says why */
} weir_task_committed;

/* All that the form has written, and the record: the innermost frame at pc, the result, and the state; RUNNING: as it was told from
 * outside. */
weir_task_committed weir_task_commit(weir_task *t, weir_task_stage state, uint32_t pc, weir_slp_value result);

/* -- for tasks.c -- */

/* Sets it going, unless it is paused; once. */
void weir_task_launch(weir_task *t, weir_turn *turn);

/* Under its lock: it will look at its state, wherever it sleeps. rouse_end, after the lock, does what must be done outside. */
typedef struct weir_task_rouse {
    bool dispatch, wake, ended;
} weir_task_rouse;
weir_task_rouse weir_task_rouse_begin(weir_task *t);
void weir_task_rouse_end(weir_task *t, weir_task_rouse r, weir_turn *turn);

#endif
