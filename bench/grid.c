#include "bench/grid.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_MAX = 96, COLUMNS_MAX = 192, TEXT_MAX = 64 };

struct grid {
    char text[ROWS_MAX][COLUMNS_MAX][TEXT_MAX]; /* column 0: titles */
    int rows, at, columns;
};

grid *grid_new(void) {
    grid *g = calloc(1, sizeof *g);
    if (!g) abort();
    return g;
}

void grid_free(grid *g) { free(g); }

void grid_row(grid *g, const char *title) {
    if (g->rows < ROWS_MAX) g->rows++;
    g->at = 0;
    grid_cell(g, "%s", title);
}

void grid_cell(grid *g, const char *format, ...) {
    if (g->at == COLUMNS_MAX) return;
    va_list args;
    va_start(args, format);
    vsnprintf(g->text[g->rows - 1][g->at++], TEXT_MAX, format, args);
    va_end(args);
    if (g->at > g->columns) g->columns = g->at;
}

static int width(const grid *g, int column) {
    size_t most = 0;
    for (int i = 0; i < g->rows; i++) {
        size_t n = strlen(g->text[i][column]);
        if (n > most) most = n;
    }
    return (int)most + 2;
}

static void print_columns(const grid *g, FILE *to, int first, int end) {
    for (int i = 0; i < g->rows; i++) {
        fprintf(to, "  %-*s", width(g, 0), g->text[i][0]);
        for (int j = first; j < end; j++) fprintf(to, "%*s", j ? width(g, j) : 0, g->text[i][j]);
        fputc('\n', to);
    }
}

void grid_print(const grid *g, FILE *to, int page_width) {
    for (int first = 1, end; first < g->columns; first = end) {
        int used = 2 + width(g, 0);
        for (end = first; end < g->columns && (end == first || used + width(g, end) <= page_width); end++)
            used += width(g, end);
        if (first > 1) fputc('\n', to);
        print_columns(g, to, first, end);
    }
}
