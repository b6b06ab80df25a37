#include "runtime/task_record_p.h"

#include <stdlib.h>
#include <string.h>

/* -- places -------------------------------------------------------------------------------------------------------- */

static bool good_name(const char *name, size_t bytes) {
    return bytes >= 1 && bytes <= WEIR_TASK_NAME && !memchr(name, 0, bytes) && !memchr(name, WEIR_TASK_MARK, bytes);
}

size_t weir_task_base(char *to, weir_kv_bytes space, const char *name, size_t bytes, bool *deep) {
    *deep = false;
    if (!good_name(name, bytes)) return 0;
    size_t all = space.size + 1 + bytes + 1;
    *deep = all + 2 + 2 * WEIR_TASK_FRAMES > WEIR_TASK_BASE; /* room for the spaces of its frames */
    if (*deep) return 0;
    if (space.size) memcpy(to, space.at, space.size);
    to[space.size] = (char)WEIR_TASK_MARK;
    memcpy(to + space.size + 1, name, bytes);
    to[all - 1] = 0;
    return all;
}

weir_kv_bytes weir_task_key(weir_kv_bytes base, char which, char *to) {
    memcpy(to, base.at, base.size);
    to[base.size] = which;
    return weir_kv_bytes_of(to, base.size + 1);
}

/* From behind: what ends with 00 is a frame within another; no name has an FF. */
size_t weir_task_space_outside(const char *space, size_t bytes) {
    if (space[bytes - 1] == 0) return bytes - 2;
    while ((unsigned char)space[bytes - 1] != WEIR_TASK_MARK) bytes--;
    return bytes - 1;
}

size_t weir_task_path(char *to, size_t room, weir_kv_bytes base) {
    const char *key = base.at;
    size_t used = 0;
    for (size_t i = 0; i < base.size; i++) {
        bool name = (unsigned char)key[i] == WEIR_TASK_MARK && i + 1 < base.size && key[i + 1];
        if (!name) continue;
        if (used > 0 && used < room) to[used++] = '/';
        for (i++; key[i] && used < room; i++) to[used++] = key[i];
    }
    return used;
}

/* (FF NAME 00 '2' (FF 00)*)* FF NAME 00 '0' */
bool weir_task_is_record(const char *key, size_t bytes) {
    size_t i = 0;
    while (i < bytes && (unsigned char)key[i] == WEIR_TASK_MARK) {
        const char *zero = memchr(key + i, 0, bytes - i);
        if (!zero) return false;
        size_t name = (size_t)(zero - key) - i - 1;
        i = (size_t)(zero - key) + 1;
        if (name == 0) continue; /* a frame */
        if (i >= bytes || key[i] != WEIR_TASK_KEY_SPACE) return i + 1 == bytes && key[i] == WEIR_TASK_KEY_RECORD;
        i++;
    }
    return false;
}

/* -- the record ---------------------------------------------------------------------------------------------------- */

static const char *const names[WEIR_TASK_STATES] = {"running", "paused", "done", "failed", "cancelled"};

const char *weir_task_state_name(weir_task_stage state) { return names[state]; }

static bool read_state(weir_slp_value v, weir_task_stage *state) {
    if (weir_slp_type_of(v) != WEIR_SLP_SYMBOL) return false;
    weir_slp_text t = weir_slp_text_of(v);
    for (int i = 0; i < WEIR_TASK_STATES; i++)
        if (t.bytes == strlen(names[i]) && !memcmp(t.at, names[i], t.bytes)) return *state = (weir_task_stage)i, true;
    return false;
}

bool weir_task_record_read(const weir_slp *s, weir_task_record *r) {
    weir_slp_value root = weir_slp_root(s);
    if (weir_slp_type_of(root) != WEIR_SLP_LIST || weir_slp_count(root) != 3) return false;
    if (!read_state(weir_slp_at(root, 0), &r->state)) return false;
    r->pcs = weir_slp_at(root, 1);
    r->result = weir_slp_at(root, 2);
    if (weir_slp_type_of(r->pcs) != WEIR_SLP_LIST) return false;
    uint32_t frames = weir_slp_count(r->pcs);
    for (uint32_t i = 0; i < frames; i++) {
        weir_slp_value pc = weir_slp_at(r->pcs, i);
        if (weir_slp_type_of(pc) != WEIR_SLP_INTEGER || (uint64_t)weir_slp_integer(pc) > UINT32_MAX) return false;
    }
    return frames >= 1 && frames <= WEIR_TASK_FRAMES;
}

static void put_symbol(weir_slp_builder *b, const char *name) { weir_slp_put_symbol(b, name, strlen(name)); }

const weir_slp *weir_task_record_write(weir_slp_builder *b, weir_task_stage state, const uint32_t *pc, uint32_t frames,
                                       weir_slp_value result, weir_slp_error *error) {
    weir_slp_open(b, WEIR_SLP_LIST);
    put_symbol(b, names[state]);
    weir_slp_open(b, WEIR_SLP_LIST);
    for (uint32_t i = 0; i < frames; i++) weir_slp_put_integer(b, pc[i]);
    weir_slp_close(b);
    weir_slp_put(b, result);
    weir_slp_close(b);
    return weir_slp_finish(b, error);
}

const weir_slp *weir_task_record_change(weir_slp_builder *b, const weir_task_record *r, weir_task_stage state) {
    weir_slp_open(b, WEIR_SLP_LIST);
    put_symbol(b, names[state]);
    weir_slp_put(b, r->pcs);
    weir_slp_put(b, r->result);
    weir_slp_close(b);
    return weir_slp_finish(b, NULL);
}

/* -- keys ---------------------------------------------------------------------------------------------------------- */

enum { PAGE = 256 };

/* A page of keys, in one block behind op. *n is how many; NULL: no memory, or, with *st, something else. */
static char *page_of(weir_kv *kv, weir_kv_tenant *t, const weir_kv_range *range, weir_kv_op *op, size_t *n,
                     weir_kv_status *st) {
    weir_kv_pair pair[PAGE];
    size_t bytes = 0;
    char *keys = NULL;
    *n = 0;
    weir_kv_read_begin(kv);
    *st = weir_kv_scan(t, range, pair, PAGE, n);
    for (size_t i = 0; i < *n; i++) bytes += pair[i].key.size;
    if (*st == WEIR_KV_OK && !(keys = malloc(bytes + 1))) *st = WEIR_KV_NOMEM;
    char *at = keys;
    for (size_t i = 0; keys && i < *n; i++, at += op[i - 1].key.size) {
        memcpy(at, pair[i].key.at, pair[i].key.size);
        op[i] = (weir_kv_op){.verb = WEIR_KV_DEL, .key = weir_kv_bytes_of(at, pair[i].key.size)};
    }
    weir_kv_read_end(kv);
    return keys;
}

/* NO: a task that was ending has removed or written something meanwhile, and the page is read again. */
weir_kv_status weir_task_sweep(weir_kv *kv, weir_kv_tenant *t, weir_kv_bytes prefix, const weir_kv_bytes *after) {
    weir_kv_range range = {.prefix = prefix, .after = after};
    weir_kv_op op[PAGE];
    weir_kv_status st;
    for (size_t n;;) {
        char *keys = page_of(kv, t, &range, op, &n, &st);
        if (st == WEIR_KV_OK && n > 0) st = weir_kv_batch(t, op, n, NULL, NULL, NULL);
        free(keys);
        if ((st != WEIR_KV_OK && st != WEIR_KV_NO) || n == 0) return st;
    }
}

weir_kv_status weir_task_clear(weir_kv *kv, weir_kv_tenant *t, weir_kv_bytes base, bool record) {
    char key[WEIR_TASK_BASE + 1];
    weir_kv_bytes first = weir_task_key(base, WEIR_TASK_KEY_RECORD, key);
    return weir_task_sweep(kv, t, base, record ? NULL : &first);
}
