/* table - results for a reader: one table a case and load; and the same as comma separated values. */
#ifndef WEIR_BENCH_TABLE_H
#define WEIR_BENCH_TABLE_H

#include <stdio.h>

#include "bench/doc.h"

/* Rows are variants and peers, columns the other axes, cells median [95 % interval]; below it what may be said of our
 * variants against the best peer and against `lock`, and what the rows that wait cost. */
void table_print(FILE *to, const bench_result *r);

/* case,variant,params,unit,status,reps,median,lo,hi,ops_per_s,cpu_ns_per_op,error; one line a cell. */
void csv_print(FILE *to, const bench_result *r);

#endif
