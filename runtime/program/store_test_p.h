/* store_test_p - the real program on a store in a folder of its own, for the tests of what it does there. */
#ifndef WEIR_RUNTIME_PROGRAM_STORE_TEST_P_H
#define WEIR_RUNTIME_PROGRAM_STORE_TEST_P_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "kv/kv.h"

static const char *kind = "wal";
static char dir[] = "/tmp/weir-store-XXXXXX", store[64];
static char out[1 << 16], err[1 << 16]; /* of the last run */

static void get(const char *name, char *text, size_t room) {
    char path[128];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "rb");
    if (!f) fail_msg("no file %s", path);
    text[fread(text, 1, room - 1, f)] = '\0';
    fclose(f);
}

/* Runs a line of shell in the folder, where $weir is the program, s the store and $kind its kind; its exit status. */
static int shell(const char *script) {
    char line[1024];
    snprintf(line, sizeof line, "cd %s && weir=%s kind=%s && { %s; } >out 2>err </dev/null", dir, WEIR_PROGRAM, kind,
             script);
    int how = system(line);
    get("out", out, sizeof out);
    get("err", err, sizeof err);
    return WIFEXITED(how) ? WEXITSTATUS(how) : -1;
}

static void says(const char *where, const char *text) {
    if (!strstr(where, text)) fail_msg("'%s' is not in: <%s> <%s>", text, out, err);
}

static weir_kv *open_store(void) {
    weir_kv *kv;
    weir_kv_error error;
    const weir_kv_options o = {.store = kind, .path = store};
    if (weir_kv_open(&o, &kv, &error) != WEIR_KV_OK) fail_msg("%s", error.text);
    return kv;
}

/* Five records: a tenant, two keys in it, one in the root that is deleted again. */
static int fill(void **state) {
    (void)state;
    if (!mkdtemp(dir)) return -1;
    snprintf(store, sizeof store, "%s/s", dir);
    weir_kv *kv = open_store();
    weir_kv_tenant *t;
    const weir_kv_quota quota = {.keys = 7};
    static const char big[100] = {'b'};
    weir_kv_tenant_create(kv, WEIR_KV_TEXT("shop"), &quota, &t);
    weir_kv_set(t, WEIR_KV_TEXT("one"), WEIR_KV_TEXT("1\n"));
    weir_kv_set(t, WEIR_KV_TEXT("two"), weir_kv_bytes_of(big, sizeof big));
    weir_kv_set(weir_kv_root(kv), WEIR_KV_TEXT("k"), WEIR_KV_TEXT(""));
    weir_kv_del(weir_kv_root(kv), WEIR_KV_TEXT("k"));
    weir_kv_tenant_close(t);
    return weir_kv_close(kv);
}

/* The same on LMDB, where the build has it; otherwise the folder stays empty. */
static int fill_lmdb(void **state) {
    weir_kv *kv;
    kind = "lmdb";
    if (weir_kv_open(&(weir_kv_options){.store = kind, .path = "/dev/null"}, &kv, NULL) != WEIR_KV_NOTSUP)
        return fill(state);
    store[0] = '\0';
    return mkdtemp(dir) ? 0 : -1;
}

static int empty(void **state) {
    (void)state;
    kind = "wal";
    char line[64];
    snprintf(line, sizeof line, "rm -rf %s", dir);
    int how = system(line);
    memcpy(strrchr(dir, '-'), "-XXXXXX", 7);
    return how;
}

#endif
