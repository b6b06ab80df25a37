/* status - what an operation may answer. A result, never a programmer's error: those assert in debug builds. */
#ifndef WEIR_PRIMS_STATUS_H
#define WEIR_PRIMS_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

typedef enum weir_status {
    WEIR_OK = 0,
    WEIR_PARKED,       /* a step: not yet; call it again after the wake */
    WEIR_AGAIN,        /* a try_ form: full or empty now */
    WEIR_CLOSED,       /* closed, and for a pop also drained */
    WEIR_TIMEOUT,      /* the deadline has passed and nothing has moved */
    WEIR_NOTSUP,       /* this variant lacks the capability; its traits say so */
    WEIR_NOMEM,        /* the system refused memory or another resource */
    WEIR_ABSENT,       /* nothing to remove; nothing has changed */
    WEIR_ABORT,        /* lost a race with another thread, which got on; nothing has moved; may be tried again */
    WEIR_BUSY,         /* a descriptor is not ready: ask the poller; nothing has moved */
    WEIR_BAD_GEOMETRY, /* two structures that must be alike differ in size or seed; nothing has changed */
    /* from init, each naming what is wrong; nothing has been written */
    WEIR_BAD_NULL,         /* a pointer that must not be NULL is */
    WEIR_BAD_ALIGN,        /* memory not aligned as the header asks */
    WEIR_BAD_ZERO,         /* a capacity or count of 0 */
    WEIR_BAD_POWER_OF_TWO, /* a capacity that must be a power of two is not */
    WEIR_BAD_RANGE,        /* above the limit in the header, or its size in bytes overflows */
    WEIR_STATUS_COUNT
} weir_status;

/* One line in English, static. A value outside the enum gives "unknown status". */
const char *weir_status_text(weir_status status);

#ifdef __cplusplus
}
#endif
#endif
