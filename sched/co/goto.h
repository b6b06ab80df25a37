/* co.goto - a coroutine resumes by a jump to the address of the point where it left. Contract: sched/co.h.
 *
 * Needs labels as values, which gcc and clang have. A point may stand within a switch of the user's own. A local that
 * is carried over a point is found by the flow analysis alone, so with gcc only when it optimises. Source: Ertl, Gregg,
 * The Structure and Performance of Efficient Interpreters (2003).
 */
#ifndef WEIR_SCHED_CO_GOTO_H
#define WEIR_SCHED_CO_GOTO_H

#define WEIR_CO_GO_ON_goto                                                          \
    WEIR_CO_DIAGNOSTIC_(ignored, "-Wpedantic")                                      \
    if (frame_->at) goto *(void *)frame_->at;                                       \
    (void)&&weir_co_begin_; /* of a body without a wait, too, one label is taken */ \
    weir_co_begin_:;                                                                \
    {

#define WEIR_CO_POINT_goto(n, how, stay) WEIR_CO_POINT_goto_(n, how, stay)
#define WEIR_CO_POINT_goto_(n, how, stay)              \
    do {                                               \
        frame_->at = (uintptr_t) && weir_co_point_##n; \
        if (!(stay)) return (how);                     \
        weir_co_point_##n:;                            \
    } while (0)

#endif
