/* A record as sources. One of them, the feeder, is pulled for all, in the order of the record; the others only lend their
 * names. It gives the inputs of an epoch and then nothing until the epoch has ended, promising what was promised then: so
 * each epoch gets what it got and goes as far as it went.
 *
 * A run that is alike stands still only when something is missing that is not recorded: that is told, and it goes on all the same.
 *
 * In another variant, or with another window, epochs end elsewhere. There it promises the least key that is still to come: then no
 * input is late, and the order is that of keys and ranks, as it was. */
#include "sched/replay_p.h"

#include <stdlib.h>
#include <string.h>

#include "sched/sched_p.h"

enum { LIMIT = 1 << 30 }; /* none: what was under way then was within its own */
enum { PATIENCE = 3 };    /* pulls in which nothing happens, of a run that differs already */
#define PATIENCE_NS UINT64_C(500000000)

static weir_event *next_event(weir_replay *r) {
    weir_replay_input in = weir_replay_input_at(r, r->next++);
    weir_event *e = r->make(r->arg, &in);
    if (!e) return NULL;
    e->key = in.key;
    e->seq = in.seq;
    e->stream = in.stream;
    e->path = in.path;
    e->domain = in.domain;
    e->levels = in.levels;
    e->flags = in.flags;
    return e;
}

void weir_replay_edge_passed(weir_replay *r) {
    if (!r->feeder || !r->alike || r->at == r->edges) return;
    if (++r->at < r->edges) weir_source_replay_promise(r->feeder, r->edge[r->at].horizon);
    else weir_source_ready(r->feeder); /* to close it */
}

static bool as_it_was(const weir_replay *r) { return r->differs == UINT64_MAX; }

/* Does anybody but who pulls do anything? A handler may take as long as it likes. */
static bool others_busy(weir_sched *s) { return weir_bell_listeners(&s->idle) + 1 < weir_a32_load(&s->workers_now); }

static void tell_stalled(weir_replay *r) {
    weir_replay_edge edge = r->edge[r->at];
    weir_sched_tell(r->feeder->sched, WEIR_SCHED_CORRUPT, WEIR_NO_WORKER, NULL, 0,
                    "replay: nothing happens any more, and epoch %llu, recorded behind %llu of %llu inputs, has not "
                    "ended; a join that was sealed from outside? It goes on with the next inputs",
                    (unsigned long long)edge.epoch, (unsigned long long)edge.inputs, (unsigned long long)r->inputs);
}

/* Has nothing happened for so long that nothing will? */
static bool stalled(weir_replay *r) {
    weir_sched_stats stats;
    weir_sched_stats_get(r->feeder->sched, &stats);
    uint64_t happened = stats.ended + stats.submitted + stats.epochs;
    bool goes_on = happened != r->happened || others_busy(r->feeder->sched);
    r->happened = happened;
    r->in_vain = goes_on ? 0 : r->in_vain + 1;
    if (r->in_vain == 1) r->since = weir_now_ns();
    if (!as_it_was(r)) return r->in_vain >= PATIENCE;
    if (r->in_vain < PATIENCE || weir_now_ns() < r->since + PATIENCE_NS) return false;
    tell_stalled(r);
    return true;
}

static void close_all(weir_replay *r) {
    weir_source_close(r->feeder);
    for (uint32_t i = 0; i < r->streams; i++)
        if (r->sources[i]) weir_source_close(r->sources[i]);
}

static weir_event *feed_epoch(weir_replay *r) {
    if (r->at < r->edges && r->next == r->edge[r->at].inputs && stalled(r)) weir_replay_edge_passed(r);
    uint64_t end = r->at < r->edges ? r->edge[r->at].inputs : r->inputs;
    while (r->next < end) {
        weir_event *e = next_event(r);
        if (e) return e;
    }
    if (r->at == r->edges) close_all(r);
    else if (r->next < r->inputs || !as_it_was(r)) weir_source_ready(r->feeder); /* for the next drain */
    return NULL;
}

static weir_event *feed_all(weir_replay *r) {
    weir_event *e = NULL;
    while (r->next < r->inputs && !e) e = next_event(r);
    if (e) weir_source_replay_promise(r->feeder, r->least[r->next]);
    else close_all(r);
    return e;
}

static weir_event *feed(weir_source *source, void *arg) {
    weir_replay *r = arg;
    r->feeder = source;
    return r->alike ? feed_epoch(r) : feed_all(r);
}

static weir_event *nothing(weir_source *source, void *arg) {
    (void)source, (void)arg;
    return NULL;
}

static bool alike(const weir_replay *r, const weir_sched *s) {
    return strcmp(r->begin.variant, s->o.variant) == 0 && r->begin.window == s->o.window &&
           r->begin.lookahead == s->o.lookahead;
}

static bool find_least(weir_replay *r) {
    r->least = malloc((r->inputs + 1) * sizeof *r->least);
    if (!r->least) return false;
    r->least[r->inputs] = WEIR_KEY_NONE;
    for (uint64_t i = r->inputs; i-- > 0;) {
        uint64_t key = weir_replay_input_at(r, i).key;
        r->least[i] = key < r->least[i + 1] ? key : r->least[i + 1];
    }
    return true;
}

/* What the feeder promises at first. */
static uint64_t first_promise(const weir_replay *r) {
    if (!r->alike) return r->least[0];
    return r->edges ? r->edge[0].horizon : 0;
}

/* The feeder is opened last: it needs the others. */
weir_sched_status weir_replay_start(weir_replay *r, weir_sched *s, weir_replay_make *make, void *arg) {
    r->make = make;
    r->arg = arg;
    r->alike = alike(r, s);
    r->sources = calloc(r->streams + 1, sizeof(weir_source *));
    if (!r->sources || (!r->alike && !find_least(r))) return WEIR_SCHED_NOMEM;
    uint32_t feeder = r->streams;
    for (uint32_t i = r->streams; i-- > 0;)
        if (r->used[i]) feeder = i;
    weir_source_options o = {.limit = LIMIT, .promise = WEIR_KEY_NONE, .pull = nothing};
    weir_sched_status st = WEIR_SCHED_OK;
    for (uint32_t i = feeder + 1; i < r->streams && !st; i++)
        if (r->used[i]) st = weir_source_open(s, i, &o, &r->sources[i]);
    if (st || feeder == r->streams) return st;
    o.promise = first_promise(r);
    o.pull = feed;
    o.arg = r;
    weir_aptr_store(&s->replay, r);
    weir_source *source;
    return weir_source_open(s, feeder, &o, &source);
}
