// A stranger's C++ program: two std::threads, an spsc ring between them, an mpmc ring for the answer.
#include <cstdlib>
#include <iostream>
#include <memory>
#include <thread>

#include <weir/prims/build.h>
#include <weir/prims/mpmc.h>
#include <weir/prims/spsc.h>

namespace {

using block = std::unique_ptr<void, decltype(&std::free)>;

block memory(std::size_t bytes) {
    return {std::aligned_alloc(WEIR_CACHE_LINE, (bytes + WEIR_CACHE_LINE - 1) / WEIR_CACHE_LINE * WEIR_CACHE_LINE),
            std::free};
}

} // namespace

int main() {
    constexpr std::uint64_t n = 100000;
    auto work = std::make_unique<weir_spsc>();
    auto answer = std::make_unique<weir_mpmc>();
    block a = memory(weir_spsc_bytes(64)), b = memory(weir_mpmc_bytes(2));
    if (weir_spsc_init(work.get(), 64, a.get()) || weir_mpmc_init(answer.get(), 2, b.get())) return 1;
    std::thread consumer([&] {
        std::uint64_t sum = 0, v;
        for (std::uint64_t seen = 0; seen < n;)
            if (weir_spsc_try_pop(work.get(), &v)) sum += v, seen++;
            else std::this_thread::yield();
        weir_mpmc_try_push(answer.get(), sum);
    });
    for (std::uint64_t i = 1; i <= n;)
        if (weir_spsc_try_push(work.get(), i)) i++;
        else std::this_thread::yield();
    consumer.join();
    std::uint64_t sum = 0;
    std::cout << weir_build_info() << '\n';
    return !weir_mpmc_try_pop(answer.get(), &sum) || sum != n * (n + 1) / 2;
}
