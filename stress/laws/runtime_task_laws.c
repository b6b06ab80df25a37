/* Long runs of tasks that several threads start, pause, resume and cancel under the same names, while others write to what their
 * forms rely on.
 *
 * Run n of a task counts its forms in c<n>, each of them by one cas, and notes in s<n>/<form> whether it could, and in s<n>/own<form>
 * whether its frame was empty. So a form that was run twice, one whose writes and pc came apart, and a frame that was left behind
 * are seen, whatever became of the task. */
#include "stress/runtime_world_p.h"

enum { MOST = 8, NAMES = 4, ACTIONS = 60, RUNS = MOST * (ACTIONS + 4), FORMS = 6, LONG = 30, TEXT = 4000 };
#define WAIT_NS UINT64_C(60000000000)

typedef struct state {
    world world;
    weir_session *staying;
    weir_a32 runs;
    bool started[RUNS];
    weir_a32 told[RUNS];
    weir_a64 hot; /* times that a thread counted `hot` up */
} state;

/* What tasks complain of; one of them alone may happen. */
static void complain(void *arg, const char *line, size_t bytes) {
    bool lost = memmem(line, bytes, ": timeout: others changed", 25) != NULL;
    (void)arg;
    stress_count("forms given up after 100 conflicts", lost);
    if (!lost) stress_fail("%.*s", (int)bytes, line);
}

static weir_verdict plus(weir_call *c, const weir_slp_value *args, uint32_t n) {
    (void)n;
    return weir_call_integer(c, weir_slp_integer(args[0]) + 1);
}

static weir_verdict try_it(weir_call *c, const weir_slp_value *args, uint32_t n) {
    (void)n;
    return weir_call_enter(c, args[0]);
}

static weir_verdict try_more(weir_call *c, const weir_slp_value *args, uint32_t n) {
    (void)args, (void)n;
    return weir_call_truth(c, weir_slp_type_of(weir_call_result(c)) != WEIR_SLP_ERROR);
}

static const weir_command mine[] = {{"my/plus", "i", 0, plus, NULL, "N: one more"},
                                    {"my/try", "f", 0, try_it, try_more, "FORM: whether it is good"}};

/* -- bodies --------------------------------------------------------------------------------------------------------- */

#define OUT(x) "(core/task/outer {" x "})"
#define NOTE(i, next) "(core/kv/set s#/own" i " $result) (core/kv/set s#/" i " (core/kv/cas c# " i " " next "))"
#define HOT "[(core/kv/get hot) (core/kv/cas hot $result (my/plus $result))]"

/* Forms 0 (1 2) (3 (4)) 5: brackets are frames. # is the run, @ the name. */
static const char body[] =
    "(core/kv/set c# 0) (core/task/start t@ {"
    "[(core/kv/snx own 1) " OUT(NOTE(
        "0",
        "1")) "]"
              "(core/task/frame {"
              " [(core/kv/snx own 1) " OUT(OUT(NOTE(
                  "1",
                  "2"))) "]"
                         " [(core/expr/await (core/event/pub $CHANNEL_A @ #) $CHANNEL_B # 600000) (core/kv/snx more 1) " OUT(
                             OUT(NOTE(
                                 "2",
                                 "3"))) "]"
                                        "})"
                                        "(core/task/frame {"
                                        " [(core/task/start in {(core/kv/set a 1) (core/kv/set b 2)}) (core/kv/snx own 1) " OUT(
                                            OUT(NOTE(
                                                "3",
                                                "4"))) "]"
                                                       " (core/task/frame {[(core/kv/snx own 1) " OUT(OUT(OUT(NOTE(
                                                           "4",
                                                           "5")))) "]})"
                                                                   "})"
                                                                   "[(core/event/pub $CHANNEL_C 2 #) " OUT(
                                                                       "(core/kv/set s#/hot " HOT
                                                                       ")") " (core/kv/snx last 1) " OUT(NOTE("5",
                                                                                                              "6")) "]"
                                                                                                                    "})";

static void put_body(char *to, unsigned run, unsigned name) {
    for (const char *at = body; *at; at++) {
        if (*at == '#') to += sprintf(to, "%u", run);
        else if (*at == '@') to += sprintf(to, "%u", name);
        else *to++ = *at;
    }
    *to = 0;
}

/* -- a round -------------------------------------------------------------------------------------------------------- */

static void tell(void *arg, uint32_t channel, uint32_t topic, weir_slp_value v) {
    state *s = arg;
    (void)channel, (void)topic;
    weir_a32_add(&s->told[weir_slp_integer(v)], 1);
}

/* What a task of that name waits for; to the first one it comes late. */
static void answer(state *s, unsigned name) {
    char text[TEXT];
    snprintf(text, sizeof text, "(core/event/sub $CHANNEL_A %u {%s(core/event/pub $CHANNEL_B $data 1)})", name,
             name ? "" : "(my/try (core/expr/await 0 $CHANNEL_F 0 1))");
    world_do(s->staying, text);
}

static void prepare(rounds *r) {
    state *s = r->arg;
    weir_runtime_options o = world_by_chance(&r->random);
    o.command = mine;
    o.commands = 2;
    o.error = complain;
    o.queue = 1000;
    world_open(&s->world, o);
    s->staying = world_session(&s->world, NULL);
    weir_a32_store(&s->runs, 0), weir_a64_store(&s->hot, 0);
    memset(s->started, 0, sizeof s->started);
    for (unsigned i = 0; i < RUNS; i++) weir_a32_store(&s->told[i], 0);
    world_do(s->staying, "(core/kv/set hot 0)");
    for (unsigned i = 0; i < NAMES; i++) answer(s, i);
    weir_subscribe(s->staying, 2, 2, tell, s);
}

static void start(rounds_member *me, weir_session *session, unsigned name) {
    state *s = me->arg;
    char text[TEXT];
    unsigned run = weir_a32_add(&s->runs, 1);
    put_body(text, run, name);
    s->started[run] = !strcmp(world_eval(session, text).text, "true");
    stress_count("tasks", s->started[run]);
}

/* Once in a while a task is refused what it asks for. */
static void count_up(rounds_member *me, weir_session *session) {
    state *s = me->arg;
    weir_a64_add(&s->hot, !strcmp(world_eval(session, HOT).text, "true"));
}

static weir_answer tell_nothing(weir_session *session, const char *name) {
    world_told told = {.forms = 0};
    return weir_task_state(session, name, world_tell, &told);
}

static void act(rounds_member *me, weir_session *session) {
    unsigned name = stress_random_below(me->random, NAMES);
    char text[20];
    weir_answer a = WEIR_DONE;
    snprintf(text, sizeof text, "t%u", name);
    switch (stress_random_below(me->random, 9)) {
    case 0: a = weir_task_pause(session, text); break;
    case 1: a = weir_task_resume(session, text); break;
    case 2: a = weir_task_cancel(session, text); break;
    case 3: a = tell_nothing(session, text); break;
    case 4:
    case 5: count_up(me, session); break;
    default: start(me, session, name);
    }
    if (a != WEIR_DONE && a != WEIR_NOT_THERE) stress_fail("what is asked of a task answers %u", a);
}

/* -- one that is nobody else's -------------------------------------------------------------------------------------- */

static unsigned number(weir_session *session, const char *form, unsigned who) {
    char text[100];
    snprintf(text, sizeof text, form, who);
    world_told told = world_eval(session, text);
    return (unsigned)strtoul(told.text + strcspn(told.text, "0123456789"), NULL, 10);
}

/* Waits until the one before has been cleared away. */
static void start_long(rounds_member *me, weir_session *session) {
    char text[TEXT];
    int n = snprintf(text, sizeof text, "[(core/kv/set l%u 0) (core/task/start p%u {", me->index, me->index);
    for (unsigned i = 1; i <= LONG; i++)
        n += snprintf(text + n, sizeof text - (size_t)n, OUT("(core/kv/set l%u %u)") " ", me->index, i);
    snprintf(text + n, sizeof text - (size_t)n, "})]");
    while (!stress_failed() && strcmp(world_eval(session, text).text, "true") != 0) watch_step(me->watched);
}

/* Behind pause at most the form under way is completed; what it wrote and its number go together. */
static void stop_and_look(rounds_member *me, weir_session *session) {
    char name[20];
    snprintf(name, sizeof name, "p%u", me->index);
    if (weir_task_pause(session, name) != WEIR_DONE) return; /* it is over */
    unsigned first = number(session, "(core/task/state p%u)", me->index);
    for (unsigned i = 0; i < 3; i++) {
        unsigned before = number(session, "(core/task/state p%u)", me->index);
        unsigned written = number(session, "(core/kv/get l%u)", me->index);
        unsigned after = number(session, "(core/task/state p%u)", me->index);
        if (after > first + 1) stress_fail("a task went from %u forms to %u while it was paused", first, after);
        if (written < before || written > after) stress_fail("%u .. %u forms have written %u", before, after, written);
        act(me, session);
    }
    if (weir_task_resume(session, name) == WEIR_STORE) stress_fail("a task cannot go on");
    stress_count("pauses", 1);
}

/* What a form that is cancelled has written is nowhere. */
static void end_long(rounds_member *me, weir_session *session) {
    char name[20];
    snprintf(name, sizeof name, "p%u", me->index);
    weir_answer a = weir_task_cancel(session, name);
    if (a != WEIR_DONE) stress_fail("cancel answers %u", a);
    unsigned then = number(session, "(core/kv/get l%u)", me->index);
    act(me, session);
    unsigned now = number(session, "(core/kv/get l%u)", me->index);
    if (now != then) stress_fail("a task that was cancelled has gone on from %u to %u", then, now);
}

static void work(rounds_member *me) {
    state *s = me->arg;
    weir_session *session = world_session(&s->world, NULL);
    start_long(me, session);
    for (unsigned i = 0; i < ACTIONS / 4 && !stress_failed(); i++) {
        act(me, session);
        if (stress_random_below(me->random, 6)) {
            stop_and_look(me, session);
        } else {
            end_long(me, session);
            start_long(me, session);
        }
        if (stress_random_below(me->random, 8) == 0) {
            weir_session_close(session); /* which tasks outlive */
            session = world_session(&s->world, NULL);
        }
        watch_step(me->watched);
    }
    if (!stress_failed()) end_long(me, session);
    weir_session_close(session);
}

/* -- judged --------------------------------------------------------------------------------------------------------- */

static bool holds(state *s, unsigned run, const char *key, const char *wanted) {
    char text[100];
    snprintf(text, sizeof text, "(core/kv/get s%u/%s)", run, key);
    return !strncmp(world_eval(s->staying, text).text, wanted, strlen(wanted));
}

/* Answers whether it has counted `hot` up. */
static bool judge_run(state *s, unsigned run) {
    unsigned completed = number(s->staying, "(core/kv/get c%u)", run), told = weir_a32_load(&s->told[run]);
    for (unsigned i = 0; i < FORMS; i++) {
        char key[2][20];
        const char *wanted = i < completed ? "true" : "@\"notfound";
        snprintf(key[0], sizeof *key, "%u", i);
        snprintf(key[1], sizeof *key, "own%u", i);
        if (!holds(s, run, key[0], wanted)) stress_fail("run %u, %u forms: form %u was not so", run, completed, i);
        if (!holds(s, run, key[1], wanted)) stress_fail("run %u: form %u has found a key of another frame", run, i);
    }
    if (told != (completed == FORMS))
        stress_fail("run %u, %u forms: its event was published %u times", run, completed, told);
    stress_count("forms", completed);
    stress_count("runs that were cut short", completed < FORMS);
    return holds(s, run, "hot", "true");
}

static bool all_ended(state *s) {
    for (unsigned i = 0; i < NAMES; i++) {
        char name[20];
        snprintf(name, sizeof name, "t%u", i);
        weir_task_resume(s->staying, name);
    }
    if (weir_task_wait(s->world.runtime, weir_now_ns() + WAIT_NS)) return world_quiet(&s->world);
    stress_fail("tasks have not ended after 60 s");
    return false;
}

static void judge(rounds *r) {
    state *s = r->arg;
    unsigned runs = weir_a32_load(&s->runs), hot = (unsigned)weir_a64_load(&s->hot);
    if (stress_failed() || !all_ended(s)) return;
    for (unsigned i = 0; i < runs; i++)
        if (s->started[i]) hot += judge_run(s, i);
    unsigned counted = number(s->staying, "(core/kv/get hot)", 0);
    if (counted != hot) stress_fail("%u have counted up to %u", hot, counted);
    weir_session_close(s->staying);
    world_close(&s->world);
}

static stress_verdict tasks(const stress_check *c, const stress_request *request) {
    static const rounds_plan plan = {.prepare = prepare, .work = work, .judge = judge};
    static state s;
    (void)c;
    return rounds_sizes(request, &plan, &s, MOST);
}

STRESS_CHECK(laws, tasks,
             "each form of a task is completed once or not at all, whoever starts, pauses, resumes and cancels it",
             tasks)
