/* op_p - what the variants of cubby share: the op, and the linearization number that test builds expose. The op is public
 * through prims/cubby.h. */
#ifndef WEIR_PRIMS_CUBBY_OP_P_H
#define WEIR_PRIMS_CUBBY_OP_P_H

#include "../wait.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One operation under way, in memory of the caller, who touches only `value`. One type for all variants, so that a frame
 * which holds an op keeps its size when the build chooses another. 64 bytes: on a line of its own it is handed from its
 * owner to the one who completes it, and back, as one line. */
typedef struct weir_cubby_op {
    weir_wait wait;  /* first */
    uint64_t value;  /* a push: set by the caller. A pop: the result, when its step has answered OK */
    uint64_t ticket; /* linearization number: push0 pop0 push1 pop1 ... */
} weir_cubby_op;

/* With -DWEIR_TICKETS the thread's last push or pop that answered OK leaves its number here. */
#ifdef WEIR_TICKETS
extern WEIR_THREAD_LOCAL uint64_t weir_cubby_ticket;
static inline void weir_cubby_ticket_set(uint64_t ticket) { weir_cubby_ticket = ticket; }
#else
static inline void weir_cubby_ticket_set(uint64_t ticket) { (void)ticket; }
#endif

/* The steps of variants whose waiting is another library's. */
static inline weir_status weir_cubby_no_step(void *c, weir_cubby_op *op) {
    (void)c;
    (void)op;
    return WEIR_NOTSUP;
}
static inline bool weir_cubby_no_cancel(void *c, weir_cubby_op *op) {
    (void)c;
    (void)op;
    return false;
}

static inline weir_status weir_cubby_check(const void *c) {
    if (!c) return WEIR_BAD_NULL;
    return (uintptr_t)c % WEIR_CACHE_LINE ? WEIR_BAD_ALIGN : WEIR_OK;
}

#ifdef __cplusplus
}
#endif
#endif
