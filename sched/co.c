#include "sched/co_p.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void weir_co_init(weir_co *co, const weir_co_type *type, weir_home *home, weir_frame *caller) {
    co->frame.type = type;
    co->frame.caller = caller;
    co->top = &co->frame;
    co->home = home;
    co->state = WEIR_CO_NEW;
}

weir_co_how weir_co_resume(weir_co *co, bool nudged) { return weir_co_resume_inline(co, nudged); }

#ifndef NDEBUG
WEIR_NEVER_INLINE void weir_co_poison(void) {
    volatile unsigned char below[1024];
    for (size_t i = 0; i < sizeof below; i++) below[i] = 0xa5;
}
#endif

/* -- errors -- */

weir_co_how weir_co_raises_(weir_co *co, int status, const char *format, ...) {
    va_list args;
    va_start(args, format);
    vsnprintf(co->home->text, WEIR_CO_TEXT, format, args);
    va_end(args);
    co->status = status;
    co->waits = NULL;
    return WEIR_CO_RAISES;
}

weir_co_how weir_co_cancelled_(weir_co *co) {
    co->cancel = false;
    return weir_co_raises_(co, WEIR_CO_CANCELLED, "%s was cancelled", co->frame.type->name);
}

bool weir_co_begin_cancel(weir_co *co) {
    weir_co_cancelled_(co);
    co->top->at = WEIR_CO_FINAL_;
    return co->state != WEIR_CO_NEW;
}

void weir_co_cancel(weir_co *co) {
    if (co->state == WEIR_CO_ENDED || co->cancel) return;
    co->cancel = true;
    if (co->state == WEIR_CO_WAITS || co->state == WEIR_CO_SLEEPS) weir_co_expect_(co, 0);
}

void weir_co_ended(weir_co *co) {
    co->state = WEIR_CO_ENDED;
    if (co->end) co->end(co, co->status);
    else if (co->status && co->status != WEIR_CO_CANCELLED)
        fprintf(stderr, "weir: coroutine %s ended with error %d, which nobody took: %s\n", co->frame.type->name,
                co->status, co->home->text);
}

void weir_co_no_such_point_(weir_co *co) {
    const weir_frame *f = co->top;
    fprintf(stderr, "weir: %s:%u: coroutine %s waits within a switch of its own, which WEIR_CO=switch cannot resume\n",
            f->type->file, f->line, f->type->name);
    abort();
}

/* -- waiting -- */

static void ring(weir_alarm *alarm) {
    weir_co *co = (weir_co *)((char *)alarm - offsetof(weir_co, alarm));
    co->home->nudge(co);
}

void weir_co_expect_slow_(weir_co *co, uint64_t deadline) {
    co->alarm.at = co->cancel ? 0 : deadline;
    co->alarm.ring = ring;
    co->home->arm(co->home, &co->alarm);
}

/* -- for a debugger -- */

static void stay(weir_co *co, weir_co_how how) {
    weir_home *home = co->home;
    co->state = (uint8_t)how;
    co->inside = true;
    home->stay(co, how);
    if (co->alarm.next) home->disarm(home, &co->alarm);
    if (co->cancel && how != WEIR_CO_WAITS) weir_co_begin_cancel(co);
    home->running = co;
    co->state = WEIR_CO_RUNS;
}

/* What weir_co_resume does about `how`, without leaving the body. False: it unwinds, and the body returns after all. */
bool weir_co_stays_(weir_co *co, weir_frame *frame, weir_co_how how) {
    if (!co->home->stay) return false; /* a home that cannot: the coroutine leaves as without */
    while (co->top != frame) {
        weir_co_how deeper = weir_co_step(co);
        if (deeper < WEIR_CO_CALLS) stay(co, deeper);
    }
    if (how < WEIR_CO_CALLS) stay(co, how);
    return frame->at != WEIR_CO_FINAL_;
}

void weir_co_trace(const weir_co *co, weir_co_trace_fn *fn, void *arg) {
    for (const weir_frame *f = co->top;; f = f->caller) {
        fn(arg, f->type, f->line);
        if (f == &co->frame) return;
    }
}
