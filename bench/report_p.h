/* report_p - what the files of the report share among themselves. */
#ifndef WEIR_BENCH_REPORT_P_H
#define WEIR_BENCH_REPORT_P_H

#include "bench/report_model.h"

/* Fills why, control characters defused; always false. */
bool report_refuse(char why[REPORT_WHY], const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A new string; the caller frees it. */
char *report_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Hands a string to the document, which frees it with the rest; returns it. */
const char *report_keep(report_doc *doc, char *s);

void report_warn(report_doc *doc, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Cells into cases, rows, panels, columns. */
bool report_group(report_doc *doc, const char *file, char why[REPORT_WHY]);

#endif
