/* flow_fault_p - push and pop of a flow, which must not allocate. Included behind the flow of a kind. */
#ifndef WEIR_STRESS_FAULT_FLOW_FAULT_P_H
#define WEIR_STRESS_FAULT_FLOW_FAULT_P_H

#include "stress/fault/fault.h"

static weir_status push_without_memory(flow_member *me, const uint64_t *v, size_t n, size_t *moved) {
    fault_no_memory();
    weir_status st = push(me, v, n, moved);
    fault_memory_again();
    return st;
}

static weir_status pop_without_memory(flow_member *me, uint64_t *v, size_t n, size_t *moved) {
    fault_no_memory();
    weir_status st = pop(me, v, n, moved);
    fault_memory_again();
    return st;
}

#endif
