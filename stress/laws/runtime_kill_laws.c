/* Lives of a process that runs tasks on a durable store, and is killed at any moment, or right behind a batch; then the next goes on. In the end each form
 * has been completed once, each frame was empty when it began, and a task that was told to pause has not gone on.
 *
 * The check has no runtime itself: each life is a child. Form i of task k counts c<k> from i to i + 1, and notes whether it could. */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kv/kv_p.h"
#include "stress/runtime_world_p.h"
#include "stress/sim.h"

enum { TASKS = 3, FORMS = 12, KILLS = 8, MOST_US = 30000, BATCHES = 20, TEXT = 8000, STUCK_S = 60 };

static char folder[64];

static void make_folder(void) {
    strcpy(folder, "/dev/shm/weir-kill-XXXXXX");
    if (mkdtemp(folder)) return;
    strcpy(folder, "/tmp/weir-kill-XXXXXX");
    world_must(mkdtemp(folder) != NULL, "mkdtemp", folder);
}

static void remove_folder(void) {
    char line[100];
    snprintf(line, sizeof line, "rm -rf %s", folder);
    world_must(system(line) == 0, line, "");
}

/* -- a life --------------------------------------------------------------------------------------------------------- */

static weir_runtime *open_here(const char *kind, bool hold) {
    weir_error error = {{0}};
    weir_runtime *r;
    weir_runtime_options o = {.path = folder, .store = kind, .sched = STRESS_VARIANT, .workers = 2, .hold_tasks = hold};
    world_must(weir_runtime_open(&o, &r, &error), "a runtime is refused", error.text);
    return r;
}

#define OUT(x) "(core/task/outer {" x "})"
#define NOTE "(core/kv/set own%u/%u $result) (core/kv/set s%u/%u (core/kv/cas c%u %u %u))"

/* Every third form lies in the task, the next two in a frame of their own. */
static size_t put_form(char *to, size_t room, unsigned k, unsigned i) {
    const char *form =
        i % 3 == 0 ? "[(core/kv/snx own%u 1) " OUT(NOTE) "]" : "[(core/kv/snx own%u 1) " OUT(OUT(NOTE)) "]";
    return (size_t)snprintf(to, room, form, i, k, i, k, i, k, i, i + 1);
}

static void start(weir_session *s, unsigned k) {
    char text[TEXT], name[20];
    world_told told = {.forms = 0};
    snprintf(name, sizeof name, "t%u", k);
    if (weir_task_state(s, name, world_tell, &told) == WEIR_DONE) return;
    size_t n = (size_t)snprintf(text, sizeof text, "(core/kv/set c%u 0) (core/task/start t%u {", k, k);
    for (unsigned i = 0; i < FORMS; i++) {
        if (i % 3 == 1) n += (size_t)snprintf(text + n, sizeof text - n, "(core/task/frame {");
        n += put_form(text + n, sizeof text - n, k, i);
        if (i % 3 == 2) n += (size_t)snprintf(text + n, sizeof text - n, "})");
    }
    snprintf(text + n, sizeof text - n, "})");
    told = world_eval(s, text);
    world_must(!told.errors, "a task is refused", told.text);
}

static unsigned counted(weir_session *s, unsigned k) {
    char text[40];
    snprintf(text, sizeof text, "(core/kv/get c%u)", k);
    return (unsigned)strtoul(world_eval(s, text).text, NULL, 10);
}

/* Task 0 is paused for a while; where it was paused in the life before, it has not gone on by itself. */
static void pause_and_resume(weir_session *s) {
    world_told told = {.forms = 0};
    weir_task_state(s, "t0", world_tell, &told);
    if (!strncmp(told.text, "(paused", 7)) {
        unsigned before = counted(s, 0);
        usleep(2000);
        world_must(counted(s, 0) == before, "a task that was paused has gone on", told.text);
    }
    weir_task_resume(s, "t0");
    usleep(1000);
    weir_task_pause(s, "t0");
    usleep(2000);
    weir_task_resume(s, "t0");
}

static void live(const char *kind) {
    weir_runtime *r = open_here(kind, false);
    weir_session *s = weir_session_open(r, NULL, NULL);
    for (unsigned k = 0; k < TASKS; k++) start(s, k);
    pause_and_resume(s);
    world_must(weir_task_wait(r, weir_now_ns() + STUCK_S * UINT64_C(1000000000)), "tasks have not ended", "");
    weir_session_close(s);
    world_must(weir_runtime_close(r, NULL), "the store does not close", "");
}

/* -- the last one, who looks ---------------------------------------------------------------------------------------- */

static void must_hold(weir_session *s, const char *key, unsigned k, unsigned i) {
    char text[60];
    snprintf(text, sizeof text, "(core/kv/get %s%u/%u)", key, k, i);
    world_told told = world_eval(s, text);
    world_must(!strcmp(told.text, "true"), text, told.text);
}

static void look(const char *kind) {
    weir_runtime *r = open_here(kind, true);
    weir_session *s = weir_session_open(r, NULL, NULL);
    for (unsigned k = 0; k < TASKS; k++) {
        char name[20], text[40];
        world_told told = {.forms = 0};
        snprintf(name, sizeof name, "t%u", k);
        weir_task_state(s, name, world_tell, &told);
        snprintf(text, sizeof text, "(done %u true)", FORMS / 3 * 2);
        world_must(!strcmp(told.text, text), "a task that was to be done is", told.text);
        world_must(counted(s, k) == FORMS, "forms are missing", name);
        for (unsigned i = 0; i < FORMS; i++) must_hold(s, "s", k, i), must_hold(s, "own", k, i);
    }
    weir_session_close(s);
    weir_runtime_close(r, NULL);
}

/* -- the check ------------------------------------------------------------------------------------------------------ */

typedef struct child {
    pid_t pid;
    FILE *says; /* why it aborts */
} child;

/* batches: behind so many it is killed; 0: not there. */
static child begin(void (*what)(const char *kind), const char *kind, uint32_t batches) {
    child c = {.says = tmpfile()};
    fflush(NULL);
    if ((c.pid = fork()) == 0) {
        dup2(fileno(c.says), 2);
        sim_kill_behind(batches);
        what(kind);
        _exit(0);
    }
    return c;
}

/* False: it was killed. */
static bool end(child c) {
    char line[300] = "";
    int how = 0;
    waitpid(c.pid, &how, 0);
    rewind(c.says);
    bool killed = WIFSIGNALED(how) && WTERMSIG(how) == SIGKILL;
    if (!killed && how != 0) {
        if (fgets(line, sizeof line, c.says)) line[strcspn(line, "\n")] = 0;
        stress_fail("a life ends with status %x: %s", how, line);
    }
    fclose(c.says);
    return !killed;
}

static void lives(stress_random *random, const char *kind) {
    bool over = false;
    make_folder();
    for (unsigned n = 0; n < KILLS && !over && !stress_failed(); n++) {
        bool aimed = stress_random_below(random, 2);
        child c = begin(live, kind, aimed ? 1 + stress_random_below(random, BATCHES) : 0);
        if (!aimed) {
            usleep(stress_random_below(random, MOST_US));
            kill(c.pid, SIGKILL);
        }
        over = end(c);
        stress_count("kills", !over);
    }
    if (!over && !stress_failed()) end(begin(live, kind, 0));
    if (!stress_failed()) end(begin(look, kind, 0));
    stress_count("stores", 1);
    remove_folder();
}

static stress_verdict killed(const stress_check *c, const stress_request *request) {
    stress_random random = stress_random_begin(request->seed, 0);
    bool lmdb = weir_store_find("lmdb"); /* not in every build */
    (void)c;
    do {
        lives(&random, lmdb && stress_random_below(&random, 2) ? "lmdb" : "wal");
        stress_progress(stress_elapsed() / request->seconds);
    } while (!stress_failed() && stress_elapsed() < request->seconds);
    return stress_failed() ? STRESS_VIOLATION : STRESS_PASS;
}

STRESS_CHECK(laws, killed, "processes that run tasks are killed at any moment: each form is completed once", killed)
