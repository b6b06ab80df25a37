#include <string.h>

#include "slp/crc32c_p.h"
#include "slp/error_p.h"

#define FILE_MAGIC 0x46504c53u /* "SLPF" */

typedef struct file_header {
    uint32_t magic, crc;
    uint64_t bytes;
} file_header;

void weir_slp_file_header(const weir_slp *s, unsigned char to[WEIR_SLP_FILE_HEADER]) {
    file_header h = {FILE_MAGIC, slp_crc32c(s, weir_slp_bytes(s)), weir_slp_bytes(s)};
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
    else if (slp_crc32c(buffer, (size_t)h.bytes) != h.crc) bad = WEIR_SLP_CORRUPT, where = 4;
    if (bad) {
        slp_error_set(error, bad, NULL, where, 0);
        return NULL;
    }
    const weir_slp *s = weir_slp_verify(buffer, (size_t)h.bytes, limits, error);
    if (!s && error) error->offset += WEIR_SLP_FILE_HEADER;
    return s;
}
