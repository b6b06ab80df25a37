/* Long runs of events: publishers on threads of their own, listeners that stay and listeners that come and go, bodies that pass
 * events on, and queues that are full most of the time.
 *
 * A value is publisher << 32 | number; each publisher counts up on each topic, so a listener knows what must come next. */
#include "stress/runtime_world_p.h"

enum { MOST = 64, TOPICS = 3, STAYING = 2, SOURCE = 0, BEYOND = 1 }; /* channels: published on, passed on to */

typedef struct listener {
    weir_a32 inside;
    bool gaps;           /* numbers may be missing */
    bool met[MOST];      /* it has heard of this publisher */
    uint64_t next[MOST]; /* number */
    uint64_t heard[MOST];
} listener;

typedef struct state {
    world world;
    unsigned publishers, each;
    weir_session *session[MOST]; /* a publisher's own */
    weir_session *staying;
    listener at[TOPICS][STAYING], passed[TOPICS];
    uint64_t sent[MOST][TOPICS];
    listener transient[MOST];
} state;

static void hear(void *arg, uint32_t channel, uint32_t topic, weir_slp_value v) {
    listener *l = arg;
    uint64_t i = (uint64_t)weir_slp_integer(v), p = i >> 32, number = (uint32_t)i;
    if (weir_a32_xchg(&l->inside, 1)) stress_fail("two runs of one subscription at once");
    if (p >= MOST || topic >= TOPICS || channel > BEYOND) {
        stress_fail("an event that nobody has published: %lx on channel %u topic %u", i, channel, topic);
    } else {
        if (l->met[p] && (number < l->next[p] || (number > l->next[p] && !l->gaps)))
            stress_fail("topic %u, publisher %lu: event %lu has come where %lu was next", topic, p, number, l->next[p]);
        l->met[p] = true;
        l->next[p] = number + 1;
        l->heard[p]++;
    }
    weir_a32_store(&l->inside, 0);
}

static void stay(state *s, unsigned topic) {
    char text[100];
    for (unsigned i = 0; i < STAYING; i++) {
        for (unsigned p = 0; p < MOST; p++) s->at[topic][i].met[p] = true; /* from 0 on */
        weir_subscribe(s->staying, SOURCE, topic, hear, &s->at[topic][i]);
    }
    s->passed[topic].gaps = true; /* what is refused when its queue is full */
    weir_subscribe(s->staying, BEYOND, topic, hear, &s->passed[topic]);
    snprintf(text, sizeof text, "(core/event/sub $CHANNEL_A %u {(core/event/pub $CHANNEL_B %u $data)})", topic, topic);
    world_do(s->staying, text);
}

static void prepare(rounds *r) {
    state *s = r->arg;
    memset(s->at, 0, sizeof s->at);
    memset(s->passed, 0, sizeof s->passed);
    memset(s->sent, 0, sizeof s->sent);
    s->publishers = r->size;
    s->each = 50 + stress_random_below(&r->random, 400);
    world_open(&s->world, world_by_chance(&r->random));
    s->staying = world_session(&s->world, NULL);
    for (unsigned i = 0; i < r->size; i++) s->session[i] = world_session(&s->world, NULL);
    for (unsigned t = 0; t < TOPICS; t++) stay(s, t);
}

/* A while or for ever; what is refused was given to nobody, so the same comes again. */
static void publish(rounds_member *me, weir_slp_builder *b, unsigned topic) {
    state *s = me->arg;
    uint64_t value = (uint64_t)me->index << 32 | s->sent[me->index][topic], until = WEIR_FOREVER;
    for (weir_answer a = WEIR_FULL; a != WEIR_DONE;) {
        unsigned kind = stress_random_below(me->random, 4);
        if (kind < 2) until = kind ? weir_now_ns() + stress_random_below(me->random, 200000) : 0;
        a = weir_publish(s->session[me->index], SOURCE, topic, world_integer(b, value), until);
        stress_count("refused", a == WEIR_FULL);
        if (a != WEIR_DONE && a != WEIR_FULL) stress_fail("a publish answers %u", a);
        if (stress_failed()) return;
        until = WEIR_FOREVER;
    }
    s->sent[me->index][topic]++;
}

/* Of its own events it hears all while it listens, of those of others no gap. */
static void listen_a_while(rounds_member *me, weir_slp_builder *b) {
    state *s = me->arg;
    listener *l = &s->transient[me->index];
    unsigned topic = stress_random_below(me->random, TOPICS), n = stress_random_below(me->random, 20);
    memset(l, 0, sizeof *l);
    l->met[me->index] = true;
    l->next[me->index] = s->sent[me->index][topic];
    weir_subscribe(s->session[me->index], SOURCE, topic, hear, l);
    for (unsigned i = 0; i < n && !stress_failed(); i++) publish(me, b, topic);
    bool drains = stress_random_below(me->random, 2);
    if (drains) {
        weir_session_close(s->session[me->index]); /* which waits for its runs */
        s->session[me->index] = world_session(&s->world, NULL);
        if (l->heard[me->index] != n) stress_fail("of %u events to a listener %lu came", n, l->heard[me->index]);
    } else {
        weir_unsubscribe(s->session[me->index], SOURCE, topic);
        weir_runtime_quiet(s->world.runtime, weir_now_ns() + 1000000);
        weir_session_close(s->session[me->index]); /* no run of it is under way behind it */
        s->session[me->index] = world_session(&s->world, NULL);
    }
    stress_count("listeners that left", 1);
}

static void work(rounds_member *me) {
    state *s = me->arg;
    weir_slp_builder *b = weir_slp_builder_new(NULL);
    for (unsigned i = 0; i < s->each && !stress_failed(); i++) {
        if (stress_random_below(me->random, 64) == 0) listen_a_while(me, b);
        else publish(me, b, stress_random_below(me->random, TOPICS));
        watch_step(me->watched);
    }
    weir_slp_builder_free(b);
    weir_session_close(s->session[me->index]);
    if (me->index == 0) weir_runtime_quiet(s->world.runtime, WEIR_FOREVER);
}

static void judge(rounds *r) {
    state *s = r->arg;
    if (stress_failed() || !world_quiet(&s->world)) return; /* it may not end */
    weir_session_close(s->staying);
    uint64_t all = 0, passed = 0;
    for (unsigned t = 0; t < TOPICS; t++)
        for (unsigned p = 0; p < s->publishers; p++) {
            for (unsigned i = 0; i < STAYING; i++)
                if (s->at[t][i].heard[p] != s->sent[p][t])
                    stress_fail("topic %u: of %lu events of publisher %u a listener who was there heard %lu", t,
                                s->sent[p][t], p, s->at[t][i].heard[p]);
            all += s->sent[p][t];
            passed += s->passed[t].heard[p];
        }
    uint64_t full = weir_a64_load(&s->world.full);
    if (passed + full != all || full != weir_a64_load(&s->world.failed))
        stress_fail("of %lu events that bodies passed on %lu came and %lu were refused as full, of %lu failures", all,
                    passed, full, weir_a64_load(&s->world.failed));
    stress_count("events", all);
    world_close(&s->world);
}

static stress_verdict events(const stress_check *c, const stress_request *request) {
    static const rounds_plan plan = {.prepare = prepare, .work = work, .judge = judge};
    static state s;
    (void)c;
    return rounds_sizes(request, &plan, &s, MOST);
}

STRESS_CHECK(laws, events,
             "each listener who is there hears each event once, in its publisher's order, one at a time; none is lost",
             events)
