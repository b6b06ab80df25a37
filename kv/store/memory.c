/* store.memory - nothing is written. */
#include "kv/resident_p.h"

static weir_kv_status open(const weir_kv_options *o, weir_kv **kv, weir_kv_error *error) {
    weir_resident *s;
    weir_kv_status st = weir_resident_new(o, &weir_store_memory, &s, error);
    if (st == WEIR_KV_OK) *kv = (weir_kv *)s;
    return st;
}

const weir_store_ops weir_store_memory = {.name = "memory", .open = open, WEIR_RESIDENT_OPS};
