/* poller.epoll - readiness by Linux epoll, edge-triggered, each descriptor registered once for everything. Contract:
 * sched/poller.h. */
#ifndef WEIR_SCHED_POLLER_EPOLL_H
#define WEIR_SCHED_POLLER_EPOLL_H

#include <stdbool.h>
#include <stdint.h>

#include "../../prims/platform.h"

#ifdef __cplusplus
extern "C" {
#endif

struct weir_poll;
struct weir_poller_epoll_place;

typedef struct weir_poller_epoll {
    struct weir_poller_epoll_place *places; /* by descriptor */
    uint64_t waits, told;                   /* epoll_wait calls; descriptors that they told of */
    unsigned limit;
    int epoll, event; /* event: the eventfd that wakes */
    weir_a32 woken;   /* 1: event has been written and not read yet */
} weir_poller_epoll;

int weir_poller_epoll_init(weir_poller_epoll *p, unsigned limit);
void weir_poller_epoll_destroy(weir_poller_epoll *p);
int weir_poller_epoll_add(weir_poller_epoll *p, struct weir_poll *poll, int fd);
void weir_poller_epoll_forget(weir_poller_epoll *p, struct weir_poll *poll);
bool weir_poller_epoll_wait(weir_poller_epoll *p, uint64_t deadline_ns);
void weir_poller_epoll_wake(weir_poller_epoll *p);

#ifdef __cplusplus
}
#endif
#endif
