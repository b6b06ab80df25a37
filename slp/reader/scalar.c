#include "slp/reader/reader_p.h"

SLP_INLINE const char *blank(const char *p, const char *end) {
    while (p < end && slp_byte_class[(unsigned char)*p] == SLP_BLANK) p++;
    return p;
}

SLP_INLINE const char *string(const char *p, const char *end) {
    while (p < end && *p != '"' && *p != '\\') p++;
    return p;
}

SLP_INLINE const char *atom(const char *p, const char *end, uint64_t word[2]) {
    const char *q = p;
    while (q < end && !slp_ends_atom[(unsigned char)*q]) q++;
    size_t n = (size_t)(q - p);
    if (n > 16) return q;
    word[0] = slp_load_up_to_8(p, n < 8 ? (uint32_t)n : 8);
    word[1] = n > 8 ? slp_load_up_to_8(p + 8, (uint32_t)n - 8) : 0;
    return q;
}

static const slp_scan scan = {blank, string, atom};

slp_place slp_reader_scalar_read(slp_assembly *a, const char *text, size_t bytes, bool one) {
    return slp_core_read(a, &scan, text, bytes, one);
}
