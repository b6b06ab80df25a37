/* co_p - how a coroutine is resumed, to be inlined by homes. Private to sched. */
#ifndef WEIR_SCHED_CO_P_H
#define WEIR_SCHED_CO_P_H

#include "sched/co.h"

/* Between two resumptions a debug build overwrites the stack where the body will have its locals. */
#ifdef NDEBUG
static inline void weir_co_poison(void) {}
#else
void weir_co_poison(void);
#endif

/* Runs the innermost level once. CALLS: there is more to do before the coroutine waits. */
static WEIR_ALWAYS_INLINE weir_co_how weir_co_step(weir_co *co) {
    weir_frame *f = co->top;
    weir_co_how how = f->type->resume(co, f);
    if (WEIR_LIKELY(how <= WEIR_CO_SLEEPS)) /* one that stays comes here only to unwind */
        return WEIR_UNLIKELY(co->stay) && f->at == WEIR_CO_FINAL_ ? WEIR_CO_CALLS : how;
    if (how == WEIR_CO_RAISES) f->at = WEIR_CO_FINAL_;
    if (how != WEIR_CO_ENDS) return WEIR_CO_CALLS;
    if (f == &co->frame) return WEIR_CO_ENDS;
    co->top = f->caller;
    if (WEIR_UNLIKELY(co->status) && (!f->tries || co->status == WEIR_CO_CANCELLED)) co->top->at = WEIR_CO_FINAL_;
    return WEIR_CO_CALLS;
}

/* A cancel that was asked for while it could not be done. False: it had not begun, and there is nothing to unwind. */
bool weir_co_begin_cancel(weir_co *co);

static WEIR_ALWAYS_INLINE weir_co_how weir_co_resume_inline(weir_co *co, bool nudged) {
    weir_home *home = co->home;
    weir_co_how how;
    co->nudged = nudged;
    if (WEIR_UNLIKELY(co->alarm.next)) home->disarm(home, &co->alarm);
    if (WEIR_UNLIKELY(co->cancel) && co->state != WEIR_CO_WAITS && !weir_co_begin_cancel(co)) return WEIR_CO_ENDS;
    home->running = co;
    co->state = WEIR_CO_RUNS;
    do {
        weir_co_poison();
        how = weir_co_step(co);
    } while (how == WEIR_CO_CALLS);
    co->state = (uint8_t)how;
    home->running = NULL;
    return how;
}

#endif
