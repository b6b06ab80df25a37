#include "stress/lin/history.h"

#include <assert.h>

static uint64_t stamp(lin_log *log) { return log->stamp = weir_a64_add_acq_rel(log->clock, 1); }

static uint64_t last_stamp(lin_log *log) {
    if (log->delay) log->delay();
    return stamp(log);
}

void lin_log_begin(lin_log *log, weir_a64 *clock, unsigned thread) {
    log->clock = clock;
    log->thread = (uint8_t)thread;
    weir_a32_store(&log->count, 0);
    stamp(log);
}

void lin_invoke(lin_log *log, unsigned kind, uint64_t arg) {
    uint32_t n = weir_a32_load(&log->count);
    assert(n < LIN_LOG);
    log->op[n] = (lin_op){.invoked = log->stamp,
                          .returned = LIN_NEVER,
                          .arg = arg,
                          .thread = log->thread,
                          .kind = (uint8_t)kind,
                          .result = LIN_PENDING};
    weir_a32_store_release(&log->count, n + 1); /* R1: pairs with A1; the operation as begun */
    if (log->delay) log->delay();
}

void lin_return(lin_log *log, lin_result result, uint64_t value) {
    lin_op *op = &log->op[weir_a32_load(&log->count) - 1];
    op->result = (uint8_t)result;
    op->value = value;
    op->returned = last_stamp(log);
}

void lin_return_n(lin_log *log, lin_result result, const uint64_t *args, const uint64_t *values, unsigned n) {
    uint32_t first = weir_a32_load(&log->count) - 1;
    assert(n > 0 && first + n <= LIN_LOG);
    lin_op shared = log->op[first];
    shared.result = (uint8_t)result;
    shared.returned = last_stamp(log);
    for (unsigned i = 0; i < n; i++) {
        log->op[first + i] = shared;
        if (args) log->op[first + i].arg = args[i];
        if (values) log->op[first + i].value = values[i];
    }
    weir_a32_store_release(&log->count, first + n); /* R1 */
}

void lin_collect(lin_history *h, const lin_log *log) {
    uint32_t n = weir_a32_load_acquire(&log->count); /* A1 */
    assert(h->count + n <= LIN_HISTORY);
    for (uint32_t i = 0; i < n; i++) h->op[h->count++] = log->op[i];
}

void lin_also(lin_log *log, unsigned kind, uint64_t arg, lin_result result) {
    uint32_t n = weir_a32_load(&log->count);
    assert(n > 0 && n < LIN_LOG);
    log->op[n] = log->op[n - 1];
    log->op[n].kind = (uint8_t)kind;
    log->op[n].arg = arg;
    log->op[n].result = (uint8_t)result;
    weir_a32_store_release(&log->count, n + 1); /* R1 */
}

void lin_forget(lin_log *log) { weir_a32_store_release(&log->count, weir_a32_load(&log->count) - 1); }
