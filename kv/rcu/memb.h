/* rcu.memb - a section is two stores to a line of the thread's own; who waits for readers makes them visible by sys_membarrier.
 *
 * Where the kernel has no sys_membarrier, each section pays for two fences instead. A thread that is in no section holds up
 * nobody. Source: Desnoyers et al., User-Level Implementations of Read-Copy Update (2012); liburcu-memb. */
#ifndef WEIR_KV_RCU_MEMB_H
#define WEIR_KV_RCU_MEMB_H

#include <stdbool.h>
#include <urcu/static/urcu-memb.h>

#include "kv/rcu/told_p.h"
#include "prims/platform.h"

typedef struct weir_rcu_memb_head weir_rcu_memb_head;
struct weir_rcu_memb_head {
    void *urcu[2]; /* liburcu's */
    void (*fn)(weir_rcu_memb_head *);
};

void weir_rcu_memb_register(void);
void weir_rcu_memb_synchronize(void);
void weir_rcu_memb_call(weir_rcu_memb_head *head, void (*fn)(weir_rcu_memb_head *));
void weir_rcu_memb_barrier(void);

#ifdef WEIR_RCU_TOLD
void weir_rcu_memb_begin(void);
void weir_rcu_memb_end(void);
#else
static inline void weir_rcu_memb_begin(void) {
    if (WEIR_UNLIKELY(!URCU_TLS(urcu_memb_reader).registered)) weir_rcu_memb_register();
    _urcu_memb_read_lock();
}
static inline void weir_rcu_memb_end(void) { _urcu_memb_read_unlock(); }
#endif

static inline bool weir_rcu_memb_inside(void) { return _urcu_memb_read_ongoing(); }
static inline void weir_rcu_memb_offline(void) {}
static inline void weir_rcu_memb_online(void) {}

#endif
