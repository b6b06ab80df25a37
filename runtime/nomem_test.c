/* The nth allocation fails, for every n, through what weir.h offers: nothing crashes, nothing leaks, what did not work says nomem,
 * and the runtime serves on. With a foreign loop, where all runs on one thread, so that each n is another place; and with workers,
 * of whose allocations any may be the nth. On the scheduler that SCHED names. */
#include "prims/nomem_test_p.h"

#include <stdio.h>
#include <string.h>

#include "runtime/weir.h"

enum { A, B, C };

#ifndef __has_feature
#define __has_feature(what) 0
#endif
#if defined __SANITIZE_THREAD__ || __has_feature(thread_sanitizer) /* which takes 15 times as long */
enum { STRIDE = 5 };
#else
enum { STRIDE = 1 };
#endif

/* -- a world ---------------------------------------------------------------------------------------------------------- */

typedef struct world {
    weir_runtime *runtime;
    weir_session *session;
    char text[1 << 12]; /* values told, a line each */
    size_t used;
    weir_a32 handled; /* by two subscriptions at a time */
    unsigned ends;
    weir_a32 handler_failed; /* with nomem; */
    weir_a32 other_error;    /* with another */
} world;

static void tell(void *arg, weir_slp_value v) {
    world *w = arg;
    size_t room = sizeof w->text - w->used - 2, n = weir_slp_print(v, WEIR_SLP_CANONICAL, w->text + w->used, room);
    w->used += n < room ? n : room;
    w->text[w->used++] = '\n';
    w->text[w->used] = 0;
}

static void tell_end(void *arg, weir_slp_value v) {
    ((world *)arg)->ends++;
    tell(arg, v);
}

static void handle(void *arg, uint32_t channel, uint32_t topic, weir_slp_value v) {
    (void)channel, (void)topic, (void)v;
    weir_a32_add(&((world *)arg)->handled, 1);
}

static void failed(void *arg, const char *line, size_t bytes) {
    world *w = arg;
    char text[600];
    snprintf(text, sizeof text, "%.*s", (int)bytes, line);
    weir_a32_store(strstr(text, "nomem: ") ? &w->handler_failed : &w->other_error, 1);
}

static void ignore_line(void *arg, const char *line, size_t bytes) { (void)arg, (void)line, (void)bytes; }

static weir_verdict promised(weir_call *c, const weir_slp_value *args, uint32_t n) {
    (void)n;
    weir_promise *p = weir_call_promise(c, 1000000);
    if (p) weir_promise_keep(p, args[0]);
    return p ? WEIR_PARK : WEIR_RETURN;
}

static weir_verdict built(weir_call *c, const weir_slp_value *args, uint32_t n) {
    weir_slp_builder *b = weir_call_builder(c);
    weir_slp_open(b, WEIR_SLP_LIST);
    for (uint32_t i = 0; i < n; i++) weir_slp_put(b, args[i]);
    weir_slp_close(b);
    return weir_call_built(c);
}

static const weir_command mine[] = {{"my/promised", "v", 0, promised, NULL, "VALUE: the same"},
                                    {"my/built", "v+", 0, built, NULL, "VALUE...: a list"}};

static bool foreign;

static bool open_runtime(world *w, weir_error *error) {
    weir_runtime_options o = {.foreign = foreign,
                              .workers = 2,
                              .sched = SCHED,
                              .command = mine,
                              .commands = 2,
                              .log = ignore_line,
                              .error = failed,
                              .arg = w};
    return weir_runtime_open(&o, &w->runtime, error);
}

static void begin(world *w) {
    memset(w, 0, sizeof *w);
    assert_true(open_runtime(w, NULL));
    assert_non_null(w->session = weir_session_open(w->runtime, NULL, NULL));
}

static void quiet(world *w) { assert_true(weir_runtime_quiet(w->runtime, WEIR_FOREVER)); }

/* Does it still serve? */
static void serves(world *w) {
    static const char text[] =
        "(core/kv/set again 1) (core/event/sub $CHANNEL_F 9 {(core/event/pub $CHANNEL_F 10 $data)})"
        "(core/expr/await (core/event/pub $CHANNEL_F 9 (core/kv/get again)) $CHANNEL_F 10 60000)";
    w->used = 0;
    quiet(w);
    assert_true(weir_eval(w->session, text, sizeof text - 1, tell, w, NULL));
    assert_string_equal(w->text, "true\ntrue\n1\n");
    quiet(w);
}

static void end(world *w) {
    weir_session_close(w->session);
    assert_true(weir_runtime_close(w->runtime, NULL));
}

/* -- what is tried: each answers whether it went through --------------------------------------------------------------- */

typedef bool act(world *w);

/* The lines told are those; or some of them, and then nomem, or no answer because the handler who has it failed with that. */
static bool compare(const world *w, const char *wanted) {
    if (!strcmp(w->text, wanted)) return true;
    size_t same = 0;
    while (w->text[same] && w->text[same] == wanted[same]) same++;
    while (same > 0 && w->text[same - 1] != '\n') same--;
    const char *first = w->text + same;
    if (strncmp(first, "@\"nomem: ", 9) && !(weir_a32_load(&w->handler_failed) && !strncmp(first, "@\"timeout: ", 11)))
        fail_msg("wanted:\n%s\ngot:\n%s", wanted, w->text);
    return false;
}

static bool eval(world *w, const char *text, const char *wanted) {
    weir_slp_error error = {.what = WEIR_SLP_OK};
    if (!weir_eval(w->session, text, strlen(text), tell, w, &error)) {
        assert_int_equal(error.what, WEIR_SLP_NOMEM);
        assert_int_equal(w->used, 0);
        return false;
    }
    quiet(w);
    return compare(w, wanted);
}

static bool act_store(world *w) {
    return eval(w,
                "(core/kv/set a '(1 \"two\" [3])) (core/kv/get a) (core/kv/snx b \"a longer string, not in a cell\")"
                "(core/kv/cas b \"a longer string, not in a cell\" {body 1 2}) (core/kv/exists b)"
                "(core/kv/iterate \"\" 0 9 {(core/util/log $key (core/kv/get $key))}) (core/kv/del a)",
                "true\n(1 \"two\" [3])\ntrue\ntrue\ntrue\ntrue\ntrue\n");
}

static bool act_expr(world *w) {
    return eval(
        w,
        "(core/expr/eval \"[1 (core/expr/eval {$result 2})]\") (my/built 1 x \"y\" '(a b)) (my/promised '(a (b)))"
        "[[[[[[7]]]]]] \"a string\" $result -4611686018427387904",
        "2\n(1 x \"y\" (a b))\n(a (b))\n7\n\"a string\"\n\"a string\"\n-4611686018427387904\n");
}

static bool act_events(world *w) {
    return eval(w,
                "(core/event/sub $CHANNEL_A 300 {[(core/event/pub $CHANNEL_B 600 '(1 $data))]})"
                "(core/expr/await (core/event/pub $CHANNEL_A 300 '(a \"list\" of values)) $CHANNEL_B 600 50)"
                "(core/event/unsub $CHANNEL_A 300) (core/event/leave 77)",
                "true\n(1 $data)\ntrue\nfalse\n");
}

static bool act_processor(world *w) {
    bool sent =
        eval(w, "(core/event/pub $CHANNEL_X 0 {(core/kv/set x 1)}) (core/event/pub $CHANNEL_X 0 \"(core/kv/set y 1)\")",
             "true\ntrue\n");
    w->used = 0;
    return sent && !nomem_has_failed() && eval(w, "(core/kv/get x) (core/kv/get y)", "1\n1\n");
}

static weir_answer publish(world *w, uint32_t channel, const char *text) {
    weir_slp_reader *reader = weir_slp_reader_new(NULL);
    const weir_slp *s = reader ? weir_slp_read(reader, text, strlen(text), WEIR_SLP_ALL, NULL) : NULL;
    weir_answer answer = WEIR_NO_MEMORY;
    if (s) answer = weir_publish(w->session, channel, 1, weir_slp_at(weir_slp_root(s), 0), WEIR_FOREVER);
    weir_slp_reader_free(reader);
    return answer;
}

static bool good(weir_answer answer) {
    if (answer != WEIR_NO_MEMORY) assert_int_equal(answer, WEIR_DONE);
    return answer == WEIR_DONE;
}

static bool act_publish(world *w) {
    uint64_t id;
    weir_subscribed all[3];
    if (!good(weir_subscribe(w->session, A, 1, handle, w))) return false;
    if (!good(weir_subscription_open(w->session, &(weir_listener){.channel = A, .topic = 1, .fn = handle, .arg = w},
                                     &id)))
        return false;
    bool through = good(publish(w, A, "(a part of a list)"));
    quiet(w);
    assert_int_equal(weir_a32_load(&w->handled), through ? 2 : 0);
    assert_int_equal(weir_subscription_list(w->session, all, 3), 2);
    assert_int_equal(weir_subscription_end(w->session, id), WEIR_DONE);
    assert_int_equal(weir_unsubscribe(w->session, A, 1), WEIR_DONE);
    return through;
}

static void answer_it(void *arg) { publish(arg, C, "(the answer)"); }

static bool act_await(world *w) {
    weir_answer answer = weir_await(w->session, C, 1, answer_it, tell, w, weir_now_ns() + 1000000);
    if (answer == WEIR_NO_EVENT && nomem_has_failed()) return false; /* it could not be sent */
    return good(answer) && (assert_string_equal(w->text, "(the answer)\n"), true);
}

static bool act_start(world *w) {
    static const char text[] = "(core/kv/set s 1) (core/expr/await 1 $CHANNEL_E 1 1)";
    weir_answer answer = weir_start_text(w->session, text, sizeof text - 1, NULL, tell_end, w);
    quiet(w);
    assert_int_equal(w->ends, answer == WEIR_DONE);
    if (answer != WEIR_DONE) return good(answer);
    return compare(w, "@\"timeout: no event came within 1 ms\"\n");
}

static bool act_run(world *w) {
    weir_slp_builder *b = weir_slp_builder_new(NULL);
    if (!b) return false;
    weir_slp_open(b, WEIR_SLP_SEQUENCE);
    weir_slp_put_integer(b, 1);
    weir_slp_put_string(b, "two", 3);
    weir_slp_close(b);
    const weir_slp *s = weir_slp_finish(b, NULL);
    bool through = s && weir_run(w->session, s, WEIR_SLP_ONE, tell, w);
    through = through && compare(w, "\"two\"\n");
    if (s) good(weir_start(w->session, s, WEIR_SLP_ONE, NULL, NULL, NULL));
    quiet(w);
    weir_slp_builder_free(b);
    return through;
}

static bool act_session(world *w) {
    weir_error error = {{0}};
    weir_topic_rule rule[] = {{7, WEIR_PUBLISH}, {3, 0}};
    weir_session *s = weir_session_open(
        w->runtime, &(weir_session_options){.scope = "new", .topic = rule, .topics = 2, .rate = 10}, &error);
    if (!s) assert_true(error.text[0]);
    weir_session_close(s);
    return s != NULL;
}

static bool count_scopes(void *arg, const char *name, const weir_entity *e) {
    (void)name;
    if (e) *(size_t *)arg += e->scopes;
    return true;
}

/* What is refused has a reason; rights that were changed hold, and those that were not are as before. */
static bool act_entity(world *w) {
    weir_error error = {{0}};
    const weir_topic_rule topic = {7, WEIR_PUBLISH};
    const weir_scope_rule all = {"main", WEIR_READ | WEIR_WRITE, 0, 0}, less = {"main", WEIR_READ, 100, 100000};
    const weir_entity before = {.scope = &all, .scopes = 1, .rate = 5},
                      after = {.scope = &less, .scopes = 1, .topic = &topic, .topics = 1, .rate = 9};
    size_t scopes = 0;
    bool set = weir_entity_set(w->runtime, "ada", &before, &error);
    weir_session *s = set ? weir_session_open(w->runtime, &(weir_session_options){.entity = "ada"}, &error) : NULL;
    bool changed = s && weir_entity_set(w->runtime, "ada", &after, &error);
    weir_entity *e = changed ? weir_entity_get(w->runtime, "ada", &error) : NULL;
    if (e) assert_true(e->scope->rights == WEIR_READ && e->topics == 1 && e->rate == 9);
    bool listed = e && weir_entity_list(w->runtime, count_scopes, &scopes, &error);
    bool through = listed && scopes == 1 && weir_session_list(w->runtime, NULL, NULL, &scopes) && scopes == 2 &&
                   weir_entity_delete(w->runtime, "ada", &error);
    assert_true(through || error.text[0] || nomem_has_failed());
    weir_entity_free(e);
    weir_session_close(s);
    return through;
}

static bool act_open(world *w) {
    world other = {.runtime = NULL};
    weir_error error = {{0}};
    (void)w;
    bool through = open_runtime(&other, &error);
    assert_true(through || error.text[0]);
    if (through) assert_true(weir_runtime_close(other.runtime, NULL));
    return through;
}

/* Needs no memory. */
static bool act_close(world *w) {
    weir_answer answer = weir_subscribe(w->session, A, 1, handle, w);
    assert_int_equal(answer, nomem_has_failed() ? WEIR_NO_MEMORY : WEIR_DONE);
    weir_session_close(w->session);
    w->session = NULL;
    return !nomem_has_failed();
}

/* -- each n ------------------------------------------------------------------------------------------------------------ */

/* Until it is through: how often it failed. */
static unsigned try_all(const char *name, act *what, nomem_how how) {
    for (unsigned n = 0;; n += STRIDE) {
        world w;
        begin(&w);
        nomem_begin(n, how, foreign ? NOMEM_MINE : NOMEM_ALL);
        bool through = what(&w);
        bool has = nomem_end();
        if (!has && !through) fail_msg("%s did not go through, and no allocation failed", name);
        if (weir_a32_load(&w.other_error)) fail_msg("%s, allocation %u: a handler failed with another error", name, n);
        if (!w.session) assert_non_null(w.session = weir_session_open(w.runtime, NULL, NULL));
        serves(&w);
        end(&w); /* what leaks, LeakSanitizer tells */
        if (!has) return n;
    }
}

static void every_allocation(void **state) {
    static const struct {
        const char *name;
        act *what;
        unsigned least; /* allocations that it must have had */
        bool
            alone; /* the caller does all of it. Elsewhere what was admitted waits for memory: there must be some again */
    } all[] = {{"open", act_open, 20, true},
               {"session", act_session, 5, true},
               {"entity", act_entity, 10, true},
               {"store", act_store, 10, true},
               {"expr", act_expr, 5, true},
               {"events", act_events, 5, false},
               {"publish", act_publish, 5, false},
               {"await", act_await, 3, false},
               {"start", act_start, 4, false},
               {"run", act_run, 3, false},
               {"processor", act_processor, 5, false},
               {"close", act_close, 1, true}};
    foreign = *state == NULL;
    for (int how = NOMEM_ONCE; how <= NOMEM_FOR_EVER; how++)
        for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
            if (how == NOMEM_FOR_EVER && !all[i].alone) continue;
            if (!foreign && all[i].alone) continue;
            unsigned n = try_all(all[i].name, all[i].what, (nomem_how)how);
            if (n < all[i].least) fail_msg("%s has only %u allocations", all[i].name, n);
        }
}

int main(void) {
    static bool workers = true;
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_allocation),
                                       cmocka_unit_test_prestate(every_allocation, &workers)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
