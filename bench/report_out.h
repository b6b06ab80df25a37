/* report_out - the three forms of a report. Each writes to f what it is given; the caller looks at ferror(f). */
#ifndef WEIR_BENCH_REPORT_OUT_H
#define WEIR_BENCH_REPORT_OUT_H

#include <stdio.h>

#include "bench/report_model.h"

void report_html(const report_doc *doc, FILE *f);
void report_markdown(const report_doc *doc, FILE *f);

/* One panel as a file of its own, readable in light and dark surroundings. */
void report_plot_file(const report_doc *doc, const report_panel *panel, FILE *f);

/* "ring.spsc-quiet.svg"; different for different panels of a document. */
enum { REPORT_FILE_NAME = 128 };
void report_plot_name(const report_doc *doc, const report_panel *panel, char out[REPORT_FILE_NAME]);

#endif
