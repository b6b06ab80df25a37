#include "bench/report_text.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd"

/* "1234567" -> "1,234,567", in place */
static void group_thousands(char out[REPORT_NUMBER]) {
    char digits[REPORT_NUMBER];
    memcpy(digits, out, REPORT_NUMBER);
    for (size_t i = 0, k = 0, n = strlen(digits); i <= n; i++) {
        out[k++] = digits[i];
        if (i + 1 < n && (n - 1 - i) % 3 == 0) out[k++] = ',';
    }
}

const char *report_number(double v, char out[REPORT_NUMBER]) {
    double size = fabs(v);
    if (!isfinite(v)) snprintf(out, REPORT_NUMBER, "-");
    else if (v == 0) snprintf(out, REPORT_NUMBER, "0");
    else if (size >= 1e12 || size < 1e-3) snprintf(out, REPORT_NUMBER, "%.2e", v);
    else if (size >= 99.95) snprintf(out, REPORT_NUMBER, "%.0f", v);
    else snprintf(out, REPORT_NUMBER, size >= 9.995 ? "%.1f" : size >= 0.9995 ? "%.2f" : "%.3f", v);
    if (isfinite(v) && size >= 999.5 && size < 1e12 && v > 0) group_thousands(out);
    return out;
}

/* Bytes of the character at s, and whether it may be shown. */
static size_t character(const char *s, bool *shown) {
    const unsigned char *u = (const unsigned char *)s;
    size_t n = u[0] < 0x80 ? 1 : u[0] < 0xe0 ? 2 : u[0] < 0xf0 ? 3 : 4;
    for (size_t i = 1; i < n; i++)
        if (!u[i]) n = i; /* cut short: jansson lets no such text pass, but our callers may */
    *shown = n > 1 || (u[0] >= 0x20 && u[0] != 0x7f);
    if (n == 2 && u[0] == 0xc2 && u[1] < 0xa0) *shown = false;                           /* C1 controls */
    if (n == 3 && u[0] == 0xe2 && u[1] == 0x80 && (u[2] & 0xfe) == 0x8e) *shown = false; /* LRM, RLM */
    if (n == 3 && u[0] == 0xe2 && u[1] == 0x80 && u[2] >= 0xa8 && u[2] <= 0xae) *shown = false;
    if (n == 3 && u[0] == 0xe2 && u[1] == 0x81 && u[2] >= 0xa6 && u[2] <= 0xa9) *shown = false;
    if (n == 3 && u[0] == 0xef && u[1] == 0xbf && u[2] >= 0xbe) *shown = false; /* not in XML */
    return n;
}

void report_plain(const char *text, char *out, size_t size) {
    size_t used = 0, n;
    for (bool shown; *text; text += n) {
        n = character(text, &shown);
        if (used + (shown ? n : 1) >= size) break;
        if (shown) memcpy(out + used, text, n);
        else out[used] = '?';
        used += shown ? n : 1;
    }
    out[used] = 0;
}

static void put_character(FILE *f, const char *s, size_t n, bool shown) {
    if (!shown) fputs(REPLACEMENT, f);
    else if (*s == '&') fputs("&amp;", f);
    else if (*s == '<') fputs("&lt;", f);
    else if (*s == '>') fputs("&gt;", f);
    else if (*s == '"') fputs("&quot;", f);
    else if (*s == '\'') fputs("&#39;", f);
    else fwrite(s, 1, n, f);
}

void report_put_html(FILE *f, const char *text) { report_put_html_cut(f, text, (size_t)-1); }

size_t report_length(const char *text) {
    size_t count = 0;
    for (bool shown; *text; count++) text += character(text, &shown);
    return count;
}

void report_put_html_cut(FILE *f, const char *text, size_t most) {
    bool cut = most != (size_t)-1 && report_length(text) > most, shown;
    for (size_t i = 0, n; *text && i + cut < most; i++, text += n) {
        n = character(text, &shown);
        put_character(f, text, n, shown);
    }
    if (cut) fputs("\xe2\x80\xa6", f);
}

static bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

/* Underscores between letters mean nothing to GitHub, and names are full of them. */
void report_put_markdown(FILE *f, const char *text) {
    char before = ' ';
    for (size_t n; *text; before = *text, text += n) {
        bool shown, inner = *text == '_' && is_word(before) && is_word(text[1]);
        n = character(text, &shown);
        if (!shown) fputs(REPLACEMENT, f);
        else if (*text == '&') fputs("&amp;", f);
        else if (*text == '<') fputs("&lt;", f);
        else if (strchr("\\`*_[]>|~#", *text) && !inner) fprintf(f, "\\%c", *text);
        else fwrite(text, 1, n, f);
    }
}

void report_file_name(const char *text, char *out, size_t size) {
    size_t n = 0;
    for (; *text && n + 1 < size; text++) {
        bool ok = is_word(*text) || *text == '-' || *text == '_' || (*text == '.' && n && out[n - 1] != '.');
        out[n++] = ok ? *text : '_';
    }
    if (!n) out[n++] = '_';
    out[n] = 0;
}
