#include "slp/crc32c_p.h"

#include <string.h>

uint32_t slp_crc32c_by_table(const void *at, size_t n) {
    const unsigned char *p = at;
    uint32_t crc = UINT32_MAX;
    static const uint32_t nibble[16] = {0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3,
                                        0x61c69362, 0x7198540d, 0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
                                        0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75};
    while (n--) {
        crc ^= *p++;
        crc = crc >> 4 ^ nibble[crc & 15];
        crc = crc >> 4 ^ nibble[crc & 15];
    }
    return ~crc;
}

#ifdef __x86_64__
#include <nmmintrin.h>
__attribute__((target("sse4.2"))) static uint32_t by_instruction(const unsigned char *p, size_t n) {
    uint64_t wide = UINT32_MAX, word;
    for (; n >= 8; p += 8, n -= 8) {
        memcpy(&word, p, 8);
        wide = _mm_crc32_u64(wide, word);
    }
    uint32_t crc = (uint32_t)wide;
    while (n--) crc = _mm_crc32_u8(crc, *p++);
    return ~crc;
}

uint32_t slp_crc32c(const void *at, size_t n) {
    return __builtin_cpu_supports("sse4.2") ? by_instruction(at, n) : slp_crc32c_by_table(at, n);
}
#else
uint32_t slp_crc32c(const void *at, size_t n) { return slp_crc32c_by_table(at, n); }
#endif
