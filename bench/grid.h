/* grid - text in columns as wide as they need, folded when the page is not wide enough. */
#ifndef WEIR_BENCH_GRID_H
#define WEIR_BENCH_GRID_H

#include <stdio.h>

typedef struct grid grid;

grid *grid_new(void); /* aborts when memory runs out */
void grid_free(grid *g);

/* Begins a row with its title; the texts that follow are its cells. The first row is the heading. */
void grid_row(grid *g, const char *title);
void grid_cell(grid *g, const char *format, ...) __attribute__((format(printf, 2, 3)));

void grid_print(const grid *g, FILE *to, int page_width);

#endif
