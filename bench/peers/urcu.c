/* Userspace RCU: wfcqueue, a linked queue; enqueue is wait-free, dequeue takes a mutex. A node is allocated for each
 * item and counted in the figure, because a user who moves words has to do the same. The library's functions are called,
 * not inlined: the inline ones ask for an LGPL-compatible caller. */
#include <urcu/wfcqueue.h>

#include "bench/peers/unbounded.h"

typedef struct node {
    struct cds_wfcq_node link; /* first: the queue's pointer is ours */
    uint64_t value;
} node;

typedef struct queue {
    unbounded u;
    WEIR_ALIGNED(WEIR_CACHE_LINE) struct cds_wfcq_head head;
    WEIR_ALIGNED(WEIR_CACHE_LINE) struct cds_wfcq_tail tail;
} queue;

static void *make(const bench_params *p) {
    (void)p;
    queue *q = peer_alloc(sizeof *q);
    if (q) cds_wfcq_init(&q->head, &q->tail);
    return q;
}

static void push(void *object, uint64_t v) {
    queue *q = object;
    node *n = malloc(sizeof *n);
    if (!n) abort();
    cds_wfcq_node_init(&n->link);
    n->value = v;
    cds_wfcq_enqueue(&q->head, &q->tail, &n->link);
}

static bool pop(void *object, uint64_t *v) {
    queue *q = object;
    node *n = (node *)cds_wfcq_dequeue_blocking(&q->head, &q->tail);
    if (!n) return false;
    *v = n->value;
    free(n);
    return true;
}

static void destroy(void *object) {
    queue *q = object;
    for (uint64_t v; pop(q, &v);) continue;
    cds_wfcq_destroy(&q->head, &q->tail);
    free(q);
}

static void work(bench_worker *w) { unbounded_team(w, &((queue *)w->object)->u, push, pop); }
static void last(void *object) { unbounded_last(&((queue *)object)->u); }

static const bench_row mpmc =
    PEER_ROW_MPMC("urcu_wfcq", BENCH_WEAKER, "unbounded, malloc per item", NULL, make, destroy, work, last);
BENCH_ROW(mpmc)
