/* rcu.model - read sections as the model checker of stress has them (stress/model/kv.c): what is retired is freed at the first
 * moment at which no section that was open then is open any more. The model supplies reclamation as well, which is all that
 * hands things over to RCU, so there are no calls. */
#ifndef WEIR_KV_RCU_MODEL_H
#define WEIR_KV_RCU_MODEL_H

#include <stdbool.h>

typedef struct weir_rcu_model_head weir_rcu_model_head;

void weir_rcu_model_begin(void);
void weir_rcu_model_end(void);
bool weir_rcu_model_inside(void);
void weir_rcu_model_synchronize(void);
void weir_rcu_model_call(weir_rcu_model_head *head, void (*fn)(weir_rcu_model_head *));
void weir_rcu_model_barrier(void);

static inline void weir_rcu_model_offline(void) {}
static inline void weir_rcu_model_online(void) {}

#endif
