/* In place of line_edit.c, where there is no libedit. */
#include "runtime/program/line.h"

const char *const weir_edit_missing =
    "no editing, history or Tab: it was built without libedit (libedit-dev; then build it again)";

weir_edit *weir_edit_open(const weir_line_options *o) { return (void)o, NULL; }
void weir_edit_break(weir_edit *e) { (void)e; }
void weir_edit_close(weir_edit *e) { (void)e; }
weir_line_end weir_edit_read(weir_edit *e, const char *prompt, const char **line, size_t *bytes) {
    (void)e, (void)prompt, (void)line, (void)bytes;
    return WEIR_LINE_ENDED;
}
