#include "slp/error_p.h"

#include <string.h>

static const struct {
    const char *name, *message;
} of_class[] = {
    [WEIR_SLP_OK] = {"ok", "no error"},
    [WEIR_SLP_UNCLOSED] = {"unclosed", "a bracket or a string is not closed"},
    [WEIR_SLP_STRAY] = {"stray", "a closing bracket that does not close what is open"},
    [WEIR_SLP_OPERAND] = {"operand", "' wants a value behind it, @ a string"},
    [WEIR_SLP_NUMBER] = {"number", "not a number, or one that does not fit: integers have 64 bits, reals are doubles"},
    [WEIR_SLP_ESCAPE] = {"escape", "an escape other than \\\" \\\\ \\n \\r \\t \\xHH"},
    [WEIR_SLP_EMPTY] = {"empty", "there is no form in this text"},
    [WEIR_SLP_SURPLUS] = {"surplus", "a second form where one was wanted"},
    [WEIR_SLP_DEPTH] = {"depth", "brackets and quotes are nested deeper than the limit"},
    [WEIR_SLP_SIZE] = {"size", "the text, or the buffer of it, has more bytes than the limit"},
    [WEIR_SLP_COUNT] = {"count", "more values than the limit"},
    [WEIR_SLP_LENGTH] = {"length", "a symbol or a number has more bytes than the limit"},
    [WEIR_SLP_NOMEM] = {"nomem", "the system refused memory"},
    [WEIR_SLP_FOREIGN] = {"foreign", "not a buffer of this byte order and version"},
    [WEIR_SLP_CORRUPT] = {"corrupt", "not a canonical buffer"},
    [WEIR_SLP_TRUNCATED] = {"truncated", "fewer bytes than the header says"},
};

const char *weir_slp_class_name(weir_slp_class what) {
    return (unsigned)what < sizeof of_class / sizeof *of_class ? of_class[what].name : "unknown";
}

void slp_error_set(weir_slp_error *error, weir_slp_class what, const char *text, size_t offset, uint32_t limit) {
    if (!error) return;
    bool limited = what >= WEIR_SLP_DEPTH && what <= WEIR_SLP_LENGTH;
    *error = (weir_slp_error){what, (uint32_t)offset, 0, 0, limited ? limit : 0, of_class[what].message};
    if (!text) return;
    error->line = 1;
    const char *line = text, *at = text + offset;
    for (const char *n; (n = memchr(line, '\n', (size_t)(at - line))) != NULL; line = n + 1) error->line++;
    error->column = (uint32_t)(at - line) + 1;
}

weir_slp_limits weir_slp_limits_default(void) { return (weir_slp_limits){128, 16u << 20, 1000000, 4096}; }
