/* embed - the runtime within a program: scripts over a store, what they answer, and events both ways.
 *
 *     cc -std=c11 embed.c -o embed $(pkg-config --cflags --libs weir)
 *
 * It prints, and ./dev test looks whether it still does:
 *
 *     | true
 *     | (item bolt 120)
 *     | @"notfound: nut: no such key"
 *     | 1:14: a bracket or a string is not closed
 *     | true
 *     | 160 in stock
 *     | done
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <weir/runtime/weir.h>

enum { CHANNEL_A = 0, CHANNEL_B = 1, DELIVERIES = 7, STOCK = 8 };

static void fail(const char *what) {
    fprintf(stderr, "embed: %s\n", what);
    exit(1);
}

/* The value of a form: any type, an error among them. */
static void show(void *arg, weir_slp_value value) {
    (void)arg;
    char text[256];
    size_t bytes = weir_slp_print(value, WEIR_SLP_CANONICAL, text, sizeof text);
    printf("%.*s\n", (int)(bytes < sizeof text ? bytes : sizeof text), text);
}

static void run(weir_session *session, const char *script) {
    weir_slp_error error;
    if (!weir_eval(session, script, strlen(script), show, NULL, &error))
        printf("%u:%u: %s\n", error.line, error.column, error.message);
}

/* An event from a script's handler. It comes on a worker of the runtime, one event of this subscription after the other. */
static void in_stock(void *arg, uint32_t channel, uint32_t topic, weir_slp_value value) {
    (void)arg, (void)channel, (void)topic;
    if (weir_slp_type_of(value) == WEIR_SLP_INTEGER) printf("%lld in stock\n", (long long)weir_slp_integer(value));
}

/* An event for the scripts that listen; its value is copied. */
static void deliver(weir_session *session, const char *item) {
    weir_slp_reader *reader = weir_slp_reader_new(NULL);
    const weir_slp *read = reader ? weir_slp_read(reader, item, strlen(item), WEIR_SLP_ONE, NULL) : NULL;
    if (!read) fail("this is no value");
    if (weir_publish(session, CHANNEL_A, DELIVERIES, weir_slp_root(read), WEIR_FOREVER)) fail("not published");
    weir_slp_reader_free(reader);
}

int main(void) {
    weir_runtime *runtime;
    weir_error error;
    if (!weir_runtime_open(&(weir_runtime_options){.workers = 2}, &runtime, &error)) fail(error.text);
    weir_session *session = weir_session_open(runtime, &(weir_session_options){.scope = "shelf"}, &error);
    if (!session) fail(error.text);

    run(session, "(core/kv/set bolt '(item bolt 120)) (core/kv/get bolt) (core/kv/get nut)");
    run(session, "(core/kv/get {bolt");

    if (weir_subscribe(session, CHANNEL_B, STOCK, in_stock, NULL)) fail("not subscribed");
    run(session, "(core/event/sub $CHANNEL_A 7 {(core/kv/set last $data) (core/event/pub $CHANNEL_B 8 160)})");
    deliver(session, "(item bolt 40)");
    weir_runtime_quiet(runtime, WEIR_FOREVER); /* until all handlers have run */

    weir_session_close(session);
    if (!weir_runtime_close(runtime, &error)) fail(error.text);
    puts("done");
}
