#include "runtime/keys_p.h"

#include <string.h>

#include "runtime/task_p.h"

enum { PAGE = 16 };

/* Below the space of the form. at NULL: no memory. */
static weir_kv_bytes whole(weir_exec *x, weir_kv_bytes key) {
    size_t space = x->task->space;
    char *at = weir_arena_take(&x->arena, space + key.size + 1);
    if (!at) return weir_kv_bytes_of(NULL, 0);
    memcpy(at, x->task->at, space);
    if (key.size) memcpy(at + space, key.at, key.size);
    return weir_kv_bytes_of(at, space + key.size);
}

weir_kv_status weir_keys_get_in_task(weir_exec *x, weir_kv_bytes key, weir_kv_bytes *value) {
    key = whole(x, key);
    return key.at ? weir_draft_get(&x->task->draft, key, value) : WEIR_KV_NOMEM;
}

weir_kv_status weir_keys_exists_in_task(weir_exec *x, weir_kv_bytes key) {
    weir_kv_bytes value;
    weir_kv_read_begin(x->session->runtime->kv);
    weir_kv_status st = weir_keys_get_in_task(x, key, &value);
    weir_kv_read_end(x->session->runtime->kv);
    return st;
}

weir_kv_status weir_keys_write_in_task(weir_exec *x, weir_kv_verb verb, weir_kv_bytes key, weir_kv_bytes value,
                                       weir_kv_bytes expected) {
    key = whole(x, key);
    return key.at ? weir_draft_write(&x->task->draft, verb, key, value, expected) : WEIR_KV_NOMEM;
}

/* -- pages --------------------------------------------------------------------------------------------------------- */

/* Of a form: the store's keys and its own, one after the other; those that are skipped leave nothing in the arena. */
static weir_kv_status page_in_task(weir_exec *x, weir_kv_bytes prefix, const weir_kv_bytes *after, uint64_t skip,
                                   weir_slp_value *key, size_t n, size_t *got) {
    size_t space = x->task->space;
    weir_kv_bytes last, begin = whole(x, prefix);
    if (!begin.at) return WEIR_KV_NOMEM;
    if (after) last = whole(x, *after);
    if (after && !last.at) return WEIR_KV_NOMEM;
    while (*got < n) {
        weir_kv_status st = weir_draft_next(&x->task->draft, begin, after ? &last : NULL, &x->arena, &last);
        if (st == WEIR_KV_NO) return WEIR_KV_OK;
        if (st != WEIR_KV_OK) return st;
        after = &last;
        const char *at = (const char *)last.at + space;
        if (weir_task_is_hidden(at, last.size - space)) return WEIR_KV_OK;
        if (skip > 0) skip--;
        else key[(*got)++] = weir_value_string(&x->arena, at, last.size - space);
    }
    return WEIR_KV_OK;
}

/* The tasks of a scope are the last of it. */
static weir_kv_status page_of_scope(weir_exec *x, const weir_kv_range *range, weir_slp_value *key, size_t n,
                                    size_t *got) {
    weir_kv_pair pair[PAGE];
    size_t found;
    weir_kv_read_begin(x->session->runtime->kv);
    weir_kv_status st = weir_kv_scan(x->session->tenant, range, pair, n < PAGE ? n : PAGE, &found);
    for (; *got < found && !weir_task_is_hidden(pair[*got].key.at, pair[*got].key.size); ++*got)
        key[*got] = weir_value_string(&x->arena, pair[*got].key.at, pair[*got].key.size);
    weir_kv_read_end(x->session->runtime->kv);
    return st;
}

weir_kv_status weir_keys_page(weir_exec *x, weir_kv_bytes prefix, const weir_kv_bytes *after, uint64_t skip,
                              weir_slp_value *key, size_t n, size_t *got) {
    weir_kv_range range = {.prefix = prefix, .after = after, .skip = skip};
    *got = 0;
    if (weir_task_is_hidden(prefix.at, prefix.size)) return WEIR_KV_BAD;
    weir_kv_status st =
        x->task ? page_in_task(x, prefix, after, skip, key, n, got) : page_of_scope(x, &range, key, n, got);
    for (size_t i = 0; i < *got && st == WEIR_KV_OK; i++)
        if (weir_value_is_error(key[i])) st = WEIR_KV_NOMEM;
    return st;
}
