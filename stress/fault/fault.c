#include "stress/fault/fault.h"

#include <stdlib.h>

#include "prims/platform.h"

enum { GUARD = 4 * WEIR_CACHE_LINE, BYTE = 0x5a };

static unsigned char *guarded(size_t bytes) {
    size_t all = (bytes + WEIR_CACHE_LINE - 1) / WEIR_CACHE_LINE * WEIR_CACHE_LINE + 2 * GUARD;
    unsigned char *p = aligned_alloc(WEIR_CACHE_LINE, all);
    if (!p) abort();
    memset(p, BYTE, all);
    return p + GUARD;
}

fault_room fault_room_make(size_t object_bytes, size_t block_bytes) {
    return (fault_room){guarded(object_bytes), block_bytes ? guarded(block_bytes) : NULL, object_bytes, block_bytes};
}

void fault_room_free(fault_room *r) {
    free(r->object - GUARD);
    if (r->block) free(r->block - GUARD);
}

static void expect_bytes(const unsigned char *p, size_t n, const char *after, const char *what) {
    for (size_t i = 0; i < n; i++)
        if (p[i] != BYTE) {
            stress_fail("%s: byte %zu %s has been written", after, i, what);
            return;
        }
}

void fault_expect_guards(const fault_room *r, const char *after) {
    expect_bytes(r->object - GUARD, GUARD, after, "of those before the object");
    expect_bytes(r->object + r->object_bytes, GUARD, after, "behind the object");
    if (!r->block) return;
    expect_bytes(r->block - GUARD, GUARD, after, "of those before the block");
    expect_bytes(r->block + r->block_bytes, GUARD, after, "behind the block");
}

void fault_expect_untouched(const fault_room *r, const char *after) {
    expect_bytes(r->object, r->object_bytes, after, "of the object");
    if (r->block) expect_bytes(r->block, r->block_bytes, after, "of the block");
    fault_expect_guards(r, after);
}

void fault_expect_(weir_status got, weir_status wanted, const char *call) {
    stress_count("refusals", got != WEIR_OK);
    if (got != wanted)
        stress_fail("%s answered \"%s\" instead of \"%s\"", call, weir_status_text(got), weir_status_text(wanted));
}
