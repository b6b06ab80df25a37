// oneTBB: concurrent_bounded_queue. Its try forms where rings are compared, its waiting forms where waiting is.
#include <tbb/concurrent_queue.h>

#include <new>

#include "bench/peers/peer.h"

namespace {

using queue = tbb::concurrent_bounded_queue<uint64_t>;

template <bool cell> void *make(const bench_params *p) {
    auto *q = new (std::nothrow) queue;
    if (q) q->set_capacity(cell ? 1 : static_cast<queue::size_type>(p->capacity));
    return q;
}
void destroy(void *q) { delete static_cast<queue *>(q); }

bool try_push(void *q, uint64_t v) { return static_cast<queue *>(q)->try_push(v); }
bool try_pop(void *q, uint64_t *v) {
    *v = 0; // or the compiler, which sees into the library, fears that it stays unset
    return static_cast<queue *>(q)->try_pop(*v);
}
void push(void *q, uint64_t v) { static_cast<queue *>(q)->push(v); }
uint64_t pop(void *q) {
    uint64_t v = 0;
    static_cast<queue *>(q)->pop(v);
    return v;
}

void work_try(bench_worker *w) { bench_team_try(w, try_push, try_pop); }
void work_wait(bench_worker *w) { bench_team_wait(w, push, pop); }
void last(void *q) { push(q, BENCH_LAST); }

const bench_row mpmc = PEER_ROW_MPMC("tbb_bounded", 0, "try forms", nullptr, make<false>, destroy, work_try, last);
const bench_row chan = PEER_ROW_CHAN("tbb_bounded", 0, nullptr, nullptr, make<false>, destroy, work_wait, last);
const bench_row cubby = PEER_ROW_CUBBY("tbb_bounded", 0, "capacity 1", make<true>, destroy, work_wait, last);
} // namespace
BENCH_ROW(mpmc)
BENCH_ROW(chan)
BENCH_ROW(cubby)
