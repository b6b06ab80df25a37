/* co - stackless coroutines: code that waits in its middle, for the price of a function call.
 *
 *     struct count {                             what lives over a wait: arguments, results, state
 *         weir_co co;                            first; a coroutine that is only called begins with weir_frame frame
 *         weir_chan *from;
 *         weir_chan_op op;
 *         uint64_t word, sum;
 *     };
 *     WEIR_COROUTINE(count) {                    a function count(weir_co *co, struct count *self)
 *         weir_status st;                        set anew after every wait: may be a local
 *         WEIR_CO_BEGIN;
 *         for (;;) {
 *             WEIR_CHAN_POP(st, self->from, &self->op, WEIR_FOREVER);
 *             if (st == WEIR_CLOSED) break;
 *             self->sum += self->op.value;
 *         }
 *         WEIR_CO_FINALLY;                       also after an error and a cancel; must not wait
 *         weir_chan_close(self->from);
 *         WEIR_CO_END;
 *     }
 *     WEIR_SPAWN(loop, count, &mine, .from = &chan);
 *
 * When to use      Many activities that mostly wait. One that computes for long: a thread, or events (sched.h). Who
 *                  runs coroutines: loop.h, one thread each; frame.h, as events of a scheduler.
 * Levels           A coroutine calls another by WEIR_CALL: its waits are waits of the whole. Each level has a frame in
 *                  memory of its own, mostly a member of the caller's, which holds its arguments and, after it, its
 *                  results. The innermost level is resumed directly, whatever the depth; the C stack does not grow. In
 *                  the body `self` is the frame, `co` the coroutine; WEIR_THAT(type) who called or spawned it.
 * Locals           do not survive a wait. In `switch` gcc refuses to compile an initialised local that lives over one,
 *                  clang and an optimising gcc in both variants the use of any that may not have been set since. What
 *                  no compiler sees (its address was taken), a debug build poisons before each resumption: the old
 *                  value is never found again by luck.
 * Errors           WEIR_RAISE(status, text ...) ends the level; then its caller's, and so on, each with what stands
 *                  behind its WEIR_CO_FINALLY, innermost first, until a level that was called by WEIR_TRY. Nobody else
 *                  runs meanwhile. An error that nobody takes ends the coroutine, and is its `end`'s. Cancelling is an
 *                  error that no WEIR_TRY takes: it comes at the next wait, after withdrawing what it waits for (an
 *                  operation that has its result already is finished first, so that nothing is lost).
 * Statuses         0: well. Above: a weir_status, or the program's own from WEIR_CO_OWN on. Below: WEIR_CO_CANCELLED
 *                  ...
 * Ownership        Frames are the caller's; a coroutine's own, until its `end` is called, which is Weir's last touch,
 *                  or from the pool of a loop. Nothing may be moved.
 * Threads          A coroutine belongs to its home, for all its life, and runs on its thread (of a crew: loop.h). Wakes
 *                  come from any thread.
 * Progress         A coroutine runs until it waits: one that does not holds up its home.
 * Memory order     All that happened before a wake happens before what the coroutine does after it.
 * Limits           One body, one WEIR_CO_BEGIN. No wait in a finaliser (refused at compile time), nor, in `switch`,
 *                  within a switch of the user's own (named at run time). C only; the types may be used from C++.
 * In a debugger    A body is plain code, statement by statement: `break count`, `next`. Only a wait leaves the
 *                  function. For a build without NDEBUG, set `co->stay = true` (gdb: `set var co->stay = 1`): then that
 *                  one coroutine does not leave, its home runs the others from within the wait until its turn has come
 *                  again, in the same order, and `next` goes over a wait to the line behind it. Only one at a time on a
 *                  home. weir_co_trace gives the levels of a waiting one, as a stack trace would: name, file, line.
 * Source           Tatham, Coroutines in C (2000); Dunkels, Protothreads (2006). Variants: co/.
 * Checked by       sched/co_test.c, sched/co_refuse_test.sh, sched/co_debug_test.sh, TSan.
 */
#ifndef WEIR_SCHED_CO_H
#define WEIR_SCHED_CO_H

#include "../prims/wait.h"
#include "../sched/config.h"
#include "timer.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_co weir_co;
typedef struct weir_frame weir_frame;
typedef struct weir_home weir_home;

/* Statuses of a coroutine that are no weir_status. */
enum {
    WEIR_CO_CANCELLED = -1,
    WEIR_CO_DEADLOCK = -2, /* it would wait for itself, through others */
    WEIR_CO_MISUSE = -3,   /* the text says of what */
    WEIR_CO_FAULTED = -4,  /* its process died of a fault (process.h) */
    WEIR_CO_OWN = 1000     /* the program's own: from here on */
};

/* How a body comes back to who resumed it. */
typedef enum weir_co_how {
    WEIR_CO_YIELDS, /* wants to run again after all others */
    WEIR_CO_WAITS,  /* for a wake */
    WEIR_CO_SLEEPS, /* for its alarm */
    WEIR_CO_CALLS,  /* another level is on top now */
    WEIR_CO_RAISES, /* its status is set */
    WEIR_CO_ENDS
} weir_co_how;

/* What WEIR_COROUTINE makes beside the function. */
typedef struct weir_co_type {
    weir_co_how (*resume)(weir_co *co, weir_frame *frame);
    const char *name, *file;
    size_t size; /* of its struct */
} weir_co_type;

/* One level; begins the struct of a coroutine that is called. */
struct weir_frame {
    const weir_co_type *type;
    weir_frame *caller; /* or who spawned it; NULL: no coroutine */
    uintptr_t at;       /* where it goes on; 0: its beginning */
    uint32_t line;      /* where it left last */
    bool tries;         /* called by WEIR_TRY: errors end here */
};

/* What a home runs: a coroutine's turn, or a function that somebody posted. */
typedef struct weir_post weir_post;
struct weir_post {
    weir_post *next;
    void (*run)(weir_home *home, weir_post *post); /* on the home's thread; post is the callee's again */
};

/* A coroutine; begins the struct of one that is spawned. What is not marked is the library's. */
struct weir_co {
    weir_frame frame; /* the outermost level */
    weir_frame *top;  /* the innermost */
    weir_post post;
    weir_home *home;
    uint8_t state;  /* weir_co_how it left last, or one of the below */
    bool nudged;    /* was resumed by its alarm, not by a wake */
    bool withdrawn; /* what it waited for was taken back */
    bool cancel;    /* asked for, not done yet */
    bool stay;      /* the user's, for a debugger; see above */
    bool inside;    /* it stays, and its home runs others within it */
    int32_t status; /* why it unwinds; 0: it does not */
    weir_co *waits; /* it cannot go on before that one does, if it is known who (request.h) */
    void (*end)(weir_co *co,
                int status); /* the user's, set after the spawn or before; the last touch. NULL: none, and an error
                                             nobody takes is one line on standard error */
    weir_alarm alarm;
    weir_co *older, *newer; /* in its home's list of all */
};

enum { WEIR_CO_NEW = WEIR_CO_ENDS + 1, WEIR_CO_RUNS, WEIR_CO_ENDED }; /* weir_co.state, beside weir_co_how */

/* Who resumes coroutines: a loop, or a stackframe. */
struct weir_home {
    void (*wake)(weir_wait *wait); /* of every op its coroutines wait with; wait->owner is the coroutine. Any thread */
    uint64_t (*now)(weir_home *home);
    void (*arm)(weir_home *home, weir_alarm *alarm); /* alarm->at and ring are set; it may be armed already: moves it */
    void (*disarm)(weir_home *home, weir_alarm *alarm);
    void (*nudge)(weir_co *co); /* resumes co, which waits or sleeps, by its alarm */
    void (*stay)(weir_co *co,
                 weir_co_how how); /* runs others until co's turn has come, inside co's own wait; co->nudged */
    weir_co *running;
    char *text; /* of the error under way: WEIR_CO_TEXT bytes, of its loop or its frames */
};
enum { WEIR_CO_TEXT = 256 };

/* -- a body --------------------------------------------------------------------------------------------------------- */

/* Begins a definition: static, so that it may be called before. struct name must be complete, and begin with weir_frame
 * or weir_co. */
#define WEIR_COROUTINE(name) WEIR_COROUTINE_(name, static)

/* The same for other files, which declare it by WEIR_COROUTINE_DECLARE(name), in a header. */
#define WEIR_COROUTINE_PUBLIC(name) WEIR_COROUTINE_(name, )
#define WEIR_COROUTINE_DECLARE(name)                  \
    weir_co_how name(weir_co *co, struct name *self); \
    extern const weir_co_type name##_type

#define WEIR_COROUTINE_(name, linkage)                                                                           \
    linkage weir_co_how name(weir_co *co, struct name *self);                                                    \
    static weir_co_how name##_resume_(weir_co *co, weir_frame *frame) { return name(co, (struct name *)frame); } \
    linkage const weir_co_type name##_type = {name##_resume_, #name, __FILE__, sizeof(struct name)};             \
    linkage weir_co_how name(weir_co *co, struct name *self)

/* Declarations may stand before BEGIN: they are executed anew at each resumption. */
#define WEIR_CO_BEGIN                                \
    weir_frame *const frame_ = (weir_frame *)self;   \
    if (WEIR_LIKELY(frame_->at != WEIR_CO_FINAL_)) { \
        enum { weir_co_may_wait_ = 1 };              \
        WEIR_CO_STRICT_                              \
    WEIR_CO_VARIANT_(WEIR_CO_GO_ON_)

/* What follows runs at the end, after an error or a cancel, once. weir_co_status(co) says why. At most one in a body. */
#define WEIR_CO_FINALLY                 \
    ;                                   \
    }                                   \
    WEIR_CO_LENIENT_                    \
    }                                   \
    {                                   \
        enum { weir_co_may_wait_ = 0 }; \
        WEIR_CO_STRICT_ {               \
            frame_->at = WEIR_CO_FINAL_

#define WEIR_CO_END  \
    ;                \
    }                \
    WEIR_CO_LENIENT_ \
    }                \
    return weir_co_ends_(co)

/* Who called or spawned it, as that struct. */
#define WEIR_THAT(type) ((type *)((weir_frame *)self)->caller)

/* -- statements of a body ------------------------------------------------------------------------------------------ */

/* Lets all others run first that can. */
#define WEIR_YIELD WEIR_CO_LEAVE_(WEIR_CO_YIELDS)

/* Ends this level, well, from anywhere before the FINALLY. */
#define WEIR_RETURN                  \
    do {                             \
        WEIR_CO_BODY_ONLY_;          \
        return weir_co_returns_(co); \
    } while (0)

/* Ends this level with an error. A printf format and its arguments say what was wrong. */
#define WEIR_RAISE(status, ...)                          \
    do {                                                 \
        WEIR_CO_BODY_ONLY_;                              \
        frame_->line = __LINE__;                         \
        return weir_co_raises_(co, status, __VA_ARGS__); \
    } while (0)

/* WEIR_CALL(name, &self->frame_of_it, .argument = value, ...) runs coroutine `name` as the next level until it ends.
 * Its frame, a struct name that begins with a weir_frame, is cleared first, so no large buffers in it, and holds the
 * results afterwards. WEIR_TRY(st, name, ...) the same, and an error of it ends here: st is its status, 0 when it ended
 * well, and weir_co_text(co) what it said, until the next wait. */
#define WEIR_CALL(...) WEIR_CALL_(false, __VA_ARGS__, .frame.at = 0)
#define WEIR_TRY(st, ...)                             \
    do {                                              \
        WEIR_CALL_(true, __VA_ARGS__, .frame.at = 0); \
        (st) = weir_co_tried_(co);                    \
    } while (0)

/* Until `at` of the home's clock (weir_co_now), or that much longer than now. On a loop: ns. */
#define WEIR_SLEEP_UNTIL(when)          \
    do {                                \
        weir_co_expect_(co, when);      \
        WEIR_CO_LEAVE_(WEIR_CO_SLEEPS); \
    } while (0)
#define WEIR_SLEEP(time) WEIR_SLEEP_UNTIL(weir_co_now(co) + (time))

/* Waits for any op of prims/wait.h: step(object, op), and withdraw(object, op), its cancel, when the deadline has
 * passed. op->wait is a weir_wait, the op itself in memory that lives over waits; begun already (its own init) but for
 * the wait. st is what the last step answered, or WEIR_TIMEOUT: nothing has moved. `deadline` is computed at most once,
 * when the op has to wait. */
#define WEIR_AWAIT(st, step, withdraw, object, op, deadline)        \
    do {                                                            \
        weir_co_arm_(co, &(op)->wait);                              \
        WEIR_AWAIT_NEXT_(st, step, withdraw, object, op, deadline); \
    } while (0)

/* Of channels and cubbies. A popped word is in (op)->value. */
#define WEIR_CHAN_PUSH(st, chan, op, word, deadline)                               \
    do {                                                                           \
        weir_chan_op_init(op, word, NULL);                                         \
        WEIR_AWAIT(st, weir_chan_push_step, weir_chan_cancel, chan, op, deadline); \
    } while (0)
#define WEIR_CHAN_POP(st, chan, op, deadline)                                     \
    do {                                                                          \
        weir_chan_op_init(op, 0, NULL);                                           \
        WEIR_AWAIT(st, weir_chan_pop_step, weir_chan_cancel, chan, op, deadline); \
    } while (0)
#define WEIR_CUBBY_PUSH(st, cubby, op, word, deadline)                                \
    do {                                                                              \
        weir_cubby_op_init(op, word, NULL);                                           \
        WEIR_AWAIT(st, weir_cubby_push_step, weir_cubby_cancel, cubby, op, deadline); \
    } while (0)
#define WEIR_CUBBY_POP(st, cubby, op, deadline)                                      \
    do {                                                                             \
        weir_cubby_op_init(op, 0, NULL);                                             \
        WEIR_AWAIT(st, weir_cubby_pop_step, weir_cubby_cancel, cubby, op, deadline); \
    } while (0)

/* -- looking at one, and from outside ------------------------------------------------------------------------------- */

/* Why this level ends, in a finaliser: 0, or the error's status. */
static inline int weir_co_status(const weir_co *co) { return co->status; }

/* What the last error said, until the next of this home, or of its loop. */
static inline const char *weir_co_text(const weir_co *co) { return co->home->text; }

/* The time of its home. */
static inline uint64_t weir_co_now(const weir_co *co) { return co->home->now(co->home); }

/* Asks it to end: see Errors above. On its home's thread; from another, or to be sure that it is not just running, by a
 * post (loop.h). Again, or when it has ended, does nothing more. */
void weir_co_cancel(weir_co *co);

/* Told of each level, innermost first. */
typedef void weir_co_trace_fn(void *arg, const weir_co_type *type, unsigned line);
void weir_co_trace(const weir_co *co, weir_co_trace_fn *fn, void *arg);

/* -- for homes ------------------------------------------------------------------------------------------------------ */

/* Makes *co a coroutine of that home, not yet begun; its frame has been cleared. caller: who spawns it. */
void weir_co_init(weir_co *co, const weir_co_type *type, weir_home *home, weir_frame *caller);

/* Runs it until it waits: YIELDS, WAITS, SLEEPS, or ENDS, after which only co->status means something. nudged: by its
 * alarm. It may be WAITS again that is answered to a nudge: the wake is still to come. */
weir_co_how weir_co_resume(weir_co *co, bool nudged);

/* Calls its `end`, or says what nobody took. */
void weir_co_ended(weir_co *co);

#ifdef __cplusplus
}
#endif

#include "co/body.h"

#endif
