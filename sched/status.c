#include "sched/sched.h"

const char *weir_sched_status_text(weir_sched_status status) {
    static const char *const text[] = {
        [WEIR_SCHED_OK] = "ok",
        [WEIR_SCHED_AGAIN] = "the source has its limit of events under way",
        [WEIR_SCHED_TIMEOUT] = "deadline passed",
        [WEIR_SCHED_CLOSED] = "closed",
        [WEIR_SCHED_NOMEM] = "out of memory",
        [WEIR_SCHED_NOTSUP] = "not supported by this variant",
        [WEIR_SCHED_BAD] = "bad argument",
        [WEIR_SCHED_BACKWARDS] = "time went backwards",
        [WEIR_SCHED_LATE] = "late key",
        [WEIR_SCHED_DUPLICATE] = "duplicate id",
        [WEIR_SCHED_UNKNOWN] = "unknown dependency",
        [WEIR_SCHED_SELF] = "dependency on itself",
        [WEIR_SCHED_DISORDER] = "dependency behind its dependent in the order",
        [WEIR_SCHED_CYCLE] = "dependencies form a cycle",
        [WEIR_SCHED_LOST] = "lost with its worker",
        [WEIR_SCHED_STUCK] = "a handler does not return",
        [WEIR_SCHED_WINDOW] = "window too small",
        [WEIR_SCHED_IO] = "input or output failed",
        [WEIR_SCHED_CORRUPT] = "the record is damaged",
    };
    if ((unsigned)status >= sizeof text / sizeof *text) return "unknown status";
    return text[status];
}
