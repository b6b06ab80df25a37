#include "sched/io_p.h"

#include <errno.h>
#include <stdlib.h>

/* -- the loop's driver -- */

static bool wait_until(void *arg, uint64_t until_ns) {
    weir_io *io = arg;
    return weir_poller_wait(&io->poller, until_ns);
}

static void poke(void *arg) { weir_poller_wake(&((weir_io *)arg)->poller); }

static bool busy(void *arg) { return ((weir_io *)arg)->stats.waiting > 0; }

/* -- rings -- */

static size_t head_bytes(void) {
    return (sizeof(weir_io_ring) + WEIR_CACHE_LINE - 1) / WEIR_CACHE_LINE * WEIR_CACHE_LINE;
}

static weir_io_ring *make_ring(weir_io *io) {
    if (io->stats.rings == io->rings_max) return NULL;
    size_t bytes = head_bytes() + io->ring_bytes;
    weir_io_ring *ring =
        aligned_alloc(WEIR_CACHE_LINE, (bytes + WEIR_CACHE_LINE - 1) / WEIR_CACHE_LINE * WEIR_CACHE_LINE);
    if (ring) io->stats.rings++;
    return ring;
}

weir_vectoring *weir_io_lend(weir_io *io) {
    weir_io_ring *ring = io->rings;
    if (ring) io->rings = ring->next;
    else if (!(ring = make_ring(io))) return NULL;
    if (++io->stats.rings_lent > io->stats.rings_high) io->stats.rings_high = io->stats.rings_lent;
    weir_vectoring_init(&ring->bytes, io->ring_bytes, (char *)ring + head_bytes());
    return &ring->bytes;
}

void weir_io_give_back(weir_io *io, weir_vectoring *vectoring) {
    weir_io_ring *ring = (weir_io_ring *)vectoring;
    ring->next = io->rings;
    io->rings = ring;
    io->stats.rings_lent--;
}

/* -- open, close -- */

int weir_io_open(const weir_io_options *options, weir_io **out) {
    static const weir_io_options none;
    if (!options) options = &none;
    uint32_t ring_bytes = options->ring_bytes ? options->ring_bytes : 16384;
    if (ring_bytes & (ring_bytes - 1) || ring_bytes > WEIR_VECTORING_CAPACITY_MAX) return EINVAL;
    weir_io *io = calloc(1, sizeof *io);
    if (!io) return ENOMEM;
    io->ring_bytes = ring_bytes;
    io->rings_max = options->rings ? options->rings : 1024;
    int error = weir_poller_init(&io->poller, options->descriptors);
    if (!error) {
        weir_loop_driver driver = {io, wait_until, poke, busy};
        weir_loop_options loop = {.driver = &driver, .name = options->name ? options->name : "io"};
        if (weir_loop_open(&loop, &io->loop) == WEIR_OK) return *out = io, 0;
        error = ENOMEM;
        weir_poller_destroy(&io->poller);
    }
    free(io);
    return error;
}

size_t weir_io_close(weir_io *io) {
    size_t left = weir_loop_close(io->loop);
    if (left) return left;
    weir_poller_destroy(&io->poller);
    for (weir_io_ring *next, *ring = io->rings; ring; ring = next) {
        next = ring->next;
        free(ring);
    }
    free(io);
    return 0;
}

weir_loop *weir_io_loop(weir_io *io) { return io->loop; }

weir_io_stats weir_io_stats_get(const weir_io *io) {
    weir_io_stats stats = io->stats;
    stats.polls = io->poller.waits;
    return stats;
}
