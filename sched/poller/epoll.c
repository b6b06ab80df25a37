/* The kernel keeps a registration as long as the *file* is open, which may be longer than the descriptor (dup,
 * fork), and tells of it by the word it was given. That word is {descriptor, generation}, never a pointer: what it
 * tells of a descriptor that has been forgotten, or closed and added again, meets another generation and is dropped. */
#include "sched/poller.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 64, MOST = 1 << 20, BOTH = WEIR_READABLE | WEIR_WRITABLE };

typedef struct weir_poller_epoll_place {
    weir_poll *poll; /* NULL: nobody */
    uint32_t generation;
} place;

static unsigned limit_of_process(void) {
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) || files.rlim_max > MOST) return MOST;
    return (unsigned)files.rlim_max;
}

/* The word of a registration; the eventfd's has a generation that no place ever has. */
static uint64_t word(int fd, uint32_t generation) { return (uint64_t)generation << 32 | (uint32_t)fd; }

static int add_event(weir_poller_epoll *p) {
    struct epoll_event e = {.events = EPOLLIN | EPOLLET, .data.u64 = word(p->event, 0)};
    return epoll_ctl(p->epoll, EPOLL_CTL_ADD, p->event, &e);
}

int weir_poller_epoll_init(weir_poller_epoll *p, unsigned limit) {
    *p = (weir_poller_epoll){.limit = limit == 0 ? limit_of_process() : limit < MOST ? limit : MOST};
    p->places = mmap(NULL, p->limit * sizeof *p->places, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p->places == MAP_FAILED) return ENOMEM;
    p->epoll = epoll_create1(EPOLL_CLOEXEC);
    p->event = p->epoll < 0 ? -1 : eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (p->event >= 0 && !add_event(p)) return 0;
    int error = errno;
    weir_poller_epoll_destroy(p);
    return error;
}

void weir_poller_epoll_destroy(weir_poller_epoll *p) {
    if (p->event >= 0) close(p->event);
    if (p->epoll >= 0) close(p->epoll);
    munmap(p->places, p->limit * sizeof *p->places);
}

static uint32_t next_generation(const place *at) { return at->generation == UINT32_MAX ? 1 : at->generation + 1; }

/* Calls wake for what has come that was waited for. */
static void tell(weir_poll *poll) {
    unsigned now = weir_poll_ready(poll, poll->wanted);
    if (!now) return;
    poll->wanted &= (uint8_t)~now;
    poll->wake(poll);
}

static void take_place(place *at, weir_poll *poll) {
    at->poll = poll;
    at->generation = next_generation(at);
}

/* Whoever still has the place has closed its descriptor, which the next attempt will tell. */
static void displace(place *at) {
    weir_poll *poll = at->poll;
    if (!poll) return;
    poll->fd = -1;
    poll->ready = BOTH | BOTH << WEIR_POLL_END;
    tell(poll);
}

/* Tells the kernel. 0, EPERM: the file is always ready, and cannot be waited for; else why it is not watched. */
static int watch(weir_poller_epoll *p, int fd, uint32_t generation) {
    struct epoll_event e = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.u64 = word(fd, generation)};
    if (!epoll_ctl(p->epoll, EPOLL_CTL_ADD, fd, &e)) return 0;
    if (errno != EEXIST) return errno;
    return epoll_ctl(p->epoll, EPOLL_CTL_MOD, fd, &e) ? errno : 0; /* the same file, whose first owner is displaced */
}

int weir_poller_epoll_add(weir_poller_epoll *p, weir_poll *poll, int fd) {
    if (fd < 0) return EBADF;
    if ((unsigned)fd >= p->limit) return EMFILE;
    place *at = &p->places[fd];
    int error = watch(p, fd, next_generation(at));
    if (error && error != EPERM) return error;
    displace(at);
    take_place(at, poll);
    poll->fd = fd;
    poll->ready = error ? BOTH | BOTH << WEIR_POLL_END : BOTH;
    poll->wanted = 0;
    return 0;
}

void weir_poller_epoll_forget(weir_poller_epoll *p, weir_poll *poll) {
    if (poll->fd < 0) return;
    place *at = &p->places[poll->fd];
    take_place(at, NULL);                                                  /* sets poll->fd to -1 */
    (void)epoll_ctl(p->epoll, EPOLL_CTL_DEL, (int)(at - p->places), NULL); /* may be closed: then it is gone already */
}

/* EPOLLERR may be of a moment: the next attempt in either direction tells. */
static uint8_t readiness(uint32_t events) {
    unsigned ready = 0;
    if (events & (EPOLLIN | EPOLLERR)) ready |= WEIR_READABLE;
    if (events & (EPOLLOUT | EPOLLERR)) ready |= WEIR_WRITABLE;
    if (events & (EPOLLRDHUP | EPOLLHUP)) ready |= WEIR_READABLE << WEIR_POLL_END;
    if (events & EPOLLHUP) ready |= WEIR_WRITABLE << WEIR_POLL_END;
    return (uint8_t)ready;
}

/* The eventfd has been written: there was a wake. */
static void take_wake(weir_poller_epoll *p) {
    uint64_t count;
    while (read(p->event, &count, sizeof count) < 0 && errno == EINTR) {}
    weir_a32_xchg_acquire(&p->woken, 0); /* A1: pairs with R1 in wake; what the waker did before */
}

static void take_readiness(weir_poller_epoll *p, int fd, uint32_t generation, uint32_t events) {
    weir_poll *poll = p->places[fd].poll;
    if (!poll || p->places[fd].generation != generation) return;
    poll->ready |= readiness(events);
    p->told++;
    tell(poll);
}

/* Kernels before 5.11 know milliseconds only: rounded up, so that a deadline has passed when the wait says so. */
static int wait_for(weir_poller_epoll *p, struct epoll_event *events, uint64_t deadline_ns) {
    uint64_t now = deadline_ns ? weir_now_ns() : 0, ns = deadline_ns > now ? deadline_ns - now : 0;
    struct timespec left = {.tv_sec = (time_t)(ns / 1000000000), .tv_nsec = (long)(ns % 1000000000)};
    int n = epoll_pwait2(p->epoll, events, BATCH, deadline_ns == WEIR_FOREVER ? NULL : &left, NULL);
    if (n >= 0 || errno != ENOSYS) return n;
    uint64_t ms = ns / 1000000 + (ns % 1000000 != 0);
    return epoll_wait(p->epoll, events, BATCH, deadline_ns == WEIR_FOREVER ? -1 : ms < 1000000 ? (int)ms : 1000000);
}

bool weir_poller_epoll_wait(weir_poller_epoll *p, uint64_t deadline_ns) {
    struct epoll_event events[BATCH];
    int n = wait_for(p, events, deadline_ns);
    p->waits++;
    bool woken = false;
    for (int i = 0; i < n; i++) {
        uint32_t generation = (uint32_t)(events[i].data.u64 >> 32);
        if (generation) take_readiness(p, (int)(uint32_t)events[i].data.u64, generation, events[i].events);
        else woken = true;
    }
    if (woken) take_wake(p);
    return woken;
}

void weir_poller_epoll_wake(weir_poller_epoll *p) {
    uint64_t one = 1;
    /* R1 release: pairs with A1 in note. Whoever finds 1 here is seen by the exchange that has not come yet. */
    if (weir_a32_xchg_release(&p->woken, 1)) return;
    int error = errno; /* of the code that a signal handler has interrupted */
    while (write(p->event, &one, sizeof one) < 0 && errno == EINTR) {}
    errno = error;
}
