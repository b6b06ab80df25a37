/* recorded - a runtime whose inputs are kept in a file, or come from one.
 *
 * All that comes from outside is an input: an event in the order of the scheduler that carries what it is. A session that opens or
 * closes, a form, a publish, an alarm that rang: each has a place among all data parts, and what follows from it is submitted by
 * handlers. So the same inputs at the same places bring about the same, with any number of workers. The clock is asked for nothing
 * but when an alarm rings; a replay does not ask it at all.
 */
#ifndef WEIR_RUNTIME_RECORDED_P_H
#define WEIR_RUNTIME_RECORDED_P_H

#include "runtime/session_p.h"
#include "sched/record.h"

typedef enum weir_input_kind {
    WEIR_INPUT_OPTIONS, /* first of all: those of the runtime that what happens depends on */
    WEIR_INPUT_OPEN,
    WEIR_INPUT_CLOSE,
    WEIR_INPUT_FORM,
    WEIR_INPUT_PUBLISH,
    WEIR_INPUT_TIMEOUT,
    WEIR_INPUT_KINDS
} weir_input_kind;

typedef struct weir_input_head { /* then `bytes` bytes */
    uint32_t kind, session;      /* sessions are numbered as they open, from 0 */
    uint32_t a, b;               /* OPEN: rights, topics; FORM: extent, somebody is told; PUBLISH: channel, topic */
    uint64_t number;             /* TIMEOUT */
    uint64_t bytes; /* OPTIONS: weir_input_options; OPEN: scope of SCOPE bytes, rules; FORM, PUBLISH: a buffer */
} weir_input_head;

enum { WEIR_INPUT_SCOPE = 256, WEIR_INPUT_SESSIONS = 65536, WEIR_INPUT_PROGRAM = 0x57455231 };

typedef struct weir_input_options {
    uint32_t queue, await_ms, subscriptions, parked_max, processors, zero;
    uint64_t steps, event_bytes;
    weir_slp_limits limits;
} weir_input_options;

typedef struct weir_input {
    weir_strand strand; /* its `run` does it */
    bool kept;          /* somebody waits until it is over, and frees it */
    weir_a32 over;
    weir_session *session; /* NULL: OPTIONS, TIMEOUT, and OPEN in a replay */
    weir_admitted answer;  /* PUBLISH */
    weir_subscription *full;
    weir_form *form; /* FORM */
    void *arg;
    weir_turn *turn; /* that it runs in */
    weir_input_head head;
    uint64_t payload[];
} weir_input;

typedef struct weir_timeout weir_timeout;
struct weir_timeout {
    weir_alarm clock;              /* becomes an input */
    void (*ring)(weir_timeout *t); /* by that input */
    uint64_t number;
    weir_runtime *runtime;
    weir_timeout *next, **at;
};

enum { WEIR_TIMEOUT_BUCKETS = 1024 };

typedef struct weir_recorded {
    weir_record *record;
    weir_replay *replay; /* one of the two */
    weir_a32 sessions;   /* opened so far */
    /* of data parts, one at a time */
    uint64_t timeouts; /* begun so far */
    weir_timeout *timeout[WEIR_TIMEOUT_BUCKETS];
    /* of a replay */
    bool over;              /* all inputs have come: what comes now is the caller's */
    weir_session **session; /* SESSIONS of them */
    void (*begin)(void *arg, uint32_t session);
    void (*form)(void *arg, uint32_t session, weir_slp_value value);
    void *arg;
    uint64_t inputs; /* made so far */
    weir_lock lock;
    weir_error error; /* the first that cannot be; under the lock */
    weir_a32 bad;     /* there is one */
} weir_recorded;

/* Is what comes from outside recorded? Then it is to be an input. */
static inline bool weir_is_recorded(const weir_runtime *r) {
    return WEIR_UNLIKELY(r->recorded != NULL) && r->recorded->record;
}

/* Opens the file, if options name one, and fills in what the scheduler is to know of it. */
bool weir_recorded_open(weir_runtime *r, weir_sched_options *o, weir_error *error);

/* The store is open: it must be empty, for what is in it is not in the record. */
bool weir_recorded_store(weir_runtime *r, weir_error *error);

/* The scheduler is open. */
bool weir_recorded_begin(weir_runtime *r, weir_error *error);

/* After the scheduler is closed. False: *error: what was not written, or differs. */
bool weir_recorded_close(weir_runtime *r, weir_error *error);

/* -- inputs -- */

weir_input *weir_input_new(weir_runtime *r, const weir_input_head *head); /* NULL: no memory */
void weir_input_do(weir_input *in); /* has it done in its place, and waits until it is over */

/* What is of a strand, if it is of an input; else NULL. */
const weir_input *weir_input_of(const weir_strand *strand);

const void *weir_recorded_payload(void *arg, const weir_event *e, size_t *size);
weir_event *weir_repeated_make(void *arg, const weir_replay_input *from);

/* Something is not as it can be. */
void weir_recorded_bad(weir_recorded *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

bool weir_recorded_session(weir_session *s, const weir_session_options *o, weir_error *error);
void weir_recorded_stop(weir_session *s);
bool weir_recorded_run(weir_session *s, const weir_slp *buffer, weir_slp_extent extent, weir_form *form, void *arg);
weir_admitted weir_recorded_publish(weir_session *s, const weir_topic *t, const weir_payload *p,
                                    weir_subscription **full);

/* NULL: good; else what is wrong with the bytes of an input. The buffer of FORM and PUBLISH is sound then. */
const char *weir_input_check(const weir_input_head *head, const void *payload, const weir_input_options *o);
void weir_input_options_of(const weir_runtime *r, weir_input_options *o);

/* -- alarms of waits, in a runtime that is recorded or repeated -- */

/* Rings at that time, or where it rang. In a handler. False: no thread for the clock. */
bool weir_timeout_begin(weir_runtime *r, weir_timeout *t, uint64_t at, void (*ring)(weir_timeout *t));
void weir_timeout_end(weir_timeout *t);

#endif
