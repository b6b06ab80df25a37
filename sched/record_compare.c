/* What differs first: two records side by side, a replay and its record. */
#include "sched/replay_p.h"

#include <string.h>

static const char *input_differs(const weir_replay_input *a, const weir_replay_input *b) {
    if (a->stream != b->stream) return "stream";
    if (a->seq != b->seq) return "seq";
    if (a->key != b->key) return "key";
    if (a->domain != b->domain) return "domain";
    if (a->path != b->path || a->levels != b->levels) return "path";
    if (a->flags != b->flags) return "flags";
    if (a->size != b->size || (a->size && memcmp(a->payload, b->payload, a->size) != 0)) return "payload";
    return NULL;
}

static weir_sched_status compare_input(const weir_replay *a, const weir_replay *b, uint64_t i,
                                       weir_sched_error *error) {
    weir_replay_input x = weir_replay_input_at(a, i), y = weir_replay_input_at(b, i);
    const char *what = input_differs(&x, &y);
    if (!what) return WEIR_SCHED_OK;
    return weir_record_fail(error, WEIR_SCHED_CORRUPT,
                            "input %llu differs in %s: stream %u seq %llu key %llu, and stream %u seq %llu key %llu",
                            (unsigned long long)i, what, x.stream, (unsigned long long)x.seq, (unsigned long long)x.key,
                            y.stream, (unsigned long long)y.seq, (unsigned long long)y.key);
}

static weir_sched_status compare_edge(const weir_replay *a, const weir_replay *b, uint64_t i, weir_sched_error *error) {
    weir_replay_edge x = a->edge[i], y = b->edge[i];
    const char *what = x.inputs != y.inputs   ? "inputs"
                       : x.epoch != y.epoch   ? "number"
                       : x.digest != y.digest ? "digest"
                                              : NULL;
    if (!what) return WEIR_SCHED_OK;
    return weir_record_fail(error, WEIR_SCHED_CORRUPT,
                            "epoch %llu differs in its %s: digest %016llx after %llu inputs, and %016llx after %llu",
                            (unsigned long long)x.epoch, what, (unsigned long long)x.digest,
                            (unsigned long long)x.inputs, (unsigned long long)y.digest, (unsigned long long)y.inputs);
}

/* In the order of the file: the inputs of an epoch, then its edge. */
static weir_sched_status compare(const weir_replay *a, const weir_replay *b, weir_sched_error *error) {
    weir_sched_status st;
    uint64_t inputs = a->inputs < b->inputs ? a->inputs : b->inputs, edges = a->edges < b->edges ? a->edges : b->edges;
    for (uint64_t i = 0, edge = 0; i < inputs || edge < edges;) {
        if (edge < edges && (i == inputs || a->edge[edge].inputs <= i || b->edge[edge].inputs <= i))
            st = compare_edge(a, b, edge++, error);
        else st = compare_input(a, b, i++, error);
        if (st != WEIR_SCHED_OK) return st;
    }
    if (a->inputs == b->inputs && a->edges == b->edges) return WEIR_SCHED_OK;
    return weir_record_fail(error, WEIR_SCHED_CORRUPT, "one goes on: %llu inputs and %llu epochs, and %llu and %llu",
                            (unsigned long long)a->inputs, (unsigned long long)a->edges, (unsigned long long)b->inputs,
                            (unsigned long long)b->edges);
}

weir_sched_status weir_record_compare(const char *path, const char *other, weir_sched_error *error) {
    weir_replay *a, *b;
    weir_sched_status st = weir_replay_load(path, NULL, &a, error);
    if (st != WEIR_SCHED_OK) return st;
    st = weir_replay_load(other, NULL, &b, error);
    if (st == WEIR_SCHED_OK) {
        st = compare(a, b, error);
        weir_replay_close(b);
    }
    weir_replay_close(a);
    return st;
}

void weir_replay_epoch(void *replay, uint64_t epoch, uint64_t digest) {
    weir_replay *r = replay;
    uint64_t i = r->epochs++;
    r->last = digest;
    if (r->differs != UINT64_MAX) return;
    if (i < r->edges && r->edge[i].epoch == epoch && r->edge[i].digest == digest) return;
    r->differs = i;
    r->epoch = epoch;
    r->was = digest;
}

/* Epochs were cut elsewhere; all together have the same digest. */
static weir_sched_status result_elsewhere(const weir_replay *r, weir_sched_error *error) {
    uint64_t last = r->edges ? r->edge[r->edges - 1].digest : 0;
    if (r->last == last) return WEIR_SCHED_OK;
    return weir_record_fail(error, WEIR_SCHED_CORRUPT,
                            "replay in another variant, window or lookahead differs: it ended with digest %016llx, "
                            "recorded is %016llx",
                            (unsigned long long)r->last, (unsigned long long)last);
}

weir_sched_status weir_replay_result(const weir_replay *r, weir_sched_error *error) {
    unsigned long long edges = r->edges, epochs = r->epochs, at = r->differs;
    if (!r->alike) return result_elsewhere(r, error);
    if (r->differs < r->edges) {
        const weir_replay_edge *e = &r->edge[r->differs];
        return weir_record_fail(
            error, WEIR_SCHED_CORRUPT,
            "replay differs at edge %llu: epoch %llu with digest %016llx, recorded epoch %llu with %016llx", at,
            (unsigned long long)r->epoch, (unsigned long long)r->was, (unsigned long long)e->epoch,
            (unsigned long long)e->digest);
    }
    if (epochs == edges) return WEIR_SCHED_OK;
    return weir_record_fail(error, WEIR_SCHED_CORRUPT, "replay differs: %llu epochs, recorded %llu", epochs, edges);
}
