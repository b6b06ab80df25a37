/* kv_peer - what the maps of this folder share, so that they differ in the map alone: one record a key, which never changes once it
 * can be found (a set puts a new one in its place), and one hash function, XXH3. */
#ifndef WEIR_BENCH_PEERS_KV_PEER_H
#define WEIR_BENCH_PEERS_KV_PEER_H

#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "bench/cases/kv_data.h"

typedef struct kv_record {
    uint16_t size;
    char key[]; /* and the value behind it */
} kv_record;

static inline const char *kv_record_value(const kv_record *r) { return r->key + r->size; }

/* `before` bytes in front are the map's own. NULL: no memory. */
static inline void *kv_record_new(const bench_kv_slot *k, const char *value, size_t before) {
    char *block = (char *)malloc(before + sizeof(kv_record) + k->size + BENCH_KV_VALUE);
    if (!block) return NULL;
    kv_record *r = (kv_record *)(void *)(block + before);
    memcpy(r->key, k->key, k->size);
    memcpy(r->key + k->size, value, BENCH_KV_VALUE);
    r->size = k->size;
    return block;
}

static inline bool kv_record_is(const kv_record *r, const bench_kv_slot *k) {
    return r->size == k->size && !memcmp(r->key, k->key, k->size);
}

static inline uint64_t kv_hash(const void *key, size_t size) { return XXH3_64bits(key, size); }

#endif
