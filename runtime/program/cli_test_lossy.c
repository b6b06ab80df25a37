/* Linked in place of the formatter: one that loses the last byte of a text. */
#include "slp/slp.h"

size_t __wrap_weir_slp_fmt(const char *text, size_t bytes, char *to, size_t room);
size_t __wrap_weir_slp_fmt(const char *text, size_t bytes, char *to, size_t room) {
    for (size_t i = 0; i + 1 < bytes && i < room; i++) to[i] = text[i];
    return bytes - 1;
}
