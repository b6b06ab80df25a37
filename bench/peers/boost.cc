// Boost.Lockfree: queue of fixed capacity (nodes from an array, linked by tagged index) and spsc_queue, both with the
// capacity known at compile time, which is their fast form.
#include <boost/lockfree/queue.hpp>
#include <boost/lockfree/spsc_queue.hpp>

#include <new>

#include "bench/peers/peer.h"

namespace {

constexpr uint64_t slots = 1024;
using queue = boost::lockfree::queue<uint64_t, boost::lockfree::capacity<slots>>;
using spsc_queue = boost::lockfree::spsc_queue<uint64_t, boost::lockfree::capacity<slots>>;

bool mpmc_column(const bench_params *p) { return p->capacity == slots; }
bool spsc_column(const bench_params *p) { return peer_one_by_one(p) && p->capacity == slots; }

template <class Queue> void *make(const bench_params *) { return new (std::nothrow) Queue; }
template <class Queue> void destroy(void *q) { delete static_cast<Queue *>(q); }
template <class Queue> bool push(void *q, uint64_t v) { return static_cast<Queue *>(q)->push(v); }
template <class Queue> bool pop(void *q, uint64_t *v) { return static_cast<Queue *>(q)->pop(*v); }
template <class Queue> void last(void *q) {
    while (!push<Queue>(q, BENCH_LAST)) bench_retry();
}

size_t push_n(void *q, const uint64_t *from, size_t n) { return static_cast<spsc_queue *>(q)->push(from, n); }
size_t pop_n(void *q, uint64_t *to, size_t n) { return static_cast<spsc_queue *>(q)->pop(to, n); }

void work_queue(bench_worker *w) { bench_team_try(w, push<queue>, pop<queue>); }
void work_spsc(bench_worker *w) {
    if (w->params->batch == 1) {
        bench_team_try(w, push<spsc_queue>, pop<spsc_queue>);
    } else {
        bench_team_batch(w, push_n, pop_n);
    }
}

const bench_row spsc = PEER_ROW_SPSC("boost_spsc", 0, nullptr, spsc_column, make<spsc_queue>, destroy<spsc_queue>,
                                     work_spsc, last<spsc_queue>);
const bench_row mpmc =
    PEER_ROW_MPMC("boost_queue", 0, nullptr, mpmc_column, make<queue>, destroy<queue>, work_queue, last<queue>);
} // namespace
BENCH_ROW(spsc)
BENCH_ROW(mpmc)
