// moodycamel::ConcurrentQueue, and its blocking form as a channel. Plain use: no tokens, no bulk operations.
#include <concurrentqueue/blockingconcurrentqueue.h>
#include <concurrentqueue/concurrentqueue.h>

#include <new>

#include "bench/peers/unbounded.h"

namespace {

template <class Queue> struct object {
    unbounded u{};
    alignas(WEIR_CACHE_LINE) Queue queue;
    explicit object(const bench_params *p) : queue(p->capacity) {}
};
using free_running = object<moodycamel::ConcurrentQueue<uint64_t>>;
using blocking = object<moodycamel::BlockingConcurrentQueue<uint64_t>>;

template <class Object> void *make(const bench_params *p) { return new (std::nothrow) Object(p); }
template <class Object> void destroy(void *q) { delete static_cast<Object *>(q); }

template <class Object> void push(void *q, uint64_t v) {
    if (!static_cast<Object *>(q)->queue.enqueue(v)) abort(); // out of memory
}
template <class Object> bool pop(void *q, uint64_t *v) { return static_cast<Object *>(q)->queue.try_dequeue(*v); }

void work(bench_worker *w) {
    unbounded_team(w, &static_cast<free_running *>(w->object)->u, push<free_running>, pop<free_running>);
}
void last(void *q) { unbounded_last(&static_cast<free_running *>(q)->u); }

// The blocking consumer sleeps, so that it must be ended by an item. It can overtake others: whoever gets one empties
// the queue first, and puts back what was meant for other consumers.
void drain(bench_worker *w) {
    unsigned others = 0;
    for (uint64_t v; pop<blocking>(w->object, &v);) {
        if (v == BENCH_LAST) {
            others++;
        } else {
            w->items++;
            w->sum += v;
        }
    }
    while (others--) push<blocking>(w->object, BENCH_LAST);
}

void consume_blocking(bench_worker *w) {
    auto *q = static_cast<blocking *>(w->object);
    uint64_t n = 0, sum = 0;
    for (uint64_t v;; n++, sum += v) {
        q->queue.wait_dequeue(v);
        if (v == BENCH_LAST) break;
        if (unbounded_step(n)) unbounded_popped(&q->u);
    }
    w->items = n;
    w->sum = sum;
    drain(w);
}

void work_blocking(bench_worker *w) {
    if (w->producer) {
        unbounded_team(w, &static_cast<blocking *>(w->object)->u, push<blocking>, pop<blocking>);
    } else {
        consume_blocking(w);
    }
}
void last_blocking(void *q) { push<blocking>(q, BENCH_LAST); }

const bench_row mpmc = PEER_ROW_MPMC("moodycamel", BENCH_WEAKER, "unbounded, FIFO per producer only", nullptr,
                                     make<free_running>, destroy<free_running>, work, last);
const bench_row chan =
    PEER_ROW_CHAN("moodycamel", BENCH_WEAKER, "unbounded, FIFO per producer only, only consumers wait", nullptr,
                  make<blocking>, destroy<blocking>, work_blocking, last_blocking);
} // namespace
BENCH_ROW(mpmc)
BENCH_ROW(chan)
