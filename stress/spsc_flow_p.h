/* spsc_flow_p - the ring as a flow: how one is made and used, and its laws at rest. Included once by a file of checks. */
#include <stdlib.h>

#include "prims/spsc.h"
#include "stress/flow.h"

#define INIT_AT WEIR_BIND(spsc, WEIR_SPSC, _init_at)

static void make(flow *f, stress_random *r) {
    f->capacity = (uint64_t)1 << (stress_random_below(r, 3) ? stress_random_below(r, 4) : stress_random_below(r, 11));
    f->start = flow_start(r);
    f->object = rounds_alloc(sizeof(weir_spsc));
    f->block = rounds_alloc(weir_spsc_bytes(f->capacity));
    if (INIT_AT(f->object, f->capacity, f->block, f->start) != WEIR_OK) stress_fail("init refused");
}

static void unmake(flow *f) {
    free(f->object);
    free(f->block);
}

static weir_status push(flow_member *me, const uint64_t *v, size_t n, size_t *moved) {
    weir_spsc *q = me->flow->object;
    *moved = n == 1 ? weir_spsc_try_push(q, *v) : weir_spsc_try_push_n(q, v, n);
    return *moved ? WEIR_OK : WEIR_AGAIN;
}

static weir_status pop(flow_member *me, uint64_t *v, size_t n, size_t *moved) {
    weir_spsc *q = me->flow->object;
    *moved = n == 1 ? weir_spsc_try_pop(q, v) : weir_spsc_try_pop_n(q, v, n);
    return *moved ? WEIR_OK : WEIR_AGAIN;
}

/* With nobody else under way "full" and "empty" are exact. */
static void rest(flow *f, bool closed) {
    weir_spsc *q = f->object;
    uint64_t v = 0, n = 0;
    (void)closed;
    if (weir_spsc_size(q) != 0) stress_fail("at rest: empty, and of size %zu", weir_spsc_size(q));
    while (n <= f->capacity && weir_spsc_try_push(q, n)) n++;
    if (n != f->capacity) stress_fail("at rest: a ring for %lu items took %lu", f->capacity, n);
    if (weir_spsc_size(q) != n) stress_fail("at rest: full with %lu items, and of size %zu", n, weir_spsc_size(q));
    for (uint64_t i = 0; i < n; i++)
        if (!weir_spsc_try_pop(q, &v) || v != i) stress_fail("at rest: item %lu of %lu did not come out", i, n);
    if (weir_spsc_try_pop(q, &v)) stress_fail("at rest: an item came out of an empty ring");
}
