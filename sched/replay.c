/* A record as sources, one a stream, which the scheduler pulls. Each drain gets the inputs up to the next edge: there the
 * source says that it has nothing, and at once that it has something again, which only the next drain asks for. Horizons are
 * read before a drain, so a source promises what was promised in the epoch that comes. */
#include "sched/replay_p.h"

#include "sched/sched_p.h"

enum { LIMIT = 1 << 30 }; /* none: what was under way then was within its limit */

static weir_event *next_event(weir_replay_stream *s) {
    weir_replay *r = s->replay;
    weir_replay_input in = weir_replay_input_at(r, s->next);
    s->next = r->input[s->next].next;
    weir_event *e = r->make(r->arg, &in);
    if (!e) return NULL;
    e->key = in.key;
    e->seq = in.seq;
    e->path = in.path;
    e->domain = in.domain;
    e->levels = in.levels;
    e->flags = in.flags;
    return e;
}

static weir_event *pull(weir_source *source, void *arg) {
    weir_replay_stream *s = arg;
    weir_replay *r = s->replay;
    bool last = s->edge == r->edges;
    while (s->next != UINT64_MAX && (last || s->next < r->edge[s->edge].inputs)) {
        weir_event *e = next_event(s);
        if (e) return e;
    }
    if (last) {
        weir_source_close(source);
        return NULL;
    }
    if (++s->edge < r->edges) weir_source_replay_promise(source, r->edge[s->edge].horizon);
    weir_source_ready(source);
    return NULL;
}

weir_sched_status weir_replay_start(weir_replay *r, weir_sched *s, weir_replay_make *make, void *arg) {
    r->make = make;
    r->arg = arg;
    for (uint32_t i = 0; i < r->streams; i++) {
        if (!r->stream[i].used) continue;
        r->stream[i].replay = r;
        weir_source *source;
        uint64_t promise = r->edges ? r->edge[0].horizon : 0;
        weir_source_options o = {.limit = LIMIT, .promise = promise, .pull = pull, .arg = &r->stream[i]};
        weir_sched_status st = weir_source_open(s, i, &o, &source);
        if (st != WEIR_SCHED_OK) return st;
    }
    return WEIR_SCHED_OK;
}
