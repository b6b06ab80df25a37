/* Test of `weir repl`: through a pipe, and on a terminal (a pseudo-terminal that this test types at). Each wait has an end. */
#include "prims/test_p.h"

#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "prims/platform.h"

#define LIMIT_NS UINT64_C(30000000000)

static char dir[] = "/tmp/weir-repl-XXXXXX";

/* -- a pipe ------------------------------------------------------------------------------------------------------------- */

static char out[1 << 16];

/* What the repl writes for this input; its exit status. */
static int piped(const char *input, const char *redirect) {
    char path[64], line[512];
    snprintf(path, sizeof path, "%s/input", dir);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(input, f);
    fclose(f);
    snprintf(line, sizeof line, "%s repl <%s %s", WEIR_PROGRAM, path, redirect);
    assert_non_null(f = popen(line, "r"));
    out[fread(out, 1, sizeof out - 1, f)] = '\0';
    return WEXITSTATUS(pclose(f));
}

static void results_in_a_pipe(void **state) {
    (void)state;
    assert_int_equal(piped("(core/kv/set a 1) $result\n"
                           "(core/kv/get\n  a ; not yet\n)\n"
                           "\n; nothing\n\"two\nlines\"\n$result\n"
                           "(core/event/sub $CHANNEL_A 1 {(core/util/log \"got\" $data)})\n"
                           "(core/event/pub $CHANNEL_A 1 5)\n6",
                           ""),
                     0);
    assert_string_equal(out, "true\ntrue\n1\n\"two\\nlines\"\n\"two\\nlines\"\ntrue\ntrue\ngot 5\n6\n");
}

static void errors_in_a_pipe(void **state) {
    (void)state;
    assert_int_equal(piped("(core/kv/get gone)\n(a]\n7\n", "2>&1"), 1);
    assert_non_null(strstr(out, "! notfound: gone: no such key\n"));
    assert_non_null(strstr(out, "<stdin>:2:3: a closing bracket that does not close what is open\n    (a]\n      ^\n"));
    assert_non_null(strstr(out, "7\n"));
    assert_int_equal(piped("1\n(core/kv/set a\n1", "2>&1"), 1);
    assert_non_null(strstr(out, "<stdin>:2:1: a bracket or a string is not closed\n"));
    assert_int_equal(piped("", ""), 0);
    assert_string_equal(out, "");
}

static void colons(void **state) {
    (void)state;
    assert_int_equal(piped(":help kv/snx\n(core/kv/exists a)\n:stats\n:quit\n8\n", ""), 0);
    assert_ptr_equal(strstr(out, "core/kv/snx KEY VALUE: "), out);
    assert_non_null(strstr(out, "\ncore/kv/exists "));
    assert_null(strstr(out, "\n8\n"));
    assert_int_equal(piped(":nonsense\n", "2>&1"), 1);
    assert_non_null(strstr(out, "there are :help :stats :slow :quit, and no :nonsense"));
    assert_int_equal(piped("", "--results 2>&1"), 2);
    assert_int_equal(piped("", "x.slp 2>&1"), 2);
}

/* A form of many lines, with all that brackets may stand in; an error in it is told, where it is, and the next form runs. */
static void a_long_form(void **state) {
    enum { LINES = 20000 };
    static char input[LINES * 40];
    size_t n = (size_t)sprintf(input, "[\n");
    (void)state;
    for (int i = 0; i < LINES; i++) n += (size_t)sprintf(input + n, "%d \"]\\\"\\n] ; )\" {(a ; ]\n)}\n", i);
    sprintf(input + n, "77]\n78\n");
    assert_int_equal(piped(input, ""), 0);
    assert_string_equal(out, "77\n78\n");
    sprintf(input + n, "77 (]\n]\n1\n)]\n2\n");
    assert_int_equal(piped(input, "2>&1"), 1);
    assert_non_null(strstr(out, "<stdin>:40002:5: a closing bracket that does not close what is open\n"));
}

/* -- a terminal --------------------------------------------------------------------------------------------------------- */

typedef struct terminal {
    int fd;
    pid_t pid;
    char text[1 << 16]; /* all that it has shown */
    size_t used, seen;  /* what came before `seen` has been expected */
} terminal;

static void begin(terminal *t, const char *term, const char *no_color) {
    struct winsize size = {.ws_row = 40, .ws_col = 120};
    *t = (terminal){0};
    t->pid = forkpty(&t->fd, NULL, NULL, &size);
    if (t->pid < 0) skip(); /* nothing here makes terminals: a bare container */
    if (t->pid > 0) return;
    setenv("TERM", term, 1);
    setenv("HOME", dir, 1);
    setenv("LC_ALL", "C.UTF-8", 1);
    unsetenv("XDG_STATE_HOME");
    unsetenv("NO_COLOR");
    if (no_color) setenv("NO_COLOR", no_color, 1);
    execl(WEIR_PROGRAM, "weir", "repl", "--workers", "2", (char *)NULL);
    _exit(127);
}

static void type(const terminal *t, const char *keys) {
    assert_int_equal(write(t->fd, keys, strlen(keys)), strlen(keys));
}

/* More of what it shows; false: it has ended, or nothing came in time. */
static bool take(terminal *t, uint64_t deadline) {
    struct pollfd f = {.fd = t->fd, .events = POLLIN};
    while (weir_now_ns() < deadline) {
        if (poll(&f, 1, 100) <= 0) continue;
        ssize_t n = read(t->fd, t->text + t->used, sizeof t->text - 1 - t->used);
        if (n <= 0) return false;
        t->used += (size_t)n;
        return true;
    }
    return false;
}

/* Waits until it has shown this, behind all that was expected before. */
static void expect(terminal *t, const char *wanted) {
    uint64_t deadline = weir_now_ns() + LIMIT_NS;
    const char *at;
    while (!(at = memmem(t->text + t->seen, t->used - t->seen, wanted, strlen(wanted)))) {
        if (take(t, deadline)) continue;
        kill(t->pid, SIGKILL);
        fail_msg("wanted: %s\nshown:\n%.*s", wanted, (int)t->used, t->text);
    }
    t->seen = (size_t)(at - t->text) + strlen(wanted);
}

/* Its exit status, after it has closed the terminal. */
static int end(terminal *t) {
    uint64_t deadline = weir_now_ns() + LIMIT_NS;
    int status = 0;
    while (take(t, deadline)) continue;
    bool late = weir_now_ns() >= deadline;
    if (late) kill(t->pid, SIGKILL);
    assert_int_equal(waitpid(t->pid, &status, 0), t->pid);
    close(t->fd);
    if (late || !WIFEXITED(status)) fail_msg("it did not end, or not well:\n%.*s", (int)t->used, t->text);
    return WEXITSTATUS(status);
}

static terminal t;

static void forms_on_a_terminal(void **state) {
    (void)state;
    begin(&t, "xterm", NULL);
    expect(&t, "weir> ");
    type(&t, "(core/kv/set a\r");
    expect(&t, "  ... ");
    type(&t, "'(x 7 \"s\" $v))\r");
    expect(&t, "\ntrue\r\n");
    expect(&t, "weir> ");
    type(&t, "(core/kv/get a)\r");
    expect(&t, "(x \033[36m7\033[0m \033[32m\"s\"\033[0m \033[33m$v\033[0m)\r\n");
    type(&t, "(core/kv/get gone)\r");
    expect(&t, "\033[31m! notfound: gone: no such key\033[0m\r\n");
    expect(&t, "weir> ");
    type(&t, "(a]\r");
    expect(&t, "<typed>:1:3: a closing bracket that does not close what is open\r\n    (a]\r\n      ^\r\n");
    expect(&t, "weir> ");
    type(&t, "\"\\x1b[2J\"\r"); /* is shown, and clears nothing */
    expect(&t, "\033[32m\"\\x1b[2J\"");
    expect(&t, "weir> ");
    type(&t, "\004");
    assert_int_equal(end(&t), 0);
}

static void no_colour(void **state) {
    (void)state;
    begin(&t, "xterm", "1");
    expect(&t, "weir> ");
    type(&t, "[1 77]\r");
    expect(&t, "\n77\r\n");
    type(&t, ":quit\r");
    assert_int_equal(end(&t), 0);
}

static void break_at(const char *term) {
    begin(&t, term, NULL);
    expect(&t, "weir> ");
    type(&t, "[(core/util/log \"it\" \"waits\") (core/expr/await [] $CHANNEL_A 1 600000)]\r");
    expect(&t, "\nit waits\r\n"); /* shown while the form runs */
    type(&t, "\003");
    expect(&t, "! closed: interrupted");
    expect(&t, "weir> ");
    type(&t, "(core/kv/set\r");
    expect(&t, "  ... ");
    type(&t, "\003");
    expect(&t, "weir> "); /* what was typed is forgotten */
    type(&t, "[1 234]\r");
    expect(&t, "234");
    expect(&t, "weir> ");
    type(&t, "\004");
    assert_int_equal(end(&t), 0);
}

static void a_break_ends_the_form(void **state) {
    (void)state;
    break_at("xterm");
}

static void without_editing(void **state) {
    (void)state;
    break_at("dumb");
}

#if WEIR_HAVE_EDIT
static void names_are_completed(void **state) {
    (void)state;
    begin(&t, "xterm", NULL);
    expect(&t, "weir> ");
    type(&t, "(core/kv/exi\t");
    expect(&t, "sts ");
    type(&t, "a)\r");
    expect(&t, "\nfalse\r\n");
    expect(&t, "weir> ");
    type(&t, "(core/kv/\t");
    expect(&t, "core/kv/set  ");
    expect(&t, "core/kv/iterate  ");
    type(&t, "get a)\r");
    expect(&t, "notfound");
    expect(&t, "weir> ");
    type(&t, "$CHANNEL_\tB\r");
    expect(&t, "\nB\r\n");
    type(&t, "\004");
    assert_int_equal(end(&t), 0);
}

/* A handler fails while somebody types: the line is there again behind what it says. */
static void a_line_is_not_garbled(void **state) {
    (void)state;
    begin(&t, "xterm", NULL);
    expect(&t, "weir> ");
    type(&t, "(core/event/sub $CHANNEL_A 1 {(core/expr/await [] $CHANNEL_B 1 500)}) (core/event/pub $CHANNEL_A 1 0)\r");
    expect(&t, "\ntrue\r\ntrue\r\n");
    expect(&t, "weir> ");
    type(&t, "(core/kv/exists");
    expect(&t, "weir: handler on A 1: timeout: ");
    expect(&t, "\r\n");
    expect(&t, "weir> ");
    type(&t, " a)\r");
    expect(&t, "\nfalse\r\n");
    type(&t, "\004");
    assert_int_equal(end(&t), 0);
}

static size_t times(const terminal *of, const char *text) {
    size_t n = 0;
    for (const char *p = of->text; (p = memmem(p, (size_t)(of->text + of->used - p), text, strlen(text))); p++) n++;
    return n;
}

/* What is typed while a form runs is shown once, behind the prompt that it is typed for. */
static void typed_ahead(void **state) {
    (void)state;
    begin(&t, "xterm", NULL);
    expect(&t, "weir> ");
    type(&t, "[(core/util/log \"it\" \"runs\") (core/expr/await [] $CHANNEL_A 1 300)]\r");
    expect(&t, "it runs\r\n");
    type(&t, "[7 54321]\r");
    expect(&t, "timeout");
    expect(&t, "weir> ");
    expect(&t, "[7 54321]");
    expect(&t, "\n\033[36m54321");
    expect(&t, "weir> ");
    assert_int_equal(times(&t, "[7 54321]"), 1);
    type(&t, "\004");
    assert_int_equal(end(&t), 0);
}

static void history_is_kept(void **state) {
    char path[64], line[192];
    struct stat st;
    (void)state;
    snprintf(path, sizeof path, "%s/.weir_history", dir);
    unlink(path);
    begin(&t, "xterm", NULL);
    expect(&t, "weir> ");
    type(&t, "[3 4 56789]\r");
    expect(&t, "\n\033[36m56789");
    expect(&t, "weir> ");
    type(&t, "\004");
    assert_int_equal(end(&t), 0);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    begin(&t, "xterm", NULL);
    expect(&t, "weir> ");
    type(&t, "\033[A"); /* up */
    expect(&t, "[3 4 56789]");
    type(&t, "\r");
    expect(&t, "\n\033[36m56789");
    type(&t, "\004");
    assert_int_equal(end(&t), 0);
    snprintf(line, sizeof line, "grep -c 56789 %s", path);
    FILE *f = popen(line, "r");
    assert_non_null(f);
    assert_int_equal(fgetc(f), '1'); /* once, though it was entered twice */
    pclose(f);
    begin(&t, "xterm", NULL); /* and survives the process */
    expect(&t, "weir> ");
    type(&t, "[1 98765]\r");
    expect(&t, "\n\033[36m98765");
    kill(t.pid, SIGKILL);
    assert_int_equal(waitpid(t.pid, NULL, 0), t.pid);
    close(t.fd);
    snprintf(line, sizeof line, "grep -c 98765 %s; stat -c %%a %s", path, path);
    assert_non_null(f = popen(line, "r"));
    assert_int_equal(fread(line, 1, 6, f), 6);
    assert_memory_equal(line, "1\n600\n", 6);
    pclose(f);
}
#endif

static int make_dir(void **state) {
    (void)state;
    return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state) {
    char line[64];
    (void)state;
    snprintf(line, sizeof line, "rm -rf %s", dir);
    return system(line);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results_in_a_pipe),
        cmocka_unit_test(errors_in_a_pipe),
        cmocka_unit_test(colons),
        cmocka_unit_test(a_long_form),
        cmocka_unit_test(forms_on_a_terminal),
        cmocka_unit_test(no_colour),
        cmocka_unit_test(a_break_ends_the_form),
        cmocka_unit_test(without_editing),
#if WEIR_HAVE_EDIT
        cmocka_unit_test(names_are_completed),
        cmocka_unit_test(a_line_is_not_garbled),
        cmocka_unit_test(history_is_kept),
        cmocka_unit_test(typed_ahead),
#endif
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
