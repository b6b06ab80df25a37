#include "kv/record_p.h"

/* RR: as in release. */
static bool fits(const weir_record *old, size_t bytes) {
    return weir_record_size(old) == bytes && weir_a32_load_acquire(&old->references) == 1;
}

weir_record *weir_record_make_in(weir_record *old, weir_mem *m, weir_kv_bytes key, weir_kv_bytes value, bool room) {
    size_t bytes = weir_record_bytes(key.size, value.size, room);
    weir_record *r = old && fits(old, bytes) ? old : NULL;
    if (old && !r) weir_record_release(m, old);
    if (!r && !(r = weir_mem_get(m, bytes))) return NULL;
    weir_aptr_store(&r->pending, NULL);
    weir_a32_store(&r->references, 1);
    r->generation = 0;
    r->value_size = (uint32_t)value.size;
    r->key_size = (uint32_t)key.size & 0xffffff;
    r->tombstone = 0;
    r->room = room;
    if (key.size) memcpy(r->bytes, key.at, key.size);
    if (value.size) memcpy(r->bytes + key.size, value.at, value.size);
    return r;
}

weir_record *weir_record_make(weir_mem *m, weir_kv_bytes key, weir_kv_bytes value, bool room) {
    return weir_record_make_in(NULL, m, key, value, room);
}

weir_pending *weir_record_pend(weir_record *r, uint64_t stamp, weir_record *older) {
    weir_pending *p = (weir_pending *)(void *)((char *)r + weir_record_tail_at(r->key_size, r->value_size));
    weir_a64_store(&p->stamp, stamp);
    weir_aptr_store(&p->older, older);
    weir_aptr_store(&r->pending, p); /* relaxed: the slot's release publishes all of it */
    return p;
}

void weir_record_release(weir_mem *m, weir_record *r) {
    /* RR: who has the only one has nobody beside him who could take another */
    if (weir_a32_load_acquire(&r->references) == 1 || weir_a32_sub_acq_rel(&r->references, 1) == 1)
        weir_mem_put(m, r, weir_record_size(r));
}

void weir_record_reclaim(void *mem, void *record, size_t bytes) {
    (void)bytes;
    weir_record_release(mem, record);
}
