/* Tasks and kill -9: a process that runs a task is killed again and again, by its parent at any moment, and by itself right
 * behind each batch; in the end each form has been completed once. That this would notice is shown by batches that are cut in
 * two, killed between. weir_kv_batch is wrapped; the children are this program again, with arguments.
 *
 *     task_crash_test              the tests; SCHED is the scheduler, KIND that of the store
 *     task_crash_test FOLDER KIND FORMS [WHERE N]   one child: WHERE is behind, or in a batch cut in two: pc-first, pc-last */
#include "prims/test_p.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kv/kv.h"
#include "prims/platform.h"
#include "runtime/weir.h"

#ifdef __SANITIZE_THREAD__
enum { KILLS = 3, STEP = 8 }; /* a process takes its time to begin */
#else
enum { KILLS = 20, STEP = 1 };
#endif
enum { DELAY_US = 50000 };

/* -- the batch that kills ------------------------------------------------------------------------------------------ */

static const char *where; /* NULL: nowhere */
static long left;         /* batches until then; on any worker, but one task writes at a time */

weir_kv_status __real_weir_kv_batch(weir_kv_tenant *t, weir_kv_op *op, size_t n, const weir_kv_write *how,
                                    uint64_t *position, size_t *failed);
weir_kv_status __wrap_weir_kv_batch(weir_kv_tenant *t, weir_kv_op *op, size_t n, const weir_kv_write *how,
                                    uint64_t *position, size_t *failed);

static void die_if(bool here) {
    if (here) kill(getpid(), SIGKILL);
}

weir_kv_status __wrap_weir_kv_batch(weir_kv_tenant *t, weir_kv_op *op, size_t n, const weir_kv_write *how,
                                    uint64_t *position, size_t *failed) {
    bool now = where && --left == 0;
    bool cut = n > 1 && op[0].verb == WEIR_KV_CAS && where && !strncmp(where, "pc-", 3);
    weir_kv_status st = WEIR_KV_OK;
    if (cut) {
        bool first = !strcmp(where, "pc-first");
        st = __real_weir_kv_batch(t, op + !first, first ? 1 : n - 1, how, position, failed);
        die_if(now);
        if (st == WEIR_KV_OK) st = __real_weir_kv_batch(t, op + first, first ? n - 1 : 1, how, position, failed);
    } else {
        st = __real_weir_kv_batch(t, op, n, how, position, failed);
    }
    die_if(now);
    return st;
}

/* -- the child ----------------------------------------------------------------------------------------------------- */

enum { FORMS_MAX = 24, FORM = 300 };

/* Counts from i to i + 1, and notes whether it could; a key of the frame goes along. */
static size_t put_form(char *to, int i) {
    return (size_t)sprintf(to,
                           "[(core/task/outer {(core/task/outer {(core/kv/set seen%d (core/kv/cas counter %d %d))})})"
                           " (core/kv/set own%d $result)]",
                           i, i, i + 1, i);
}

/* Frames of two forms, one behind the other, each in the task. */
static char *body_of(int forms) {
    char *text = malloc((size_t)forms * FORM + 100), *at = text;
    at += sprintf(at, "(core/task/start t {");
    for (int i = 0; i < forms; i += 2) {
        at += sprintf(at, "(core/task/frame {");
        at += put_form(at, i);
        at += put_form(at, i + 1);
        at += sprintf(at, "})");
    }
    sprintf(at, "})");
    return text;
}

static void quiet(void *arg, const char *line, size_t bytes) {
    (void)arg;
    fprintf(stderr, "%.*s\n", (int)bytes, line);
}

static weir_runtime *open_runtime(const char *folder, const char *kind, bool hold) {
    weir_runtime *r = NULL;
    weir_error error;
    weir_runtime_options o = {
        .path = folder, .store = kind, .sched = SCHED, .workers = 2, .hold_tasks = hold, .error = quiet};
    if (!weir_runtime_open(&o, &r, &error)) fprintf(stderr, "%s\n", error.text);
    return r;
}

static void nothing(void *arg, weir_slp_value v) { (void)arg, (void)v; }

static int child(const char *folder, const char *kind, int forms) {
    weir_runtime *r = open_runtime(folder, kind, false);
    weir_session *s = r ? weir_session_open(r, NULL, NULL) : NULL;
    char *text = body_of(forms);
    if (!s) return 2;
    bool there = weir_task_state(s, "t", nothing, NULL) == WEIR_DONE;
    if (!there && !weir_eval(s, "(core/kv/set counter 0)", 23, NULL, NULL, NULL)) return 2;
    if (!there && !weir_eval(s, text, strlen(text), NULL, NULL, NULL)) return 2;
    weir_task_wait(r, WEIR_FOREVER);
    weir_session_close(s);
    free(text);
    return weir_runtime_close(r, NULL) ? 0 : 2;
}

/* -- the parent ---------------------------------------------------------------------------------------------------- */

static char folder[64];

static pid_t begin(const char *kind, int forms, const char *at, long n) {
    char count[24], batch[24];
    snprintf(count, sizeof count, "%d", forms);
    snprintf(batch, sizeof batch, "%ld", n);
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        execl("/proc/self/exe", "task_crash_test", folder, kind, count, at, batch, (char *)NULL);
        _exit(3);
    }
    assert_true(pid > 0);
    return pid;
}

/* True: it has come to its end; false: it was killed. */
static bool end(pid_t pid) {
    int how;
    assert_int_equal(waitpid(pid, &how, 0), pid);
    if (WIFSIGNALED(how) && WTERMSIG(how) == SIGKILL) return false;
    assert_true(WIFEXITED(how));
    assert_int_equal(WEXITSTATUS(how), 0);
    return true;
}

typedef struct seen {
    char text[256];
    size_t used;
} seen;

static void show(void *arg, weir_slp_value v) {
    seen *s = arg;
    size_t n = weir_slp_print(v, WEIR_SLP_CANONICAL, s->text + s->used, sizeof s->text - s->used - 1);
    s->used += n < 60 ? n : 60;
    s->text[s->used] = 0;
}

static bool holds(weir_session *s, const char *form, const char *wanted) {
    seen out = {.used = 0};
    assert_true(weir_eval(s, form, strlen(form), show, &out, NULL));
    return !strcmp(out.text, wanted);
}

static bool count_one(void *arg, weir_kv_bytes key, weir_kv_bytes value) {
    (void)key, (void)value;
    ++*(int *)arg;
    return true;
}

/* Of all keys that begin with FF. */
static int hidden_keys(const char *kind) {
    weir_kv *kv;
    weir_kv_tenant *t;
    int n = 0;
    weir_kv_options o = {.store = kind, .path = folder};
    assert_int_equal(weir_kv_open(&o, &kv, NULL), WEIR_KV_OK);
    assert_int_equal(weir_kv_tenant_open(kv, WEIR_KV_TEXT("main"), &t), WEIR_KV_OK);
    assert_int_equal(weir_kv_iterate(t, WEIR_KV_TEXT("\xff"), 0, 0, count_one, &n), WEIR_KV_OK);
    weir_kv_tenant_close(t);
    assert_int_equal(weir_kv_close(kv), WEIR_KV_OK);
    return n;
}

/* Each form once, and nothing left but the record. */
static bool exactly_once(const char *kind, int forms) {
    weir_runtime *r = open_runtime(folder, kind, true);
    weir_session *s = weir_session_open(r, NULL, NULL);
    char form[100], wanted[100];
    snprintf(wanted, sizeof wanted, "(done %d true)", forms / 2);
    bool good = holds(s, "(core/task/state t)", wanted);
    snprintf(wanted, sizeof wanted, "%d", forms);
    good &= holds(s, "(core/kv/get counter)", wanted);
    for (int i = 0; i < forms; i++) {
        snprintf(form, sizeof form, "(core/kv/get seen%d)", i);
        good &= holds(s, form, "true");
    }
    weir_session_close(s);
    assert_true(weir_runtime_close(r, NULL));
    return good & (hidden_keys(kind) == 1);
}

static void make_folder(void) {
    snprintf(folder, sizeof folder, "/tmp/weir-crash-XXXXXX");
    assert_non_null(mkdtemp(folder));
}

static void remove_folder(void) {
    char line[100];
    snprintf(line, sizeof line, "rm -rf %s", folder);
    assert_int_equal(system(line), 0);
}

/* -- the tests ----------------------------------------------------------------------------------------------------- */

static const char *const kind = KIND;

static void at_any_moment(void **state) {
    uint64_t random = 20261121;
    bool over = false;
    int kills = 0;
    (void)state;
    make_folder();
    while (!over && kills < KILLS) {
        pid_t pid = begin(kind, FORMS_MAX, NULL, 0);
        random = random * 6364136223846793005u + 1442695040888963407u;
        usleep((useconds_t)((random >> 33) % DELAY_US));
        kill(pid, SIGKILL);
        over = end(pid);
        kills += !over;
    }
    if (!over) assert_true(end(begin(kind, FORMS_MAX, NULL, 0)));
    if (!exactly_once(kind, FORMS_MAX)) fail_msg("after %d kills, in %s", kills, folder);
    remove_folder();
}

enum { FEW = 2 };

/* A new store for each n: killed at its nth batch, then run to its end. Answers for how many n it is wrong; stops at the first that
 * is, when `until` says so. */
static int wrong_at(const char *place, bool until) {
    int wrong = 0;
    bool over = false;
    for (long n = 1; !over && !(until && wrong); n += until ? 1 : STEP) {
        make_folder();
        over = end(begin(kind, FEW, place, n));
        if (!over) assert_true(end(begin(kind, FEW, NULL, 0)));
        bool good = exactly_once(kind, FEW);
        if (!good && !until) fail_msg("%s: killed %s batch %ld, in %s", kind, place, n, folder);
        wrong += !good;
        remove_folder();
        assert_true(n < 100);
    }
    return wrong;
}

static void behind_each_batch(void **state) {
    (void)state;
    assert_int_equal(wrong_at("behind", false), 0);
}

/* What a form wrote and its pc apart, in either order: this is what the tests above are for. */
static void would_be_noticed(void **state) {
    (void)state;
    assert_int_equal(wrong_at("pc-first", true), 1);
    assert_int_equal(wrong_at("pc-last", true), 1);
}

static bool has(const char *store) {
    make_folder();
    weir_runtime *r = open_runtime(folder, store, true);
    if (r) weir_runtime_close(r, NULL);
    remove_folder();
    return r != NULL;
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(at_any_moment), cmocka_unit_test(behind_each_batch),
                                       cmocka_unit_test(would_be_noticed)};
    if (argc > 5) where = argv[4], left = atol(argv[5]);
    if (argc > 3) return child(argv[1], argv[2], atoi(argv[3]));
    return has(kind) ? cmocka_run_group_tests_name(kind, tests, NULL, NULL) : 0;
}
