#include "kv/mem_p.h"

#include <stdlib.h>
#include <string.h>

#include "kv/lane_p.h"
#include "kv/slab_p.h"

enum { DEAD = 0xdb }; /* what freed memory is filled with in debug builds */

struct weir_mem {
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a64 left; /* calls of get that still succeed; UINT64_MAX: all */
    weir_slab *slab;                             /* NULL: the C library */
    struct {
        WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a64 used; /* of the threads of this lane; may go below 0: others put back */
    } lane[WEIR_LANES];
};

weir_mem *weir_mem_new(bool huge_pages) {
    weir_mem *m = aligned_alloc(WEIR_CACHE_LINE, sizeof *m);
    if (!m) return NULL;
    memset(m, 0, sizeof *m);
    weir_a64_store(&m->left, UINT64_MAX);
    if (huge_pages && !(m->slab = weir_slab_new())) {
        free(m);
        return NULL;
    }
    return m;
}

void weir_mem_free(weir_mem *m) {
    if (m) weir_slab_free(m->slab);
    free(m);
}

static bool refused(weir_mem *m) {
    uint64_t left = weir_a64_load(&m->left);
    while (left && left != UINT64_MAX)
        if (weir_a64_cas(&m->left, &left, left - 1)) return false;
    return !left;
}

static void *count(weir_mem *m, void *at, size_t size) {
    if (at) weir_a64_add(&m->lane[weir_lane()].used, size);
    return at;
}

static bool may_get(weir_mem *m) { return WEIR_LIKELY(weir_a64_load(&m->left) == UINT64_MAX) || !refused(m); }

void *weir_mem_get(weir_mem *m, size_t size) {
    bool zero;
    if (!may_get(m)) return NULL;
    return count(m, m->slab ? weir_slab_get(m->slab, size, &zero) : malloc(size), size);
}

void *weir_mem_get_zero(weir_mem *m, size_t size) {
    bool zero = true;
    if (!may_get(m)) return NULL;
    void *at = m->slab ? weir_slab_get(m->slab, size, &zero) : calloc(1, size);
    if (at && !zero) memset(at, 0, size);
    return count(m, at, size);
}

void weir_mem_put(weir_mem *m, void *at, size_t size) {
    if (!at) return;
#ifndef NDEBUG
    memset(at, DEAD, size);
#endif
    weir_a64_sub(&m->lane[weir_lane()].used, size);
    if (m->slab) weir_slab_put(m->slab, at, size);
    else free(at);
}

uint64_t weir_mem_used(const weir_mem *m) {
    uint64_t sum = 0;
    for (unsigned i = 0; i < WEIR_LANES; i++) sum += weir_a64_load(&m->lane[i].used);
    return sum;
}

void weir_mem_fail_after(weir_mem *m, uint64_t more) { weir_a64_store(&m->left, more); }
