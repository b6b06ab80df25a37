/* Whole runs of a runtime on one thread, with time, order and store of a seed: random sessions, listeners, scripts, publishes and
 * awaits. The laws are those of the long runs, and two more: an await is told that its time is over not before it is, and answered
 * if the answer comes before; and the same seed does the same. */
#include "stress/runtime_world_p.h"
#include "stress/sim.h"

enum {
    TOPICS = 3,
    SESSIONS = 4,
    SCRIPTS = 120,
    ACTIONS = 300,
    WAITS = 100,
    SENT = 3,
    TASKS = 20,
    FORMS = 4,
    SLACK_NS = 200000
};

typedef struct listener {
    uint64_t heard[TOPICS], next[SCRIPTS]; /* number, by publisher */
    bool here, inside;
} listener;

typedef struct script { /* a publisher: SENT events on a topic; or an await */
    struct state *state;
    unsigned ends, admitted, topic;
    bool is_wait;
    uint64_t asked, listens_at, ms, answered_at; /* answered_at: the first answer that reached it in time; 0: none */
} script;

typedef struct state {
    world world;
    uint64_t seed, digest;
    stress_random random;
    weir_session *staying, *session[SESSIONS];
    listener at[TOPICS], guest[SESSIONS];
    script script[SCRIPTS];
    unsigned scripts, tasks;
    uint64_t admitted[TOPICS];
    weir_slp_builder *b;
} state;

static uint32_t below(state *s, uint32_t n) { return stress_random_below(&s->random, n); }

/* What is told, and when. */
static void note(state *s, uint64_t word) {
    s->digest = (s->digest ^ word) * 0x100000001b3u;
    s->digest = (s->digest ^ sim_now()) * 0x100000001b3u;
}

static state *current; /* listeners are told of one only */

/* -- listeners ------------------------------------------------------------------------------------------------------ */

static void hear(void *arg, uint32_t channel, uint32_t topic, weir_slp_value v) {
    listener *l = arg;
    uint64_t i = (uint64_t)weir_slp_integer(v), p = i >> 32, number = (uint32_t)i;
    note(current, i);
    if (l->inside) stress_fail("two runs of one subscription at once");
    if (!l->here) stress_fail("a handler of a session runs after its close has returned");
    l->inside = true;
    if (channel || topic >= TOPICS || p >= SCRIPTS) stress_fail("an event that nobody has published");
    else if (number < l->next[p])
        stress_fail("publisher %lu: event %lu has come where %lu was next", p, number, l->next[p]);
    else l->next[p] = number + 1, l->heard[topic]++;
    l->inside = false;
}

/* -- scripts -------------------------------------------------------------------------------------------------------- */

static void form(void *arg, weir_slp_value v) {
    script *c = arg;
    if (!c->is_wait && weir_slp_type_of(v) != WEIR_SLP_ERROR) c->admitted++;
}

static bool is_error(weir_slp_value v, const char *class_name) {
    if (weir_slp_type_of(v) != WEIR_SLP_ERROR) return false;
    weir_slp_text t = weir_slp_text_of(v);
    return t.bytes > strlen(class_name) && !memcmp(t.at, class_name, strlen(class_name));
}

static void judge_wait(script *c, weir_slp_value v) {
    uint64_t due = c->listens_at + c->ms * 1000000;
    bool over = is_error(v, "timeout: "), closed = is_error(v, "closed: ");
    stress_count(over ? "timed out" : closed ? "closed" : "answered", 1);
    if (over && sim_now() < due)
        stress_fail("an await of %lu ms is over after %lu ns", c->ms, sim_now() - c->listens_at);
    if ((over || closed) && c->answered_at) stress_fail("an await has an error, and its answer had come");
    if (!over && !closed && (uint64_t)weir_slp_integer(v) != c->asked)
        stress_fail("an await has the answer of another");
}

static void end(void *arg, weir_slp_value v) {
    script *c = arg;
    note(c->state, (uint64_t)(c - c->state->script));
    if (c->ends++) stress_fail("a script has ended twice");
    if (c->is_wait) judge_wait(c, v);
    c->state->admitted[c->topic] += c->admitted;
}

/* "w 17": await 17 listens. */
static void listens(void *arg, const char *line, size_t bytes) {
    state *s = ((world *)arg)->options.arg == arg ? current : NULL;
    unsigned i;
    (void)bytes;
    if (sscanf(line, "w %u", &i) == 1 && i < SCRIPTS) s->script[i].listens_at = sim_now();
}

static void begin_script(state *s) {
    if (s->scripts == SCRIPTS) return;
    unsigned i = s->scripts++;
    script *c = &s->script[i];
    char text[400];
    int n = 0;
    *c = (script){.state = s, .is_wait = below(s, 2), .topic = below(s, TOPICS), .asked = i, .ms = below(s, 4)};
    if (c->is_wait)
        snprintf(text, sizeof text, "(core/expr/await (core/util/log \"w\" %u) $CHANNEL_C %u %lu)", i, i, c->ms);
    for (uint64_t k = 0; k < SENT && !c->is_wait; k++)
        n += snprintf(text + n, sizeof text - (size_t)n, "(core/event/pub $CHANNEL_A %u %lu)", c->topic,
                      (uint64_t)i << 32 | k);
    if (weir_start_text(s->session[below(s, SESSIONS)], text, strlen(text), form, end, c) != WEIR_DONE) s->scripts--;
}

/* Of an await that has begun or not, in time or not. */
static void answer(state *s) {
    if (!s->scripts) return;
    script *c = &s->script[below(s, s->scripts)];
    if (!c->is_wait) return;
    weir_slp_value v = world_integer(s->b, c->asked);
    bool in_time = c->listens_at && !c->ends && sim_now() + SLACK_NS < c->listens_at + c->ms * 1000000;
    if (weir_publish(s->staying, 2, (uint32_t)c->asked, v, 0) == WEIR_DONE && in_time && !c->answered_at)
        c->answered_at = sim_now();
}

/* -- tasks ---------------------------------------------------------------------------------------------------------- */

/* Form i of task k counts c<k> from i to i + 1, and notes whether it could. Where the store fails, a task stops or fails. */
#define FORM(in, i, next, out) in "(core/kv/set s#/" i " (core/kv/cas c# " i " " next "))" out
#define OUT "(core/task/outer {"

static void begin_task(state *s) {
    static const char body[] =
        "[(core/kv/set c# 0) (core/task/start t# {" FORM(OUT, "0", "1", "})") "(core/task/frame {" FORM(
            OUT OUT, "1", "2", "})})") "(core/expr/await [] $CHANNEL_F 7 2)" FORM(OUT OUT, "2", "3",
                                                                                  "})})") "})" FORM(OUT, "3", "4",
                                                                                                    "})") "})]";
    char text[2 * sizeof body], *to = text;
    if (s->tasks == TASKS) return;
    for (const char *at = body; *at; at++)
        if (*at != '#') *to++ = *at;
        else to += sprintf(to, "%u", s->tasks);
    *to = 0;
    s->tasks++;
    world_eval(s->staying, text);
}

static void tell_a_task(state *s) {
    char name[20];
    if (!s->tasks) return;
    snprintf(name, sizeof name, "t%u", below(s, s->tasks));
    switch (below(s, 4)) {
    case 0: weir_task_cancel(s->staying, name); break;
    case 1: weir_task_pause(s->staying, name); break;
    case 2: weir_task_resume(s->staying, name); break;
    default: weir_publish(s->staying, 5, 7, world_integer(s->b, 1), 0);
    }
}

static void check_task(state *s, unsigned k) {
    char text[40];
    snprintf(text, sizeof text, "(core/kv/get c%u)", k);
    unsigned completed = (unsigned)strtoul(world_eval(s->staying, text).text, NULL, 10);
    for (unsigned i = 0; i < FORMS; i++) {
        snprintf(text, sizeof text, "(core/kv/get s%u/%u)", k, i);
        world_told told = world_eval(s->staying, text);
        if (strncmp(told.text, i < completed ? "true" : "@\"notfound", 4))
            stress_fail("task %u, %u forms: form %u: %s", k, completed, i, told.text);
    }
    stress_count("forms of tasks", completed);
    note(s, completed);
}

/* -- sessions ------------------------------------------------------------------------------------------------------- */

static void open_guest(state *s, unsigned i) {
    static const char *const body[] = {
        "(core/kv/set k $data)",
        "(core/expr/await 1 $CHANNEL_F 0 1)",
        "(core/fail)",
        "(core/kv/get k)",
        "(core/expr/eval \"(core/event/pub $CHANNEL_E 1 1)\")",
        "[(core/event/unsub $CHANNEL_D $topic) (core/event/sub $CHANNEL_D $topic {(core/kv/exists k)})]"};
    char text[300];
    s->guest[i] = (listener){.here = true};
    s->session[i] = world_session(&s->world, NULL);
    weir_subscribe(s->session[i], 0, below(s, TOPICS), hear, &s->guest[i]);
    snprintf(text, sizeof text, "(core/event/sub $CHANNEL_A %u {%s}) (core/event/sub $CHANNEL_D %u {%s})",
             below(s, TOPICS), body[below(s, sizeof body / sizeof *body)], below(s, TOPICS),
             body[below(s, sizeof body / sizeof *body)]);
    world_do(s->session[i], text);
}

static void close_guest(state *s, unsigned i) {
    weir_session_close(s->session[i]);
    s->guest[i].here = false;
}

static void act(state *s) {
    unsigned i = below(s, SESSIONS);
    switch (below(s, 15)) {
    case 0: close_guest(s, i), open_guest(s, i); break;
    case 1: sim_break_store(below(s, 3) ? 0 : 2 + below(s, 6)); break;
    case 2: weir_publish(s->staying, 3, below(s, TOPICS), world_integer(s->b, 1), sim_now() + below(s, 100000)); break;
    case 3:
    case 4: answer(s); break;
    case 7: sim_pass(below(s, 2000000)); break;
    case 5:
    case 6: weir_runtime_step(s->world.runtime, below(s, 3000)); break;
    case 8:
    case 9: begin_task(s); break;
    case 10:
    case 11: tell_a_task(s); break;
    default: begin_script(s);
    }
}

static void check(state *s) {
    for (unsigned i = 0; i < s->scripts; i++)
        if (s->script[i].ends != 1) stress_fail("script %u has ended %u times", i, s->script[i].ends);
    for (unsigned t = 0; t < TOPICS; t++)
        if (s->at[t].heard[t] != s->admitted[t])
            stress_fail("of %lu events a listener who was there heard %lu", s->admitted[t], s->at[t].heard[t]);
    stress_count("scripts", s->scripts);
}

static void body(void *arg) {
    state *s = arg;
    weir_runtime_options o = world_by_chance(&s->random);
    o.foreign = true;
    o.sample = UINT32_MAX; /* what is timed is chance */
    world_open_with(&s->world, o, listens);
    sim_watch(s->world.runtime);
    s->b = weir_slp_builder_new(NULL);
    s->staying = world_session(&s->world, NULL);
    for (unsigned t = 0; t < TOPICS; t++) {
        s->at[t].here = true;
        weir_subscribe(s->staying, 0, t, hear, &s->at[t]);
    }
    for (unsigned i = 0; i < SESSIONS; i++) open_guest(s, i);
    for (unsigned n = below(s, ACTIONS); n && !stress_failed(); n--) act(s);
    if (below(s, 2)) weir_runtime_quiet(s->world.runtime, WEIR_FOREVER);
    for (unsigned i = 0; i < SESSIONS; i++) close_guest(s, i);
    sim_break_store(0);
    weir_task_wait(s->world.runtime, WEIR_FOREVER);
    for (unsigned k = 0; k < s->tasks; k++) check_task(s, k);
    weir_session_close(s->staying);
    weir_slp_builder_free(s->b);
    check(s);
    note(s, weir_a64_load(&s->world.failed));
    sim_watch(NULL);
    world_close(&s->world);
}

static uint64_t simulate(state *s, uint64_t seed) {
    world kept = s->world; /* what was in use */
    memset(s, 0, sizeof *s);
    s->world = kept;
    s->seed = seed;
    s->random = stress_random_begin(seed, 0);
    current = s;
    sim_run(seed, body, s);
    stress_count("runs", 1);
    if (stress_failed()) stress_replay("%lu", seed);
    return s->digest;
}

/* `stress replay ID@SEED` repeats one. */
static stress_verdict simulated(const stress_check *c, const stress_request *request) {
    static state s;
    uint64_t seed = request->replay ? strtoull(request->replay, NULL, 10) : request->seed << 20;
    (void)c;
    do {
        uint64_t first = simulate(&s, seed);
        if (!stress_failed() && seed % 8 == 0 && simulate(&s, seed) != first)
            stress_fail("seed %lu did something else the second time", seed), stress_replay("%lu", seed);
        stress_progress(stress_elapsed() / request->seconds);
        seed++;
    } while (!stress_failed() && !request->replay && stress_elapsed() < request->seconds);
    return stress_failed() ? STRESS_VIOLATION : STRESS_PASS;
}

STRESS_CHECK(
    laws, simulated,
    "simulated whole on one thread, time, order and a failing store by seed: the same laws, and a seed repeats",
    simulated)
