#include "runtime/program/say.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

weir_exit weir_refuse(const char *format, ...) {
    va_list args;
    va_start(args, format);
    fputs("weir: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    return WEIR_USAGE;
}

weir_exit weir_refuse_file(const char *name, const char *why) {
    fputs("weir: ", stderr);
    weir_show(stderr, name, strlen(name));
    fprintf(stderr, ": %s\n", why);
    return WEIR_USAGE;
}

/* Bytes of the UTF-8 character at `at`, which becomes *code; 0: there is none. */
static size_t decode(const unsigned char *at, size_t bytes, uint32_t *code) {
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t n = *at < 0x80 ? 1 : *at >> 5 == 6 ? 2 : *at >> 4 == 14 ? 3 : *at >> 3 == 30 ? 4 : 0;
    if (n == 0 || n > bytes) return 0;
    *code = n == 1 ? *at : *at & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if (at[i] >> 6 != 2) return 0;
        *code = *code << 6 | (at[i] & 0x3f);
    }
    return *code < least[n] || (*code >= 0xd800 && *code < 0xe000) ? 0 : n;
}

/* No controls, and nothing that turns the direction of a line or cannot be seen. */
static bool harmless(uint32_t c) {
    if (c < 0x80) return c == '\t' || (c >= ' ' && c != 127);
    return c >= 0xa0 && c != 0xad && c != 0x61c && !(c >= 0x200b && c <= 0x200f) && !(c >= 0x2028 && c <= 0x202e) &&
           !(c >= 0x2060 && c <= 0x206f) && c != 0xfeff && c < 0xe0000;
}

size_t weir_show(FILE *to, const char *at, size_t bytes) {
    const unsigned char *p = (const unsigned char *)at, *end = p + bytes;
    size_t columns = 0, n;
    for (uint32_t code; p < end; p += n) {
        n = decode(p, (size_t)(end - p), &code);
        if (n && harmless(code)) {
            if (to) fwrite(p, 1, n, to);
            columns++;
        } else {
            n = 1;
            if (to) fprintf(to, "\\x%02x", *p);
            columns += 4;
        }
    }
    return columns;
}
