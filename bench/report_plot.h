/* report_plot - the drawings of a panel: tiles of equal width that a page may flow as it likes.
 *
 * One tile a column: rows from top to bottom, every repetition a point, the 95 % interval a bar, the median a stroke, and
 * through all rows a line at the medians of the default variant, of the floor and of each ceiling. All tiles of a panel
 * share one scale. Where the labels are short enough (shapes, threads) a first tile shows the medians over all columns.
 */
#ifndef WEIR_BENCH_REPORT_PLOT_H
#define WEIR_BENCH_REPORT_PLOT_H

#include <stdbool.h>
#include <stdio.h>

#include "bench/report_model.h"

enum { REPORT_TILE_WIDTH = 392 };

double report_tile_height(const report_panel *panel);
bool report_has_overview(const report_panel *panel);

/* Elements at (0, 0); the caller opens <svg> or <g>. */
void report_overview(FILE *f, const report_doc *doc, const report_panel *panel);
void report_tile(FILE *f, const report_doc *doc, const report_panel *panel, size_t column);

void report_legend_html(FILE *f, const report_panel *panel); /* what the marks mean, as a line of HTML */

#endif
