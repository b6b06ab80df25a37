/* report_text - words and numbers on their way out. Names come from a file and are treated as hostile: every byte that
 * could steer a terminal, a browser, an SVG viewer or Markdown is defused here, and nowhere else.
 *
 * What is shown is UTF-8 (jansson checked it); control characters and those that turn the direction of text become U+FFFD.
 */
#ifndef WEIR_BENCH_REPORT_TEXT_H
#define WEIR_BENCH_REPORT_TEXT_H

#include <stddef.h>
#include <stdio.h>

enum { REPORT_NUMBER = 32 };

/* Three significant digits, thousands apart: "0.412", "17.3", "22,200". NAN: "-". Returns out. */
const char *report_number(double v, char out[REPORT_NUMBER]);

/* For terminals: no control character; cut, between characters, to fit. */
void report_plain(const char *text, char *out, size_t size);

void report_put_html(FILE *f, const char *text);     /* text and attribute values, also of SVG */
void report_put_markdown(FILE *f, const char *text); /* one table cell or sentence */

/* As report_put_html, cut to `most` characters, the last then an ellipsis. */
void report_put_html_cut(FILE *f, const char *text, size_t most);
size_t report_length(const char *text); /* in characters */

/* A name that is a file name and nothing more: "ring.spsc" stays, "../x" becomes "_._x", "" is "_". */
void report_file_name(const char *text, char *out, size_t size);

#endif
