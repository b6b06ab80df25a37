/* svg - scales and pieces of text for plots.
 *
 * Everything that goes into a file is finite and escaped. Colours are CSS classes with a light and a dark value each
 * (svg_style), so that one drawing serves pages and files of its own. Told apart without colour too: by label, line style
 * and weight.
 */
#ifndef WEIR_BENCH_SVG_H
#define WEIR_BENCH_SVG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

typedef struct svg_scale {
    double lo, hi;   /* values at both ends */
    double from, to; /* coordinates of both ends */
    bool log;
} svg_scale;

enum { SVG_TICKS = 16 };

/* A scale for values lo .. hi (both >= 0), a little wider than they are. Logarithmic when hi is more than 12 times lo and
 * lo is above 0, else linear from 0. */
svg_scale svg_fit(double lo, double hi, double from, double to);

double svg_at(const svg_scale *scale, double v); /* kept within from .. to */

/* Round values to be labelled, at most `most` (<= SVG_TICKS) of them; returns how many. */
size_t svg_ticks(const svg_scale *scale, size_t most, double ticks[SVG_TICKS]);

/* "250", "1.5k", "20M": short enough to stand under a tick. */
void svg_tick_text(double v, char *out, size_t size);

/* <text class=.. x=.. y=..>, escaped and cut to `most` characters; the whole text as tool tip when it was cut. */
void svg_text(FILE *f, const char *css, double x, double y, const char *text, size_t most);

void svg_line(FILE *f, const char *css, double x1, double y1, double x2, double y2);
void svg_rect(FILE *f, const char *css, double x, double y, double width, double height);

void svg_style(FILE *f); /* the rules of all classes used in plots, for a <style> element */

#endif
