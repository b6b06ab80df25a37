/* Scripts of all commands there are, with every kind of value in every place, run in a small runtime: nothing crashes, every error
 * is a value "class: message", closing ends what runs, and the runtime serves on.
 *
 * The first byte chooses a scheduler and a store, each with a runtime of its own; stores on a disk lie in a folder that is removed.
 * Half of the arguments are what the command takes, so that the fuzzer gets past the checks. Awaits say how long, or the default,
 * which is short; forms and handlers that would run for ever are ended by options.steps. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "prims/platform.h"
#include "runtime/weir.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define must(c) ((c) ? (void)0 : (fprintf(stderr, "not so: %s\n", #c), abort()))

enum { ROOM = 1 << 18, DEEP = 6, LONG_KEY = 65537, SCRIPTS = 64 };

typedef struct maker {
    const uint8_t *at, *end;
    char *to;
    size_t used;
    unsigned quotes; /* strings within strings: quotes and backslashes are escaped as often */
} maker;

static unsigned byte(maker *m) { return m->at < m->end ? *m->at++ : 0; }

static void put(maker *m, const char *text) {
    for (; *text && m->used + 16 < ROOM; text++) {
        if (m->quotes && (*text == '"' || *text == '\\'))
            for (unsigned i = 0; i < (1u << m->quotes) - 1 && m->used + 16 < ROOM; i++) m->to[m->used++] = '\\';
        m->to[m->used++] = *text;
    }
}

static void put_many(maker *m, const char *text, int n) {
    for (int i = 0; i < n; i++) put(m, text);
}

static const weir_command *commands[256];
static unsigned known;

/* -- values -------------------------------------------------------------------------------------------------------- */

static void value(maker *m, int depth);

static const char *const atoms[] = {"a",
                                    "b",
                                    "c",
                                    "true",
                                    "core/kv/set",
                                    "A",
                                    "\"\"",
                                    "\"a b\"",
                                    "\"(core/kv/set a 1)\"",
                                    "0",
                                    "1",
                                    "-1",
                                    "7",
                                    "65535",
                                    "65536",
                                    "134217727",
                                    "134217728",
                                    "4294967296",
                                    "9223372036854775807",
                                    "-9223372036854775808",
                                    "0.0",
                                    "-0.5",
                                    "1e308",
                                    "$result",
                                    "$key",
                                    "$data",
                                    "$channel",
                                    "$topic",
                                    "$CHANNEL_A",
                                    "$CHANNEL_B",
                                    "$CHANNEL_F",
                                    "$CHANNEL_G",
                                    "$nothing",
                                    "$core/kv/set",
                                    "@\"mine: x\"",
                                    "@\"\"",
                                    "'a",
                                    "''(b)",
                                    "'$key",
                                    "()",
                                    "[]",
                                    "{}",
                                    "'()",
                                    "\xff\xfe",
                                    "core/task/x"};

static void items(maker *m, int depth) {
    for (unsigned n = byte(m) % 4; n > 0; n--) {
        value(m, depth + 1);
        put(m, " ");
    }
}

static void command(maker *m, int depth);

static void value(maker *m, int depth) {
    unsigned kind = depth < DEEP ? byte(m) % 20 : 0;
    switch (kind) {
    case 12: put(m, "("), items(m, depth), put(m, ")"); return;
    case 13: put(m, "["), items(m, depth), put(m, "]"); return;
    case 14: put(m, "{"), items(m, depth), put(m, "}"); return;
    case 15: put(m, "'"), value(m, depth + 1); return;
    case 16:
    case 17: command(m, depth + 1); return;
    case 18:
        if (m->quotes >= 3) break;
        put(m, "\""), m->quotes++, value(m, depth + 1), m->quotes--, put(m, "\"");
        return;
    case 19:
        if (byte(m) % 8) break;
        put_many(m, "k", byte(m) % 2 ? LONG_KEY : LONG_KEY - 1); /* one is too long */
        return;
    default: break;
    }
    put(m, atoms[byte(m) % (sizeof atoms / sizeof *atoms)]);
}

/* -- commands ------------------------------------------------------------------------------------------------------ */

/* Something that the letter of an argument takes. */
static void fitting(maker *m, char letter, int depth) {
    static const char *const keys[] = {"a", "b", "c", "a/b", "$key", "$result", "$data"};
    static const char *const ints[] = {"0", "1", "2", "3", "$topic"};
    static const char *const topics[] = {"0", "1", "2", "65535", "$topic"};
    static const char *const channels[] = {"$CHANNEL_A", "$CHANNEL_B", "$CHANNEL_F", "$channel"};
    switch (letter) {
    case 'k': put(m, keys[byte(m) % 7]); return;
    case 'c': put(m, channels[byte(m) % 4]); return;
    case 't': put(m, topics[byte(m) % 5]); return;
    case 'i':
    case 'n': put(m, ints[byte(m) % 5]); return;
    case 'b': put(m, "{"), items(m, depth), command(m, depth + 1), put(m, "}"); return;
    case 'p': put(m, byte(m) % 2 ? "\"\"" : "a"); return;
    case 's': put(m, "\"a\""); return;
    case 'f': command(m, depth + 1); return;
    default: value(m, depth + 1); return;
    }
}

static void command(maker *m, int depth) {
    const weir_command *c = commands[byte(m) % known];
    unsigned n = 0, how = depth < DEEP ? byte(m) : 1;
    bool waits = !strcmp(c->name, "core/expr/await");
    put(m, "("), put(m, c->name);
    for (const char *p = c->takes; *p && n < 8; p++) {
        if (*p == '?' || *p == '+') continue;
        if (how % 16 == n + 8) continue; /* one too few */
        put(m, " ");
        if (waits && *p == 'n') put(m, byte(m) % 2 ? "1" : byte(m) % 2 ? "0" : "\"1\"");
        else if (how & 16 << n % 4 || depth >= DEEP) fitting(m, depth >= DEEP ? 'k' : *p, depth);
        else value(m, depth + 1);
        n++;
    }
    if (how % 16 == 7 && !waits) put(m, " "), value(m, depth + 1); /* one too many */
    put(m, ")");
}

/* -- the runtimes -------------------------------------------------------------------------------------------------- */

typedef struct world {
    const char *sched, *store;
    weir_runtime *runtime; /* NULL: not open */
    unsigned scripts;      /* run in it */
    char folder[40];
} world;

static world worlds[] = {{.sched = "counters", .store = "memory"}, {.sched = "lock", .store = "memory"},
                         {.sched = "epoch", .store = "memory"},    {.sched = "double", .store = "memory"},
                         {.sched = "horizon", .store = "memory"},  {.sched = "counters", .store = "wal"},
                         {.sched = "horizon", .store = "wal"},     {.sched = "counters", .store = "lmdb"},
                         {.sched = "epoch", .store = "lmdb"}};
enum { WORLDS = sizeof worlds / sizeof *worlds };

static world *here; /* of this script */
static weir_runtime *runtime;

static void no_line(void *arg, const char *line, size_t bytes) { (void)arg, (void)line, (void)bytes; }

static void remove_folder(world *w) {
    char line[60];
    if (!*w->folder) return;
    snprintf(line, sizeof line, "rm -rf %s", w->folder);
    must(system(line) == 0);
    *w->folder = 0;
}

static void remove_all(void) {
    for (unsigned i = 0; i < WORLDS; i++) remove_folder(&worlds[i]);
}

static void make_folder(world *w) {
    static bool asked;
    if (!asked) atexit(remove_all);
    asked = true;
    strcpy(w->folder, "/tmp/weir-fuzz-XXXXXX");
    must(mkdtemp(w->folder));
}

static void open_runtime(world *w) {
    weir_error error;
    bool disk = strcmp(w->store, "memory") != 0;
    weir_runtime_options o = {.workers = 2, .queue = 4, .await_ms = 1, .subscriptions = 16, .steps = 2000};
    o.parked_max = 4;
    o.log = o.error = no_line;
    o.sched = w->sched;
    o.store = w->store;
    if (disk) {
        make_folder(w);
        o.path = w->folder;
        o.level = "memory";
    }
    bool good = weir_runtime_open(&o, &w->runtime, &error);
    if (!good && !strcmp(w->store, "lmdb")) { /* not in every build */
        w->store = "memory";
        remove_folder(w);
        open_runtime(w);
        return;
    }
    if (!good) fprintf(stderr, "%s on %s: %s\n", w->sched, w->store, error.text);
    must(good);
    for (known = 0; known < 256 && (commands[known] = weir_command_at(w->runtime, known));) known++;
    must(known > 10);
}

static void begin_world(unsigned choice) {
    here = &worlds[choice % WORLDS];
    if (getenv("SHOW")) fprintf(stderr, "%s, %s\n", here->sched, here->store);
    if (!here->runtime) open_runtime(here);
    runtime = here->runtime;
}

static void end_world(void) {
    if (++here->scripts % SCRIPTS) return;
    must(weir_runtime_close(runtime, NULL));
    here->runtime = NULL;
    remove_folder(here);
}

/* An error is "class: message", but those that a script has written itself. */
static void check(void *arg, weir_slp_value v) {
    weir_slp_text t = {0};
    ++*(unsigned *)arg;
    if (weir_slp_type_of(v) == WEIR_SLP_ERROR) t = weir_slp_text_of(v);
    must(weir_slp_type_of(v) != WEIR_SLP_ERROR || t.bytes == 0 || !memcmp(t.at, "mine: x", 7) ||
         memmem(t.at, t.bytes, ": ", 2));
}

static void run(weir_session *s, const char *text, size_t bytes) {
    unsigned forms = 0;
    weir_slp_error e = {0};
    bool read = weir_eval(s, text, bytes, check, &forms, &e);
    must(read ? forms > 0 : e.message && e.what != WEIR_SLP_OK && e.what != WEIR_SLP_NOMEM);
}

static void is_true(void *arg, weir_slp_value v) {
    weir_slp_text t = {0};
    if (weir_slp_type_of(v) == WEIR_SLP_SYMBOL) t = weir_slp_text_of(v);
    *(unsigned *)arg += t.bytes == 4 && !memcmp(t.at, "true", 4);
}

/* A session that knows nothing of all this does what it always does. */
static void serves_on(void) {
    static const char text[] = "(core/kv/set a 1)(core/kv/cas a 1 2)(core/event/sub $CHANNEL_C 9 {(core/kv/del a)})"
                               "(core/event/pub $CHANNEL_C 9 1)(core/expr/eval \"(core/event/unsub $CHANNEL_C 9)\")";
    unsigned good = 0;
    weir_session *s = weir_session_open(runtime, &(weir_session_options){.scope = "other"}, NULL);
    must(s && weir_eval(s, text, sizeof text - 1, is_true, &good, NULL));
    must(good == 5);
    weir_session_close(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static char text[ROOM];
    maker m = {.at = data, .end = data + size, .to = text};
    begin_world(byte(&m));
    weir_session *s = weir_session_open(runtime, NULL, NULL), *t = weir_session_open(runtime, NULL, NULL);
    must(s && t);
    for (int i = 0; i < 4 && m.at < m.end; i++) {
        m.used = 0;
        for (unsigned n = 1 + byte(&m) % 4; n > 0; n--) command(&m, 0);
        if (getenv("SHOW")) fprintf(stderr, "%.*s\n", (int)m.used, text);
        run(i % 2 ? s : t, text, m.used);
    }
    if (data && size && data[size - 1] % 2) weir_runtime_quiet(runtime, weir_now_ns() + 1000000);
    weir_session_close(s);
    weir_session_close(t);
    must(weir_runtime_quiet(runtime, weir_now_ns() + UINT64_C(10000000000)));
    serves_on();
    end_world();
    return 0;
}
