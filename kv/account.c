/* account - keys and bytes of a tenant, and its quota.
 *
 * Without a quota each lane counts on a line of its own, so that writers share none; differences, which may be below 0.
 * With one, all count under a lock, so that the quota is exact: who is refused would have exceeded it. What a tenant
 * has is the sum of both. The quota changes alone in the gate, when no change is under way. */
#include "kv/tree_p.h"

static bool limited(const weir_account *a) { return a->quota.keys || a->quota.bytes; }

static bool exceeds(uint64_t quota, uint64_t now, int64_t more) {
    return quota && more > 0 && now + (uint64_t)more > quota;
}

bool weir_account_fits(weir_account *a, int64_t keys, int64_t bytes) {
    return !exceeds(a->quota.keys, a->keys, keys) && !exceeds(a->quota.bytes, a->bytes, bytes);
}

static bool add(weir_account *a, unsigned lane, int64_t keys, int64_t bytes, bool force) {
    if (!limited(a)) {
        if (keys) weir_a64_add(&a->lane[lane].keys, (uint64_t)keys);
        if (bytes) weir_a64_add(&a->lane[lane].bytes, (uint64_t)bytes);
        return true;
    }
    weir_lock_acquire(&a->lock);
    bool may = force || weir_account_fits(a, keys, bytes);
    if (may) a->keys += (uint64_t)keys, a->bytes += (uint64_t)bytes;
    weir_lock_release(&a->lock);
    return may;
}

bool weir_account_add(weir_account *a, unsigned lane, int64_t keys, int64_t bytes) {
    return add(a, lane, keys, bytes, false);
}

void weir_account_force(weir_account *a, unsigned lane, int64_t keys, int64_t bytes) {
    add(a, lane, keys, bytes, true);
}

weir_kv_usage weir_account_usage(weir_account *a) {
    weir_kv_usage usage = {.quota = a->quota};
    weir_lock_acquire(&a->lock);
    usage.keys = a->keys;
    usage.bytes = a->bytes;
    weir_lock_release(&a->lock);
    for (unsigned i = 0; i < WEIR_LANES; i++) {
        usage.keys += weir_a64_load(&a->lane[i].keys);
        usage.bytes += weir_a64_load(&a->lane[i].bytes);
    }
    return usage;
}

/* Gathers what the lanes have. */
void weir_account_limit(weir_account *a, const weir_kv_quota *quota) {
    weir_kv_usage usage = weir_account_usage(a);
    a->keys = usage.keys;
    a->bytes = usage.bytes;
    for (unsigned i = 0; i < WEIR_LANES; i++) {
        weir_a64_store(&a->lane[i].keys, 0);
        weir_a64_store(&a->lane[i].bytes, 0);
    }
    a->quota = *quota;
}
