#include "runtime/program/complain.h"

#include <stdio.h>
#include <string.h>

#include "runtime/program/say.h"

enum { AROUND = 48 }; /* bytes of a long line that are shown before the column, and from it on */

/* The option that sets the limit behind an error; NULL: there is none behind it. */
static const char *option_of(weir_slp_class what) {
    switch (what) {
    case WEIR_SLP_DEPTH: return "--depth";
    case WEIR_SLP_SIZE: return "--bytes";
    case WEIR_SLP_COUNT: return "--nodes";
    case WEIR_SLP_LENGTH: return "--symbol-bytes";
    default: return NULL;
    }
}

typedef struct window { /* what is shown of a line */
    const char *begin, *at, *end;
    bool cut_before, cut_after;
} window;

static bool continues(char c) { return ((unsigned char)c & 0xc0) == 0x80; } /* a character of UTF-8 that began before */

static window window_round(const char *text, size_t bytes, size_t offset) {
    const char *at = text + offset, *before = offset ? memrchr(text, '\n', offset) : NULL;
    const char *after = memchr(at, '\n', bytes - offset);
    window w = {before ? before + 1 : text, at, after ? after : text + bytes, false, false};
    if (w.end > at && w.end[-1] == '\r') w.end--;
    w.cut_before = at - w.begin > AROUND;
    w.cut_after = w.end - at > AROUND;
    if (w.cut_before)
        for (w.begin = at - AROUND; w.begin < at && continues(*w.begin);) w.begin++;
    if (w.cut_after)
        for (w.end = at + AROUND; w.end > at && continues(*w.end);) w.end--;
    return w;
}

/* As many columns as weir_show takes for the same bytes; tabs stay, so that the caret stands under its byte. */
static void show_blanks(const char *at, const char *end) {
    while (at < end) {
        const char *tab = memchr(at, '\t', (size_t)(end - at)), *stop = tab ? tab : end;
        for (size_t n = weir_show(NULL, at, (size_t)(stop - at)); n; n--) fputc(' ', stderr);
        if (tab) fputc('\t', stderr);
        at = tab ? tab + 1 : end;
    }
}

static void show_line(const window *w) {
    static const char margin[] = "    ", cut[] = "...";
    if (w->begin == w->end) return; /* the text ends here, and there is nothing to show */
    fprintf(stderr, "%s%s", margin, w->cut_before ? cut : "");
    weir_show(stderr, w->begin, (size_t)(w->end - w->begin));
    fprintf(stderr, "%s\n%s%s", w->cut_after ? cut : "", margin, w->cut_before ? "   " : "");
    show_blanks(w->begin, w->at);
    fputs("^\n", stderr);
}

void weir_complain(const char *name, const char *text, size_t bytes, const weir_slp_error *e) {
    const char *option = option_of(e->what);
    window w = window_round(text, bytes, e->offset);
    weir_show(stderr, name, strlen(name));
    fprintf(stderr, ":%u:%u: %s", e->line, e->column, e->message);
    if (option) fprintf(stderr, " (%u; %s N sets it)", e->limit, option);
    fputc('\n', stderr);
    show_line(&w);
}
