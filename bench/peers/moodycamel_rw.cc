// moodycamel::ReaderWriterQueue, kept bounded by try_enqueue, which never allocates.
#include <readerwriterqueue/readerwriterqueue.h>

#include <new>

#include "bench/peers/peer.h"

namespace {

using queue = moodycamel::ReaderWriterQueue<uint64_t>;

void *make(const bench_params *p) { return new (std::nothrow) queue(p->capacity); }
void destroy(void *q) { delete static_cast<queue *>(q); }
bool push(void *q, uint64_t v) { return static_cast<queue *>(q)->try_enqueue(v); }
bool pop(void *q, uint64_t *v) { return static_cast<queue *>(q)->try_dequeue(*v); }
void work(bench_worker *w) { bench_team_try(w, push, pop); }
void last(void *q) {
    while (!push(q, BENCH_LAST)) bench_retry();
}

const bench_row spsc = PEER_ROW_SPSC("moodycamel_rw", 0, "bounded by try_enqueue, may hold more; no batch form",
                                     peer_one_item, make, destroy, work, last);
} // namespace
BENCH_ROW(spsc)
