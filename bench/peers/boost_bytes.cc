// boost::lockfree::spsc_queue of bytes, which moves many in one call.
#include <boost/lockfree/spsc_queue.hpp>

#include <memory>
#include <vector>

#include "bench/peers/peer.h"

namespace {

struct stream {
    boost::lockfree::spsc_queue<unsigned char> queue;
    alignas(WEIR_CACHE_LINE) std::vector<unsigned char> in;
    alignas(WEIR_CACHE_LINE) std::vector<unsigned char> out;
    explicit stream(const bench_params *p) : queue(p->capacity), in(p->size), out(p->size) {}
};

void *make(const bench_params *p) { return new stream(p); }
void destroy(void *object) { delete static_cast<stream *>(object); }

bool push(void *object, uint64_t v) {
    stream *s = static_cast<stream *>(object);
    if (s->queue.write_available() < s->in.size()) return false;
    memcpy(s->in.data(), &v, sizeof v);
    s->queue.push(s->in.data(), s->in.size());
    return true;
}

bool pop(void *object, uint64_t *v) {
    stream *s = static_cast<stream *>(object);
    if (s->queue.read_available() < s->out.size()) return false;
    s->queue.pop(s->out.data(), s->out.size());
    memcpy(v, s->out.data(), sizeof *v);
    return true;
}

void work(bench_worker *w) { bench_team_try(w, push, pop); }
void last(void *object) {
    while (!push(object, BENCH_LAST)) bench_retry();
}

void message(void *object, uint64_t n) {
    for (uint64_t i = 0, v = 0; i < n; i++)
        if (!push(object, i) || !pop(object, &v) || v != i) abort();
}

bool supports(const bench_params *p) { return p->producers == 1 && p->consumers == 1 && p->size <= p->capacity; }

const bench_row row_stream = {"vectoring.stream",
                              "peer.boost_spsc",
                              BENCH_PEER,
                              nullptr,
                              "ns/op",
                              false,
                              bench_axes_vectoring_stream,
                              supports,
                              make,
                              destroy,
                              work,
                              last,
                              nullptr,
                              nullptr,
                              nullptr};
const bench_row row_message = {"vectoring.message",
                               "peer.boost_spsc",
                               BENCH_PEER,
                               nullptr,
                               "ns/op",
                               false,
                               bench_axes_vectoring_message,
                               supports,
                               make,
                               destroy,
                               nullptr,
                               nullptr,
                               message,
                               nullptr,
                               nullptr};
BENCH_ROW(row_stream)
BENCH_ROW(row_message)

} // namespace
