#include "runtime/subscription_p.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/probe_p.h"
#include "runtime/room_p.h"
#include "runtime/session_p.h"

enum {
    BATCH = 64,   /* events handled before others of the worker get their turn, */
    MOST = 4096,  /* and when there are none */
    STREAM = 16,  /* handled one after the other: from then on more are expected */
    GATHER = 16,  /* worth taking together */
    LINGER = 128, /* looks until then */
    PACE = 16     /* pauses between two looks */
};

/* -- its life ------------------------------------------------------------------------------------------------------ */

static void run(weir_strand *strand, weir_turn *turn);

weir_subscription *weir_subscription_begin(weir_session *session, weir_topic *topic, weir_program *program,
                                           const weir_listener *l, uint64_t *id) {
    weir_subscription *s = aligned_alloc(WEIR_CACHE_LINE, sizeof *s);
    if (!s) {
        if (program) weir_program_release(program);
        return NULL;
    }
    memset(s, 0, sizeof *s);
    weir_total_add(&session->runtime->metrics, WEIR_TOTAL_SUBSCRIPTIONS);
    weir_strand_init(&s->strand, session->runtime, run);
    weir_a32_store(&s->references, 2);
    s->session = session;
    s->topic = topic;
    s->program = program;
    s->id = weir_a64_add(&session->runtime->subscribed, 1) + 1;
    if (id) *id = s->id;
    if (l) {
        s->fn = l->fn;
        s->arg = l->arg;
        s->gone = l->gone;
    }
    weir_exec_init(&s->x, session, &session->runtime->words);
    s->x.strand = &s->strand;
    s->x.subscription = s;
    weir_lock_acquire(&topic->lock);
    s->prev = topic->last;
    *(s->prev ? &s->prev->next : &topic->first) = s;
    topic->last = s;
    weir_a32_store(&topic->listeners, weir_a32_load(&topic->listeners) + 1);
    weir_lock_release(&topic->lock);
    return s;
}

void weir_subscription_release(weir_subscription *s) {
    if (weir_a32_sub_acq_rel(&s->references, 1) != 1) return; /* acq_rel: pairs with itself */
    weir_exec_clear(&s->x);
    if (s->program) weir_program_release(s->program);
    if (s->gone) s->gone(s->arg);
    weir_session *session = s->session;
    weir_total_add(&session->runtime->metrics, WEIR_TOTAL_SUBSCRIPTIONS_GONE);
    free(s);
    weir_session_gone(session);
}

static void drop_all(weir_subscription *s, weir_delivery *d) {
    for (weir_delivery *next; d; d = next) {
        next = d->next;
        weir_total_add(&s->strand.runtime->metrics, WEIR_TOTAL_DROPPED);
        weir_event_block_release(d->block);
    }
}

void weir_subscription_remove(weir_subscription *s, bool drop, weir_turn *turn) {
    weir_topic *t = s->topic;
    weir_delivery *dropped = NULL;
    weir_lock_acquire(&t->lock);
    bool there = !s->removed;
    if (there) {
        *(s->prev ? &s->prev->next : &t->first) = s->next;
        *(s->next ? &s->next->prev : &t->last) = s->prev;
        s->next = s->prev = NULL;
        s->removed = true;
        weir_a32_store(&t->listeners, weir_a32_load(&t->listeners) - 1);
    }
    if (drop) {
        weir_a32_store(&s->dropped, 1);
        dropped = s->first;
        s->first = s->last = NULL;
        for (const weir_delivery *d = dropped; d; d = d->next) weir_a32_store(&s->put, weir_a32_load(&s->put) - 1);
    }
    weir_lock_release(&t->lock);
    drop_all(s, dropped);
    weir_room_open(s, turn);
    if (there) weir_subscription_release(s); /* the topic's */
    weir_subscription_release(s);
}

/* -- its queue ------------------------------------------------------------------------------------------------------ */

bool weir_subscription_has_room(weir_subscription *s) {
    uint32_t queue = s->strand.runtime->o.queue;
    if (weir_a32_load(&s->put) - s->begun_seen < queue) return true;
    s->begun_seen = weir_a32_load(&s->begun);
    return weir_a32_load(&s->put) - s->begun_seen < queue;
}

bool weir_subscription_push(weir_subscription *s, weir_delivery *d) {
    weir_a32_store(&s->put, weir_a32_load(&s->put) + 1);
    *(s->last ? &s->last->next : &s->first) = d;
    s->last = d;
    if (s->busy) return false;
    s->busy = true;
    weir_subscription_retain(s);
    weir_runtime_begin(s->strand.runtime);
    return true;
}

/* Has nobody else anything for the worker? With an order of its own, others must have their turn; and so must a foreign loop. */
static bool has_worker(const weir_subscription *s) {
    const weir_runtime *r = s->strand.runtime;
    return !r->ordered && !weir_runtime_is_foreign(r) && weir_turn_alone(s->x.turn);
}

/* In the middle of a stream: to take one event at a time costs both sides a good deal, so a few may gather as long as nobody else needs
 * the worker. */
static void linger(const weir_subscription *s) {
    uint32_t before = weir_subscription_queued(s);
    for (int i = 0; i < WEIR_LOOKS(LINGER / PACE) && before < GATHER && has_worker(s); i++) {
        for (int k = 0; k < PACE; k++) weir_pause();
        uint32_t now = weir_subscription_queued(s);
        if (now && now == before) return;
        before = now;
    }
}

/* All there is, for this run; NULL: nothing, and the run is over. */
static weir_delivery *take_batch(weir_subscription *s, bool stream) {
    if (stream) linger(s);
    weir_lock_acquire(&s->topic->lock);
    weir_delivery *d = s->first;
    s->first = s->last = NULL;
    s->busy = d != NULL;
    weir_lock_release(&s->topic->lock);
    return d;
}

/* -- its runs ------------------------------------------------------------------------------------------------------- */

/* Counts a run that begins, and takes its times, if it is one of those. */
static void begin_times(weir_subscription *s, const weir_event_block *e) {
    weir_metrics *m = &s->strand.runtime->metrics;
    WEIR_PROBE2(run__begin, e->channel, e->topic);
    weir_meter_add(s->x.tools->meter, WEIR_COUNT_RUNS);
    s->since = 0;
    if (WEIR_LIKELY(!e->since && !weir_metrics_times_all(m))) return;
    s->since = weir_now_ns();
    if (e->since) weir_metrics_waited(m, s->topic, s->since - e->since);
}

static void end_times(weir_subscription *s, const weir_event_block *e) {
    weir_metrics *m = &s->strand.runtime->metrics;
    uint64_t ns = weir_now_ns() - s->since;
    weir_metrics_ran(m, s->topic, ns);
    if (weir_metrics_slow(m, ns))
        weir_slow_add(&m->slow, s->x.session->scope, ns, "handler %c %u", weir_channel_letter(e->channel), e->topic);
}

/* A processor: the event is a script, run in the name of whoever sent it. NULL: the error is x.result. */
static weir_program *script_of(weir_subscription *s, const weir_event_block *e) {
    s->x.session = e->from;
    return weir_exec_script(&s->x, e->value);
}

/* It was ended meanwhile, perhaps by the run before. */
static void drop_batch(weir_subscription *s, weir_turn *turn) {
    uint32_t begun = weir_a32_load(&s->begun);
    for (const weir_delivery *d = s->batch; d; d = d->next) begun++;
    weir_a32_store(&s->begun, begun);
    drop_all(s, s->batch);
    s->batch = NULL;
    weir_room_open(s, turn);
}

/* Or an error is x.result, as after a run. */
static void begin_script(weir_subscription *s, const weir_event_block *e) {
    weir_program *p = s->program ? NULL : script_of(s, e);
    if (s->program) weir_exec_begin_body(&s->x, s->program);
    else if (p) weir_exec_begin(&s->x, p, WEIR_SLP_ALL, false);
}

static bool begin_next(weir_subscription *s, weir_turn *turn, bool stream) {
    if (s->batch && WEIR_UNLIKELY(weir_a32_load(&s->dropped))) drop_batch(s, turn);
    weir_delivery *d = s->batch ? s->batch : take_batch(s, stream);
    if (!d) return false; /* s may run elsewhere already */
    weir_event_block *e = d->block;
    s->now = d;
    s->batch = d->next;
    if (s->batch) __builtin_prefetch((const char *)s->batch + WEIR_CACHE_LINE);
    weir_room_left(s, turn);
    begin_times(s, e);
    if (s->fn) {
        s->fn(s->arg, e->channel, e->topic, e->value);
        return true;
    }
    weir_exec_reset(&s->x);
    weir_exec_bind(&s->x, WEIR_VARIABLE_DATA, e->value);
    weir_exec_bind(&s->x, WEIR_VARIABLE_CHANNEL, weir_value_channel(e->channel));
    weir_exec_bind(&s->x, WEIR_VARIABLE_TOPIC, weir_value_integer(e->topic));
    begin_script(s, e);
    return true;
}

static void end_now(weir_subscription *s, weir_tally *done) {
    weir_event_block *e = s->now->block;
    WEIR_PROBE2(run__end, e->channel, e->topic);
    if (WEIR_UNLIKELY(s->since)) end_times(s, e);
    if (!s->fn && weir_value_is_error(s->x.result)) {
        weir_meter_add(s->x.tools->meter, WEIR_COUNT_RUN_ERRORS);
        weir_session_complain(s->session, &s->x, e);
    }
    s->now = NULL;
    weir_event_block_done(e, done);
}

/* Before the run stops: others may have it, and its end be the end of all. */
static void tell(weir_subscription *s, weir_tally *done) {
    weir_tally_tell(done);
    weir_room_tell(s, s->x.turn);
}

/* True: the run has parked, and s may be elsewhere already. */
static bool parks(weir_subscription *s, weir_tally *done) {
    while (!s->fn && weir_exec_go(&s->x) == WEIR_EXEC_PARKED) {
        tell(s, done);
        if (weir_strand_park(&s->strand)) return true;
    }
    return false;
}

static bool had_enough(const weir_subscription *s, uint32_t n) {
    return n && n % BATCH == 0 && (n >= MOST || !has_worker(s));
}

static void run(weir_strand *strand, weir_turn *turn) {
    weir_subscription *s = (weir_subscription *)strand;
    weir_runtime *r = strand->runtime;
    weir_tally done = {0};
    s->x.tools = &r->tools[weir_turn_worker(turn)];
    s->x.turn = turn;
    for (uint32_t n = 0; !had_enough(s, n); n++) {
        if (!s->now && !begin_next(s, turn, n >= STREAM)) {
            weir_tally_tell(&done);
            weir_subscription_release(s);
            weir_runtime_end(r);
            return;
        }
        if (parks(s, &done)) return;
        end_now(s, &done);
    }
    tell(s, &done);
    weir_strand_dispatch(strand, turn);
}
