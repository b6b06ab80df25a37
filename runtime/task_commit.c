/* A form is completed: its writes, and the record with the new pc, as one batch. */
#include <stdlib.h>
#include <string.h>

#include "runtime/session_p.h"
#include "runtime/task_p.h"

/* The record as it will be, with the innermost frame at pc. */
static const weir_slp *draw_up(weir_task *t, weir_task_stage state, uint32_t pc, weir_slp_value result,
                               weir_slp_error *error) {
    uint32_t pcs[WEIR_TASK_FRAMES];
    for (uint32_t i = 0; i < t->frames; i++) pcs[i] = t->frame[i].pc;
    pcs[t->frames - 1] = pc;
    return weir_task_record_write(t->x.tools->builder, state, pcs, t->frames, result, error);
}

/* Under the lock: the record that is stored now. */
static bool keep_record(weir_task *t, const weir_slp *s) {
    void *at = malloc(weir_slp_bytes(s));
    if (!at) return false;
    free((void *)t->record.at);
    memcpy(at, s, weir_slp_bytes(s));
    t->record = weir_kv_bytes_of(at, weir_slp_bytes(s));
    return true;
}

/* Under the lock. WEIR_TASK_REFUSED: the error is x->result. */
static weir_task_committed commit_as(weir_task *t, weir_task_stage state, uint32_t pc, weir_slp_value result) {
    char name[WEIR_TASK_BASE + 1];
    weir_slp_error e;
    const weir_slp *s = draw_up(t, state, pc, result, &e);
    if (!s)
        return weir_fail(&t->x, e.what == WEIR_SLP_NOMEM ? "nomem" : "range", "a result: %s", e.message),
               WEIR_TASK_REFUSED;
    weir_kv_op record = {.verb = WEIR_KV_CAS,
                         .key = weir_task_key(t->base, WEIR_TASK_KEY_RECORD, name),
                         .expected = t->record,
                         .value = weir_kv_bytes_of(s, weir_slp_bytes(s))};
    size_t failed;
    weir_kv_bytes before = t->record;
    t->record.at = NULL; /* kept aside: memory for the next is taken first, so that what is stored is known */
    bool room = keep_record(t, s);
    weir_kv_status st = room ? weir_draft_commit(&t->draft, &record, &failed) : WEIR_KV_NOMEM;
    if (st == WEIR_KV_OK) {
        free((void *)before.at);
        t->state = state;
        return WEIR_TASK_COMMITTED;
    }
    free((void *)t->record.at);
    t->record = before;
    if (st == WEIR_KV_NO && failed > 0) return WEIR_TASK_CONFLICT;
    if (st == WEIR_KV_NO || st == WEIR_KV_DROPPED) return t->gone = true, WEIR_TASK_OVER;
    weir_fail(&t->x, weir_store_class(st), "%s", weir_kv_status_text(st));
    if (st == WEIR_KV_IO || st == WEIR_KV_NOSPACE || st == WEIR_KV_CORRUPT) t->gone = true;
    return WEIR_TASK_REFUSED;
}

weir_task_committed weir_task_commit(weir_task *t, weir_task_stage state, uint32_t pc, weir_slp_value result) {
    weir_task_committed answer = WEIR_TASK_OVER;
    weir_lock_acquire(&t->lock);
    if (!weir_task_is_over(t)) answer = commit_as(t, state == WEIR_TASK_RUNNING ? t->state : state, pc, result);
    weir_lock_release(&t->lock);
    return answer;
}
