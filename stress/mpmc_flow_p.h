/* mpmc_flow_p - the ring as a flow: how one is made and used, and its laws at rest. Included once by a file of checks. */
#include <stdlib.h>

#include "prims/mpmc.h"
#include "stress/flow.h"

#define INIT_AT WEIR_BIND(mpmc, WEIR_MPMC, _init_at)

static void make(flow *f, stress_random *r) {
    f->capacity = (uint64_t)1 << (stress_random_below(r, 3) ? stress_random_below(r, 4) : stress_random_below(r, 11));
    f->start = flow_start(r);
    f->object = rounds_alloc(sizeof(weir_mpmc));
    f->block = rounds_alloc(weir_mpmc_bytes(f->capacity));
    if (INIT_AT(f->object, f->capacity, f->block, f->start) != WEIR_OK) stress_fail("init refused");
}

static void unmake(flow *f) {
    free(f->object);
    free(f->block);
}

static weir_status push(flow_member *me, const uint64_t *v, size_t n, size_t *moved) {
    weir_mpmc *q = me->flow->object;
    *moved = n == 1 ? weir_mpmc_try_push(q, *v) : weir_mpmc_try_push_n(q, v, n);
    if (*moved) return WEIR_OK;
    return weir_mpmc_closed(q) ? WEIR_CLOSED : WEIR_AGAIN;
}

static weir_status pop(flow_member *me, uint64_t *v, size_t n, size_t *moved) {
    weir_mpmc *q = me->flow->object;
    bool drained = weir_mpmc_drained(q);
    *moved = n == 1 ? weir_mpmc_try_pop(q, v) : weir_mpmc_try_pop_n(q, v, n);
    if (*moved && drained) stress_fail("an item came out of a ring that had said it was drained");
    if (*moved) return WEIR_OK;
    return drained ? WEIR_CLOSED : WEIR_AGAIN;
}

static void close_it(flow *f) { weir_mpmc_close(f->object); }

/* With nobody else under way "full" and "empty" are exact. */
static void rest(flow *f, bool closed) {
    weir_mpmc *q = f->object;
    uint64_t v = 0, n = 0;
    if (weir_mpmc_closed(q) != closed)
        stress_fail("at rest: a ring that was%s closed says otherwise", closed ? "" : " not");
    if (weir_mpmc_drained(q) != closed) stress_fail("at rest: closed %d, empty, and drained %d", closed, !closed);
    if (weir_mpmc_size(q) != 0) stress_fail("at rest: empty, and of size %zu", weir_mpmc_size(q));
    if (closed && weir_mpmc_try_push(q, 0)) stress_fail("at rest: a closed ring took an item");
    if (closed) return;
    while (n <= f->capacity && weir_mpmc_try_push(q, n)) n++;
    if (n != f->capacity) stress_fail("at rest: a ring for %lu items took %lu", f->capacity, n);
    if (weir_mpmc_size(q) != n) stress_fail("at rest: full with %lu items, and of size %zu", n, weir_mpmc_size(q));
    for (uint64_t i = 0; i < n; i++)
        if (!weir_mpmc_try_pop(q, &v) || v != i) stress_fail("at rest: item %lu of %lu did not come out", i, n);
    if (weir_mpmc_try_pop(q, &v)) stress_fail("at rest: an item came out of an empty ring");
}
