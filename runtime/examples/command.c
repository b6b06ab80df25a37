/* command - commands of one's own: one that runs a body, and one that is answered later, by another thread.
 *
 *     cc -std=c11 command.c -o command $(pkg-config --cflags --libs weir)
 *
 * It prints, and ./dev test looks whether it still does:
 *
 *     | 12
 *     | @"notfound: nobody sells cogs"
 *     | a bolt is 12
 *     | a bolt is 12
 *     | 2
 *     | @"type: argument 1 of shop/price must be a string or a symbol"
 *     | shop/price ITEM: what it costs; notfound
 *     | shop/repeat N {BODY}: runs the body N times; how often it did not fail
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <weir/runtime/weir.h>

static void fail(const char *what) {
    fprintf(stderr, "command: %s\n", what);
    exit(1);
}

/* -- a shop: a thread that answers questions, one after the other, in its own time ------------------------------------ */

typedef struct question {
    struct question *next;
    weir_promise *answer;
    char item[32];
} question;

typedef struct shop {
    pthread_mutex_t lock;
    pthread_cond_t asked;
    question *first;
    bool closed;
} shop;

static void answer(const question *q) {
    if (strcmp(q->item, "bolt")) {
        weir_promise_break(q->answer, "notfound", "nobody sells cogs");
        return;
    }
    weir_slp_builder *b = weir_slp_builder_new(NULL);
    if (!b) fail("out of memory");
    weir_slp_put_integer(b, 12);
    weir_promise_keep(q->answer, weir_slp_root(weir_slp_finish(b, NULL))); /* which takes a copy */
    weir_slp_builder_free(b);
}

static void *serve(void *arg) {
    shop *s = arg;
    pthread_mutex_lock(&s->lock);
    for (;;) {
        question *q = s->first;
        if (!q && s->closed) break;
        if (!q) {
            pthread_cond_wait(&s->asked, &s->lock);
            continue;
        }
        s->first = q->next;
        pthread_mutex_unlock(&s->lock);
        answer(q);
        free(q);
        pthread_mutex_lock(&s->lock);
    }
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

/* -- its commands ----------------------------------------------------------------------------------------------------- */

/* The script is parked until the promise is kept or broken, or a second has passed; no worker waits with it. */
static weir_verdict price(weir_call *call, const weir_slp_value *args, uint32_t n) {
    (void)n;
    shop *s = weir_call_arg(call);
    question *q = calloc(1, sizeof *q);
    weir_slp_text item = weir_slp_text_of(args[0]);
    if (!q) return weir_call_fail(call, "nomem", "out of memory");
    snprintf(q->item, sizeof q->item, "%.*s", (int)item.bytes, item.at);
    q->answer = weir_call_promise(call, 1000);
    if (!q->answer) return free(q), WEIR_RETURN; /* which answers why */
    pthread_mutex_lock(&s->lock);
    q->next = s->first;
    s->first = q;
    pthread_cond_signal(&s->asked);
    pthread_mutex_unlock(&s->lock);
    return WEIR_PARK;
}

/* What a call must remember from one run of its body to the next. */
typedef struct repetition {
    int64_t left, good;
} repetition;

static weir_verdict again(weir_call *call, repetition *r, const weir_slp_value *args) {
    return r->left-- > 0 ? weir_call_enter(call, args[1]) : weir_call_integer(call, r->good);
}

static weir_verdict repeat(weir_call *call, const weir_slp_value *args, uint32_t n) {
    (void)n;
    repetition *r = weir_call_state(call, sizeof *r);
    if (!r) return weir_call_fail(call, "nomem", "out of memory");
    r->left = weir_slp_integer(args[0]);
    return again(call, r, args);
}

static weir_verdict repeated(weir_call *call, const weir_slp_value *args, uint32_t n) {
    (void)n;
    repetition *r = weir_call_state(call, sizeof *r);
    r->good += weir_slp_type_of(weir_call_result(call)) != WEIR_SLP_ERROR;
    return again(call, r, args);
}

/* p: a string or a symbol. n: an integer of at least 0. b: a body. What does not fit never comes here. */
static const weir_command commands[] = {
    {"shop/price", "p", 0, price, NULL, "ITEM: what it costs; notfound"},
    {"shop/repeat", "nb", 0, repeat, repeated, "N {BODY}: runs the body N times; how often it did not fail"},
};

/* -- and scripts that use them ---------------------------------------------------------------------------------------- */

static void show(void *arg, weir_slp_value value) {
    (void)arg;
    char text[256];
    size_t bytes = weir_slp_print(value, WEIR_SLP_CANONICAL, text, sizeof text);
    printf("%.*s\n", (int)(bytes < sizeof text ? bytes : sizeof text), text);
}

static void logged(void *arg, const char *line, size_t bytes) {
    (void)arg;
    printf("%.*s\n", (int)bytes, line);
}

static void run(weir_session *session, const char *script) {
    weir_slp_error error;
    if (!weir_eval(session, script, strlen(script), show, NULL, &error)) fail(error.message);
}

int main(void) {
    shop s = {.first = NULL};
    pthread_t keeper;
    if (pthread_mutex_init(&s.lock, NULL) || pthread_cond_init(&s.asked, NULL)) fail("no lock");
    if (pthread_create(&keeper, NULL, serve, &s)) fail("no thread");

    weir_runtime *runtime;
    weir_error error;
    weir_runtime_options options = {.command = commands, .commands = 2, .log = logged, .arg = &s};
    if (!weir_runtime_open(&options, &runtime, &error)) fail(error.text);
    weir_session *session = weir_session_open(runtime, NULL, &error);
    if (!session) fail(error.text);

    run(session, "(shop/price bolt) (shop/price cog)");
    run(session, "(shop/repeat 2 {(core/util/log \"a bolt is\" (shop/price bolt))})");
    run(session, "(shop/price 1)");
    const weir_command *c;
    for (uint32_t i = 0; (c = weir_command_at(runtime, i)); i++)
        if (!strncmp(c->name, "shop/", 5)) printf("%s %s\n", c->name, c->doc);

    weir_session_close(session);
    if (!weir_runtime_close(runtime, &error)) fail(error.text);
    pthread_mutex_lock(&s.lock);
    s.closed = true;
    pthread_cond_signal(&s.asked);
    pthread_mutex_unlock(&s.lock);
    pthread_join(keeper, NULL);
}
