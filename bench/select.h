/* select - which cells the command line asks for: cases x columns x rows, and an A/A pair a column. */
#ifndef WEIR_BENCH_SELECT_H
#define WEIR_BENCH_SELECT_H

#include "bench/cell.h"
#include "bench/options.h"

typedef struct selection {
    cell *cells; /* by case, then column, then row; the twin of an A/A pair right behind its first half */
    size_t count;
    unsigned columns;
} selection;

/* 0, or EXIT_USAGE after having said what does not exist and what does. The selection lives until the program ends. */
int select_cells(selection *s, const bench_options *o);

/* The number of cells that will be measured, that is, all but the absent ones. */
size_t select_live(const selection *s);

#endif
