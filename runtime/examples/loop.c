/* loop - a runtime without threads of its own, driven by a loop that the program has anyway: poll, epoll, libuv, glib ...
 *
 *     cc -std=c11 loop.c -o loop $(pkg-config --cflags --libs weir)
 *
 * This one waits for lines on a pipe, and runs each as a script; handlers, awaits and their time limits go on meanwhile.
 * It prints, and ./dev test looks whether it still does:
 *
 *     | > (core/event/sub $CHANNEL_A 1 {(core/event/pub $CHANNEL_B 2 $data)})
 *     | true
 *     | > (core/expr/await (core/event/pub $CHANNEL_A 1 "ping") $CHANNEL_B 2)
 *     | "ping"
 *     | > (core/expr/await (core/event/pub $CHANNEL_A 1 "ping") $CHANNEL_C 3 20)
 *     | @"timeout: no event came within 20 ms"
 *     | > (core/expr/await
 *     | @"parse: unclosed at byte 0, line 1: a bracket or a string is not closed"
 *     | 2 events heard
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <weir/runtime/weir.h>

static void fail(const char *what) {
    fprintf(stderr, "loop: %s\n", what);
    exit(1);
}

/* All of it is used by one thread, so nothing of it needs a lock. */
typedef struct program {
    weir_session *session;
    bool busy; /* a script has not ended */
    unsigned heard;
    char line[1024];
    size_t bytes; /* of the line so far */
} program;

static void ended(void *arg, weir_slp_value value) {
    program *p = arg;
    char text[256];
    size_t bytes = weir_slp_print(value, WEIR_SLP_CANONICAL, text, sizeof text);
    printf("%.*s\n", (int)(bytes < sizeof text ? bytes : sizeof text), text);
    p->busy = false;
}

static void heard(void *arg, uint32_t channel, uint32_t topic, weir_slp_value value) {
    (void)channel, (void)topic, (void)value;
    ((program *)arg)->heard++;
}

/* Starts the script that ends with this byte. Its own end comes when the runtime is stepped. */
static void take(program *p, char byte) {
    if (byte != '\n') {
        if (p->bytes == sizeof p->line) fail("a line is too long");
        p->line[p->bytes++] = byte;
        return;
    }
    printf("> %.*s\n", (int)p->bytes, p->line);
    if (weir_start_text(p->session, p->line, p->bytes, NULL, ended, p)) fail("not started");
    p->bytes = 0;
    p->busy = true;
}

/* Until the pipe ends and the last script has. The next script is read when the one before has ended; nothing else waits for it. */
static void loop(program *p, weir_runtime *runtime, int input) {
    struct pollfd fds[2] = {{.fd = weir_runtime_fd(runtime), .events = POLLIN}, {.events = POLLIN}};
    bool open = true;
    while (open || p->busy) {
        fds[1].fd = open && !p->busy ? input : -1; /* poll passes over what is below 0 */
        if (poll(fds, 2, -1) < 0) fail("poll");
        if (fds[0].revents)
            weir_runtime_step(runtime, 1000000); /* for about a millisecond; it is readable again if there is more */
        if (!fds[1].revents) continue;
        char byte;
        if (read(input, &byte, 1) == 1) take(p, byte);
        else open = false;
    }
}

int main(void) {
    static const char input[] = "(core/event/sub $CHANNEL_A 1 {(core/event/pub $CHANNEL_B 2 $data)})\n"
                                "(core/expr/await (core/event/pub $CHANNEL_A 1 \"ping\") $CHANNEL_B 2)\n"
                                "(core/expr/await (core/event/pub $CHANNEL_A 1 \"ping\") $CHANNEL_C 3 20)\n"
                                "(core/expr/await\n";
    int pipes[2];
    if (pipe(pipes) || write(pipes[1], input, sizeof input - 1) != sizeof input - 1 || close(pipes[1])) fail("pipe");

    weir_runtime *runtime;
    weir_error error;
    program p = {.busy = false};
    if (!weir_runtime_open(&(weir_runtime_options){.foreign = true}, &runtime, &error)) fail(error.text);
    p.session = weir_session_open(runtime, NULL, &error);
    if (!p.session) fail(error.text);
    if (weir_subscribe(p.session, 1, 2, heard, &p)) fail("not subscribed");
    loop(&p, runtime, pipes[0]);

    weir_session_close(p.session); /* which steps until the last handler has run */
    if (!weir_runtime_close(runtime, &error)) fail(error.text);
    printf("%u events heard\n", p.heard);
    close(pipes[0]);
}
