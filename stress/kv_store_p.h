/* kv_store_p - a store of the variant at hand for a check: in memory, with a log on a disk in memory (kv/io_sim.h), or lmdb in a
 * folder of its own. */
#ifndef WEIR_STRESS_KV_STORE_P_H
#define WEIR_STRESS_KV_STORE_P_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kv/io_sim.h"
#include "kv/kv_p.h"
#include "stress/check.h"

typedef enum store_kind { STORE_MEMORY, STORE_WAL, STORE_LMDB, STORE_KINDS } store_kind;
static const char *const store_names[] = {"memory", "wal", "lmdb"};

typedef struct store {
    weir_kv *kv;
    weir_kv_tenant *root;
    store_kind kind;
    weir_sim *disk; /* of wal */
} store;

/* How many there are, the first of the enum: lmdb is not in every build. */
static inline unsigned store_kinds(void) { return weir_store_find("lmdb") ? STORE_KINDS : STORE_LMDB; }

/* Ends the process with what has gone wrong: without a store there is nothing to check. */
static inline void store_must(weir_kv_status st, const char *what, const char *why) {
    if (st == WEIR_KV_OK) return;
    fprintf(stderr, "%s answered '%s': %s\n", what, weir_kv_status_text(st), why);
    abort();
}

/* In memory where there is such a file system: the disk is not what is tested. One at a time; a process that ends without closing
 * removes it, too. */
static char store_folder[32];

static inline void store_remove_folder(void) {
    static const char *const files[] = {"data.mdb", "lock.mdb", "lock", "unsynced"};
    char path[64];
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(path, sizeof path, "%s/%s", store_folder, files[i]);
        remove(path);
    }
    remove(store_folder);
}

static inline void store_new_folder(void) {
    static bool asked;
    if (!asked) atexit(store_remove_folder);
    asked = true;
    strcpy(store_folder, "/dev/shm/weir-store-XXXXXX");
    if (mkdtemp(store_folder)) return;
    strcpy(store_folder, "/tmp/weir-store-XXXXXX");
    store_must(mkdtemp(store_folder) ? WEIR_KV_OK : WEIR_KV_IO, "mkdtemp", store_folder);
}

static inline void store_open_on(store *s, const weir_kv_options *o) {
    weir_kv_options all = {0};
    weir_kv_error error;
    if (o) all = *o;
    all.variant = STRESS_VARIANT;
    all.store = store_names[s->kind];
    all.path = s->kind == STORE_LMDB ? store_folder : "/store";
    if (s->disk) all.io = weir_sim_io(s->disk);
    store_must(weir_kv_open(&all, &s->kv, &error), "open", error.text);
    s->root = weir_kv_root(s->kv);
}

/* Of what o says (NULL: all defaults), variant, store, path and io apart. */
static inline store store_open(store_kind kind, const weir_kv_options *o) {
    store s = {.kind = kind, .disk = kind == STORE_WAL ? weir_sim_new() : NULL};
    if (kind == STORE_LMDB) store_new_folder();
    store_open_on(&s, o);
    return s;
}

/* With what lies on the disk. */
static inline void store_reopen(store *s, const weir_kv_options *o) {
    store_must(weir_kv_close(s->kv), "close", "");
    store_open_on(s, o);
}

static inline void store_close(store *s) {
    store_must(weir_kv_close(s->kv), "close", "");
    weir_sim_free(s->disk);
    if (s->kind == STORE_LMDB) store_remove_folder();
    *s = (store){0};
}

/* An answer that there must not be; returns it. */
static inline weir_kv_status store_expect(weir_kv_status st, const char *what) {
    if (st != WEIR_KV_OK && st != WEIR_KV_NO) stress_fail("%s answered: %s", what, weir_kv_status_text(st));
    return st;
}

#endif
