/* kv_store_p - a store of the variant at hand for a check: in memory, or with a log on a disk in memory (kv/io_sim.h). */
#ifndef WEIR_STRESS_KV_STORE_P_H
#define WEIR_STRESS_KV_STORE_P_H

#include <stdio.h>
#include <stdlib.h>

#include "kv/io_sim.h"
#include "kv/kv.h"
#include "stress/check.h"

typedef struct store {
    weir_kv *kv;
    weir_kv_tenant *root;
    weir_sim *disk; /* NULL: in memory */
} store;

/* Ends the process with what has gone wrong: without a store there is nothing to check. */
static inline void store_must(weir_kv_status st, const char *what, const char *why) {
    if (st == WEIR_KV_OK) return;
    fprintf(stderr, "%s answered '%s': %s\n", what, weir_kv_status_text(st), why);
    abort();
}

static inline void store_open_on(store *s, const weir_kv_options *o) {
    weir_kv_options all = {0};
    weir_kv_error error;
    if (o) all = *o;
    all.variant = STRESS_VARIANT;
    all.store = s->disk ? "wal" : "memory";
    all.path = "/store";
    if (s->disk) all.io = weir_sim_io(s->disk);
    store_must(weir_kv_open(&all, &s->kv, &error), "open", error.text);
    s->root = weir_kv_root(s->kv);
}

/* Of what o says (NULL: all defaults), variant, store and io apart. */
static inline store store_open(bool log, const weir_kv_options *o) {
    store s = {NULL, NULL, log ? weir_sim_new() : NULL};
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
    *s = (store){NULL, NULL, NULL};
}

/* An answer that there must not be; returns it. */
static inline weir_kv_status store_expect(weir_kv_status st, const char *what) {
    if (st != WEIR_KV_OK && st != WEIR_KV_NO) stress_fail("%s answered: %s", what, weir_kv_status_text(st));
    return st;
}

#endif
