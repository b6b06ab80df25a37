// Coroutines of C++20, as the compiler makes them, over the least that runs them: a ring of handles, first in, first out. Frames are
// allocated by operator new.
#include <coroutine>
#include <cstdlib>
#include <vector>

#include "bench/cases/co_data.h"

namespace {

struct task {
    struct promise_type {
        task get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
        std::suspend_always initial_suspend() noexcept { return {}; }
        std::suspend_never final_suspend() noexcept { return {}; } // frees the frame
        void return_void() {}
        void unhandled_exception() { std::abort(); }
    };
    std::coroutine_handle<> handle;
};

struct queue {
    std::vector<std::coroutine_handle<>> ring = std::vector<std::coroutine_handle<>>(128);
    uint64_t head = 0, tail = 0, left = 0, count = 0;
    std::coroutine_handle<> asker, answerer;
    uint64_t word = 0;
    std::vector<std::coroutine_handle<>> many;

    void push(std::coroutine_handle<> h) { ring[tail++ % 128] = h; }
    void run() {
        while (head != tail) ring[head++ % 128].resume();
    }
};

struct yield_to {
    queue &q;
    bool await_ready() { return false; }
    void await_suspend(std::coroutine_handle<> h) { q.push(h); }
    void await_resume() {}
};

struct park { // until somebody pushes it
    std::coroutine_handle<> &place;
    bool await_ready() { return false; }
    void await_suspend(std::coroutine_handle<> h) { place = h; }
    void await_resume() {}
};

queue &of(void *o) { return *static_cast<queue *>(o); }

task take_turns(queue &q) {
    while (q.left) {
        q.left--;
        q.count++;
        co_await yield_to{q};
    }
}
uint64_t yield(void *o, uint64_t n) {
    of(o).left = n;
    of(o).count = 0;
    for (int i = 0; i < BENCH_CO_RING; i++) of(o).push(take_turns(of(o)).handle);
    of(o).run();
    return of(o).count;
}

task once(queue &q) {
    q.count++;
    co_return;
}
uint64_t spawn(void *o, uint64_t n) {
    of(o).count = 0;
    for (uint64_t k = 0; k < n; k += BENCH_CO_BATCH) {
        for (int i = 0; i < BENCH_CO_BATCH; i++) of(o).push(once(of(o)).handle);
        of(o).run();
    }
    return of(o).count;
}

task ask(queue &q, uint64_t n) {
    for (uint64_t i = 1; i <= n; i++) {
        q.word = i;
        q.push(q.answerer);
        co_await park{q.asker};
        q.count += q.word;
    }
}
task answer(queue &q) {
    for (;;) {
        co_await park{q.answerer};
        q.word *= 3;
        q.push(q.asker);
    }
}
uint64_t request(void *o, uint64_t n) {
    queue &q = of(o);
    q.count = 0;
    q.push(answer(q).handle);
    q.push(ask(q, n).handle);
    q.run();
    q.answerer.destroy();
    return q.count;
}

task wait_for_ever(queue &q, size_t i) { co_await park{q.many[i]}; }
bool fill(void *o, uint64_t n) {
    of(o).many.resize(n);
    for (size_t i = 0; i < n; i++) wait_for_ever(of(o), i).handle.resume();
    return true;
}

void *start() { return new queue; }
void end(void *o) {
    for (auto h : of(o).many) h.destroy();
    delete static_cast<queue *>(o);
}

const bench_co cpp20 = {.variant = "peer.cpp20",
                        .flags = BENCH_PEER | BENCH_WEAKER,
                        .note = "a ring of handles: one thread only, nothing is cancelled",
                        .open = start,
                        .close = end,
                        .yield = yield,
                        .spawn = spawn,
                        .request = request,
                        .message = nullptr,
                        .fill = fill};
BENCH_CO(cpp20, false)
} // namespace
