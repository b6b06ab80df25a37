/* kv_store_p - a store of the variant at hand for a check: in memory, or with a log on a disk in memory (kv/io_sim.h). */
#ifndef WEIR_STRESS_KV_STORE_P_H
#define WEIR_STRESS_KV_STORE_P_H

#include <stdlib.h>

#include "kv/io_sim.h"
#include "kv/kv.h"
#include "stress/check.h"

typedef struct store {
    weir_kv *kv;
    weir_kv_tenant *root;
    weir_sim *disk; /* NULL: in memory */
} store;

/* Of what o says (NULL: all defaults), variant, store and io apart. Ends the process when it cannot be opened. */
static inline store store_open(bool log, const weir_kv_options *o) {
    store s = {NULL, NULL, log ? weir_sim_new() : NULL};
    weir_kv_options all = {0};
    weir_kv_error error;
    if (o) all = *o;
    all.variant = STRESS_VARIANT;
    all.store = log ? "wal" : "memory";
    all.path = "/store";
    if (log) all.io = weir_sim_io(s.disk);
    if (weir_kv_open(&all, &s.kv, &error) != WEIR_KV_OK) {
        stress_fail("a fresh store cannot be opened: %s", error.text);
        abort();
    }
    s.root = weir_kv_root(s.kv);
    return s;
}

static inline void store_close(store *s) {
    weir_kv_status st = weir_kv_close(s->kv);
    if (st != WEIR_KV_OK) stress_fail("close answered: %s", weir_kv_status_text(st));
    weir_sim_free(s->disk);
    *s = (store){NULL, NULL, NULL};
}

/* An answer that there must not be; returns it. */
static inline weir_kv_status store_expect(weir_kv_status st, const char *what) {
    if (st != WEIR_KV_OK && st != WEIR_KV_NO) stress_fail("%s answered: %s", what, weir_kv_status_text(st));
    return st;
}

#endif
