// The event list of most simulators: a binary heap of (key, event). std::priority_queue for one thread, and oneTBB's
// concurrent_priority_queue, which others could put into meanwhile.
#include <oneapi/tbb/concurrent_priority_queue.h>

#include <functional>
#include <queue>
#include <utility>
#include <vector>

#include "bench/cases/order_data.h"

namespace {

using event = std::pair<uint64_t, uint32_t>;

struct std_heap : std::priority_queue<event, std::vector<event>, std::greater<event>> {
    bool try_pop(event &e) {
        if (empty()) return false;
        e = top();
        pop();
        return true;
    }
};
struct tbb_heap : oneapi::tbb::concurrent_priority_queue<event, std::greater<event>> {};

template <typename heap> struct list {
    bench_order *order;
    heap events;
};

template <typename heap> void *open(const char *, bench_order *order, unsigned) { return new list<heap>{order, {}}; }
template <typename heap> void close(void *o) { delete static_cast<list<heap> *>(o); }

template <typename heap> void run(void *o) {
    auto *l = static_cast<list<heap> *>(o);
    bench_order *order = l->order;
    for (uint32_t i = 0; i < order->first; i++) l->events.push(event(order->key[i], i));
    for (event e; l->events.try_pop(e);) {
        bench_order_take(order, e.second, e.first);
        if (uint32_t child = order->first + e.second; bench_order_has_child(order, e.second))
            l->events.push(event(order->key[child], child));
    }
}

const bench_sorter std_list = {.variant = "peer.std_heap",
                               .flags = BENCH_PEER,
                               .note = "std::priority_queue, one thread",
                               .alone = true,
                               .childless = false,
                               .most = 0,
                               .open = open<std_heap>,
                               .close = close<std_heap>,
                               .run = run<std_heap>};
const bench_sorter tbb_list = {.variant = "peer.tbb_heap",
                               .flags = BENCH_PEER,
                               .note = "concurrent_priority_queue, used by one thread",
                               .alone = true,
                               .childless = false,
                               .most = 0,
                               .open = open<tbb_heap>,
                               .close = close<tbb_heap>,
                               .run = run<tbb_heap>};
BENCH_SORTER(std_list, false)
BENCH_SORTER(tbb_list, false)
} // namespace
