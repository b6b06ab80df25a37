// oneTBB: concurrent_hash_map, a lock in each element. Who replaces a record holds the element's lock, and readers do while they
// copy, so that the old one is freed at once.
#include <tbb/concurrent_hash_map.h>

#include <new>
#include <string>
#include <string_view>

#include "bench/peers/kv_peer.h"

namespace {

struct compare {
    using is_transparent = void;
    static size_t hash(std::string_view key) { return kv_hash(key.data(), key.size()); }
    static bool equal(std::string_view a, std::string_view b) { return a == b; }
};
using table = tbb::concurrent_hash_map<std::string, kv_record *, compare>;

std::string_view key_of(const bench_kv_slot *k) { return {k->key, k->size}; }

void *open(const bench_kv_keys *) { return new (std::nothrow) table; }
void close(void *map) {
    auto *t = static_cast<table *>(map);
    for (auto &pair : *t) free(pair.second);
    delete t;
}
void *enter(void *map, unsigned) { return map; }
void leave(void *) {}

inline bool get(void *map, const bench_kv_slot *k, char *out) {
    table::const_accessor found;
    if (!static_cast<table *>(map)->find(found, key_of(k))) return false;
    memcpy(out, kv_record_value(found->second), BENCH_KV_VALUE);
    return true;
}

inline bool set(void *map, const bench_kv_slot *k, const char *value) {
    auto *r = static_cast<kv_record *>(kv_record_new(k, value, 0)), *old = r;
    table::accessor found;
    if (!r) return false;
    static_cast<table *>(map)->insert(found, key_of(k));
    old = found->second; // nullptr in a new element
    found->second = r;
    found.release();
    free(old);
    return true;
}

inline bool del(void *map, const bench_kv_slot *k) {
    table::accessor found;
    auto *t = static_cast<table *>(map);
    if (!t->find(found, key_of(k))) return false;
    kv_record *r = found->second;
    if (!t->erase(found)) return false;
    free(r);
    return true;
}

BENCH_KV_WORKS(get, set, del)

const bench_kv_store tbb_map = {.variant = "peer.tbb_map",
                                .flags = BENCH_PEER,
                                .note = "unordered; a lock in each element",
                                .open = open,
                                .close = close,
                                .enter = enter,
                                .leave = leave,
                                .settle = nullptr,
                                .resident = nullptr,
                                .accounted = nullptr,
                                .can = nullptr,
                                .put = work_put,
                                .get = work_get,
                                .mixed = work_mixed,
                                .multiget = nullptr,
                                .scan = nullptr,
                                .del = work_del,
                                .paced = work_paced};
} // namespace
BENCH_KV_STORE(tbb_map, false)
