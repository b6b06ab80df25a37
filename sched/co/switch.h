/* co.switch - a coroutine resumes by a switch over the number of the point where it left. Contract: sched/co.h.
 *
 * The numbers come from __COUNTER__, counted from BEGIN, so any number of points may stand in one line or one macro.
 * They are negative, not to meet those of the user's own. The body is one switch: a point within a switch of the user's
 * own belongs to that one, and to resume there is refused at run time by weir_co_no_such_point_; co.goto has no such
 * limit. Source: Duff (1983); Tatham, Coroutines in C (2000).
 */
#ifndef WEIR_SCHED_CO_SWITCH_H
#define WEIR_SCHED_CO_SWITCH_H

#define WEIR_CO_GO_ON_switch                    \
    enum { weir_co_base_ = __COUNTER__ };       \
    switch ((intptr_t)frame_->at) {             \
    default: weir_co_no_such_point_(co); break; \
    case 0:

#define WEIR_CO_POINT_switch(n, how, stay)             \
    do {                                               \
        frame_->at = (uintptr_t)(weir_co_base_ - (n)); \
        if (!(stay)) return (how);                     \
        /* fall through */                             \
    case weir_co_base_ - (n):;                         \
    } while (0)

#endif
