/* weir task: the tasks of a store that nobody has open. None is run. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/program/commands.h"
#include "runtime/program/options.h"
#include "runtime/program/store.h"
#include "runtime/weir.h"

typedef weir_exit verb(weir_session *s, const char *name);

/* What went wrong with a task, or with all of them. */
static weir_exit refuse(weir_answer answer, const char *name) {
    switch (answer) {
    case WEIR_DONE: return WEIR_GOOD;
    case WEIR_NOT_THERE: return weir_refuse("task %s: there is none of this name, or it has ended", name);
    case WEIR_RANGE: return weir_refuse("task %s: no task can have this name", name);
    case WEIR_NO_MEMORY: return weir_refuse("task %s: no memory", name);
    default: return weir_refuse("task %s: the store has failed, or has something there that is no task", name);
    }
}

/* -- state, list --------------------------------------------------------------------------------------------------- */

static void print(weir_slp_value v) {
    size_t bytes = weir_slp_print(v, WEIR_SLP_CANONICAL, NULL, 0);
    char *text = malloc(bytes + 1);
    if (!text) {
        weir_refuse("no memory to show a value");
        return;
    }
    weir_slp_print(v, WEIR_SLP_CANONICAL, text, bytes);
    weir_show(stdout, text, bytes);
    putchar('\n');
    free(text);
}

static void print_state(void *arg, weir_slp_value v) {
    (void)arg;
    print(v);
}

static weir_exit state(weir_session *s, const char *name) {
    return refuse(weir_task_state(s, name, print_state, NULL), name);
}

/* STATE COMPLETED, without the value. */
static void print_short(void *arg, weir_slp_value v) {
    weir_slp_text t = weir_slp_text_of(weir_slp_at(v, 0));
    (void)arg;
    printf(" %.*s %" PRId64 "\n", (int)t.bytes, t.at, weir_slp_integer(weir_slp_at(v, 1)));
}

static bool list_one(void *arg, const char *name, size_t bytes) {
    char text[256];
    snprintf(text, sizeof text, "%.*s", (int)bytes, name);
    weir_show(stdout, name, bytes);
    weir_answer answer = weir_task_state(arg, text, print_short, NULL);
    if (answer != WEIR_DONE) puts(" (damaged)");
    return true;
}

static weir_exit list(weir_session *s, const char *name) {
    (void)name;
    return refuse(weir_task_list(s, list_one, s), "");
}

/* -- pause, resume, cancel ------------------------------------------------------------------------------------------ */

static weir_exit pause_it(weir_session *s, const char *name) { return refuse(weir_task_pause(s, name), name); }
static weir_exit resume(weir_session *s, const char *name) { return refuse(weir_task_resume(s, name), name); }
static weir_exit cancel(weir_session *s, const char *name) { return refuse(weir_task_cancel(s, name), name); }

/* -- the whole ----------------------------------------------------------------------------------------------------- */

static weir_exit on_store(verb *run, const weir_task_options *o) {
    weir_runtime *r;
    weir_error error;
    weir_runtime_options options = {
        .store = o->kind, .path = o->store, .must_exist = true, .workers = 1, .hold_tasks = true};
    if (!weir_runtime_open(&options, &r, &error)) return weir_refuse("%s", error.text);
    weir_session *s = weir_session_open(r, &(weir_session_options){.scope = o->scope}, &error);
    weir_exit end = s ? run(s, o->name) : weir_refuse("%s", error.text);
    weir_session_close(s);
    return weir_runtime_close(r, &error) ? end : weir_refuse("%s", error.text);
}

weir_exit weir_task_main(int argc, char **argv) {
    static const struct {
        const char *name;
        verb *run;
    } verbs[] = {{"list", list}, {"state", state}, {"pause", pause_it}, {"resume", resume}, {"cancel", cancel}};
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs && argc > 0; i++) {
        if (strcmp(argv[0], verbs[i].name)) continue;
        weir_task_options o;
        weir_exit end = weir_task_options_parse(&o, verbs[i].run == list, argc - 1, argv + 1);
        return end == WEIR_GOOD ? on_store(verbs[i].run, &o) : end;
    }
    return weir_refuse("task: list, state, pause, resume or cancel is needed" WEIR_SEE_HELP);
}
