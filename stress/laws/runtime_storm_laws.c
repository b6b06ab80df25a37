/* Long runs of handlers that misbehave: they publish in circles at full queues, fail, spin, eval within eval, remove themselves and
 * make others. No arrangement locks up or grows, and whoever listens beside them hears all. */
#include <time.h>

#include "stress/runtime_world_p.h"

enum { MOST = 8, NODES = 6, EDGES = 3, HELD = 64 << 20, STILL = 100 };

typedef struct state {
    world world;
    weir_session *session[MOST];
    weir_session *nodes;
    weir_a64 witnessed, admitted, passed;
    weir_a32 done;
    size_t before;
} state;

static void witness(void *arg, uint32_t channel, uint32_t topic, weir_slp_value v) {
    (void)channel, (void)topic, (void)v;
    weir_a64_add(&((state *)arg)->witnessed, 1);
}

static void pass(void *arg, uint32_t channel, uint32_t topic, weir_slp_value v) {
    (void)channel, (void)topic, (void)v;
    weir_a64_add(&((state *)arg)->passed, 1);
}

/* Node i runs what it is given, some of which goes round for ever. */
static int body_of(stress_random *random, char *to, size_t room) {
    static const char *const kind[] = {"(core/event/pub $CHANNEL_A %u $data)",
                                       "(core/event/pub $CHANNEL_A %u $data)",
                                       "(core/expr/eval \"(core/event/pub $CHANNEL_A %u 1)\")",
                                       "(core/expr/eval {(core/expr/eval {(core/event/pub $CHANNEL_A %u [$topic])})})",
                                       "(core/fail %u)",
                                       "(core/expr/await (core/event/pub $CHANNEL_A %u $data) $CHANNEL_A 0 1)",
                                       "[(core/event/unsub $CHANNEL_D %u) (core/event/sub $CHANNEL_D $topic {1})]",
                                       "(core/kv/iterate a 0 4 {(core/event/pub $CHANNEL_A %u $key)})"};
    enum { KINDS = sizeof kind / sizeof *kind };
    return snprintf(to, room, kind[stress_random_below(random, KINDS)], stress_random_below(random, NODES));
}

static void make_node(state *s, stress_random *random, unsigned node) {
    char text[600];
    int n = snprintf(text, sizeof text, "(core/event/sub $CHANNEL_A %u {", node);
    for (unsigned i = 0; i < EDGES; i++) n += body_of(random, text + n, sizeof text - (size_t)n);
    snprintf(text + n, sizeof text - (size_t)n, "})");
    world_do(s->nodes, text);
    weir_subscribe(s->nodes, 0, node, pass, s);
}

static void prepare(rounds *r) {
    state *s = r->arg;
    weir_runtime_options o = world_by_chance(&r->random);
    o.queue = 1 + stress_random_below(&r->random, 8);
    o.subscriptions = 50; /* one that makes others comes to its bound */
    world_open(&s->world, o);
    s->nodes = world_session(&s->world, NULL);
    weir_a64_store(&s->witnessed, 0), weir_a64_store(&s->admitted, 0), weir_a64_store(&s->passed, 0),
        weir_a32_store(&s->done, 0);
    for (unsigned i = 0; i < NODES; i++) make_node(s, &r->random, i);
    world_do(s->nodes, "(core/kv/set a1 1) (core/kv/set a2 2) (core/kv/set a3 3)");
    weir_subscribe(s->nodes, 4, 0, witness, s);
    for (unsigned i = 0; i < r->size; i++) s->session[i] = world_session(&s->world, NULL);
    s->before = mallinfo2().uordblks;
}

/* Handlers beside the circles: one that removes itself, one that spins, one that evals too deep. */
static void unruly(rounds_member *me, weir_session *session) {
    char text[300];
    static const char *const body[] = {
        "(core/event/unsub $CHANNEL_B $topic)",
        "(core/kv/iterate a 0 100 {(core/kv/iterate a 0 100 {(core/kv/get a1)})})",
        "(core/kv/set f {(core/expr/eval (core/kv/get f))}) (core/expr/eval (core/kv/get f))",
        "(core/event/sub $CHANNEL_B $topic {(core/event/unsub $CHANNEL_B $topic)})", "(core/util/log $nothing)"};
    snprintf(text, sizeof text, "(core/event/sub $CHANNEL_B %u {%s})", me->index,
             body[stress_random_below(me->random, sizeof body / sizeof *body)]);
    world_do(session, text);
}

/* Nothing is left to do, or something is done: who waits for room waits for one that does not. */
static void expect_life(rounds_member *me) {
    const state *s = me->arg;
    uint64_t before = 0;
    for (unsigned still = 0; still < STILL;) {
        if (weir_runtime_quiet(s->world.runtime, weir_now_ns() + 10000000)) return;
        uint64_t now = weir_a64_load(&s->passed) + weir_a64_load(&s->world.failed);
        if (before && now != before) return;
        before = now;
        still = watch_asleep(me->rounds->watched, me->rounds->size) ? still + 1 : 0;
    }
    stress_fail("handlers wait for each other: all threads sleep, and it is not quiet");
}

/* When the others are done. They go on until nobody listens. */
static void end_storm(rounds_member *me) {
    state *s = me->arg;
    const struct timespec tick = {.tv_nsec = 1000000};
    while (weir_a32_load_acquire(&s->done) != me->rounds->size - 1)
        nanosleep(&tick, NULL); /* D1; asleep, as they may be */
    expect_life(me);
    if (stress_failed()) return; /* it may not end */
    for (unsigned i = 0; i < NODES; i++) weir_unsubscribe(s->nodes, 0, i);
    weir_session_close(s->nodes);
    weir_runtime_quiet(s->world.runtime, WEIR_FOREVER);
}

static void work(rounds_member *me) {
    state *s = me->arg;
    weir_slp_builder *b = weir_slp_builder_new(NULL);
    weir_session *session = s->session[me->index];
    for (unsigned i = 0; i < 60 && !stress_failed(); i++) {
        if (i % 10 == 0) unruly(me, session);
        uint64_t soon = weir_now_ns() + stress_random_below(me->random, 200000);
        weir_publish(session, 0, stress_random_below(me->random, NODES), world_integer(b, i), soon);
        weir_publish(session, 1, me->index, world_integer(b, i), soon);
        if (weir_publish(session, 4, 0, world_integer(b, i), WEIR_FOREVER) == WEIR_DONE) weir_a64_add(&s->admitted, 1);
        watch_step(me->watched);
    }
    weir_slp_builder_free(b);
    size_t held = mallinfo2().uordblks;
    if (held > s->before + HELD) stress_fail("%zu bytes are held by handlers that go round", held - s->before);
    if (me->index == 0) end_storm(me);
    weir_session_close(session);
    weir_a32_add_release(&s->done, 1); /* D1 */
}

static void judge(rounds *r) {
    state *s = r->arg;
    if (stress_failed()) return;
    if (weir_a64_load(&s->witnessed) != weir_a64_load(&s->admitted))
        stress_fail("of %lu events beside the storm %lu came", weir_a64_load(&s->admitted),
                    weir_a64_load(&s->witnessed));
    stress_count("events beside", weir_a64_load(&s->witnessed));
    world_close(&s->world);
}

static stress_verdict storms(const stress_check *c, const stress_request *request) {
    static const rounds_plan plan = {.prepare = prepare, .work = work, .judge = judge};
    static state s;
    (void)c;
    return rounds_sizes(request, &plan, &s, MOST);
}

STRESS_CHECK(
    laws, storms,
    "handlers in circles at full queues, that fail, spin, recurse, remove themselves: no deadlock, steady memory",
    storms)
