/* Long runs of sessions that come and go under load: all that was admitted for one has been handled when its close returns, and
 * nothing of it runs afterwards; whatever its handlers do meanwhile: publish to full queues, wait, fail. */
#include "stress/runtime_world_p.h"

enum { MOST = 64, SHARED = 65535 };

typedef struct guest {
    weir_a32 closed;
    weir_a64 own, others; /* events that its listener has heard */
} guest;

typedef struct state {
    world world;
    weir_session *outside[MOST]; /* which stay, to publish with */
    guest guest[MOST];
} state;

static void hear(void *arg, uint32_t channel, uint32_t topic, weir_slp_value v) {
    guest *g = arg;
    (void)channel, (void)v;
    if (weir_a32_load(&g->closed)) stress_fail("a handler of a session runs after its close has returned");
    weir_a64_add(topic == SHARED ? &g->others : &g->own, 1);
}

static void prepare(rounds *r) {
    state *s = r->arg;
    world_open(&s->world, world_by_chance(&r->random));
    for (unsigned i = 0; i < r->size; i++) s->outside[i] = world_session(&s->world, NULL);
}

/* Bodies that keep a run busy, one of each kind by chance. */
static void disturb(rounds_member *me, weir_session *session) {
    static const char *const body[] = {
        "(core/event/pub $CHANNEL_A 65535 1)",      "(core/expr/await 1 $CHANNEL_F 1 1)",
        "(core/event/sub $CHANNEL_E $topic {1})",   "(core/event/unsub $CHANNEL_E $topic)",
        "(core/event/pub $CHANNEL_D $topic $data)", "(core/kv/set x $data)"};
    enum { BODIES = sizeof body / sizeof *body };
    char text[200];
    for (unsigned i = 0; i < 2; i++) {
        snprintf(text, sizeof text, "(core/event/sub $CHANNEL_%c %u {%s})", "AC"[i], me -> index,
                 body[stress_random_below(me->random, BODIES)]);
        world_do(session, text);
    }
}

static void one_guest(rounds_member *me, weir_slp_builder *b) {
    state *s = me->arg;
    guest *g = &s->guest[me->index];
    weir_session *session = world_session(&s->world, NULL);
    unsigned n = stress_random_below(me->random, 40);
    weir_a64_store(&g->own, 0), weir_a64_store(&g->others, 0), weir_a32_store(&g->closed, 0);
    if (stress_random_below(me->random, 2)) disturb(me, session);
    weir_subscribe(session, 0, me->index, hear, g);
    weir_subscribe(session, 0, SHARED, hear, g);
    for (unsigned i = 0; i < n; i++) {
        weir_publish(s->outside[me->index], 0, me->index, world_integer(b, i), WEIR_FOREVER);
        weir_publish(s->outside[me->index], 0, SHARED, world_integer(b, i), weir_now_ns() + 100000);
    }
    weir_session_close(session);
    weir_a32_store(&g->closed, 1);
    uint64_t heard = weir_a64_load(&g->own);
    if (heard != n) stress_fail("of %u events admitted for a session %lu were handled when it was closed", n, heard);
    stress_count("events", n);
    stress_count("events of others", weir_a64_load(&g->others));
    stress_count("sessions", 1);
}

static void work(rounds_member *me) {
    const state *s = me->arg;
    weir_slp_builder *b = weir_slp_builder_new(NULL);
    for (unsigned i = 0; i < 20 && !stress_failed(); i++) {
        one_guest(me, b);
        watch_step(me->watched);
    }
    weir_slp_builder_free(b);
    weir_session_close(s->outside[me->index]);
}

static void judge(rounds *r) {
    state *s = r->arg;
    if (stress_failed() || !world_quiet(&s->world)) return; /* it may not end */
    world_close(&s->world);
}

static stress_verdict closes(const stress_check *c, const stress_request *request) {
    static const rounds_plan plan = {.prepare = prepare, .work = work, .judge = judge};
    static state s;
    (void)c;
    return rounds_sizes(request, &plan, &s, MOST);
}

STRESS_CHECK(laws, closes, "a session that closes under load drains: no event of its is lost, and nothing runs after",
             closes)
