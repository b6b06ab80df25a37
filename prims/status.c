#include "prims/status.h"

const char *weir_status_text(weir_status status) {
    switch (status) {
    case WEIR_OK: return "ok";
    case WEIR_PARKED: return "parked: step again after the wake";
    case WEIR_AGAIN: return "would wait: full or empty";
    case WEIR_CLOSED: return "closed";
    case WEIR_TIMEOUT: return "timeout: the deadline has passed";
    case WEIR_NOTSUP: return "not supported by this variant";
    case WEIR_NOMEM: return "out of memory";
    case WEIR_ABSENT: return "absent: nothing to remove";
    case WEIR_ABORT: return "lost a race: try again";
    case WEIR_BUSY: return "busy: the descriptor is not ready";
    case WEIR_BAD_GEOMETRY: return "the two differ in size or seed";
    case WEIR_BAD_NULL: return "a pointer is NULL";
    case WEIR_BAD_ALIGN: return "memory is not aligned to a cache line";
    case WEIR_BAD_ZERO: return "capacity is 0";
    case WEIR_BAD_POWER_OF_TWO: return "capacity is not a power of two";
    case WEIR_BAD_RANGE: return "capacity is above the limit";
    case WEIR_STATUS_COUNT: break;
    }
    return "unknown status";
}
