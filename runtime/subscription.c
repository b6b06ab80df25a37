#include "runtime/subscription_p.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/probe_p.h"
#include "runtime/room_p.h"
#include "runtime/session_p.h"

enum {
    BATCH = 64,    /* events handled before others of the worker get their turn, */
    MOST = 4096,   /* and when there are none */
    STREAM = 16,   /* handled one after the other: from then on more are expected */
    ENOUGH = 4096, /* bytes that are worth taking together, */
    LINGER = 8,    /* looks until then, */
    PACE = 32,     /* and pauses between two */
    YIELDS = 2     /* of the processor, when nothing comes */
};

/* -- its life ------------------------------------------------------------------------------------------------------ */

static void run(weir_strand *strand, weir_turn *turn);

/* False: no memory. */
static bool put_in(weir_subscription *s, weir_topic *topic) {
    weir_lock_acquire(&topic->lock);
    weir_log *l = weir_topic_log(topic);
    if (l) {
        s->prev = l->last;
        *(s->prev ? &s->prev->next : &topic->first) = s;
        l->last = s;
        l->subscribed++;
        weir_a64_store(&s->begun, weir_a64_load(&topic->events));
        weir_a32_store(&topic->listeners, weir_a32_load(&topic->listeners) + 1);
    }
    weir_lock_release(&topic->lock);
    return l != NULL;
}

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
    weir_exec_init(&s->x, session);
    s->x.strand = &s->strand;
    s->x.subscription = s;
    if (put_in(s, topic)) return s;
    if (program) weir_program_release(program);
    free(s);
    return NULL;
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

/* Under the lock: it is told no more events, and those that there are remain its own. S2 release: pairs with S1, S3. */
static weir_tray *take_out(weir_subscription *s, weir_log *l, bool drop) {
    weir_topic *t = s->topic;
    *(s->prev ? &s->prev->next : &t->first) = s->next;
    *(s->next ? &s->next->prev : &l->last) = s->prev;
    s->next = s->prev = NULL;
    weir_a32_store(&t->listeners, weir_a32_load(&t->listeners) - 1);
    l->subscribed--;
    if (s->busy) l->busy--;
    s->stop = s->busy ? l->tray : NULL;
    s->stop_at = s->stop ? weir_a32_load(&s->stop->laid) : 0;
    s->stop_events = weir_a64_load(&t->events);
    weir_a32_store_release(&s->ended, drop ? WEIR_SUBSCRIPTION_DROPS : WEIR_SUBSCRIPTION_DRAINS); /* S2 */
    return weir_log_end(l);
}

void weir_subscription_remove(weir_subscription *s, bool drop, weir_turn *turn) {
    weir_topic *t = s->topic;
    weir_lock_acquire(&t->lock);
    weir_tray *done = take_out(s, weir_aptr_load(&t->log), drop);
    weir_lock_release(&t->lock);
    if (done) weir_tray_let_go(done, 1);
    weir_room_open(s, turn);
    weir_subscription_release(s); /* the topic's */
    weir_subscription_release(s);
}

/* -- what waits for it ---------------------------------------------------------------------------------------------- */

void weir_subscription_start(weir_subscription *s, weir_tray *tray, uint32_t at) {
    s->busy = true;
    s->tray = tray;
    s->at = s->laid = at;
    weir_subscription_retain(s);
    weir_runtime_begin(s->strand.runtime);
}

/* Is there more? Goes on to the next tray where one has been handled. P2, N2 acquire: pair with P1, N1 in admit.c; S3 acquire: pairs with S2,
 * and behind them: who sees what was laid after it was ended sees that, too. */
static bool see(weir_subscription *s) {
    for (;;) {
        weir_tray *next = weir_aptr_load_acquire(&s->tray->next);           /* N2 */
        uint32_t laid = weir_a32_load_acquire(&s->tray->laid);              /* P2 */
        bool last = weir_a32_load_acquire(&s->ended) && s->stop == s->tray; /* S3 */
        s->laid = last ? s->stop_at : laid;
        if (s->at < s->laid) return true;
        if (last || !next) return false;
        weir_tray_let_go(s->tray, 1);
        s->tray = next;
        s->at = 0;
    }
}

/* Nothing more: it is not busy. False: there is. */
static bool rest(weir_subscription *s) {
    weir_topic *t = s->topic;
    weir_tray *done = NULL;
    weir_lock_acquire(&t->lock);
    bool more = see(s);
    weir_tray *mine = more ? NULL : s->tray;
    if (!more && !weir_a32_load(&s->ended)) {
        weir_log *l = weir_aptr_load(&t->log);
        s->busy = false;
        l->busy--;
        done = weir_log_end(l);
    }
    weir_lock_release(&t->lock);
    if (mine) weir_tray_let_go(mine, done ? 2 : 1); /* the topic's, if it had nothing more either, was the same */
    return !more;
}

/* It was ended, perhaps by the run before, and what waits is not handled. */
static void drop_all(weir_subscription *s) {
    weir_metrics *m = &s->strand.runtime->metrics;
    weir_a64_add(&m->total[WEIR_TOTAL_DROPPED], s->stop_events - weir_a64_load(&s->begun));
    for (weir_tray *t = s->tray, *next; t; t = next) {
        next = t == s->stop ? NULL : weir_aptr_load_acquire(&t->next); /* N2 */
        weir_tray_let_go(t, 1);
    }
}

/* Has nobody else anything for the worker? With an order of its own, others must have their turn; and so must a foreign loop. */
static bool has_worker(const weir_subscription *s) {
    const weir_runtime *r = s->strand.runtime;
    return !r->ordered && !weir_runtime_is_foreign(r) && weir_turn_alone(s->x.turn);
}

/* Bytes that wait on its tray; at least ENOUGH when there is another. Each look takes a cache line from who publishes. */
static uint32_t ahead(const weir_subscription *s) {
    return weir_aptr_load(&s->tray->next) ? ENOUGH : weir_a32_load(&s->tray->laid) - s->at;
}

/* In the middle of a stream: to take one event at a time, or to go to sleep and be woken, costs both sides a good deal, so a few may gather
 * as long as nobody else needs the worker; where none comes, who publishes may need the processor. */
static void linger(const weir_subscription *s) {
    if (weir_a32_load(&s->ended)) return;
    uint32_t before = 0, now = 0;
    for (int i = 0; i < WEIR_LOOKS(LINGER) && now < ENOUGH && has_worker(s); i++) {
        for (int k = 0; k < PACE; k++) weir_pause();
        now = ahead(s);
        if (now && now == before) return;
        before = now;
    }
    for (int i = 0; i < WEIR_LOOKS(YIELDS) && !ahead(s) && has_worker(s); i++) weir_yield();
}

/* The next event; NULL: the run is over, and s may run elsewhere already. */
static const weir_record *next_event(weir_subscription *s, bool stream) {
    if (WEIR_UNLIKELY(weir_a32_load_acquire(&s->ended) == WEIR_SUBSCRIPTION_DROPS)) { /* S3 */
        drop_all(s);
        return NULL;
    }
    if (s->at == s->laid && !see(s)) {
        if (stream) linger(s);
        if (!see(s) && rest(s)) return NULL;
    }
    const weir_record *e = (const weir_record *)(const void *)((const char *)s->tray->at + s->at);
    s->at += e->bytes;
    return e;
}

/* -- its runs ------------------------------------------------------------------------------------------------------- */

/* Counts a run that begins, and takes its times, if it is one of those. */
static void begin_times(weir_subscription *s, const weir_record *e) {
    weir_metrics *m = &s->strand.runtime->metrics;
    WEIR_PROBE2(run__begin, s->topic->channel, s->topic->number);
    weir_meter_add(s->x.tools->meter, WEIR_COUNT_RUNS);
    s->since = 0;
    if (WEIR_LIKELY(!e->since && !weir_metrics_times_all(m))) return;
    s->since = weir_now_ns();
    if (e->since) weir_metrics_waited(m, s->topic, s->since - e->since);
}

static void end_times(weir_subscription *s) {
    weir_metrics *m = &s->strand.runtime->metrics;
    uint64_t ns = weir_now_ns() - s->since;
    weir_metrics_ran(m, s->topic, ns);
    if (weir_metrics_slow(m, ns))
        weir_slow_add(&m->slow, s->x.session->scope, ns, "handler %c %u", weir_channel_letter(s->topic->channel),
                      s->topic->number);
}

/* A processor: the event is a script, run in the name of whoever sent it. NULL: the error is x.result. */
static weir_program *script_of(weir_subscription *s, const weir_record *e) {
    s->x.session = e->from;
    return weir_exec_script(&s->x, weir_record_value(e));
}

/* Or an error is x.result, as after a run. */
static void begin_script(weir_subscription *s, const weir_record *e) {
    weir_program *p = s->program ? NULL : script_of(s, e);
    if (s->program) weir_exec_begin_body(&s->x, s->program);
    else if (p) weir_exec_begin(&s->x, p, WEIR_SLP_ALL, false);
}

static bool begin_next(weir_subscription *s, weir_turn *turn, bool stream) {
    const weir_record *e = next_event(s, stream);
    if (!e) return false;
    const weir_topic *t = s->topic;
    s->now = e;
    weir_room_left(s, turn);
    begin_times(s, e);
    if (s->fn) {
        s->fn(s->arg, t->channel, t->number, weir_record_value(e));
        return true;
    }
    weir_exec_reset(&s->x);
    weir_exec_bind(&s->x, WEIR_VARIABLE_DATA, weir_record_value(e));
    weir_exec_bind_place(&s->x, t->channel, t->number);
    begin_script(s, e);
    return true;
}

static void end_now(weir_subscription *s) {
    const weir_record *e = s->now;
    WEIR_PROBE2(run__end, s->topic->channel, s->topic->number);
    if (WEIR_UNLIKELY(s->since)) end_times(s);
    if (!s->fn && weir_value_is_error(s->x.result)) {
        weir_meter_add(s->x.tools->meter, WEIR_COUNT_RUN_ERRORS);
        weir_session_complain(s->session, &s->x, s->topic, e->from != NULL);
    }
    s->now = NULL;
    if (WEIR_UNLIKELY(e->from)) weir_session_gone(e->from);
}

/* True: the run has parked, and s may be elsewhere already. */
static bool parks(weir_subscription *s) {
    while (!s->fn && weir_exec_go(&s->x) == WEIR_EXEC_PARKED) {
        weir_room_tell(s, s->x.turn);
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
    s->x.tools = &r->tools[weir_turn_worker(turn)];
    s->x.turn = turn;
    for (uint32_t n = 0; !had_enough(s, n); n++) {
        if (!s->now && !begin_next(s, turn, n >= STREAM)) {
            weir_subscription_release(s);
            weir_runtime_end(r);
            return;
        }
        if (parks(s)) return;
        end_now(s);
    }
    weir_room_tell(s, turn);
    weir_strand_dispatch(strand, turn);
}
