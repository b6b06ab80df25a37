/* core/expr/await: scripts that publish and wait for what a handler publishes in answer, hundreds of forms in one text, each with the
 * answer of the one before. inside: the script is a handler itself, on the only worker. across: it is run by the calling thread, and
 * there is one worker. memory: as many handlers, of one event, that wait for another; 4 workers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/cases/ask.h"
#include "runtime/weir.h"

enum { TOGETHER = 256, INSIDE = 4096, SESSIONS = 4 }; /* round trips of a script, and of a handler */

typedef struct asker {
    weir_runtime *runtime;
    weir_session *session, *more[SESSIONS]; /* more: of those who wait in memory */
    weir_slp_reader *reader;
    const weir_slp *script;
    weir_a32 answered, logged;
    int64_t result;
} asker;

static const char question[] = "(core/expr/await (core/event/pub $CHANNEL_A 1 $result) $CHANNEL_B 2)\n";

static bool eval(weir_session *s, const char *text) { return weir_eval(s, text, strlen(text), NULL, NULL, NULL); }

/* ---- inside ---- */

static void on_result(void *arg, uint32_t channel, uint32_t topic, weir_slp_value v) {
    asker *a = arg;
    (void)channel;
    (void)topic;
    a->result = weir_slp_type_of(v) == WEIR_SLP_INTEGER ? weir_slp_integer(v) : -1;
    weir_a32_store_release(&a->answered, 1); /* A1: pairs with A2 */
    weir_futex_wake(&a->answered, 1);
}

static void on_error(void *arg, const char *line, size_t bytes) {
    fprintf(stderr, "bench: %.*s\n", (int)bytes, line);
    on_result(arg, 0, 0, (weir_slp_value){0});
}

static void on_log(void *arg, const char *line, size_t bytes) {
    (void)line;
    (void)bytes;
    weir_a32_add_release(&((asker *)arg)->logged, 1); /* L1: pairs with L2 */
}

/* A body that goes on from $data and ends by telling us. */
static char *body(void) {
    char *text = malloc(200 + INSIDE * sizeof question), *to = text;
    if (!text) return NULL;
    to += sprintf(to, "(core/event/sub $CHANNEL_A 0 {$data\n");
    for (int i = 0; i < INSIDE; i++) to += sprintf(to, "%s", question);
    sprintf(to, "(core/event/pub $CHANNEL_C 3 $result)})");
    return text;
}

static bool open_inside(asker *a) {
    char *text = body();
    bool good = text && eval(a->session, text) && weir_subscribe(a->session, 2, 3, on_result, a) == WEIR_DONE;
    free(text);
    return good;
}

static bool inside(void *o, uint32_t n) {
    asker *a = o;
    for (uint32_t i = 0; i < n; i += INSIDE) {
        weir_a32_store(&a->answered, 0);
        eval(a->session, "(core/event/pub $CHANNEL_A 0 1234567)");
        while (!weir_a32_load_acquire(&a->answered)) weir_futex_wait(&a->answered, 0, WEIR_FOREVER); /* A2 */
        if (a->result != BENCH_ASK_WORD) return false;
    }
    return true;
}

/* ---- across ---- */

static bool open_across(asker *a) {
    char text[TOGETHER * sizeof question], *to = text;
    for (int i = 0; i < TOGETHER; i++) to += sprintf(to, "%s", question);
    return (a->script = weir_slp_read(a->reader, text, (size_t)(to - text), WEIR_SLP_ALL, NULL)) &&
           eval(a->session, "1234567");
}

static void keep_result(void *arg, weir_slp_value v) {
    ((asker *)arg)->result = weir_slp_type_of(v) == WEIR_SLP_INTEGER ? weir_slp_integer(v) : -1;
}

static bool across(void *o, uint32_t n) {
    asker *a = o;
    for (uint32_t i = 0; i < n; i += TOGETHER)
        if (!weir_run(a->session, a->script, WEIR_SLP_ALL, keep_result, a) || a->result != BENCH_ASK_WORD) return false;
    return true;
}

/* ---- memory ---- */

static void until_logged(const asker *a, uint64_t n) {
    for (uint32_t seen; (seen = weir_a32_load_acquire(&a->logged)) < n;) weir_yield(); /* L2 */
}

/* The log is written when the wait has been announced. The text is read by parts, for one of all would be most of the memory. */
static bool fill(void *o, uint64_t n) {
    asker *a = o;
    for (int i = 0; i < SESSIONS; i++)
        if (!(a->more[i] = weir_session_open(a->runtime, NULL, NULL))) return false;
    for (uint64_t i = 0; i < n; i++)
        if (!eval(a->more[i % SESSIONS],
                  "(core/event/sub $CHANNEL_A 5 {(core/expr/await (core/util/log 1) $CHANNEL_B 6 600000)"
                  "(core/util/log 2)})"))
            return false;
    weir_a32_store(&a->logged, 0);
    if (!eval(a->session, "(core/event/pub $CHANNEL_A 5 1)")) return false;
    until_logged(a, n);
    return true;
}

static bool answer(void *o, uint64_t n) {
    asker *a = o;
    if (!eval(a->session, "(core/event/pub $CHANNEL_B 6 1)")) return false;
    until_logged(a, 2 * n);
    return weir_runtime_quiet(a->runtime, weir_now_ns() + 60000000000) && weir_a32_load_acquire(&a->logged) == 2 * n;
}

/* ---- opened and closed ---- */

static void end(void *o) {
    asker *a = o;
    weir_session_close(a->session);
    for (int i = 0; i < SESSIONS; i++) weir_session_close(a->more[i]);
    weir_runtime_close(a->runtime, NULL);
    weir_slp_reader_free(a->reader);
    free(a);
}

static bool furnish(asker *a, const char *variant, unsigned workers) {
    const weir_runtime_options o = {.sched = variant, .workers = workers, .log = on_log, .error = on_error, .arg = a};
    return weir_runtime_open(&o, &a->runtime, NULL) && (a->session = weir_session_open(a->runtime, NULL, NULL)) &&
           (a->reader = weir_slp_reader_new(NULL)) &&
           eval(a->session, "(core/event/sub $CHANNEL_A 1 {(core/event/pub $CHANNEL_B 2 $data)})");
}

static void *start(const bench_ask *self, bool is_across) {
    asker *a = calloc(1, sizeof *a);
    if (a && furnish(a, self->arg, 1) && (is_across ? open_across(a) : open_inside(a))) return a;
    if (a) end(a);
    return NULL;
}

#define ASK(name)                                    \
    static const bench_ask name = {.variant = #name, \
                                   .arg = #name,     \
                                   .open = start,    \
                                   .inside = inside, \
                                   .across = across, \
                                   .fill = fill,     \
                                   .answer = answer, \
                                   .close = end};    \
    BENCH_ASK(name, #name[0] == 'c')
ASK(counters)
ASK(lock)
ASK(epoch)
ASK(horizon)
