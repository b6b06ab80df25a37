/* Faults of kv with a log: its process is killed at any moment, or the power of its disk is cut. What had been acknowledged is
 * there when it is opened again, in order, and nothing half.
 *
 * The power cut needs root: a file system lies in an image, which is mounted; the writers are stopped, the image is copied, and the
 * copy mounted: what that file system had not written to its disk is missing there.
 * The checking process never opens a store: writers and judges are children of its own, and talk to it by shared memory. */
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kv/kv.h"
#include "prims/platform.h"
#include "stress/check.h"
#include "stress/jitter/jitter.h"

enum { WRITERS = 3, KEYS = 7, PAIR = 5, VALUE = 60, PATH = 300 };

/* Writer i sets its key s % KEYS to s, for s = 1, 2, ...; when PAIR divides s, also its key KEYS, in the same batch. */
typedef struct shared {
    weir_a64 begun[WRITERS], acked[WRITERS];
    uint64_t from[WRITERS]; /* where the writers go on */
    uint64_t seed;
    weir_kv_level level;
    weir_a32 wrong;
    char text[500]; /* why */
    char path[PATH];
} shared;

static void wrong(shared *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void wrong(shared *s, const char *format, ...) {
    va_list args;
    if (weir_a32_xchg(&s->wrong, 1)) return;
    va_start(args, format);
    vsnprintf(s->text, sizeof s->text, format, args);
    va_end(args);
}

/* -- writers ------------------------------------------------------------------------------------------------------ */

static weir_kv *open_store(shared *s) {
    weir_kv *kv;
    weir_kv_error error;
    const weir_kv_options o = {.variant = STRESS_VARIANT, .store = "wal", .path = s->path, .log_bytes = 1 << 19};
    if (weir_kv_open(&o, &kv, &error) == WEIR_KV_OK) return kv;
    wrong(s, "it cannot be opened: %s", error.text);
    return NULL;
}

typedef struct writer {
    shared *s;
    weir_kv *kv;
    unsigned i;
} writer;

static weir_kv_status write_one(const writer *w, uint64_t n) {
    unsigned char key[2][2] = {{(unsigned char)w->i, (unsigned char)(n % KEYS)}, {(unsigned char)w->i, KEYS}};
    char value[VALUE];
    memset(value, (int)n, sizeof value);
    memcpy(value, &n, sizeof n);
    weir_kv_op op[2] = {{.key = {key[0], 2}, .value = {value, VALUE}}, {.key = {key[1], 2}, .value = {value, VALUE}}};
    const weir_kv_write how = {.level = w->s->level};
    weir_kv_tenant *t = weir_kv_root(w->kv);
    return n % PAIR ? weir_kv_apply(t, op, &how, NULL) : weir_kv_batch(t, op, 2, &how, NULL, NULL);
}

static void *write_on(void *arg) {
    const writer *w = arg;
    shared *s = w->s;
    jitter_thread(s->seed + w->i, 8 + (uint32_t)(s->seed % 16) * 12);
    for (uint64_t n = s->from[w->i] + 1;; n++) {
        weir_a64_store_release(&s->begun[w->i], n);
        weir_kv_status st = write_one(w, n);
        if (st != WEIR_KV_OK) return wrong(s, "a write answered: %s", weir_kv_status_text(st)), NULL;
        weir_a64_store_release(&s->acked[w->i], n);
    }
}

/* Ends with its parent, or when something is wrong. */
static void be_writer(shared *s) {
    pthread_t t[WRITERS];
    writer w[WRITERS];
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    weir_kv *kv = open_store(s);
    for (unsigned i = 0; kv && i < WRITERS; i++) {
        w[i] = (writer){s, kv, i};
        if (pthread_create(&t[i], NULL, write_on, &w[i])) abort();
    }
    for (unsigned i = 0; kv && i < WRITERS; i++) pthread_join(t[i], NULL);
    _exit(1);
}

/* -- the judge ---------------------------------------------------------------------------------------------------- */

/* The n that a key has; 0: there is no such key. */
static uint64_t value_of(shared *s, weir_kv *kv, unsigned i, unsigned k) {
    const unsigned char key[2] = {(unsigned char)i, (unsigned char)k};
    char value[VALUE];
    size_t size = 0;
    uint64_t n = 0;
    weir_kv_status st = weir_kv_copy(weir_kv_root(kv), weir_kv_bytes_of(key, 2), value, VALUE, &size);
    if (st == WEIR_KV_NO) return 0;
    if (st == WEIR_KV_OK && size == VALUE) memcpy(&n, value, sizeof n);
    for (size_t b = sizeof n; b < VALUE; b++)
        if (value[b] != (char)n) size = 0;
    if (size != VALUE) wrong(s, "key %u of writer %u has a value that nobody wrote", k, i);
    return n;
}

/* The last of 1 .. n that `step` divides with that rest; 0: none. */
static uint64_t last_of(uint64_t n, uint64_t step, uint64_t rest) {
    if (n < rest) return 0;
    return n - (n - rest) % step;
}

static void judge_writer(shared *s, weir_kv *kv, unsigned i) {
    uint64_t found[KEYS + 1], n = 0, begun = weir_a64_load(&s->begun[i]), acked = weir_a64_load(&s->acked[i]);
    for (unsigned k = 0; k <= KEYS; k++) {
        found[k] = value_of(s, kv, i, k);
        if (found[k] > n) n = found[k];
    }
    if (n < acked) wrong(s, "writer %u was told that %lu is safe; the last that is there is %lu", i, acked, n);
    if (n > begun) wrong(s, "writer %u never wrote %lu", i, n);
    for (unsigned k = 0; k < KEYS; k++)
        if (found[k] != last_of(n, KEYS, k))
            wrong(s, "of writer %u there is %lu, but key %u has %lu, not %lu", i, n, k, found[k], last_of(n, KEYS, k));
    if (found[KEYS] != last_of(n, PAIR, 0))
        wrong(s, "of writer %u there is %lu, but its batches end with %lu", i, n, found[KEYS]);
    s->from[i] = n;
}

static void be_judge(shared *s) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    weir_kv *kv = open_store(s);
    for (unsigned i = 0; kv && i < WRITERS; i++) judge_writer(s, kv, i);
    if (kv && weir_kv_close(kv) != WEIR_KV_OK) wrong(s, "close failed");
    _exit(0);
}

/* -- rounds ------------------------------------------------------------------------------------------------------- */

static pid_t child(shared *s, void (*be)(shared *s)) {
    pid_t pid = fork();
    if (pid == 0) be(s);
    return pid;
}

static void await(shared *s, pid_t pid, bool killed) {
    int how;
    if (pid < 0 || waitpid(pid, &how, 0) != pid) wrong(s, "no process could be had");
    else if (!killed && WIFSIGNALED(how)) wrong(s, "the judge ended by signal %d", WTERMSIG(how));
}

/* Every writer has had an answer, or something is wrong. */
static void await_answers(shared *s) {
    for (unsigned i = 0; i < WRITERS; i++)
        while (weir_a64_load(&s->acked[i]) <= s->from[i] && !weir_a32_load(&s->wrong)) usleep(500);
}

static shared *new_shared(const stress_request *request, weir_kv_level level) {
    shared *s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (s == MAP_FAILED) abort();
    s->seed = request->seed;
    s->level = level;
    return s;
}

static void run_line(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void run_line(const char *format, ...) {
    char line[3 * PATH];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (system(line)) {} /* what it was for is looked at */
}

static bool new_folder(char *dir) {
    const char *tmp = getenv("TMPDIR");
    snprintf(dir, PATH / 2, "%s/weir-fault-XXXXXX", tmp && strlen(tmp) < 64 ? tmp : "/tmp");
    return mkdtemp(dir);
}

static stress_verdict end(shared *s, const char *dir) {
    run_line("rm -rf %s", dir);
    bool bad = weir_a32_load(&s->wrong);
    if (bad) stress_fail("%s", s->text);
    munmap(s, sizeof *s);
    return bad ? STRESS_VIOLATION : STRESS_PASS;
}

static void killed_once(shared *s, stress_random *r) {
    pid_t pid = child(s, be_writer);
    await_answers(s);
    usleep((useconds_t)stress_random_below(r, stress_random_below(r, 4) ? 20000 : 400000));
    kill(pid, SIGKILL);
    await(s, pid, true);
    if (!weir_a32_load(&s->wrong)) await(s, child(s, be_judge), false);
}

static stress_verdict killed(const stress_check *c, const stress_request *request) {
    (void)c;
    char dir[PATH / 2];
    stress_random r = stress_random_begin(request->seed, 1);
    shared *s = new_shared(request, WEIR_KV_OS);
    if (!new_folder(dir)) return stress_fail("no temporary folder");
    snprintf(s->path, sizeof s->path, "%s/store", dir);
    while (stress_elapsed() < request->seconds && !weir_a32_load(&s->wrong)) {
        uint64_t before = s->from[0];
        killed_once(s, &r);
        s->seed++;
        s->level = s->level == WEIR_KV_OS ? WEIR_KV_DISK : WEIR_KV_OS;
        stress_count("kills", 1);
        stress_count("writes of one writer", s->from[0] - before);
        stress_progress(stress_elapsed() / request->seconds);
    }
    return end(s, dir);
}

/* -- the power cut: a process of its own, whose mounts nobody else sees --------------------------------------------- */

static const char *const image_script =
    "cd %s && mkdir -p on after && truncate -s 48M image && mkfs.ext4 -q -F image && "
    "mount -o loop image on && touch on/mounted";

/* A copy during which nothing was written: writers are stopped, but the file system may be at it. */
static const char *const copy_script = "cd %s && for i in 1 2 3 4 5 6 7 8; do a=$(stat -c %%y image); cp image copy; "
                                       "[ \"$a\" = \"$(stat -c %%y image)\" ] && break; done; umount -l on; "
                                       "mount -o loop copy after && ls after >/dev/null";

static void cut(shared *s, const char *dir, stress_random *r) {
    snprintf(s->path, sizeof s->path, "%s/on/store", dir);
    pid_t pid = child(s, be_writer);
    await_answers(s);
    usleep((useconds_t)stress_random_below(r, 200000));
    kill(pid, SIGSTOP);
    run_line(copy_script, dir);
    kill(pid, SIGKILL);
    await(s, pid, true);
    snprintf(s->path, sizeof s->path, "%s/after/store", dir);
    if (!weir_a32_load(&s->wrong)) await(s, child(s, be_judge), false);
    run_line("cd %s && umount -l after", dir);
}

/* 0: the cut was made; 2: this machine does not let us. */
static int be_power(shared *s, const char *dir, uint64_t seed) {
    char mounted[PATH];
    stress_random r = stress_random_begin(seed, 2);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (geteuid() || unshare(CLONE_NEWNS)) return 2;
    run_line("mount --make-rprivate / 2>/dev/null");
    run_line(image_script, dir);
    snprintf(mounted, sizeof mounted, "%s/on/mounted", dir);
    if (access(mounted, F_OK)) return 2;
    cut(s, dir, &r);
    return 0;
}

static int power_once(shared *s, const char *dir, uint64_t seed) {
    int how = 2;
    pid_t pid = fork();
    if (pid == 0) _exit(be_power(s, dir, seed));
    if (pid < 0 || waitpid(pid, &how, 0) != pid || !WIFEXITED(how)) return wrong(s, "the power cut ended by itself"), 0;
    return WEXITSTATUS(how);
}

static stress_verdict power(const stress_check *c, const stress_request *request) {
    (void)c;
    char dir[PATH / 2];
    shared *s = new_shared(request, WEIR_KV_DISK);
    if (!new_folder(dir)) return stress_fail("no temporary folder");
    int skipped = 0;
    while (stress_elapsed() < request->seconds && !weir_a32_load(&s->wrong) && !skipped) {
        memset(s->from, 0, sizeof s->from); /* a new disk each time */
        for (unsigned i = 0; i < WRITERS; i++) weir_a64_store(&s->acked[i], 0);
        skipped = power_once(s, dir, s->seed++);
        stress_count("power cuts", !skipped);
        stress_count("writes of one writer", s->from[0]);
        stress_progress(stress_elapsed() / request->seconds);
    }
    if (skipped)
        stress_say("skipped: it needs root, mkfs.ext4 and a loop device, and one of them is not to be had here");
    return end(s, dir);
}

STRESS_CHECK(fault, killed,
             "a process that is killed loses nothing that it acknowledged at os or disk; nothing is half", killed)
STRESS_CHECK(fault, power, "a power cut loses nothing that was acknowledged at disk, and leaves nothing half", power)
