/* exec - the evaluation of one script: a stack of frames over buffers, which can stop at a command and go on later.
 *
 * A frame is a list under evaluation. RUN: the items of a sequence, a body or a script, one after the other. APPLY: the
 * arguments of a command, gathered on the stack of values. COMMAND: a command that runs bodies or waits, and is asked again. No
 * C function calls itself, so depth is a number and not a stack that overflows. An error is a value like others: it ends the
 * frames that do not want it, one by one, so that each command has its say.
 *
 * Both stacks are the thread's, which runs one evaluation at a time; one that parks takes what it has on them with it, in a block of its own,
 * exactly as large. So what waits takes little memory, and what does not wait none.
 *
 * Values that do not lie in a program lie in the arena. A RUN frame takes the arena back to where it was when the frame began,
 * keeping the last value alone, whenever more than a little has gathered: so a long script takes no more memory than its
 * largest form.
 */
#ifndef WEIR_RUNTIME_EXEC_P_H
#define WEIR_RUNTIME_EXEC_P_H

#include "kv/kv.h"
#include "runtime/command_p.h"
#include "runtime/program_p.h"
#include "runtime/strand_p.h"
#include "runtime/value_p.h"

typedef enum weir_frame_kind { WEIR_FRAME_RUN, WEIR_FRAME_APPLY, WEIR_FRAME_COMMAND } weir_frame_kind;

typedef struct weir_frame {
    weir_program *program;
    uint32_t list;        /* a cell of it */
    uint32_t next, count; /* item */
    uint32_t values;      /* where its arguments begin */
    uint8_t kind;
    bool script;     /* RUN: goes on after an error, and tells of each form */
    bool one;        /* RUN: the only item is the list itself */
    bool owns;       /* a reference of the program */
    bool whole;      /* RUN: of all of the program, which goes when it ends: its value must not lie there */
    bool had_result; /* RUN: there was a $result outside, which lies at `values` */
    union {
        weir_mark mark; /* RUN: of the arena when it began */
        struct {        /* APPLY, COMMAND */
            const weir_word *word;
            void *state;    /* COMMAND: the command's own, in the arena or kept by weir_exec_keep */
            uint64_t since; /* COMMAND: when it was called; 0: has no time taken */
        };
    };
} weir_frame;

static inline weir_slp_value weir_frame_list(const weir_frame *f) {
    return weir_slp_value_(f->program->s->unit, f->list);
}

/* Frames, and the arguments gathered for them. */
typedef struct weir_stacks {
    weir_frame *frame;
    weir_slp_value *value;
    uint32_t frame_room, value_room;
} weir_stacks;

bool weir_stacks_init(weir_stacks *t); /* false: no memory, and free is to be called */
void weir_stacks_free(weir_stacks *t);

/* What a thread lends to the evaluations it runs. */
typedef struct weir_tools {
    weir_slp_reader *reader;
    weir_slp_builder *builder;
    const weir_vocabulary *words;
    weir_stacks stacks;         /* of the one that runs */
    struct weir_ticket *ticket; /* a worker's: kept for what it dispatches next */
    uint32_t tickets;
    struct weir_meter *meter;
} weir_tools;

typedef struct weir_awaiting weir_awaiting; /* awaiting_p.h */

typedef enum weir_ended { WEIR_EXEC_DONE, WEIR_EXEC_PARKED } weir_ended;

enum {
    WEIR_EXEC_DEPTH = 1000,       /* frames within frames */
    WEIR_EXEC_EVALS = 64,         /* evals within evals */
    WEIR_EXEC_MEMORY = 256 << 20, /* bytes of values of one evaluation */
};

struct weir_exec {
    weir_session *session;
    weir_tools *tools;                      /* of the thread that runs it now */
    weir_turn *turn;                        /* of the handler it runs in; NULL: none */
    weir_strand *strand;                    /* that is woken when it has parked */
    struct weir_subscription *subscription; /* whose run it is; NULL: of none */
    weir_task *task;                        /* whose form it is; NULL: of none */
    weir_promise *promise;                  /* that it is parked on; NULL: none */
    weir_awaiting *awaiting;                /* kept for its next await; NULL: none */
    weir_arena arena;
    weir_frame *frame; /* on the thread's stacks; or in `own`, when it has parked */
    weir_slp_value *value;
    weir_frame *own; /* values behind frames; NULL: it has not parked yet */
    uint32_t frames, values, own_bytes;
    bool pauses;     /* a script stops behind some forms, so that others have their turn */
    bool paused;     /* it has: weir_exec_go has answered PARKED, and nobody wakes it */
    bool has_result; /* something has ended, and its value is `result` */
    uint8_t evals;   /* within evals */
    uint8_t bound;   /* bit i: variable i */
    uint8_t channel; /* $channel, $topic */
    uint16_t topic;
    uint64_t steps;      /* lists that the form of a script, or the run of a handler, may still begin */
    weir_a32 *interrupt; /* not 0: it is to end. NULL: it cannot be told to */
    weir_program *alone; /* of one command that is a script by itself, without a RUN frame; NULL: none */
    weir_slp_value result;
    weir_slp_value variable[WEIR_VARIABLE_CHANNEL];
    void (*form)(void *arg, weir_slp_value value); /* told the value of each form of a script; NULL: nobody */
    void *arg;
};

void weir_exec_init(weir_exec *x, weir_session *session);
void weir_exec_clear(weir_exec *x); /* whatever it was doing; gives all memory back */
void weir_exec_reset(weir_exec *x); /* after DONE: no variable is bound; some memory is kept */

/* Begins with the forms of a program: the items of its root, or the root itself. `script`: goes on after an error. The reference
 * becomes x's. False: no memory. */
bool weir_exec_begin(weir_exec *x, weir_program *program, weir_slp_extent extent, bool script);

/* The same for a script whose program is lent, and stays there until DONE. */
bool weir_exec_begin_lent(weir_exec *x, weir_program *program, weir_slp_extent extent);

/* The same with one form that lies in the program. */
bool weir_exec_begin_form(weir_exec *x, weir_program *program, weir_slp_value form);

/* A body, of whose program somebody has a reference until x is used again: x->result may lie in it. */
bool weir_exec_begin_body(weir_exec *x, weir_program *program);

/* Goes on until all has ended, or a command has parked. DONE: x->result is the last value. */
weir_ended weir_exec_go(weir_exec *x);

/* After DONE: keeps x->result as the $result of the next script, and no more. */
void weir_exec_settle(weir_exec *x);

/* To be asked by the command that is called before it parks, then or in `more`. False: no memory. */
bool weir_exec_may_park(weir_exec *x);

/* Has somebody interrupted it? Then no command is called any more, and nothing parks. */
static inline bool weir_interrupt_told(const weir_a32 *interrupt) { return interrupt && weir_a32_load(interrupt); }
static inline bool weir_exec_interrupted(const weir_exec *x) { return weir_interrupt_told(x->interrupt); }

/* -- for commands -- */

/* $result, $key, $data. */
static inline void weir_exec_bind(weir_exec *x, weir_variable name, weir_slp_value v) {
    x->variable[name] = v;
    x->bound |= (uint8_t)(1u << name);
}

/* $channel and $topic, which need no values of their own. */
static inline void weir_exec_bind_place(weir_exec *x, uint32_t channel, uint32_t topic) {
    x->channel = (uint8_t)channel;
    x->topic = (uint16_t)topic;
    x->bound |= 1u << WEIR_VARIABLE_CHANNEL | 1u << WEIR_VARIABLE_TOPIC;
}

/* Of one that is bound. */
static inline weir_slp_value weir_exec_variable(const weir_exec *x, uint32_t name) {
    if (name < WEIR_VARIABLE_CHANNEL) return x->variable[name];
    return name == WEIR_VARIABLE_CHANNEL ? weir_value_channel(x->channel) : weir_value_integer(x->topic);
}

static inline weir_verdict weir_return(weir_exec *x, weir_slp_value v) {
    x->result = v;
    return WEIR_RETURN;
}

/* weir_fail(x, "range", "topic %d ...", topic) */
#define weir_fail(x, ...) weir_return(x, weir_value_error(&(x)->arena, __VA_ARGS__))

/* What ends a wait that nothing else has ended. */
static inline weir_verdict weir_closed(weir_exec *x) {
    return weir_fail(x, "closed", weir_exec_interrupted(x) ? "interrupted" : "the session closes");
}

/* Runs a body, or evaluates a form, for the command called: `more` is asked when it has ended, with x->result. v is one of its
 * arguments. ENTER; RETURN: no memory, or too deep. */
weir_verdict weir_exec_enter(weir_exec *x, weir_slp_value v);

/* What a body or a text runs. NULL: the error is x->result. */
weir_program *weir_exec_script(weir_exec *x, weir_slp_value v);
weir_program *weir_exec_read(weir_exec *x, const char *at, size_t bytes);

/* The same for the items of a program's root; the reference becomes the frame's, also when it fails. */
weir_verdict weir_exec_enter_program(weir_exec *x, weir_program *program);

/* The class of error that a store's answer is. */
const char *weir_store_class(weir_kv_status st);

/* Zeroed room of the command's own until it returns; the same for call and more of one form. NULL: no memory. */
void *weir_exec_state(weir_exec *x, size_t bytes);

/* Or something of the command's own that lies elsewhere, and a number, instead of its arguments, which are no longer there. The command
 * that is called has either. */
static inline void weir_exec_keep(weir_exec *x, void *state, uint32_t number) {
    weir_frame *f = &x->frame[x->frames - 1];
    f->state = state;
    f->next = number;
    x->values = f->values;
}
static inline void *weir_exec_kept(const weir_exec *x, uint32_t *number) {
    const weir_frame *f = &x->frame[x->frames - 1];
    *number = f->next;
    return f->state;
}

#endif
