/* cmd_store - what the commands of interpreters set and get: one table in C for all of them, behind a mutex that nobody else wants. A value is
 * copied in; what is got lies there until the next set of its key. No order, nothing ever given back. */
#ifndef WEIR_BENCH_PEERS_CMD_STORE_H
#define WEIR_BENCH_PEERS_CMD_STORE_H

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "bench/cases/cmd.h"

enum { CMD_STORE = 1 << 15, CMD_STORE_KEY = 22 };

typedef struct cmd_entry {
    unsigned char key_bytes, value_bytes; /* key_bytes 0: free */
    char key[CMD_STORE_KEY], value[40];
} cmd_entry;

typedef struct cmd_store {
    pthread_mutex_t mutex;
    cmd_entry entry[CMD_STORE];
} cmd_store;

static inline cmd_store *cmd_store_new(void) {
    cmd_store *s = calloc(1, sizeof *s);
    if (s) pthread_mutex_init(&s->mutex, NULL);
    return s;
}

static inline void cmd_store_free(cmd_store *s) {
    pthread_mutex_destroy(&s->mutex);
    free(s);
}

/* Under the mutex: the key's entry, or the free one where it would be. */
static inline cmd_entry *cmd_store_at(cmd_store *s, const char *key, size_t bytes) {
    uint64_t h = 0xcbf29ce484222325;
    for (size_t i = 0; i < bytes; i++) h = (h ^ (unsigned char)key[i]) * 0x100000001b3;
    for (size_t i = (h ^ h >> 32) % CMD_STORE;; i = (i + 1) % CMD_STORE) {
        cmd_entry *e = &s->entry[i];
        if (!e->key_bytes || (e->key_bytes == bytes && !memcmp(e->key, key, bytes))) return e;
    }
}

/* False: too long for a store that knows what comes. */
static inline bool cmd_store_set(cmd_store *s, const char *key, size_t kn, const char *value, size_t vn) {
    if (kn == 0 || kn > CMD_STORE_KEY || vn > sizeof s->entry->value) return false;
    pthread_mutex_lock(&s->mutex);
    cmd_entry *e = cmd_store_at(s, key, kn);
    memcpy(e->key, key, kn);
    memcpy(e->value, value, vn);
    e->key_bytes = (unsigned char)kn;
    e->value_bytes = (unsigned char)vn;
    pthread_mutex_unlock(&s->mutex);
    return true;
}

static inline bench_result cmd_store_get(cmd_store *s, const char *key, size_t kn) {
    pthread_mutex_lock(&s->mutex);
    const cmd_entry *e = cmd_store_at(s, key, kn);
    bench_result r = {e->key_bytes ? e->value : NULL, e->value_bytes};
    pthread_mutex_unlock(&s->mutex);
    return r;
}

#endif
