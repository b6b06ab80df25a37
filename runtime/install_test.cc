// The installed headers from C++17: two runtimes in one process on different schedulers, that know nothing of each other.
#include <atomic>
#include <cstdio>
#include <string>

#include <weir/runtime/weir.h>

// As a program may well call a function of its own.
extern "C" int hash_count(int n) { return n + 1; }
extern "C" int slp_copy(int n) { return n + 2; }

namespace {

class Runtime {
  public:
    explicit Runtime(const char *sched) {
        weir_runtime_options options{};
        options.sched = sched;
        options.workers = 2;
        weir_error error;
        if (!weir_runtime_open(&options, &runtime_, &error) ||
            !(session_ = weir_session_open(runtime_, nullptr, &error)))
            std::fprintf(stderr, "%s\n", error.text);
    }
    ~Runtime() {
        weir_session_close(session_);
        weir_runtime_close(runtime_, nullptr);
    }
    Runtime(const Runtime &) = delete;
    Runtime &operator=(const Runtime &) = delete;

    bool subscribe() { return weir_subscribe(session_, 0, 1, add, &sum_) == WEIR_DONE; }
    std::string run(const std::string &script) {
        std::string values;
        if (!weir_eval(session_, script.data(), script.size(), append, &values, nullptr)) values = "unreadable";
        weir_runtime_quiet(runtime_, WEIR_FOREVER);
        return values;
    }
    int64_t sum() const { return sum_; }

  private:
    static void append(void *to, weir_slp_value value) {
        char text[100];
        size_t bytes = weir_slp_print(value, WEIR_SLP_CANONICAL, text, sizeof text);
        static_cast<std::string *>(to)->append(text, bytes).append(";");
    }
    static void add(void *to, uint32_t, uint32_t, weir_slp_value value) {
        *static_cast<std::atomic<int64_t> *>(to) += weir_slp_integer(value);
    }

    weir_runtime *runtime_ = nullptr;
    weir_session *session_ = nullptr;
    std::atomic<int64_t> sum_{0};
};

} // namespace

int main() {
    Runtime fast("counters"), ordered("epoch");
    bool good = hash_count(1) == 2 && slp_copy(1) == 3 && fast.subscribe() && ordered.subscribe();
    good = good && fast.run("(core/kv/set a 1) (core/event/pub $CHANNEL_A 1 40)") == "true;true;";
    good = good && ordered.run("(core/kv/exists a) (core/event/pub $CHANNEL_A 1 2)") == "false;true;";
    return good && fast.sum() == 40 && ordered.sum() == 2 ? 0 : 1;
}
