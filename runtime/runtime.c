#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/exec_p.h"
#include "runtime/session_p.h"

static void fail(weir_error *error, const char *text) {
    if (error) snprintf(error->text, sizeof error->text, "%s", text);
}

static void log_to_stderr(void *arg, const char *line, size_t bytes) {
    (void)arg;
    fprintf(stderr, "%.*s\n", (int)bytes, line);
}

static bool open_store(weir_runtime *r, weir_error *error) {
    weir_kv_options o = {.variant = r->o.variant, .store = r->o.store, .path = r->o.path};
    weir_kv_error e;
    if (!o.store) o.store = o.path ? "wal" : "memory";
    if (weir_kv_open(&o, &r->kv, &e) == WEIR_KV_OK) return true;
    fail(error, e.text);
    return false;
}

bool weir_runtime_open(const weir_runtime_options *options, weir_runtime **runtime, weir_error *error) {
    weir_runtime *r = calloc(1, sizeof *r);
    if (!r) return fail(error, "no memory for a runtime"), false;
    if (options) r->o = *options;
    if (!r->o.log) r->o.log = log_to_stderr;
    if (!r->o.limits.depth) r->o.limits = weir_slp_limits_default();
    if (!weir_vocabulary_init(&r->words, NULL, 0, NULL)) {
        fail(error, "no memory for the commands");
    } else if (open_store(r, error)) {
        r->o.store = r->o.path = r->o.variant = NULL;
        *runtime = r;
        return true;
    }
    weir_vocabulary_free(&r->words);
    free(r);
    return false;
}

bool weir_runtime_close(weir_runtime *r, weir_error *error) {
    if (!r) return true;
    weir_kv_status st = weir_kv_close(r->kv);
    weir_vocabulary_free(&r->words);
    free(r);
    if (st != WEIR_KV_OK) fail(error, weir_kv_status_text(st));
    return st == WEIR_KV_OK;
}

/* The tenant of a scope; of two who make it at once, one finds it there. */
static weir_kv_status open_tenant(weir_kv *kv, const char *scope, weir_kv_tenant **t) {
    weir_kv_bytes name = weir_kv_bytes_of(scope, strlen(scope));
    weir_kv_status st = weir_kv_tenant_open(kv, name, t);
    if (st != WEIR_KV_ABSENT) return st;
    st = weir_kv_tenant_create(kv, name, NULL, t);
    return st == WEIR_KV_PRESENT ? weir_kv_tenant_open(kv, name, t) : st;
}

weir_session *weir_session_open(weir_runtime *r, const weir_session_options *options, weir_error *error) {
    weir_session_options o = {0};
    if (options) o = *options;
    if (!o.scope) o.scope = "main";
    weir_session *s = calloc(1, sizeof *s);
    if (!s) return fail(error, "no memory for a session"), NULL;
    s->runtime = r;
    s->rights = o.restricted ? o.rights : WEIR_READ | WEIR_WRITE;
    s->tools = (weir_tools){weir_slp_reader_new(&r->o.limits), weir_slp_builder_new(NULL)};
    weir_exec_init(&s->x, s, &r->words);
    s->x.tools = &s->tools;
    weir_kv_status st = WEIR_KV_NOMEM;
    if (s->tools.reader && s->tools.builder) st = open_tenant(r->kv, o.scope, &s->tenant);
    if (st == WEIR_KV_OK) return s;
    fail(error, weir_kv_status_text(st));
    weir_session_close(s);
    return NULL;
}

void weir_session_close(weir_session *s) {
    if (!s) return;
    weir_exec_clear(&s->x);
    if (s->tenant) weir_kv_tenant_close(s->tenant);
    weir_slp_reader_free(s->tools.reader);
    weir_slp_builder_free(s->tools.builder);
    free(s);
}

bool weir_run(weir_session *s, const weir_slp *buffer, weir_slp_extent extent, weir_form *form, void *arg) {
    weir_program *p = weir_program_new(buffer, s->runtime->words.names);
    s->x.form = form;
    s->x.arg = arg;
    if (!p || !weir_exec_begin(&s->x, p, extent, true)) return false;
    weir_exec_go(&s->x);
    weir_exec_settle(&s->x);
    return true;
}

bool weir_eval(weir_session *s, const char *text, size_t bytes, weir_form *form, void *arg, weir_slp_error *error) {
    const weir_slp *buffer = weir_slp_read(s->tools.reader, text, bytes, WEIR_SLP_ALL, error);
    if (!buffer) return false;
    if (weir_run(s, buffer, WEIR_SLP_ALL, form, arg)) return true;
    if (error) *error = (weir_slp_error){.what = WEIR_SLP_NOMEM, .message = "no memory to run a script"};
    return false;
}
