/* CRC32C, because processors have an instruction for it; by a table where they have not. */
#include <string.h>

#include "slp/error_p.h"

#define FILE_MAGIC 0x46504c53u /* "SLPF" */

static uint32_t crc_by_table(uint32_t crc, const unsigned char *p, size_t n) {
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

#ifdef __x86_64__
#include <nmmintrin.h>
__attribute__((target("sse4.2"))) static uint32_t crc_by_instruction(uint32_t crc, const unsigned char *p, size_t n) {
    uint64_t wide = crc, word;
    for (; n >= 8; p += 8, n -= 8) {
        memcpy(&word, p, 8);
        wide = _mm_crc32_u64(wide, word);
    }
    for (crc = (uint32_t)wide; n; n--) crc = _mm_crc32_u8(crc, *p++);
    return crc;
}
static uint32_t crc32c(const void *p, size_t n) {
    if (__builtin_cpu_supports("sse4.2")) return ~crc_by_instruction(UINT32_MAX, p, n);
    return ~crc_by_table(UINT32_MAX, p, n);
}
#else
static uint32_t crc32c(const void *p, size_t n) { return ~crc_by_table(UINT32_MAX, p, n); }
#endif

typedef struct file_header {
    uint32_t magic, crc;
    uint64_t bytes;
} file_header;

void weir_slp_file_header(const weir_slp *s, unsigned char to[WEIR_SLP_FILE_HEADER]) {
    file_header h = {FILE_MAGIC, crc32c(s, weir_slp_bytes(s)), weir_slp_bytes(s)};
    memcpy(to, &h, sizeof h);
}

const weir_slp *weir_slp_file_open(const void *at, size_t bytes, const weir_slp_limits *limits, weir_slp_error *error) {
    file_header h = {0, 0, 0};
    if (bytes) memcpy(&h, at, bytes < sizeof h ? bytes : sizeof h);
    const char *buffer = bytes < sizeof h ? NULL : (const char *)at + sizeof h;
    weir_slp_class bad = WEIR_SLP_OK;
    size_t where = 0;
    if (bytes >= 4 && h.magic != FILE_MAGIC) bad = WEIR_SLP_FOREIGN;
    else if (bytes < sizeof h || h.bytes > bytes - sizeof h) bad = WEIR_SLP_TRUNCATED, where = bytes;
    else if (h.bytes < bytes - sizeof h) bad = WEIR_SLP_CORRUPT, where = sizeof h + (size_t)h.bytes;
    else if (crc32c(buffer, (size_t)h.bytes) != h.crc) bad = WEIR_SLP_CORRUPT, where = 4;
    if (bad) {
        slp_error_set(error, bad, NULL, where, 0);
        return NULL;
    }
    const weir_slp *s = weir_slp_verify(buffer, (size_t)h.bytes, limits, error);
    if (!s && error) error->offset += WEIR_SLP_FILE_HEADER;
    return s;
}
