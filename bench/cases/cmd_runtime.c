/* core/kv/set and get, by scripts of one session. */
#include <stdio.h>
#include <stdlib.h>

#include "bench/cases/cmd.h"
#include "runtime/weir.h"

typedef struct engine {
    weir_runtime *runtime;
    weir_session *session;
    char value[BENCH_CMD_VALUE];
    bench_result result;
    weir_slp_reader *reader;
    struct ready *ready; /* all there are */
} engine;

typedef struct ready {
    struct ready *next;
    weir_slp form; /* a copy: a buffer may lie anywhere */
} ready;

static void *start(void) {
    engine *e = calloc(1, sizeof *e);
    if (e && weir_runtime_open(NULL, &e->runtime, NULL) && (e->session = weir_session_open(e->runtime, NULL, NULL)) &&
        (e->reader = weir_slp_reader_new(NULL)))
        return e;
    free(e);
    return NULL;
}

static void end(void *o) {
    engine *e = o;
    for (ready *r = e->ready, *next; r; r = next) {
        next = r->next;
        free(r);
    }
    weir_slp_reader_free(e->reader);
    weir_session_close(e->session);
    weir_runtime_close(e->runtime, NULL);
    free(e);
}

static int write_command(char *to, const char *key, const char *value) {
    return value ? sprintf(to, "(core/kv/set %s \"%s\")", key, value) : sprintf(to, "(core/kv/get %s)", key);
}

/* A string is kept; anything else but an error counts as done. */
static void told(void *arg, weir_slp_value v) {
    engine *e = arg;
    weir_slp_type type = weir_slp_type_of(v);
    e->result = (bench_result){type == WEIR_SLP_ERROR ? NULL : e->value, 0};
    if (type != WEIR_SLP_STRING) return;
    weir_slp_text t = weir_slp_text_of(v);
    e->result.bytes = t.bytes;
    memcpy(e->value, t.at, t.bytes < sizeof e->value ? t.bytes : sizeof e->value);
}

static bench_result eval(void *o, const char *text, size_t bytes) {
    engine *e = o;
    e->result.at = NULL;
    weir_eval(e->session, text, bytes, told, e, NULL);
    return e->result;
}

static void *make_ready(void *o, const char *text, size_t bytes) {
    engine *e = o;
    const weir_slp *form = weir_slp_read(e->reader, text, bytes, WEIR_SLP_ONE, NULL);
    ready *r = form ? malloc(sizeof *r + weir_slp_bytes(form)) : NULL;
    if (!r) return NULL;
    memcpy(&r->form, form, weir_slp_bytes(form));
    r->next = e->ready;
    e->ready = r;
    return r;
}

static bench_result call(void *o, void *form) {
    engine *e = o;
    e->result.at = NULL;
    weir_run(e->session, &((ready *)form)->form, WEIR_SLP_ONE, told, e);
    return e->result;
}

static const bench_cmd slp = {.variant = "slp",
                              .open = start,
                              .close = end,
                              .write = write_command,
                              .eval = eval,
                              .ready = make_ready,
                              .call = call};
BENCH_CMD(slp, true)
