/* processor - who runs what is sent on the execution channel: a subscription of the runtime's own for each topic, whose events are
 * scripts, each of the session that sent it. Made when first sent to. */
#ifndef WEIR_RUNTIME_PROCESSOR_P_H
#define WEIR_RUNTIME_PROCESSOR_P_H

#include "runtime/runtime_p.h"

/* Where it listens. NULL: no memory. */
weir_topic *weir_processor(weir_runtime *r, uint32_t number);

/* Where an event goes. NULL: to nobody; on the execution channel: no memory. */
static inline weir_topic *weir_target(weir_runtime *r, uint32_t channel, uint32_t number) {
    return channel == WEIR_EXECUTION ? weir_processor(r, number) : weir_topic_at(&r->topics, channel, number, false);
}

static inline bool weir_is_script(weir_slp_value v) {
    return weir_slp_type_of(v) == WEIR_SLP_BODY || weir_slp_type_of(v) == WEIR_SLP_STRING;
}

#endif
