#include "prims/crc.h"

#include <string.h>

static uint32_t by_table(uint32_t crc, const unsigned char *p, size_t n) {
    static const uint32_t nibble[16] = {0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3,
                                        0x61c69362, 0x7198540d, 0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
                                        0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75};
    while (n--) {
        crc ^= *p++;
        crc = crc >> 4 ^ nibble[crc & 15];
        crc = crc >> 4 ^ nibble[crc & 15];
    }
    return crc;
}

uint32_t weir_crc32c_by_table(uint32_t crc, const void *at, size_t size) { return ~by_table(~crc, at, size); }

#ifdef __x86_64__
#include <nmmintrin.h>
__attribute__((target("sse4.2"))) static uint32_t by_instruction(uint32_t crc, const unsigned char *p, size_t n) {
    uint64_t wide = crc, word;
    for (; n >= 8; p += 8, n -= 8) {
        memcpy(&word, p, 8);
        wide = _mm_crc32_u64(wide, word);
    }
    for (crc = (uint32_t)wide; n; n--) crc = _mm_crc32_u8(crc, *p++);
    return crc;
}

uint32_t weir_crc32c(uint32_t crc, const void *at, size_t size) {
    if (__builtin_cpu_supports("sse4.2")) return ~by_instruction(~crc, at, size);
    return weir_crc32c_by_table(crc, at, size);
}
#else
uint32_t weir_crc32c(uint32_t crc, const void *at, size_t size) { return weir_crc32c_by_table(crc, at, size); }
#endif
