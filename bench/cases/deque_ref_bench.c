/* deque.steal without thieves: the array and index that the owner would use were it alone in the world. No library in
 * Debian has a deque for C or C++ to compare with: Concurrency Kit has none, oneTBB keeps its own to itself. */
#include <stdlib.h>

#include "bench/cases/steal.h"

typedef struct stack {
    uint64_t n, capacity, *items;
} stack;

static bool alone(const bench_params *p) { return p->threads == 1; }

static void *make(const bench_params *p) {
    stack *s = malloc(sizeof *s);
    if (!s) return NULL;
    *s = (stack){0, p->capacity, malloc(p->capacity * sizeof *s->items)};
    if (s->items) return s;
    free(s);
    return NULL;
}

static void destroy(void *object) {
    stack *s = object;
    free(s->items);
    free(s);
}

static bool push(void *object, uint64_t v) {
    stack *s = object;
    if (s->n == s->capacity) return false;
    s->items[s->n++] = v;
    return true;
}

static bool pop(void *object, uint64_t *v) {
    stack *s = object;
    if (s->n == 0) return false;
    *v = s->items[--s->n];
    return true;
}

static void own(void *s, bench_owner *o, unsigned batch, double seconds) {
    bench_own_try(s, o, batch, seconds, push, pop);
}

static void measure(void *object, const bench_params *p, bench_sample *s) {
    bench_steal_measure(object, p, s, own, NULL); /* no thieves */
}

static const bench_row row = {
    .name = "deque.steal",
    .variant = "ref.array_stack",
    .flags = BENCH_REFERENCE,
    .unit = "ns/op",
    .note = "an array and an index; nobody can steal from it",
    .axes = bench_axes_deque_steal,
    .supports = alone,
    .make = make,
    .destroy = destroy,
    .measure = measure,
};
BENCH_ROW(row)
