// The C++ library: std::map under a mutex, the floor for ordered maps, and std::unordered_map under a shared_mutex, for hash tables.
// What is replaced is freed at once, after the lock is given up.
#include <map>
#include <mutex>
#include <new>
#include <shared_mutex>
#include <string>
#include <unordered_map>

#include "bench/peers/kv_peer.h"

namespace {

struct hash {
    size_t operator()(const std::string &key) const { return kv_hash(key.data(), key.size()); }
};
using ordered = std::map<std::string, kv_record *, std::less<>>;
using unordered = std::unordered_map<std::string, kv_record *, hash>;

// C++17's unordered_map is asked with its own type of key only; short ones need no allocation for that.
std::string_view key_of(const ordered &, const bench_kv_slot *k) { return {k->key, k->size}; }
std::string key_of(const unordered &, const bench_kv_slot *k) { return {k->key, k->size}; }

template <class Map, class Mutex, class Reading> struct locked {
    Map map;
    Mutex mutex;

    static void *open(const bench_kv_keys *) { return new (std::nothrow) locked; }
    static void close(void *self) {
        for (auto &pair : static_cast<locked *>(self)->map) free(pair.second);
        delete static_cast<locked *>(self);
    }
    static void *enter(void *self, unsigned) { return self; }
    static void leave(void *) {}

    static inline bool get(void *self, const bench_kv_slot *k, char *out) {
        auto *m = static_cast<locked *>(self);
        auto key = key_of(m->map, k);
        Reading lock(m->mutex);
        auto found = m->map.find(key);
        if (found == m->map.end()) return false;
        memcpy(out, kv_record_value(found->second), BENCH_KV_VALUE);
        return true;
    }

    static inline bool set(void *self, const bench_kv_slot *k, const char *value) {
        auto *m = static_cast<locked *>(self);
        auto *r = static_cast<kv_record *>(kv_record_new(k, value, 0)), *old = r;
        if (!r) return false;
        std::string key(k->key, k->size);
        {
            std::unique_lock<Mutex> lock(m->mutex);
            kv_record *&place = m->map[std::move(key)];
            old = place;
            place = r;
        }
        free(old);
        return true;
    }

    static inline bool del(void *self, const bench_kv_slot *k) {
        auto *m = static_cast<locked *>(self);
        auto key = key_of(m->map, k);
        kv_record *r;
        {
            std::unique_lock<Mutex> lock(m->mutex);
            auto found = m->map.find(key);
            if (found == m->map.end()) return false;
            r = found->second;
            m->map.erase(found);
        }
        free(r);
        return true;
    }

    static inline unsigned scan(void *self, const bench_kv_slot *k, unsigned prefix, unsigned n, uint64_t *sum) {
        auto *m = static_cast<locked *>(self);
        std::string_view begin(k->key, prefix);
        Reading lock(m->mutex);
        unsigned got = 0;
        for (auto at = m->map.lower_bound(begin);
             got < n && at != m->map.end() && std::string_view(at->first).substr(0, prefix) == begin; ++at, ++got) {
            uint64_t word;
            memcpy(&word, kv_record_value(at->second), sizeof word);
            *sum += word;
        }
        return got;
    }

    static void work_put(bench_kv_worker *w) { bench_kv_puts(w, set); }
    static void work_get(bench_kv_worker *w) { bench_kv_gets(w, get); }
    static void work_mixed(bench_kv_worker *w) { bench_kv_mixes(w, get, set); }
    static void work_del(bench_kv_worker *w) { bench_kv_dels(w, del); }
    static void work_paced(bench_kv_worker *w) { bench_kv_paces(w, get); }
    static void work_scan(bench_kv_worker *w) { bench_kv_scans(w, scan); }

    static constexpr bench_kv_store store(const char *variant, const char *note, bench_kv_work *scans) {
        return {.variant = variant,
                .flags = BENCH_PEER,
                .note = note,
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
                .scan = scans,
                .del = work_del,
                .paced = work_paced};
    }
};

using map_mutex = locked<ordered, std::mutex, std::unique_lock<std::mutex>>;
using hash_shared = locked<unordered, std::shared_mutex, std::shared_lock<std::shared_mutex>>;

const bench_kv_store std_map = map_mutex::store("peer.std_map", "a mutex", map_mutex::work_scan);
const bench_kv_store std_unordered = hash_shared::store("peer.std_unordered", "unordered; a shared_mutex", nullptr);
} // namespace
BENCH_KV_STORE(std_map, false)
BENCH_KV_STORE(std_unordered, false)
