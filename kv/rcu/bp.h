/* rcu.bp - as memb, but liburcu registers threads by itself: for programs that load the library late, or mix it with other users
 * of liburcu-bp. Sections are calls: what liburcu would inline here is misaligned to UBSan. Source: liburcu-bp. */
#ifndef WEIR_KV_RCU_BP_H
#define WEIR_KV_RCU_BP_H

#include <stdbool.h>

typedef struct weir_rcu_bp_head weir_rcu_bp_head;
struct weir_rcu_bp_head {
    void *urcu[2]; /* liburcu's */
    void (*fn)(weir_rcu_bp_head *);
};

void weir_rcu_bp_begin(void);
void weir_rcu_bp_end(void);
bool weir_rcu_bp_inside(void);
void weir_rcu_bp_synchronize(void);
void weir_rcu_bp_call(weir_rcu_bp_head *head, void (*fn)(weir_rcu_bp_head *));
void weir_rcu_bp_barrier(void);

static inline void weir_rcu_bp_offline(void) {}
static inline void weir_rcu_bp_online(void) {}

#endif
