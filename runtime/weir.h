/* weir - the runtime: SLP commands over an ordered store, and events, for sessions with rights.
 *
 * When to use      To run scripts of commands against a store, and handlers for events, embedded in a program of yours, or by the
 *                  program `weir`.
 *
 *     weir_runtime *runtime;
 *     weir_error error;
 *     if (!weir_runtime_open(NULL, &runtime, &error)) fprintf(stderr, "%s\n", error.text);
 *     weir_session *session = weir_session_open(runtime, NULL, &error);
 *     weir_eval(session, text, bytes, show, NULL, NULL);          void show(void *arg, weir_slp_value value)
 *     weir_runtime_quiet(runtime, WEIR_FOREVER);                  until all handlers have run
 *     weir_session_close(session);
 *     weir_runtime_close(runtime, NULL);
 *
 * Language         slp/slp.h says what a text is, runtime/README.md what the commands do. Errors are values whose text is
 *                  "class: message".
 * Events           6 channels A .. F, 0 .. 5 here, of 65536 topics, and one for scripts (WEIR_EXECUTION). A publish is admitted
 *                  for all who subscribe to the topic at that moment, or for none. Events that one thread, or one handler's run after the other, publishes on a topic
 *                  reach each subscription in that order. The runs of one subscription never overlap; those of several do.
 *                  Each is run once for each event that was admitted for it, unless it is removed before.
 * Backpressure     A subscription has at most options.queue events waiting. From outside, a publish then waits. In a handler it
 *                  waits without a worker, if that queue drains without a handler that waits itself; otherwise it fails: full.
 *                  Those who wait for one queue have their turn in the order in which they came, also where handlers keep it full;
 *                  in a runtime that is recorded or repeated those outside have none.
 * Ownership        Options and texts given are not kept. A value told to a callback is valid until it returns.
 * Threads          A runtime and what concerns several sessions: any thread. A session: one thread at a time, its handlers
 *                  besides. Callbacks of options and subscriptions come on any worker, several at a time; they must not block for
 *                  long, and not wait for the runtime.
 * Progress         Evaluation takes no stack: forms within forms are limited by number, what they hold by size. A waiting script
 *                  or handler holds no worker; weir_eval waits on the calling thread.
 * Errors           false or NULL with *error, which may be NULL; nothing is left half made.
 * Limits           1000 forms within forms, 64 evals within evals, 256 MiB of values in one evaluation. After fork the child may
 *                  only exit or exec.
 * Checked by       the unit tests beside it; the conformance cases in runtime/cases on every scheduler and store; stress, kind
 *                  runtime: laws, and simulations by seed; fuzz/script_fuzz.c, fuzz/store_fuzz.c.
 */
#ifndef WEIR_RUNTIME_WEIR_H
#define WEIR_RUNTIME_WEIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../slp/slp.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_runtime weir_runtime;
typedef struct weir_session weir_session;
typedef struct weir_command weir_command;

/* No deadline: wait for ever. Others are ns of CLOCK_MONOTONIC. */
#define WEIR_FOREVER UINT64_MAX

/* What went wrong, for a person. */
typedef struct weir_error {
    char text[512];
} weir_error;

/* What became of it. */
typedef enum weir_answer {
    WEIR_DONE = 0,
    WEIR_DENIED, /* no right to that topic */
    WEIR_RATE,   /* more than session_options.rate */
    WEIR_RANGE,  /* no such channel or topic */
    WEIR_FULL, /* a queue was full until the deadline; options.event_bytes wait, or those of the entity, at once; a session's
                * subscriptions are as many as may be */
    WEIR_CLOSING,
    WEIR_NO_MEMORY,
    WEIR_NOT_THERE,   /* unsubscribe, tasks: there is none */
    WEIR_PRESENT,     /* a task of that name has not ended */
    WEIR_STORE,       /* the store has failed, or has something there that cannot be */
    WEIR_NO_EVENT,    /* await: none came in time */
    WEIR_NO_SCRIPT,   /* on the execution channel: neither a body nor a string */
    WEIR_NOT_RECORDED /* a runtime that records cannot know what would follow: section "runs repeated" */
} weir_answer;

/* -- runtimes ------------------------------------------------------------------------------------------------------- */

/* All zero, or NULL for it: the defaults. */
typedef struct weir_runtime_options {
    const char *store;   /* "memory", "wal", "lmdb"; NULL: memory, or with a path what is there, and else wal */
    const char *path;    /* directory of a store that has one */
    const char *level;   /* how safe a write is when it answers, of a store that has a path: "memory": it is on its way;
                          * "os": survives kill -9; "disk": survives the power switch. NULL: disk */
    bool must_exist;     /* an error when there is no store at path; otherwise it is made */
    const char *variant; /* of the map: "art", "hash", "lock"; NULL: the build's */
    const char *sched;   /* that runs handlers: counters lock epoch phase double horizon; NULL: the build's */
    unsigned workers;    /* 4 */
    bool foreign;        /* no thread of its own: section "a loop of yours" */
    uint32_t queue;      /* events that may wait for one subscription. 1000 */
    uint64_t
        event_bytes; /* of events of more than 2 KiB, that wait in all queues together: what would come beyond is refused,
                             * full. 256 MiB */
    uint32_t await_ms;      /* how long core/expr/await waits when it does not say. 5000 */
    uint32_t subscriptions; /* of one session. 65536 */
    uint32_t parked_max;    /* handlers that may wait for room at once. 1000 */
    uint64_t
        steps; /* lists that one form of a script, or one run of a handler, may evaluate: so that none runs for ever.
                             * 0: no limit */
    uint32_t tasks;         /* that may be there at once and have not ended. 1000 */
    bool hold_tasks;        /* tasks of the store wait for weir_task_recover, not for a session on their scope */
    uint32_t processors;    /* of the execution channel; as many as workers, at most 65536 */
    uint32_t scripts;       /* of one session, started and not ended. 1000 */
    weir_slp_limits limits; /* of texts; all 0: the default ones */
    uint32_t sample; /* one command, and one event of a topic, in so many has its time taken. 256; UINT32_MAX: none */
    uint32_t topic_histograms; /* topics that have some of their own: the first that are used. 64 */
    uint64_t slow_ns;   /* what takes so long is put into the slow log; 0: nothing, and no time is taken for it */
    uint32_t slow_kept; /* of the slow log: the last so many. 128 */
    const char *record; /* a file, made anew: what comes from outside is written to it. Section "runs repeated" */
    const char *replay; /* such a file: weir_runtime_replay repeats what is in it */
    const weir_command
        *command; /* of your own, beside the core's: `commands` of them, with all they point to kept by you */
    uint32_t commands;
    void (*log)(void *arg, const char *line, size_t bytes);   /* core/util/log; NULL: a line on standard error */
    void (*error)(void *arg, const char *line, size_t bytes); /* a handler has failed; NULL: the same */
    void *arg;                                                /* of both, and of commands */
} weir_runtime_options;

/* Opens a store and what runs on it. */
bool weir_runtime_open(const weir_runtime_options *options, weir_runtime **runtime, weir_error *error);

/* Its sessions have been closed. NULL is nothing. False: how the last writing of the store failed; it is closed all the same. */
bool weir_runtime_close(weir_runtime *runtime, weir_error *error);

/* Waits until no event is waiting, no handler runs, handlers that wait for something included, and no task but those that await an
 * event. False: the deadline, in ns of CLOCK_MONOTONIC, has passed. Not in a callback. */
bool weir_runtime_quiet(weir_runtime *runtime, uint64_t deadline_ns);

/* -- a loop of yours -------------------------------------------------------------------------------------------------- */

/* With options.foreign a runtime has no workers and no clock: handlers and scripts run, and time passes, in weir_runtime_step alone,
 * which a thread calls when the descriptor is readable. (A store of kind wal has a thread for its log, as ever.)
 *
 *     struct pollfd p = {weir_runtime_fd(runtime), POLLIN};
 *     for (;;) poll(&p, 1, -1), weir_runtime_step(runtime, 1000000);
 *
 * One thread steps, at first the one that opened the runtime. What waits (weir_eval, weir_await, weir_publish with a deadline,
 * weir_runtime_quiet, weir_session_close) steps when that thread calls it, and on other threads waits for it; so in a loop
 * weir_start is what you want. weir_runtime_close steps, whoever calls it. All other calls are as with workers, from any thread. */

/* Readable when something is to do: events, scripts, time. Do not read it. It is the runtime's, and one descriptor as long as that;
 * any poller, also edge-triggered if each edge is followed by steps until one answers false. -1: the runtime has workers. */
int weir_runtime_fd(const weir_runtime *runtime);

/* Runs what is ready, about so many ns; WEIR_FOREVER: until nothing is ready. Never blocks. True: the descriptor is still readable,
 * for there is more, or it found something to do and does not call the system for having found it. Not in a callback. */
bool weir_runtime_step(weir_runtime *runtime, uint64_t budget_ns);

/* -- sessions ------------------------------------------------------------------------------------------------------- */

enum { WEIR_READ = 1, WEIR_WRITE = 2 };        /* rights on a scope */
enum { WEIR_PUBLISH = 1, WEIR_SUBSCRIBE = 2 }; /* rights on a topic, of every channel */

typedef struct weir_topic_rule {
    uint32_t topic;
    unsigned rights;
} weir_topic_rule;

/* All zero, or NULL for it: everything is allowed. */
typedef struct weir_session_options {
    const char *scope;  /* whose keys it sees, and no others, 1 .. 255 bytes; NULL: "main" */
    const char *entity; /* whose rights and limits it has: those below do not count then. NULL: nobody's */
    unsigned rights;    /* WEIR_READ | WEIR_WRITE on the scope, when `restricted` */
    bool restricted;
    const weir_topic_rule *topic; /* `topics` of them; on all others it may do both */
    size_t topics;
    uint32_t rate; /* publishes of its scripts and handlers within a second; 0: no limit */
    void *arg;     /* yours: weir_session_arg */
} weir_session_options;

/* A session on a scope, which is made when it is not there. NULL: *error; for an entity also: there is none of this name, it has
 * no rule for the scope, or as many sessions as it may have. */
weir_session *weir_session_open(weir_runtime *runtime, const weir_session_options *options, weir_error *error);

/* Ends its subscriptions, and waits until their handlers have run for all events that were admitted. Calls that wait for a promise,
 * and awaits, end: closed. Not in a callback. NULL is nothing. */
void weir_session_close(weir_session *session);

/* What it was opened with. Any thread. */
weir_runtime *weir_session_runtime(const weir_session *session);
const char *weir_session_scope(const weir_session *session); /* a copy, as long as the session */
void *weir_session_arg(const weir_session *session);

typedef struct weir_session_info {
    uint64_t number;  /* its own in the runtime, from 1 */
    char entity[256]; /* "": nobody's */
    char scope[256];
    uint32_t subscriptions; /* that it has now */
} weir_session_info;

/* Calls `each` for every session that is open at this moment, until it answers false; it may call anything here. How many there
 * were. False: no memory. Any thread. */
bool weir_session_list(weir_runtime *runtime, bool (*each)(void *arg, const weir_session_info *info), void *arg,
                       size_t *count);

/* -- entities ------------------------------------------------------------------------------------------------------- */

/* Who sessions are opened for: rights and limits under a name, kept in the store as safe as all else there, where no session can
 * reach them. Any thread, not in a callback: they wait for the store. */

typedef struct weir_scope_rule {
    const char *scope; /* 1 .. 255 bytes */
    unsigned rights;   /* WEIR_READ | WEIR_WRITE */
    /* What the scope may come to hold, bytes of keys and values together; 0: no limit. Of several entities with a quota on one scope
     * the smallest holds, for all who write there. */
    uint64_t keys, bytes;
} weir_scope_rule;

typedef struct weir_entity {
    const weir_scope_rule *scope; /* `scopes` of them, no name twice: it opens sessions on these alone */
    size_t scopes;
    const weir_topic_rule *topic; /* `topics` of them, no topic twice */
    size_t topics;
    unsigned others;        /* rights on topics that are not among these */
    uint32_t rate;          /* publishes of all its sessions within a second, at most 1000000; 0: no limit */
    uint32_t sessions;      /* open at once. 10 */
    uint32_t subscriptions; /* of one session. The runtime's */
    uint64_t steps;         /* as of the runtime; the smaller of the two holds. 0: the runtime's */
    uint64_t event_bytes; /* of all events that its sessions have published and that wait; beyond: full. 0: no limit */
} weir_entity;

/* Makes an entity, name of 1 .. 255 bytes, or replaces all that is said of it. When it returns, sessions of this name that are open
 * have the new rights and limits, each all of them at one moment; a command that began before may still have had the old ones.
 * Subscriptions on topics that they may no longer subscribe to have ended, as by weir_unsubscribe. Sessions above a smaller limit
 * stay open. False: it is as it was before, unless *error says that the store failed, or a quota could not be set: then set it again. */
bool weir_entity_set(weir_runtime *runtime, const char *name, const weir_entity *entity, weir_error *error);

/* What is said of it; weir_entity_free gives it back. NULL: *error. */
weir_entity *weir_entity_get(weir_runtime *runtime, const char *name, weir_error *error);
void weir_entity_free(weir_entity *entity); /* NULL is nothing */

/* Ends it. Its open sessions stay open without any right, until one of this name is set again. False: there was none, or the store
 * failed. */
bool weir_entity_delete(weir_runtime *runtime, const char *name, weir_error *error);

/* Calls `each` for every entity, in the order of names, until it answers false; it may call anything here. entity is NULL, where the
 * record has been damaged. False: the store failed. */
bool weir_entity_list(weir_runtime *runtime, bool (*each)(void *arg, const char *name, const weir_entity *entity),
                      void *arg, weir_error *error);

/* -- scripts -------------------------------------------------------------------------------------------------------- */

/* Told each form's value in turn, an error value included. NULL: nobody is told. */
typedef void weir_form(void *arg, weir_slp_value value);

/* Reads a text and runs its forms in order, also after one that fails. False: the text cannot be read, and *error (may be NULL)
 * says where; or no memory: nothing has run. */
bool weir_eval(weir_session *session, const char *text, size_t bytes, weir_form *form, void *arg,
               weir_slp_error *error);

/* The same for a buffer, from a reader or a builder, or accepted by weir_slp_verify. ONE: it is one form. ALL: the items of its root
 * are the forms. False: no memory, nothing has run. */
bool weir_run(weir_session *session, const weir_slp *buffer, weir_slp_extent extent, weir_form *form, void *arg);

/* Starts them and returns: the script runs on workers, beside others of the session, with no $result to begin with; behind some
 * dozens of forms others have their turn. form (NULL: nobody) is told each form's value; end (NULL: nobody) the last, once, when all
 * is over, an error value included. buffer and text are copied. Any thread, also a callback; never blocks. FULL: options.scripts
 * have not ended; CLOSING; NO_MEMORY: nothing has happened, and end is not called. A text that cannot be read is an error value for
 * end: parse. weir_session_close waits for the end. */
weir_answer weir_start(weir_session *session, const weir_slp *buffer, weir_slp_extent extent, weir_form *form,
                       weir_form *end, void *arg);
weir_answer weir_start_text(weir_session *session, const char *text, size_t bytes, weir_form *form, weir_form *end,
                            void *arg);

/* -- runs repeated ---------------------------------------------------------------------------------------------------- */

/* With options.record all that comes from outside is written to a file, with its place in the order of all that handlers do:
 * sessions that open and close, forms (weir_eval, weir_run), publishes, waits whose time was over. With options.replay it comes from
 * there: the same values, logs, failures and values stored, bit for bit, whatever the number of workers.
 *
 * Such a runtime has a scheduler that is deterministic (epoch, which is then the default, double, horizon), workers, an empty store of
 * any kind, which must not fail, and no commands of the host; its sessions have no entity and no rate, and nothing is said of entities
 * (weir_entity_set answers an error). weir_interrupt leaves the record without what followed, and weir_runtime_close says so. Scripts run on workers. weir_start, weir_subscribe,
 * weir_unsubscribe, weir_task_start and the like, and weir_publish in a callback answer NOT_RECORDED. At most 65536 sessions, and 16 MiB a form. The file is
 * whole when the runtime has been closed; weir_runtime_close says what could not be written, or where a replay differed. */

/* Repeats all of options.replay, once, and waits until it is over. Told meanwhile, on workers, one after the other: begin (NULL:
 * nobody) before a script whose values somebody was told, form (NULL: nobody) each value of it; session counts those opened, from
 * 0. Then the runtime is as it was at the end of the record, its sessions closed: for looking at by weir_run. False: *error: what cannot be,
 * and in which input; what came before it has been repeated. */
bool weir_runtime_replay(weir_runtime *runtime, void (*begin)(void *arg, uint32_t session),
                         void (*form)(void *arg, uint32_t session, weir_slp_value value), void *arg, weir_error *error);

/* -- commands --------------------------------------------------------------------------------------------------------- */

/* A command of yours is what the core's are: a name, what it takes, the rights it needs, and a function, called on whichever thread
 * runs the script; several calls at a time. It must not block: what takes its time is promised.
 *
 *     static weir_verdict twice(weir_call *call, const weir_slp_value *args, uint32_t n) {
 *         return weir_call_integer(call, 2 * weir_slp_integer(args[0]));
 *     }
 *     static const weir_command mine[] = {{"my/twice", "i", 0, twice, NULL, "N: twice as much"}};
 *     weir_runtime_open(&(weir_runtime_options){.command = mine, .commands = 1}, &runtime, &error);
 */
typedef struct weir_exec weir_call; /* one call of a command; the callee's until it answers RETURN */

typedef enum weir_verdict {
    WEIR_RETURN, /* the value was given by weir_call_return or one of its kind */
    WEIR_ENTER,  /* a body was entered, and runs now */
    WEIR_PARK    /* a promise was made: the script waits for it, and no thread does. Without one: the error closed */
} weir_verdict;

/* args are evaluated, and of the types that `takes` says; they stay where they are until the command returns. */
typedef weir_verdict weir_command_fn(weir_call *call, const weir_slp_value *args, uint32_t n);

/* takes: a letter an argument, at most 7.
 *     k key: a symbol, or a variable that holds a symbol or a string    v any value
 *     b a body, or a variable that holds one                           f any form, not evaluated
 *     s string     p string or symbol     i integer     n integer of at least 0
 *     c channel     t topic     x channel, the execution channel included
 *     + at the end: the last may come again and again. ? : from here on they may be missing
 * What does not fit is an error before the command is called: arity, type, range, channel. So is a missing right: denied; and an
 * error as argument is the value of the form. */
struct weir_command {
    const char *name, *takes;
    unsigned needs; /* rights on the scope */
    weir_command_fn *call;
    weir_command_fn
        *more; /* called when what was entered or promised is there, with the same args; NULL: that is its value */
    const char *doc; /* "ARGUMENTS: what it does; what it answers" */
};

/* Command i of those that the runtime knows, the core's first. NULL: there are not so many. Any thread. */
const weir_command *weir_command_at(const weir_runtime *runtime, uint32_t i);

/* -- of a call, in its command's functions only -- */

/* Answers a value, of which it takes a copy; no memory for it: the error nomem. RETURN, to be passed on. */
weir_verdict weir_call_return(weir_call *call, weir_slp_value value);
weir_verdict weir_call_integer(weir_call *call, int64_t i);
weir_verdict weir_call_truth(weir_call *call, bool truth); /* the symbol true or false */
weir_verdict weir_call_string(weir_call *call, const char *at, size_t bytes);

/* A builder to put an answer into, and the answer that was put there; what cannot be built: the error nomem. Nothing else of the
 * call between the two. */
weir_slp_builder *weir_call_builder(weir_call *call);
weir_verdict weir_call_built(weir_call *call);

/* Answers the error "class: text"; classes are those of README.md, or your own. At most 511 bytes. */
weir_verdict weir_call_fail(weir_call *call, const char *class_name, const char *format, ...)
#ifdef __GNUC__
    __attribute__((format(printf, 3, 4)))
#endif
    ;

/* Runs a body, or evaluates a form that was not evaluated: one of args. To be passed on: ENTER; RETURN: no memory, or too deep,
 * and that is answered. */
weir_verdict weir_call_enter(weir_call *call, weir_slp_value body);

/* In `more`: the value of what was entered, or of the promise, an error value included. Until the next answer of the call. */
weir_slp_value weir_call_result(const weir_call *call);

/* Room of the command's own, zeroed when first asked for, the same for `call` and `more` of one call, gone when it returns. NULL: no
 * memory. */
void *weir_call_state(weir_call *call, size_t bytes);

weir_session *weir_call_session(const weir_call *call); /* in whose name it runs */
void *weir_call_arg(const weir_call *call);             /* options.arg of the runtime */

/* -- promises -- */

/* Something that a call waits for: a reply from elsewhere, a timer, a human. Whoever has it settles it, once, from any thread. */
typedef struct weir_promise weir_promise;

/* Makes one; then the command gives it to whoever will settle it, and answers PARK, also when it was settled meanwhile. ms: what
 * comes later is too late, and the call ends with timeout; 0: no limit. NULL: no memory, the session closes, or the call has one
 * already, as it may have one at a time: pass RETURN on. */
weir_promise *weir_call_promise(weir_call *call, uint32_t ms);

/* Settles it and gives it back: with a value, which is copied, or with the error "class: text". Any thread, also a callback, never
 * blocks. False: nobody waits any more, for time is over or the session has been closed; also after the runtime was. A promise must
 * be settled once, or it is memory that is lost; until then its session's close ends the call, and nothing else does. */
bool weir_promise_keep(weir_promise *promise, weir_slp_value value);
bool weir_promise_break(weir_promise *promise, const char *class_name, const char *text);

/* Ends the scripts of the session: that which its thread runs, in weir_eval or weir_run, and those that were started, wherever they are:
 * what they wait for is given up, no command is called any more, so the form under way ends with the error closed: interrupted, and no
 * form follows. A command that runs is not cut short, nor are handlers, nor tasks, for which there is weir_task_cancel. Nothing runs:
 * nothing happens. Any thread, also in a command; not while the session closes. */
void weir_interrupt(weir_session *session);

/* -- events --------------------------------------------------------------------------------------------------------- */

/* The channel on which scripts are sent to be run: its topic is the processor, 0 .. options.processors - 1, the payload a body or
 * a text. A processor runs one script after the other, each up to its first error, in the order in which they came; several run
 * beside each other. A script runs in the session of its sender, with its rights, its scope and its rate, and the session's close
 * waits for it. What fails is told to options.error. A processor's queue is bounded as a subscription's is, and whoever finds it full
 * waits or is refused in the same way. Nobody else can listen there. From SLP: (core/event/pub $CHANNEL_X PROCESSOR {BODY}). */
enum { WEIR_EXECUTION = 6 };

/* Called for each event, on a worker; events of one subscription one after the other. */
typedef void weir_on_event(void *arg, uint32_t channel, uint32_t topic, weir_slp_value value);

/* Any thread, also in callbacks, where the deadline must be 0. deadline_ns: until then it waits for room; 0: not at all. When it
 * has not answered DONE nobody got the event. value is copied. */
weir_answer weir_publish(weir_session *session, uint32_t channel, uint32_t topic, weir_slp_value value,
                         uint64_t deadline_ns);

/* The same with a string of so many bytes, whatever they are, which no builder need make first: the event lies where it is laid, and is
 * copied once. RANGE: also of more than 512 MiB. */
weir_answer weir_publish_string(weir_session *session, uint32_t channel, uint32_t topic, const char *at, size_t bytes,
                                uint64_t deadline_ns);

/* Has fn called for each event from now on, until unsubscribe or close. */
weir_answer weir_subscribe(weir_session *session, uint32_t channel, uint32_t topic, weir_on_event *fn, void *arg);

/* Ends all of the session's subscriptions there, those of its scripts included; events that wait are dropped; a run that is under way
 * goes on. */
weir_answer weir_unsubscribe(weir_session *session, uint32_t channel, uint32_t topic);

/* The same one by one. An id is never given twice while the runtime is open. */
typedef struct weir_listener {
    uint32_t channel, topic;
    weir_on_event *fn;
    void *arg;
    void (*gone)(
        void *arg); /* fn will not be called any more, and no call of it is under way; on any thread. NULL: nobody */
} weir_listener;

/* As weir_subscribe. *id (may be NULL) is there before fn is first called. What is not DONE has no `gone`. */
weir_answer weir_subscription_open(weir_session *session, const weir_listener *listener, uint64_t *id);

/* Ends one, a script's too; of its events those that wait are dropped; a run that is under way goes on, and may be the caller. Any
 * thread, also a callback. NOT_THERE: it has been ended. */
weir_answer weir_subscription_end(weir_session *session, uint64_t id);

/* What there is at that moment, newest first: at most `room` are written; answers how many there are. Any thread. */
typedef struct weir_subscribed {
    uint64_t id;
    uint32_t channel, topic;
    uint32_t queued; /* events that wait */
    bool script;     /* its handler is a body */
} weir_subscribed;

size_t weir_subscription_list(weir_session *session, weir_subscribed *to, size_t room);

/* Listens, calls begin (NULL: nothing is called), whose part it is to bring the event about, and waits for the next event there: got
 * is told its value. The calling thread waits; not in a callback. DENIED; RANGE; NO_MEMORY: begin was not called; NO_EVENT: none
 * has come until the deadline. Disturbs no subscription, and leaves nothing behind. */
weir_answer weir_await(weir_session *session, uint32_t channel, uint32_t topic, void (*begin)(void *arg),
                       weir_form *got, void *arg, uint64_t deadline_ns);

/* -- metrics -------------------------------------------------------------------------------------------------------- */

/* How often which value came, in buckets of at most 1/32 of the value: 9 KiB, whatever comes. Any function by any thread at any
 * time, but free; two histograms may not be merged into each other at once. Who reads while others record sees a sample or does
 * not. Values are whole numbers; those of the runtime are ns. */
typedef struct weir_histogram weir_histogram;

weir_histogram *weir_histogram_new(void); /* NULL: no memory */
void weir_histogram_free(weir_histogram *h);
void weir_histogram_record(weir_histogram *h, uint64_t value);
void weir_histogram_merge(weir_histogram *to, const weir_histogram *from); /* adds all samples of `from` */
uint64_t weir_histogram_count(const weir_histogram *h);
uint64_t weir_histogram_sum(const weir_histogram *h); /* modulo 2^64 */
uint64_t weir_histogram_max(const weir_histogram *h); /* exact; 0: none */

/* How many were at most that. Exact up to 64, and at powers of two up to 2^39; elsewhere it counts whole buckets, so it may be
 * too few. */
uint64_t weir_histogram_at_most(const weir_histogram *h, uint64_t value);

/* The smallest value that q of all are at most, q from 0 to 1: that or up to 1/32 above it; beyond 2^40 the largest that came.
 * Without a sample: 0. */
uint64_t weir_histogram_quantile(const weir_histogram *h, double q);

typedef enum weir_metric_kind {
    WEIR_COUNTER,  /* never falls while the runtime is open */
    WEIR_GAUGE,    /* what there is now */
    WEIR_HISTOGRAM /* samples in ns, one in options.sample */
} weir_metric_kind;

/* Static, or valid while the callback runs. What has labels comes once for each: {command}, {op}, {channel}, {channel, topic}. */
typedef struct weir_metric {
    const char *name; /* as in Prometheus: weir_commands_total */
    const char *help; /* one line */
    weir_metric_kind kind;
    struct {
        const char *name, *value;
    } label[2];
    unsigned labels;
    uint64_t value;                  /* COUNTER, GAUGE */
    const weir_histogram *histogram; /* HISTOGRAM: a copy, to be merged into one of your own or looked at */
} weir_metric;

typedef void weir_on_metric(void *arg, const weir_metric *metric);

/* Tells all metrics, those of one name one after the other. Counts are exact once the threads that counted have stopped; taken
 * while they run, each is one that it had at some moment of the call. Any thread; holds no lock while it calls back, but only
 * the runtime may not be closed. Costs some ms when hundreds of thousands of topics are used. False: no memory, nothing has been
 * told. */
bool weir_metrics_read(weir_runtime *runtime, weir_on_metric *fn, void *arg);

/* The same as a text in the exposition format of Prometheus, 0.0.4, that free() takes back; ended by a zero that *bytes (may be
 * NULL) does not count. Histograms are in seconds. NULL: no memory. */
char *weir_metrics_text(weir_runtime *runtime, size_t *bytes);

/* Something that took options.slow_ns or longer. */
typedef struct weir_slow {
    uint64_t ended_ns; /* since 1970 */
    uint64_t took_ns;  /* of a command with all that it ran or waited for */
    char scope[64];    /* of the session; long names are cut, as is what follows */
    char what[64];     /* "core/kv/iterate", "handler A 17", "script" */
} weir_slow;

/* The last ones, newest first: at most `room`, and options.slow_kept; answers how many. Any thread. */
size_t weir_slow_read(weir_runtime *runtime, weir_slow *to, size_t room);
void weir_slow_clear(weir_runtime *runtime); /* forgets them */
/* -- tasks ---------------------------------------------------------------------------------------------------------- */

/* A task runs a body by itself, form by form, on the workers, and what it has got done lies in the store: when a form has ended, one
 * batch holds all that it wrote and that it is completed. Where the store is durable a task goes on behind the last completed form
 * after the process was killed; no completed form is run again. It has the scope and the rights of the session that started it, and
 * outlives it. README.md says what a form may do; these are the commands core/task/... for C, and work on the tasks of the session's
 * scope. The session's thread; not in callbacks.
 *
 * Names have 1 to 200 bytes, none of them 00 or FF: RANGE. DENIED: the session has not the right, to write, or for state and list to
 * read. NO_MEMORY, STORE, CLOSING. When the answer is not DONE nothing has changed. */

/* Starts one. body: a body {...}, of which a copy is kept, 4 MiB at most (RANGE). PRESENT: one of this name has not ended, or is
 * being cleared away. FULL: there are options.tasks, or the store has no room. */
weir_answer weir_task_start(weir_session *session, const char *name, weir_slp_value body);

/* Told (STATE COMPLETED RESULT): running, paused, done, failed or cancelled; the forms that are completed; the last one's value, the
 * error after failed. NOT_THERE. */
weir_answer weir_task_state(weir_session *session, const char *name, weir_form *tell, void *arg);

/* Calls `each` for all tasks, also those that have ended, in the order of names, until it answers false. The name is valid until it
 * returns, and it may call anything here. */
weir_answer weir_task_list(weir_session *session, bool (*each)(void *arg, const char *name, size_t bytes), void *arg);

/* pause: it stops behind the form that it runs, and stays so until resume, also when the store is opened again. cancel: it ends; what
 * the form that it runs has written is not stored, what it waits for is given up, and no command of it is called any more; of a task that
 * has ended it removes the record. As safe as all writes of the store when it returns. NOT_THERE: there is none, or pause and resume: it
 * has ended. */
weir_answer weir_task_pause(weir_session *session, const char *name);
weir_answer weir_task_resume(weir_session *session, const char *name);
weir_answer weir_task_cancel(weir_session *session, const char *name);

/* Sets the tasks of the session's scope going that the store has: for options.hold_tasks, so that who answers them can be there
 * before. Only the first for a scope does anything. False: *error, and it may be that some have not been set going. */
bool weir_task_recover(weir_session *session, weir_error *error);

/* Waits until all tasks have ended or are paused, also those that await an event, for which weir_runtime_quiet does not wait. False:
 * the deadline, in ns of CLOCK_MONOTONIC, has passed. Any thread; not in a callback. */
bool weir_task_wait(weir_runtime *runtime, uint64_t deadline_ns);

#ifdef __cplusplus
}
#endif
#endif
