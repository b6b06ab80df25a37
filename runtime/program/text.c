#include "runtime/program/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/program/complain.h"

/* Some editors put one before the text, and do not show it. */
static void note_mark(const weir_text *t) {
    static const char mark[] = "\xef\xbb\xbf",
                      why[] = "begins with a byte order mark, which is part of its first symbol";
    if (t->file.bytes > 3 && !memcmp(t->file.text, mark, 3)) weir_refuse_file(t->name, why);
}

weir_exit weir_text_read(weir_text *t, const char *name, weir_slp_reader *reader, const weir_slp_limits *limits) {
    weir_slp_error e;
    t->name = strcmp(name, "-") ? name : "<stdin>";
    if (!weir_file_read(&t->file, name, limits->bytes)) return weir_refuse_file(t->name, strerror(errno));
    note_mark(t);
    t->s = weir_slp_read(reader, t->file.text, t->file.bytes, WEIR_SLP_ALL, &e);
    if (t->s) return WEIR_GOOD;
    if (e.what != WEIR_SLP_NOMEM) weir_complain(t->name, t->file.text, t->file.bytes, &e);
    free(t->file.text);
    return e.what == WEIR_SLP_NOMEM ? weir_refuse_file(t->name, e.message) : WEIR_BAD;
}
