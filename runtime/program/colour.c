#include "runtime/program/colour.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/program/say.h"

#define RED "\033[31m"
#define GREEN "\033[32m"
#define YELLOW "\033[33m"
#define CYAN "\033[36m"
#define PLAIN "\033[0m"

bool weir_colour_wanted(FILE *to) {
    const char *no = getenv("NO_COLOR"), *terminal = getenv("TERM");
    return isatty(fileno(to)) && !(no && *no) && terminal && *terminal && strcmp(terminal, "dumb") != 0;
}

/* Behind the string that begins at p with its quote. */
static const char *behind_string(const char *p, const char *end) {
    for (p++; p < end && *p != '"'; p++)
        if (*p == '\\' && p + 1 < end) p++;
    return p < end ? p + 1 : end;
}

/* The colour of what begins at p, NULL: none, and where it ends. */
static const char *token(const char *p, const char *end, const char **behind) {
    static const char ends[] = " ()[]{}\";'";
    if (*p == '"') return *behind = behind_string(p, end), GREEN;
    if (*p == '@') return *behind = behind_string(p + (p + 1 < end), end), RED;
    const char *q = p + 1;
    bool atom = !memchr(ends, *p, sizeof ends - 1);
    while (atom && q < end && !memchr(ends, *q, sizeof ends - 1)) q++;
    *behind = q;
    if (*p == '$') return YELLOW;
    bool digit = *p >= '0' && *p <= '9', sign = (*p == '-' || *p == '+') && q > p + 1 && p[1] >= '0' && p[1] <= '9';
    return digit || sign ? CYAN : NULL;
}

static void paint(FILE *to, const char *text, size_t bytes) {
    const char *end = text + bytes, *behind;
    for (const char *p = text; p < end; p = behind) {
        const char *colour = token(p, end, &behind);
        if (colour) fputs(colour, to);
        weir_show(to, p, (size_t)(behind - p));
        if (colour) fputs(PLAIN, to);
    }
}

bool weir_colour_value(FILE *to, weir_slp_value v, bool colour) {
    size_t bytes = weir_slp_print(v, WEIR_SLP_CANONICAL, NULL, 0);
    char *text = malloc(bytes + 1);
    if (!text) return false;
    weir_slp_print(v, WEIR_SLP_CANONICAL, text, bytes);
    if (colour) paint(to, text, bytes);
    else fwrite(text, 1, bytes, to);
    fputc('\n', to);
    free(text);
    return true;
}
