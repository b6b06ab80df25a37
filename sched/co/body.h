/* body - what the macros of co.h are made of. Private to co.h. */
#ifndef WEIR_SCHED_CO_BODY_H
#define WEIR_SCHED_CO_BODY_H

#include "goto.h"
#include "switch.h"

#ifdef __cplusplus
extern "C" {
#endif

#define WEIR_CO_FINAL_ 1 /* weir_frame.at: in its finaliser */

#define WEIR_CO_VARIANT_(name) WEIR_CO_PASTE_(name, WEIR_CO)
#define WEIR_CO_PASTE_(name, variant) WEIR_CO_PASTE__(name, variant)
#define WEIR_CO_PASTE__(name, variant) name##variant

#define WEIR_CO_PRAGMA_(x) _Pragma(#x)
#define WEIR_CO_DIAGNOSTIC_(what, warning) WEIR_CO_PRAGMA_(GCC diagnostic what warning)
#define WEIR_CO_LENIENT_ WEIR_CO_PRAGMA_(GCC diagnostic pop)
#define WEIR_CO_STRICT_BOTH_             \
    WEIR_CO_PRAGMA_(GCC diagnostic push) \
    WEIR_CO_DIAGNOSTIC_(error, "-Wuninitialized")
#ifdef __clang__
#define WEIR_CO_STRICT_                                     \
    WEIR_CO_STRICT_BOTH_                                    \
    WEIR_CO_DIAGNOSTIC_(error, "-Wsometimes-uninitialized") \
    WEIR_CO_DIAGNOSTIC_(error, "-Wconditional-uninitialized")
#else
#define WEIR_CO_STRICT_                                 \
    WEIR_CO_STRICT_BOTH_                                \
    WEIR_CO_DIAGNOSTIC_(error, "-Wmaybe-uninitialized") \
    WEIR_CO_DIAGNOSTIC_(error, "-Wjump-misses-init")
#endif

#ifdef NDEBUG
#define WEIR_CO_STAYS_(how) 0
#else
#define WEIR_CO_STAYS_(how) (co->stay && weir_co_stays_(co, frame_, how))
#endif

#define WEIR_CO_BODY_ONLY_ _Static_assert(weir_co_may_wait_, "a finaliser must not wait, return or raise")

/* Every wait is this: remember the point, leave, go on behind it. */
#define WEIR_CO_LEAVE_(how) WEIR_CO_LEAVE_AT_(how, __COUNTER__)
#define WEIR_CO_LEAVE_AT_(how, n)                                      \
    do {                                                               \
        WEIR_CO_BODY_ONLY_;                                            \
        frame_->line = __LINE__;                                       \
        WEIR_CO_VARIANT_(WEIR_CO_POINT_)(n, how, WEIR_CO_STAYS_(how)); \
    } while (0)

#define WEIR_CALL_(tries, name, frame_of_it, ...)                       \
    do {                                                                \
        *(frame_of_it) = (struct name){__VA_ARGS__};                    \
        weir_co_calls_(co, &(frame_of_it)->frame, &name##_type, tries); \
        WEIR_CO_LEAVE_(WEIR_CO_CALLS);                                  \
    } while (0)

/* A nudge is the deadline or a cancel: the op is withdrawn, or else its wake is still to come, and is waited for.
 * The deadline is computed when the op parks first, and kept in the alarm: an op that parks again and again has no
 * more time for it. */
#define WEIR_AWAIT_NEXT_(st, step, withdraw, object, op, deadline)       \
    while (((st) = step(object, op)) == WEIR_PARKED) {                   \
        if (weir_co_first_park_(&(op)->wait)) co->alarm.at = (deadline); \
        weir_co_expect_(co, co->alarm.at);                               \
        do {                                                             \
            WEIR_CO_LEAVE_(WEIR_CO_WAITS);                               \
        } while (co->nudged && !(co->withdrawn = withdraw(object, op))); \
        if (WEIR_UNLIKELY(co->withdrawn)) {                              \
            (st) = WEIR_TIMEOUT;                                         \
            co->withdrawn = false;                                       \
            if (co->cancel) return weir_co_cancelled_(co);               \
            break;                                                       \
        }                                                                \
    }

weir_co_how weir_co_raises_(weir_co *co, int status, const char *format, ...) __attribute__((format(printf, 3, 4)));
weir_co_how weir_co_cancelled_(weir_co *co);
void weir_co_no_such_point_(weir_co *co) __attribute__((noreturn));
bool weir_co_stays_(weir_co *co, weir_frame *frame, weir_co_how how);
void weir_co_expect_slow_(weir_co *co, uint64_t deadline);

static inline weir_co_how weir_co_ends_(weir_co *co) {
    (void)co;
    return WEIR_CO_ENDS;
}

static inline weir_co_how weir_co_returns_(weir_co *co) {
    co->top->at = WEIR_CO_FINAL_;
    return WEIR_CO_CALLS; /* itself, once more */
}

static inline void weir_co_calls_(weir_co *co, weir_frame *frame, const weir_co_type *type, bool tries) {
    frame->type = type;
    frame->caller = co->top;
    frame->tries = tries;
    co->top = frame;
}

static inline int weir_co_tried_(weir_co *co) {
    int status = co->status;
    co->status = 0;
    return status;
}

static inline void weir_co_arm_(weir_co *co, weir_wait *wait) {
    wait->wake = co->home->wake;
    wait->owner = co;
    weir_a32_store(&wait->word, 0);
}

/* weir_wait.word of a coroutine: it has parked. */
static inline bool weir_co_first_park_(weir_wait *wait) {
    if (weir_a32_load(&wait->word)) return false;
    weir_a32_store(&wait->word, 1); /* relaxed: nobody else looks at it */
    return true;
}

/* Before it waits or sleeps: its alarm, when there is a deadline. */
static inline void weir_co_expect_(weir_co *co, uint64_t deadline) {
    if (WEIR_UNLIKELY(deadline != WEIR_FOREVER || co->cancel)) weir_co_expect_slow_(co, deadline);
}

#ifdef __cplusplus
}
#endif
#endif
