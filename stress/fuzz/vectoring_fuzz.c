/* Sequences of operations of vectoring on one thread, against a plain array: writes, reads, views, ends, and the two ops that
 * may be parked, one a side. */
#include "prims/vectoring.h"
#include "stress/fuzz/fuzz.h"

#define INIT_AT WEIR_BIND(vectoring, WEIR_VECTORING, _init_at)

enum { MOST = 256, PIECE = 100 };

typedef enum op_state { FREE, PARKED, WOKEN } op_state;

typedef struct waiter {
    weir_vectoring_op op; /* first */
    op_state state;
    bool twice; /* woken although it was not parked */
} waiter;

static uint8_t inside[MOST]; /* the model: the bytes, oldest first */
static size_t count, capacity, high;
static bool ended, closed;
static uint8_t next;
static waiter writer, reader;

static void wake(weir_wait *w) {
    waiter *x = (waiter *)(void *)w;
    x->twice |= x->state != PARKED;
    x->state = WOKEN;
}

static size_t room(void) { return ended || closed ? 0 : capacity - count; }
static size_t ready(void) { return closed ? 0 : count; }
static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

static void came_in(size_t n) {
    for (size_t i = 0; i < n; i++) inside[count++] = next++;
    if (count > high) high = count;
}

static bool went_out(const uint8_t *bytes, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (bytes[i] != inside[i])
            return fuzz_wrong("byte %zu of %zu read is %u instead of %u", i, n, bytes[i], inside[i]);
    memmove(inside, inside + n, count -= n);
    return true;
}

static bool write_some(weir_vectoring *v, size_t n) {
    uint8_t bytes[PIECE];
    for (size_t i = 0; i < n; i++) bytes[i] = (uint8_t)(next + i);
    size_t got = weir_vectoring_write(v, bytes, n), want = smaller(n, room());
    fuzz_say("write %zu: %zu", n, got);
    if (closed) return got <= n || fuzz_wrong("a write of %zu took %zu", n, got); /* which are lost, if taken */
    if (got != want) return fuzz_wrong("a write of %zu took %zu instead of %zu", n, got, want);
    came_in(got);
    return true;
}

static bool read_some(weir_vectoring *v, size_t n) {
    uint8_t bytes[PIECE];
    size_t got = weir_vectoring_read(v, bytes, n), want = smaller(n, ready());
    fuzz_say("read %zu: %zu", n, got);
    return got == want ? went_out(bytes, got) : fuzz_wrong("a read of %zu gave %zu instead of %zu", n, got, want);
}

/* Through the views, a part of what is shown. */
static bool view(weir_vectoring *v, bool writing, size_t n) {
    struct iovec iov[2];
    uint8_t bytes[MOST];
    size_t shown = writing ? weir_vectoring_writable(v, capacity, iov) : weir_vectoring_readable(v, capacity, iov);
    size_t want = writing ? room() : ready();
    fuzz_say("%s view of %zu", writing ? "write" : "read", shown);
    if (writing && closed) return shown <= capacity || fuzz_wrong("room for %zu of %zu", shown, capacity);
    if (shown != want || iov[0].iov_len + iov[1].iov_len != shown)
        return fuzz_wrong("a view of %zu + %zu bytes, said to be %zu, instead of %zu", iov[0].iov_len, iov[1].iov_len,
                          shown, want);
    n = smaller(n, shown);
    for (size_t i = 0; i < n; i++) {
        bool first = i < iov[0].iov_len;
        uint8_t *at = (uint8_t *)iov[!first].iov_base + (first ? i : i - iov[0].iov_len);
        if (writing) *at = (uint8_t)(next + i);
        else bytes[i] = *at;
    }
    if (writing) weir_vectoring_wrote(v, n), came_in(n);
    else weir_vectoring_consumed(v, n);
    return writing || went_out(bytes, n);
}

/* What a step is to answer now. */
static weir_status answer(const waiter *w) {
    size_t want = w->op.want ? smaller(w->op.want, capacity) : 1;
    if (w == &writer) return ended || closed ? WEIR_CLOSED : room() >= want ? WEIR_OK : WEIR_PARKED;
    if (closed) return WEIR_CLOSED;
    return count >= want ? WEIR_OK : !ended ? WEIR_PARKED : count ? WEIR_OK : WEIR_CLOSED;
}

static bool step(weir_vectoring *v, waiter *w) {
    weir_status want = answer(w), got;
    w->state = PARKED;
    got = w == &writer ? weir_vectoring_room_step(v, &w->op) : weir_vectoring_bytes_step(v, &w->op);
    if (got != WEIR_PARKED) w->state = FREE;
    fuzz_say("%s step for %u: %s", w == &writer ? "room" : "bytes", w->op.want, weir_status_text(got));
    return got == want ||
           fuzz_wrong("a step answered \"%s\" instead of \"%s\"", weir_status_text(got), weir_status_text(want));
}

/* The next thing an op can do: begin, be taken back, or go on. */
static bool advance(weir_vectoring *v, waiter *w, size_t want) {
    if (w->state == PARKED) {
        w->state = FREE;
        fuzz_say("take back");
        return weir_vectoring_cancel(v, &w->op) || fuzz_wrong("a parked op could not be taken back");
    }
    if (w->state == WOKEN)
        return weir_vectoring_cancel(v, &w->op) ? fuzz_wrong("an op could be taken back after its wake") : step(v, w);
    weir_vectoring_op_init(&w->op, want, wake);
    return step(v, w);
}

static bool nobody_forgotten(void) {
    if (writer.twice || reader.twice) return fuzz_wrong("an op was woken that was not parked");
    if (writer.state == PARKED && answer(&writer) != WEIR_PARKED)
        return fuzz_wrong("the writer sleeps, and could go on");
    return reader.state != PARKED || answer(&reader) == WEIR_PARKED || fuzz_wrong("the reader sleeps, and could go on");
}

static bool looks_right(weir_vectoring *v) {
    int end = weir_vectoring_ended(v), close = weir_vectoring_closed(v);
    if (!closed && weir_vectoring_size(v) != count)
        return fuzz_wrong("size %zu instead of %zu", weir_vectoring_size(v), count);
    if (!closed && weir_vectoring_high(v) != high)
        return fuzz_wrong("high mark %zu instead of %zu", weir_vectoring_high(v), high);
    if (!closed && end != (ended && count == 0 ? 3 : WEIR_VECTORING_OPEN)) return fuzz_wrong("ended answers %d", end);
    return close == (closed ? 4 : WEIR_VECTORING_OPEN) || fuzz_wrong("closed answers %d", close);
}

static bool one_op(weir_vectoring *v, fuzz_input *in) {
    uint8_t op = fuzz_byte(in);
    size_t n = fuzz_below(in, PIECE);
    if (op == 255 && writer.state != PARKED) { /* a side that waits makes no end */
        fuzz_say("end");
        weir_vectoring_end(v, ended ? 9 : 3);
        ended = true;
    } else if (op == 254 && reader.state != PARKED) {
        fuzz_say("close");
        weir_vectoring_close(v, closed ? 9 : 4);
        closed = true;
    } else switch (op % 6) {
        case 0: return write_some(v, n);
        case 1: return read_some(v, n);
        case 2: return view(v, true, n);
        case 3: return view(v, false, n);
        case 4: return advance(v, &writer, n);
        default: return advance(v, &reader, n);
        }
    return true;
}

static bool ops(fuzz_input *in) {
    static WEIR_ALIGNED(WEIR_CACHE_LINE) uint8_t block[MOST];
    static weir_vectoring v;
    capacity = (size_t)1 << fuzz_below(in, 9);
    count = high = 0;
    ended = closed = false;
    next = 0;
    memset(&writer, 0, sizeof writer);
    memset(&reader, 0, sizeof reader);
    uint64_t start = fuzz_start(in);
    fuzz_say("capacity %zu, first position %#lx", capacity, start);
    if (INIT_AT(&v, capacity, block, start) != WEIR_OK) return fuzz_wrong("init refused");
    bool right = true;
    while (right && fuzz_more(in)) right = one_op(&v, in) && nobody_forgotten() && looks_right(&v);
    if (writer.state == PARKED) weir_vectoring_cancel(&v, &writer.op);
    if (reader.state == PARKED) weir_vectoring_cancel(&v, &reader.op);
    return right;
}

FUZZ_TARGET(ops, "any sequence answers as a plain array does, and nobody sleeps who could go on")
