/* keys - what the keys of a script are: those of its scope; of a task's form: those of its frame, as the form has left them. */
#ifndef WEIR_RUNTIME_KEYS_P_H
#define WEIR_RUNTIME_KEYS_P_H

#include "runtime/session_p.h"

/* BAD: a key that begins with FF; behind it lie the tasks. All that is here answers so, or as the store does. */

weir_kv_status weir_keys_get_in_task(weir_exec *x, weir_kv_bytes key, weir_kv_bytes *value);
weir_kv_status weir_keys_exists_in_task(weir_exec *x, weir_kv_bytes key);
weir_kv_status weir_keys_write_in_task(weir_exec *x, weir_kv_verb verb, weir_kv_bytes key, weir_kv_bytes value,
                                       weir_kv_bytes expected);

/* In a read section. */
static inline weir_kv_status weir_keys_get(weir_exec *x, weir_kv_bytes key, weir_kv_bytes *value) {
    if (weir_task_is_hidden(key.at, key.size)) return WEIR_KV_BAD;
    return x->task ? weir_keys_get_in_task(x, key, value) : weir_kv_get(x->session->tenant, key, value);
}

static inline weir_kv_status weir_keys_exists(weir_exec *x, weir_kv_bytes key) {
    if (weir_task_is_hidden(key.at, key.size)) return WEIR_KV_BAD;
    return x->task ? weir_keys_exists_in_task(x, key) : weir_kv_exists(x->session->tenant, key);
}

/* value: not of DEL; expected: of CAS. */
static inline weir_kv_status weir_keys_write(weir_exec *x, weir_kv_verb verb, weir_kv_bytes key, weir_kv_bytes value,
                                             weir_kv_bytes expected) {
    weir_kv_tenant *t = x->session->tenant;
    if (weir_task_is_hidden(key.at, key.size)) return WEIR_KV_BAD;
    if (x->task) return weir_keys_write_in_task(x, verb, key, value, expected);
    switch (verb) {
    case WEIR_KV_SET: return weir_kv_set(t, key, value);
    case WEIR_KV_DEL: return weir_kv_del(t, key);
    case WEIR_KV_SNX: return weir_kv_snx(t, key, value);
    default: return weir_kv_cas(t, key, expected, value);
    }
}

/* At most n keys that begin with prefix, beyond `after` (NULL: from the first, but for `skip` of them), as strings in the arena of
 * x: *got less than n only when there are no more. NOMEM. */
weir_kv_status weir_keys_page(weir_exec *x, weir_kv_bytes prefix, const weir_kv_bytes *after, uint64_t skip,
                              weir_slp_value *key, size_t n, size_t *got);

#endif
