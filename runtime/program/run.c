/* weir run, weir eval: scripts against a store. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/program/commands.h"
#include "runtime/program/complain.h"
#include "runtime/program/options.h"
#include "runtime/program/open.h"
#include "runtime/program/stop.h"
#include "runtime/program/text.h"
#include "prims/platform.h"
#include "runtime/weir.h"

#define QUIET_NS UINT64_C(10000000000)
#define GLANCE_NS UINT64_C(50000000)

enum { PIECE = 1 << 16, TEXT_MAX = 1 << 30 }; /* bytes: read at once; of a script */

typedef struct lines {    /* logged while a form runs, as they are shown, behind its result */
    pthread_mutex_t lock; /* handlers log on any worker */
    char *at;
    size_t used, room;
} lines;

typedef struct run {
    const weir_run_options *o;
    weir_runtime *runtime;
    weir_session *session;
    lines logged;
    weir_stop stop;
    unsigned long forms; /* begun */
    weir_exit worst;
} run;

static bool make_room(lines *l, size_t bytes) {
    if (l->room - l->used >= bytes) return true;
    size_t room = (l->room + bytes) * 2;
    char *at = realloc(l->at, room);
    if (!at) return false;
    l->at = at;
    l->room = room;
    return true;
}

static void add(lines *l, const char *at, size_t bytes) {
    memcpy(l->at + l->used, at, bytes);
    l->used += bytes;
}

static void keep_line(void *arg, const char *line, size_t bytes) {
    lines *l = &((run *)arg)->logged;
    const char *before = ((run *)arg)->o->results ? "log " : "";
    pthread_mutex_lock(&l->lock);
    if (make_room(l, strlen(before) + bytes + 1)) {
        add(l, before, strlen(before));
        add(l, line, bytes);
        add(l, "\n", 1);
    } else {
        weir_refuse("no memory for a line of the log");
    }
    pthread_mutex_unlock(&l->lock);
}

static void handler_failed(void *arg, const char *line, size_t bytes) {
    (void)arg;
    fprintf(stderr, "weir: %.*s\n", (int)bytes, line);
}

static void show_lines(run *r) {
    pthread_mutex_lock(&r->logged.lock);
    if (r->logged.used) fwrite(r->logged.at, 1, r->logged.used, stdout);
    r->logged.used = 0;
    pthread_mutex_unlock(&r->logged.lock);
}

/* For at most 10 s, or until it is told to stop; false: it was too long. */
static bool wait_for(run *r, bool (*over)(weir_runtime *runtime, uint64_t deadline_ns)) {
    for (uint64_t end = weir_now_ns() + QUIET_NS; !weir_stop_told(&r->stop);) {
        if (over(r->runtime, weir_now_ns() + GLANCE_NS)) return true;
        if (weir_now_ns() >= end) return false;
    }
    return true;
}

/* Waits until all that a form has brought about is over. */
static void settle(run *r) {
    if (!wait_for(r, weir_runtime_quiet)) weir_refuse("form %lu: handlers still run after 10 s", r->forms);
    show_lines(r);
}

/* At the end; those that have a store that lasts go on another time. */
static void settle_tasks(run *r) {
    if (!wait_for(r, weir_task_wait)) weir_refuse("tasks still run after 10 s");
    settle(r);
}

static void print(FILE *to, const char *before, weir_slp_value v) {
    size_t bytes = weir_slp_print(v, WEIR_SLP_CANONICAL, NULL, 0);
    char *text = malloc(bytes + 1);
    if (!text) {
        weir_refuse("no memory to show a value");
        return;
    }
    weir_slp_print(v, WEIR_SLP_CANONICAL, text, bytes);
    fprintf(to, "%s%.*s\n", before, (int)bytes, text);
    free(text);
}

/* Which may have zeros. */
static void print_error(weir_slp_text t) {
    fputs("! ", stdout);
    fwrite(t.at, 1, t.bytes, stdout);
    putchar('\n');
}

/* The value of a form. */
static void show(void *arg, weir_slp_value v) {
    run *r = arg;
    weir_slp_text t = {0};
    bool bad = weir_slp_type_of(v) == WEIR_SLP_ERROR;
    if (bad) t = weir_slp_text_of(v);
    if (bad) r->worst = weir_worse(r->worst, WEIR_BAD);
    if (r->o->results && bad) print_error(t);
    else if (bad) fprintf(stderr, "weir: form %lu: %.*s\n", r->forms, (int)t.bytes, t.at);
    else if (r->o->results) print(stdout, "= ", v);
    else if (r->o->eval) print(stdout, "", v);
}

static void complain(run *r, const char *name, const char *text, size_t bytes, const weir_slp_error *e) {
    r->worst = weir_worse(r->worst, WEIR_BAD);
    if (r->o->results) printf("P %s %u\n", weir_slp_class_name(e->what), e->offset);
    else weir_complain(name, text, bytes, e);
}

static void run_form(run *r, const char *name, const weir_slp *form) {
    r->forms++;
    if (!weir_run(r->session, form, WEIR_SLP_ONE, show, r))
        r->worst = weir_refuse_file(name, "no memory to run a form");
    settle(r);
}

/* As much of the next piece as the limit of a form has room for; 0: none. */
static size_t push(weir_slp_feed *feed, const char *text, size_t bytes) {
    size_t n = bytes < PIECE ? bytes : PIECE;
    while (n && !weir_slp_feed_push(feed, text, n)) n /= 2;
    return n;
}

static weir_slp_error error_at(const char *text, size_t at, weir_slp_class what, const char *message) {
    weir_slp_error e = {.what = what, .offset = (uint32_t)at, .line = 1, .column = 1, .message = message};
    for (size_t i = 0; i < at; i++) {
        e.column++;
        if (text[i] == '\n') e.line++, e.column = 1;
    }
    return e;
}

/* Piece by piece and form by form: those before an error have run, and the limits are those of a form. False: *e. */
static bool run_forms(run *r, weir_slp_feed *feed, const char *name, const char *text, size_t bytes,
                      weir_slp_error *e) {
    const weir_slp *form;
    unsigned long before = r->forms;
    for (size_t at = 0, n;; at += n) {
        weir_slp_fed fed;
        while ((fed = weir_slp_feed_next(feed, at == bytes, &form, e)) == WEIR_SLP_FORM) {
            run_form(r, name, form);
            if (weir_stop_told(&r->stop)) return true;
        }
        if (fed == WEIR_SLP_BAD) return false;
        if (at == bytes) break;
        if ((n = push(feed, text + at, bytes - at))) continue;
        *e = error_at(text, at, WEIR_SLP_SIZE, "a form is larger than the limit");
        e->limit = r->o->limits.bytes;
        return false;
    }
    *e = error_at(text, 0, WEIR_SLP_EMPTY, "no form in the text");
    return r->forms > before;
}

static void run_text(run *r, const char *name, const char *text, size_t bytes) {
    weir_slp_error e;
    weir_slp_feed *feed = weir_slp_feed_new(&r->o->limits);
    if (!feed) r->worst = weir_refuse_file(name, "no memory to read");
    else if (!run_forms(r, feed, name, text, bytes, &e)) complain(r, name, text, bytes, &e);
    weir_slp_feed_free(feed);
}

static void run_file(run *r, const char *name) {
    weir_file f;
    const char *shown = strcmp(name, "-") ? name : "<stdin>";
    if (!weir_file_read(&f, name, TEXT_MAX)) {
        r->worst = weir_refuse_file(shown, strerror(errno));
        return;
    }
    if (f.bytes > TEXT_MAX) r->worst = weir_refuse_file(shown, "has more than 1 GiB");
    else run_text(r, shown, f.text, f.bytes);
    free(f.text);
}

/* -- from a record --------------------------------------------------------------------------------------------------- */

static void next_script(void *arg, uint32_t session) {
    run *r = arg;
    (void)session;
    show_lines(r);
    r->forms++;
}

static void show_again(void *arg, uint32_t session, weir_slp_value v) {
    (void)session;
    show(arg, v);
}

static void replay(run *r) {
    weir_error error;
    if (!weir_runtime_replay(r->runtime, next_script, show_again, r, &error))
        r->worst = weir_worse(r->worst, weir_refuse("%s", error.text));
    show_lines(r);
}

static weir_exit run_main(const weir_run_options *o) {
    weir_opened opened;
    run r = {.o = o, .logged.lock = PTHREAD_MUTEX_INITIALIZER};
    weir_stop_init(&r.stop);
    weir_exit bad =
        weir_open(&opened, o, &(weir_runtime_options){.log = keep_line, .error = handler_failed, .arg = &r});
    if (bad) return bad;
    r.runtime = opened.runtime;
    r.session = opened.session;
    weir_stop_begin(&r.stop, o->record ? NULL : r.session); /* an interrupt is no input that could be repeated */
    if (o->replay) replay(&r);
    for (int i = 0; i < o->texts && !weir_stop_told(&r.stop); i++) {
        if (o->eval) run_text(&r, "<argument>", o->text[i], strlen(o->text[i]));
        else run_file(&r, o->text[i]);
    }
    settle_tasks(&r);
    weir_stop_end(&r.stop);
    r.worst = weir_worse(r.worst, weir_shut(&opened, o));
    free(r.logged.at);
    fflush(stdout);
    weir_stop_die(&r.stop);
    return r.worst;
}

weir_exit weir_run_main(int argc, char **argv) {
    weir_run_options o;
    weir_exit bad = weir_run_options_parse(&o, false, argc, argv);
    return bad ? bad : run_main(&o);
}

weir_exit weir_eval_main(int argc, char **argv) {
    weir_run_options o;
    weir_exit bad = weir_run_options_parse(&o, true, argc, argv);
    return bad ? bad : run_main(&o);
}
