// The installed headers from C++17: a store shared by threads, a value that outlives its key, a seam of one's own below the files.
#include <cstdio>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include <weir/kv/io.h>
#include <weir/kv/kv.h>

static weir_kv_bytes bytes(const std::string &s) { return weir_kv_bytes_of(s.data(), s.size()); }

static bool gather(void *arg, weir_kv_bytes key, weir_kv_bytes value) {
    auto *all = static_cast<std::string *>(arg);
    all->append(static_cast<const char *>(key.at), key.size).append("=");
    all->append(static_cast<const char *>(value.at), value.size).append(" ");
    return true;
}

static bool shared_by_threads(weir_kv *kv) {
    weir_kv_tenant *t = weir_kv_root(kv);
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; i++)
        threads.emplace_back([t, i] { weir_kv_set(t, bytes("k" + std::to_string(i)), bytes(std::to_string(i * i))); });
    for (auto &thread : threads) thread.join();
    std::string all;
    return weir_kv_iterate(t, bytes("k"), 0, 0, gather, &all) == WEIR_KV_OK && all == "k0=0 k1=1 k2=4 k3=9 ";
}

static bool kept_value(weir_kv *kv) {
    weir_kv_value *value;
    weir_kv_tenant *t = weir_kv_root(kv);
    if (weir_kv_take(t, WEIR_KV_TEXT("k3"), &value) != WEIR_KV_OK || weir_kv_del(t, WEIR_KV_TEXT("k3")) != WEIR_KV_OK)
        return false;
    bool same = weir_kv_value_bytes(value).size == 1 && std::memcmp(weir_kv_value_bytes(value).at, "9", 1) == 0;
    weir_kv_value_release(kv, value);
    return same;
}

int main() {
    weir_kv_io io = weir_kv_io_system;
    weir_kv_options options{};
    weir_kv_error error;
    weir_kv *kv;
    options.store = "memory";
    options.io = &io;
    if (weir_kv_open(&options, &kv, &error) != WEIR_KV_OK) {
        std::fprintf(stderr, "%s\n", error.text);
        return 1;
    }
    bool good = shared_by_threads(kv) && kept_value(kv);
    return weir_kv_close(kv) == WEIR_KV_OK && good ? 0 : 1;
}
