/* Each stage knows a queue that may grow on some way to it, and one on some way from it. A new queue brings two
 * together if more than one is true of: there is one above its beginning, it grows itself, there is one below its
 * end. On a circle the same queue is above and below. */
#include "sched/path.h"

static void mark_above(weir_stage *stage, const weir_queue *grows) {
    if (stage->above) return;
    stage->above = grows;
    for (weir_queue *q = stage->out; q; q = q->next_out) mark_above(q->to, grows);
}

static void mark_below(weir_stage *stage, const weir_queue *grows) {
    if (stage->below) return;
    stage->below = grows;
    for (weir_queue *q = stage->in; q; q = q->next_in) mark_below(q->from, grows);
}

static bool leads_to(weir_stage *stage, const weir_stage *to, uint32_t walk) {
    if (stage == to) return true;
    if (stage->seen == walk) return false;
    stage->seen = walk;
    for (weir_queue *q = stage->out; q; q = q->next_out)
        if (leads_to(q->to, to, walk)) return true;
    return false;
}

static bool refuse(weir_path *path, const weir_queue *queue, const weir_stage *from, const weir_stage *to,
                   const weir_queue *a, const weir_queue *b) {
    if (a == b)
        snprintf(path->error, sizeof path->error,
                 "queue '%s' from '%s' to '%s': '%s' may grow, and would lie on a circle", queue->name, from->name,
                 to->name, a->name);
    else
        snprintf(path->error, sizeof path->error,
                 "queue '%s' from '%s' to '%s': '%s' and '%s' may both grow, and would lie on one path", queue->name,
                 from->name, to->name, a->name, b->name);
    return false;
}

bool weir_path_join(weir_path *path, weir_queue *queue, weir_stage *from, weir_stage *to) {
    const weir_queue *above = from->above, *below = to->below, *own = queue->grows ? queue : NULL;
    if ((above != NULL) + (own != NULL) + (below != NULL) > 1)
        return refuse(path, queue, from, to, above ? above : own, below ? below : own);
    if (own && leads_to(to, from, ++path->walks)) return refuse(path, queue, from, to, own, own);
    queue->from = from;
    queue->to = to;
    queue->next = NULL;
    queue->next_out = from->out;
    queue->next_in = to->in;
    from->out = to->in = queue;
    if (path->last) path->last->next = queue;
    else path->first = queue;
    path->last = queue;
    if (own || above) mark_above(to, own ? own : above);
    if (own || below) mark_below(from, own ? own : below);
    return true;
}

uint64_t weir_path_limit(const weir_path *path) {
    uint64_t sum = 0;
    for (const weir_queue *q = path->first; q; q = q->next) sum += q->limit;
    return sum;
}

const weir_queue *weir_path_exceeded(const weir_path *path) {
    for (const weir_queue *q = path->first; q; q = q->next)
        if (q->high && q->high(q->of) > q->limit) return q;
    return NULL;
}

void weir_path_report(const weir_path *path, FILE *to) {
    for (const weir_queue *q = path->first; q; q = q->next) {
        fprintf(to, "%s > %s: %s held ", q->from->name, q->to->name, q->name);
        if (q->high) fprintf(to, "%llu", (unsigned long long)q->high(q->of));
        else fprintf(to, "?");
        fprintf(to, " of %llu bytes at most%s\n", (unsigned long long)q->limit, q->grows ? ", may grow" : "");
    }
}
