#include "kv/rcu/bp.h"

#include <urcu/urcu-bp.h>

#include "kv/rcu/barrier_p.h"
#include "kv/rcu/told_p.h"

_Static_assert(sizeof(struct rcu_head) == sizeof((weir_rcu_bp_head *)0)->urcu, "the head of liburcu 0.13");

static char told; /* what TSan orders by: sections before the end of a grace period */

void weir_rcu_bp_begin(void) { urcu_bp_read_lock(); }

void weir_rcu_bp_end(void) {
    WEIR_RCU_RELEASE_(&told);
    urcu_bp_read_unlock();
}

bool weir_rcu_bp_inside(void) { return urcu_bp_read_ongoing(); }

void weir_rcu_bp_synchronize(void) {
    urcu_bp_synchronize_rcu();
    WEIR_RCU_ACQUIRE_(&told);
}

static void called(struct rcu_head *urcu) {
    weir_rcu_bp_head *head = (weir_rcu_bp_head *)urcu;
    WEIR_RCU_ACQUIRE_(&told);
    WEIR_RCU_ACQUIRE_(head);
    head->fn(head);
}

void weir_rcu_bp_call(weir_rcu_bp_head *head, void (*fn)(weir_rcu_bp_head *)) {
    head->fn = fn;
    WEIR_RCU_RELEASE_(head);
    urcu_bp_call_rcu((struct rcu_head *)head->urcu, called);
}

WEIR_RCU_DEFINE_WAIT_CALLS_(bp)

void weir_rcu_bp_barrier(void) { wait_calls(); }
