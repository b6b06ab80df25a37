/* nomem_test_p - the nth allocation fails. A test that includes it is linked with weir_nomem(TARGET), so that every allocation of
 * its own and of what it tests comes by here. The allocations of all threads count, or those of the one that began. */
#ifndef WEIR_PRIMS_NOMEM_TEST_P_H
#define WEIR_PRIMS_NOMEM_TEST_P_H

#include "prims/atomic.h"
#include "prims/test_p.h"

typedef enum nomem_whose { NOMEM_MINE, NOMEM_ALL } nomem_whose;
typedef enum nomem_how { NOMEM_ONCE, NOMEM_FOR_EVER } nomem_how;

static struct {
    weir_a32 on, seen, failed;
    uint32_t nth; /* this and what follows: written while it is off */
    nomem_how how;
    nomem_whose whose;
} nomem;
static WEIR_THREAD_LOCAL bool nomem_mine;

/* From now on allocation n, from 0, fails; FOR_EVER: all after it too. */
static void nomem_begin(uint32_t n, nomem_how how, nomem_whose whose) {
    nomem.nth = n;
    nomem.how = how;
    nomem.whose = whose;
    nomem_mine = true;
    weir_a32_store(&nomem.seen, 0);
    weir_a32_store(&nomem.failed, 0);
    weir_a32_store_release(&nomem.on, 1); /* N1: pairs with N2 */
}

static bool nomem_has_failed(void) { return weir_a32_load(&nomem.failed); }

/* None fails any more. True: one has. */
static bool nomem_end(void) {
    weir_a32_store(&nomem.on, 0);
    nomem_mine = false;
    return nomem_has_failed();
}

static bool nomem_now(void) {
    if (!weir_a32_load_acquire(&nomem.on) || (nomem.whose == NOMEM_MINE && !nomem_mine)) return false; /* N2 */
    uint32_t i = weir_a32_add(&nomem.seen, 1);
    if (i < nomem.nth || (i > nomem.nth && nomem.how == NOMEM_ONCE)) return false;
    weir_a32_store(&nomem.failed, 1);
    return true;
}

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__real_aligned_alloc(size_t alignment, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
void *__wrap_aligned_alloc(size_t alignment, size_t n);

void *__wrap_malloc(size_t n) { return nomem_now() ? NULL : __real_malloc(n); }
void *__wrap_calloc(size_t n, size_t size) { return nomem_now() ? NULL : __real_calloc(n, size); }
void *__wrap_realloc(void *p, size_t n) { return nomem_now() ? NULL : __real_realloc(p, n); }
void *__wrap_aligned_alloc(size_t alignment, size_t n) {
    return nomem_now() ? NULL : __real_aligned_alloc(alignment, n);
}

#endif
