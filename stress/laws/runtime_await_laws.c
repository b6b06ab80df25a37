/* Long runs of await: each is answered once, by what was published for it or, late, for one before it; or its time is over. Many at
 * once on few workers are all answered. */
#include "stress/runtime_world_p.h"

enum { MANY = 1000 };
#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined __SANITIZE_THREAD__ || __has_feature(thread_sanitizer) /* which takes 30 times as long */
enum { CROWD = 10000 };
#else
enum { CROWD = 100000 };
#endif
enum { MOST = 8 };

typedef struct state {
    world world;
    weir_session *answering;
    bool late[MOST]; /* answers take about as long as is waited for */
} state;

/* The answer comes from a handler of another session, on the topic of who asks, with what it asked. */
static void prepare(rounds *r) {
    state *s = r->arg;
    weir_runtime_options o = world_by_chance(&r->random);
    o.queue = 1000;
    world_open(&s->world, o);
    s->answering = world_session(&s->world, NULL);
    for (unsigned i = 0; i < r->size; i++) {
        char text[200];
        s->late[i] = stress_random_below(&r->random, 2);
        snprintf(text, sizeof text,
                 s->late[i] ? "(core/event/sub $CHANNEL_A %u {(core/expr/await 1 $CHANNEL_F 0 1)})"
                              "(core/event/sub $CHANNEL_A %u {(core/event/pub $CHANNEL_B $topic $data)})"
                            : "(core/event/sub $CHANNEL_A %u {(core/event/pub $CHANNEL_B $topic $data)})",
                 i, i);
        world_do(s->answering, text);
    }
}

/* Answers come in the order in which they were asked for, each once; one that is waited for long enough is no earlier one. */
static void judge_answer(const rounds_member *me, const char *got, uint64_t asked, uint64_t *next) {
    const state *s = me->arg;
    bool over = !strncmp(got, "@\"timeout: ", 11);
    char *end = NULL;
    uint64_t i = strtoull(got, &end, 10);
    stress_count(over ? "timed out" : "answered", 1);
    if (over && s->late[me->index]) return;
    if (*end || i < *next || i > asked || (i < asked && !s->late[me->index]))
        stress_fail("thread %u awaits %lu, answers before %lu came, and it has %s", me->index, asked, *next, got);
    *next = i + 1;
}

static void work(rounds_member *me) {
    enum { EACH = 200 };
    state *s = me->arg;
    uint64_t next = 0;
    char text[200];
    weir_session *session = world_session(&s->world, NULL);
    for (uint64_t i = 0; i < EACH && !stress_failed(); i++) {
        unsigned ms = s->late[me->index] ? stress_random_below(me->random, 2) : 60000;
        const char *form = stress_random_below(me->random, 2) ? "(core/event/pub $CHANNEL_A %u %lu)"
                                                              : "[(core/event/pub $CHANNEL_A %u %lu) nothing]";
        int n = snprintf(text, sizeof text, "(core/expr/await ");
        n += snprintf(text + n, sizeof text - (size_t)n, form, me->index, i);
        snprintf(text + n, sizeof text - (size_t)n, " $CHANNEL_B %u %u)", me->index, ms);
        judge_answer(me, world_eval(session, text).text, i, &next);
        watch_step(me->watched);
    }
    weir_session_close(session);
}

static void judge(rounds *r) {
    state *s = r->arg;
    if (stress_failed() || !world_quiet(&s->world)) return; /* it may not end */
    weir_session_close(s->answering);
    world_close(&s->world);
}

static stress_verdict awaits(const stress_check *c, const stress_request *request) {
    static const rounds_plan plan = {.prepare = prepare, .work = work, .judge = judge};
    static state s;
    (void)c;
    return rounds_sizes(request, &plan, &s, MOST);
}

STRESS_CHECK(laws, awaits, "an await is answered once, or its time is over, and nothing of it is left", awaits)

/* -- many at once ------------------------------------------------------------------------------------------------- */

typedef struct crowd {
    world world;
    unsigned n;
    weir_a64 answered, wrong;
} crowd;

/* Told `waits` by each handler as it begins to wait: it listens already. Its answer is its own number. */
static void answer(void *arg, uint32_t channel, uint32_t topic, weir_slp_value v) {
    (void)channel, (void)topic;
    crowd *c = arg;
    weir_a64_add(&c->answered, 1);
    if (weir_slp_integer(v) < 0 || weir_slp_integer(v) >= c->n) weir_a64_add(&c->wrong, 1);
}

static unsigned channel_of(unsigned i) { return 1 + i / 65536; }

static void ask(crowd *c, weir_session *s) {
    char text[300];
    for (unsigned i = 0; i < c->n; i++) {
        snprintf(text, sizeof text,
                 "(core/event/sub $CHANNEL_A 1 "
                 "{(core/event/pub $CHANNEL_A 2 (core/expr/await 0 $CHANNEL_%c %u 600000))})",
                 "ABC"[channel_of(i)], i % 65536);
        world_do(s, text);
    }
}

/* Publishes to each until all have answered: who does not wait yet misses one. */
static void answer_all(crowd *c, weir_session *s, double seconds) {
    weir_slp_builder *b = weir_slp_builder_new(NULL);
    while (weir_a64_load(&c->answered) < c->n && !stress_failed()) {
        for (unsigned i = 0; i < c->n; i++)
            weir_publish(s, channel_of(i), i % 65536, world_integer(b, i), WEIR_FOREVER);
        weir_runtime_quiet(c->world.runtime, weir_now_ns() + 20000000);
        if (stress_elapsed() > seconds)
            stress_fail("of %u awaits %lu are answered after %.0f s", c->n, weir_a64_load(&c->answered), seconds);
    }
    weir_slp_builder_free(b);
}

static size_t crowd_of(crowd *c, unsigned n, double seconds) {
    size_t before = mallinfo2().uordblks;
    c->n = n;
    weir_a64_store(&c->answered, 0), weir_a64_store(&c->wrong, 0);
    world_open(&c->world, (weir_runtime_options){.workers = 4, .queue = n, .subscriptions = n + 10});
    weir_session *s = world_session(&c->world, NULL);
    weir_slp_builder *b = weir_slp_builder_new(NULL);
    ask(c, s);
    weir_subscribe(s, 0, 2, answer, c);
    size_t quiet = mallinfo2().uordblks;
    weir_publish(s, 0, 1, world_integer(b, 1), WEIR_FOREVER);
    weir_runtime_quiet(c->world.runtime, weir_now_ns() + 50000000);
    size_t waiting = mallinfo2().uordblks;
    answer_all(c, s, seconds);
    weir_slp_builder_free(b);
    weir_session_close(s);
    if (!stress_failed() && (weir_a64_load(&c->answered) != n || weir_a64_load(&c->wrong)))
        stress_fail("%u awaits, %lu answers, %lu of them wrong", n, weir_a64_load(&c->answered),
                    weir_a64_load(&c->wrong));
    stress_say("%u awaits: %zu KiB of subscriptions, %zu KiB while all wait", n, (quiet - before) >> 10,
               (waiting - before) >> 10);
    world_close(&c->world);
    stress_count("awaits", n);
    return waiting - before;
}

static stress_verdict many(const stress_check *c, const stress_request *request) {
    static crowd s;
    (void)c;
    do {
        crowd_of(&s, MANY, 60 + stress_elapsed());
        stress_progress(stress_elapsed() / request->seconds);
    } while (!stress_failed() && stress_elapsed() < request->seconds);
    return stress_failed() ? STRESS_VIOLATION : STRESS_PASS;
}

STRESS_CHECK(laws, many, "1,000 awaits at once on 4 workers are all answered", many)

static stress_verdict crowd_check(const stress_check *c, const stress_request *request) {
    static crowd s;
    (void)c, (void)request;
    crowd_of(&s, CROWD, 300);
    return stress_failed() ? STRESS_VIOLATION : STRESS_PASS;
}

STRESS_CHECK(laws, crowd, "100,000 awaits at once on 4 workers are all answered (with -fsanitize=thread 10,000)",
             crowd_check)
