/* rcu.qsbr - a section costs no store; a thread reports at the end of its outermost one that it holds nothing.
 *
 * A thread is online from its first section on, and until it reports again it holds up every grace period. It reports by the end of a
 * section, and goes offline whenever it sleeps in prims (weir_thread_hooks, which it sets when it registers: hooks that it had
 * are called, too), in weir_rcu_offline, and when it ends. Whoever blocks in another way says so, by weir_rcu_offline or
 * weir_kv_idle_begin; being offline only between sections instead would cost them two fences each, more than memb costs.
 * Source: Desnoyers et al., User-Level Implementations of Read-Copy Update (2012); liburcu-qsbr. */
#ifndef WEIR_KV_RCU_QSBR_H
#define WEIR_KV_RCU_QSBR_H

#include <stdbool.h>
#include <urcu/static/urcu-qsbr.h>

#include "kv/rcu/told_p.h"
#include "prims/platform.h"

typedef struct weir_rcu_qsbr_head weir_rcu_qsbr_head;
struct weir_rcu_qsbr_head {
    void *urcu[2]; /* liburcu's */
    void (*fn)(weir_rcu_qsbr_head *);
};

extern WEIR_THREAD_LOCAL unsigned weir_rcu_qsbr_depth; /* sections that the thread is in */

void weir_rcu_qsbr_wake_up(void); /* the thread was offline, or is not registered */
void weir_rcu_qsbr_report(void);
void weir_rcu_qsbr_offline(void); /* not inside a section */
void weir_rcu_qsbr_synchronize(void);
void weir_rcu_qsbr_call(weir_rcu_qsbr_head *head, void (*fn)(weir_rcu_qsbr_head *));
void weir_rcu_qsbr_barrier(void);

static inline void weir_rcu_qsbr_begin(void) {
    if (WEIR_UNLIKELY(!URCU_TLS(urcu_qsbr_reader).ctr)) weir_rcu_qsbr_wake_up();
    weir_rcu_qsbr_depth++;
    cmm_barrier();
}
static inline void weir_rcu_qsbr_end(void) {
    cmm_barrier();
    if (--weir_rcu_qsbr_depth) return;
#ifdef WEIR_RCU_TOLD
    weir_rcu_qsbr_report();
#else
    _urcu_qsbr_quiescent_state();
#endif
}

static inline bool weir_rcu_qsbr_inside(void) { return weir_rcu_qsbr_depth; }
static inline void weir_rcu_qsbr_online(void) {} /* the next section does it */

#endif
