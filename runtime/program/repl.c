/* weir repl: forms typed one after the other, each run when its brackets are closed. */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "prims/platform.h"
#include "runtime/program/colour.h"
#include "runtime/program/commands.h"
#include "runtime/program/complain.h"
#include "runtime/program/line.h"
#include "runtime/program/nesting.h"
#include "runtime/program/open.h"
#include "runtime/program/stats.h"

#define QUIET_NS UINT64_C(10000000000) /* in a pipe a form's handlers come before the next form */
#define GLANCE_NS UINT64_C(50000000)   /* on a terminal, what they say at once comes before the prompt */

typedef struct repl {
    const weir_run_options *o;
    weir_opened opened;
    weir_notices notices;
    weir_slp_reader *reader;
    weir_plain *plain;
    weir_edit *edit; /* NULL: plain */
    bool terminal, colour;
    char *text; /* typed, and not run yet */
    size_t used, room;
    weir_nesting nesting;   /* of it */
    size_t looked;          /* bytes of it that were there when it was read last, and was not whole */
    unsigned lines, before; /* all that were read; those before text */
    weir_exit worst;
    pthread_t breaker; /* waits for Ctrl-C while a form runs */
    weir_a32 ending;
} repl;

/* -- what is shown ------------------------------------------------------------------------------------------------------ */

static void on_log(void *arg, const char *line, size_t bytes) {
    weir_notices_add(&((repl *)arg)->notices, "", line, bytes);
}

static void on_failed(void *arg, const char *line, size_t bytes) {
    weir_notices_add(&((repl *)arg)->notices, "weir: ", line, bytes);
}

static void on_value(void *arg, weir_slp_value v) {
    repl *r = arg;
    if (weir_slp_type_of(v) != WEIR_SLP_ERROR) {
        if (!weir_colour_value(stdout, v, r->colour)) r->worst = weir_refuse("no memory to show a value");
        return;
    }
    weir_slp_text t = weir_slp_text_of(v);
    r->worst = weir_worse(r->worst, WEIR_BAD);
    fputs(r->colour ? "\033[31m! " : "! ", stdout);
    weir_show(stdout, t.at, t.bytes);
    fputs(r->colour ? "\033[0m\n" : "\n", stdout);
}

static void show_notices(repl *r) {
    weir_notices_show(&r->notices, stdout);
    fflush(stdout);
}

/* -- forms -------------------------------------------------------------------------------------------------------------- */

static void run(repl *r, const weir_slp *forms) {
    if (r->terminal) weir_notices_direct(&r->notices, stdout);
    if (!weir_run(r->opened.session, forms, WEIR_SLP_ALL, on_value, r))
        r->worst = weir_refuse("no memory to run a form");
    fflush(stdout);
    weir_runtime_quiet(r->opened.runtime, weir_now_ns() + (r->terminal ? GLANCE_NS : QUIET_NS));
    weir_notices_direct(&r->notices, NULL);
    show_notices(r);
}

static void forget(repl *r) {
    r->used = r->looked = 0;
    r->nesting = (weir_nesting){0};
    r->before = r->lines;
}

/* Runs what has been typed, if all is there that it opens; ended: nothing more comes. A long text is not read again with each of its
 * lines: but when it may be whole, and, so that what is wrong in it is told, when it is twice as long. */
static void try_run(repl *r, bool ended) {
    weir_slp_error e;
    if (!ended && weir_nesting_is_open(&r->nesting) && r->used < 2 * r->looked) return;
    r->looked = r->used;
    const weir_slp *forms = weir_slp_read(r->reader, r->text, r->used, WEIR_SLP_ALL, &e);
    if (!forms && e.what == WEIR_SLP_UNCLOSED && !ended) return;
    if (forms) {
        run(r, forms);
    } else if (e.what != WEIR_SLP_EMPTY) {
        e.line += r->terminal ? 0 : r->before;
        weir_complain(r->terminal ? "<typed>" : "<stdin>", r->text, r->used, &e);
        r->worst = weir_worse(r->worst, WEIR_BAD);
    }
    forget(r);
}

static bool append(repl *r, const char *line, size_t bytes) {
    if (r->used + bytes + 1 > r->room) {
        size_t room = 2 * (r->used + bytes + 1);
        char *text = realloc(r->text, room);
        if (!text) return false;
        r->text = text;
        r->room = room;
    }
    if (bytes) memcpy(r->text + r->used, line, bytes);
    r->text[r->used + bytes] = '\n';
    weir_nesting_add(&r->nesting, r->text + r->used, bytes + 1);
    r->used += bytes + 1;
    return true;
}

/* -- what begins with a colon ------------------------------------------------------------------------------------------- */

static const char *const variables[] = {"$result",    "$data",      "$key",       "$channel",
                                        "$topic",     "$CHANNEL_A", "$CHANNEL_B", "$CHANNEL_C",
                                        "$CHANNEL_D", "$CHANNEL_E", "$CHANNEL_F"};
enum { VARIABLES = sizeof variables / sizeof *variables };

static void help(repl *r, const char *of) {
    const weir_command *c;
    bool any = false;
    for (uint32_t i = 0; *of && (c = weir_command_at(r->opened.runtime, i)); i++)
        if (strstr(c->name, of)) any = printf("%s %s\n", c->name, c->doc) > 0;
    if (any) return;
    if (*of) printf("no command has %s in its name\n", of);
    fputs("a form runs when its brackets are closed; Ctrl-C ends one that runs, or forgets one that is typed\n"
          ":help NAME   commands with NAME in their name, what they take and do; core for those that are always there\n"
          ":stats       how often each command ran, how long that took, and what else is counted\n"
          ":slow        what took longer than --slow MS\n"
          ":quit        or Ctrl-D\n",
          stdout);
}

/* False: it is to end. */
static bool colon(repl *r, const char *line, size_t bytes) {
    char word[64] = "", of[64] = "", text[200];
    snprintf(text, sizeof text, "%.*s", (int)(bytes < sizeof text ? bytes : sizeof text - 1), line);
    sscanf(text, "%63s %63s", word, of);
    if (!strcmp(word, ":quit") || !strcmp(word, ":q")) return false;
    if (!strcmp(word, ":help")) help(r, of);
    else if (!strcmp(word, ":stats") && !weir_stats_show(stdout, r->opened.runtime)) weir_refuse("no memory");
    else if (!strcmp(word, ":slow") && !weir_slow_show(stdout, r->opened.runtime)) weir_refuse("no memory");
    else if (strcmp(word, ":stats") != 0 && strcmp(word, ":slow") != 0) {
        r->worst = weir_worse(r->worst, WEIR_BAD);
        weir_refuse("there are :help :stats :slow :quit, and no %s", word);
    }
    fflush(stdout);
    return true;
}

static void words(void *arg, const char *word, size_t bytes, void (*each)(void *arg2, const char *candidate),
                  void *arg2) {
    static const char *const colons[] = {":help", ":stats", ":slow", ":quit"};
    const repl *r = arg;
    const weir_command *c;
    for (uint32_t i = 0; (c = weir_command_at(r->opened.runtime, i)); i++)
        if (!strncmp(c->name, word, bytes)) each(arg2, c->name);
    for (int i = 0; bytes && i < VARIABLES; i++)
        if (!strncmp(variables[i], word, bytes)) each(arg2, variables[i]);
    for (int i = 0; bytes && i < 4; i++)
        if (!strncmp(colons[i], word, bytes)) each(arg2, colons[i]);
}

/* -- Ctrl-C: blocked everywhere, and waited for by a thread of its own --------------------------------------------------- */

static void only_break(sigset_t *set) {
    sigemptyset(set);
    sigaddset(set, SIGINT);
}

static void *wait_for_break(void *arg) {
    repl *r = arg;
    sigset_t set;
    only_break(&set);
    for (int ignored; sigwait(&set, &ignored) == 0 && !weir_a32_load(&r->ending);) {
        weir_interrupt(r->opened.session);
        if (r->edit) weir_edit_break(r->edit);
        else weir_plain_break(r->plain);
    }
    return NULL;
}

/* -- opened, and until the end ------------------------------------------------------------------------------------------ */

static weir_line_end next(repl *r, const char **line, size_t *bytes) {
    const char *prompt = r->used ? "  ... " : "weir> ";
    return r->edit ? weir_edit_read(r->edit, prompt, line, bytes) : weir_plain_read(r->plain, prompt, line, bytes);
}

static void loop(repl *r) {
    const char *line;
    size_t bytes;
    for (weir_line_end how; (how = next(r, &line, &bytes)) != WEIR_LINE_ENDED;) {
        r->lines += how == WEIR_LINE_TEXT;
        if (how == WEIR_LINE_BROKEN) {
            forget(r);
        } else if (r->used == 0 && bytes && *line == ':') {
            if (!colon(r, line, bytes)) return;
            forget(r);
        } else if (!append(r, line, bytes)) {
            r->worst = weir_refuse("no memory for a line");
            forget(r);
        } else {
            try_run(r, false);
        }
    }
    if (r->used) try_run(r, true);
    if (r->terminal) putchar('\n');
}

static bool open_lines(repl *r) {
    weir_line_options o = {.notices = &r->notices, .words = words, .arg = r, .prompts = r->terminal};
    r->reader = weir_slp_reader_new(&r->o->limits);
    r->edit = weir_edit_open(&o);
    return r->reader && (r->edit || (r->plain = weir_plain_open(&o)));
}

/* On a terminal Ctrl-C is heard; in a pipe it ends the program, as it does others. */
static bool start_breaker(repl *r) { return !r->terminal || pthread_create(&r->breaker, NULL, wait_for_break, r) == 0; }

static void end_breaker(repl *r) {
    if (!r->terminal) return;
    weir_a32_store(&r->ending, 1);
    pthread_kill(r->breaker, SIGINT);
    pthread_join(r->breaker, NULL);
}

static weir_exit serve(repl *r) {
    weir_exit bad = weir_open(&r->opened, r->o, &(weir_runtime_options){.log = on_log, .error = on_failed, .arg = r});
    if (bad) return bad;
    if (!open_lines(r) || !start_breaker(r)) {
        r->worst = weir_refuse("no memory, or no thread");
    } else {
        if (r->terminal) puts("weir " WEIR_VERSION "; :help, :quit");
        if (r->terminal && weir_edit_missing) puts(weir_edit_missing);
        loop(r);
        end_breaker(r);
    }
    weir_edit_close(r->edit);
    weir_exit end = r->terminal ? WEIR_GOOD : r->worst; /* who types sees what fails */
    end = weir_worse(end, weir_shut(&r->opened, r->o));
    show_notices(r); /* what its last handlers said */
    weir_plain_close(r->plain);
    weir_slp_reader_free(r->reader);
    free(r->text);
    return end;
}

weir_exit weir_repl_main(int argc, char **argv) {
    weir_run_options o;
    weir_exit bad = weir_repl_options_parse(&o, argc, argv);
    if (bad) return bad;
    repl r = {.o = &o, .terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO), .colour = weir_colour_wanted(stdout)};
    sigset_t set;
    only_break(&set);
    if (r.terminal) pthread_sigmask(SIG_BLOCK, &set, NULL);
    if (!weir_notices_init(&r.notices)) return weir_refuse("no descriptor is left");
    weir_exit end = serve(&r);
    weir_notices_free(&r.notices);
    return end;
}
