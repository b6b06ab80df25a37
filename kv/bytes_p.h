/* bytes_p - comparing and hashing keys, which are short: no calls, and loads that may overlap instead of loops over bytes.
 * Private to kv. Source of the hash: multiply-fold hashing, as in wyhash (Wang Yi). Not for keys made to collide by somebody
 * who knows the seed. */
#ifndef WEIR_KV_BYTES_P_H
#define WEIR_KV_BYTES_P_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t weir_load64(const unsigned char *p) {
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static inline uint32_t weir_load32(const unsigned char *p) {
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static inline bool weir_bytes_equal(const void *a_, const void *b_, size_t size) {
    const unsigned char *a = a_, *b = b_;
    if (size > 16) return memcmp(a, b, size) == 0;
    if (size >= 8)
        return !((weir_load64(a) ^ weir_load64(b)) | (weir_load64(a + size - 8) ^ weir_load64(b + size - 8)));
    if (size >= 4)
        return !((weir_load32(a) ^ weir_load32(b)) | (weir_load32(a + size - 4) ^ weir_load32(b + size - 4)));
    for (size_t i = 0; i < size; i++)
        if (a[i] != b[i]) return false;
    return true;
}

/* The halves of a 128-bit product, folded. */
static inline uint64_t weir_fold(uint64_t a, uint64_t b) {
    __extension__ typedef unsigned __int128 wide;
    wide product = (wide)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t weir_hash(const void *key, size_t size, uint64_t seed) {
    static const uint64_t odd[] = {0x9e3779b97f4a7c15u, 0xc2b2ae3d27d4eb4fu, 0xd6e8feb86659fd93u};
    const unsigned char *p = key;
    uint64_t h = seed ^ odd[0], a = 0, b = 0;
    size_t rest = size;
    for (; rest > 16; rest -= 16, p += 16) h = weir_fold(weir_load64(p) ^ odd[1], weir_load64(p + 8) ^ h);
    if (rest >= 8) {
        a = weir_load64(p);
        b = weir_load64(p + rest - 8);
    } else if (rest >= 4) {
        a = weir_load32(p);
        b = weir_load32(p + rest - 4);
    } else if (rest) { /* 1 .. 3 bytes: first, middle, last */
        a = (uint64_t)p[0] << 16 | (uint64_t)p[rest / 2] << 8 | p[rest - 1];
    }
    h = weir_fold(a ^ odd[1], b ^ h);
    return weir_fold(h ^ size, odd[2]);
}

#endif
