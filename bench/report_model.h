/* report_model - raw.json as the tables a reader wants: cases of rows x columns, and what may be said of two cells.
 *
 * A document is a flat list of cells. Here they are grouped: a case has rows (variants and peers, in order of appearance);
 * its cells are divided by load into panels; a panel has columns, one for each combination of the other parameters. Shapes
 * are ordered by threads, numbers by value, words by appearance.
 *
 * Ownership   report_load fills *doc; strings belong to the document; report_free gives everything back.
 * Errors      report_load: false, and `why` names the place ("raw.json: cells[3].reps[1]: not a number"). The file is
 *             treated as hostile: wrong types, absent fields, unknown status, doubled cells and sizes beyond the limits
 *             are refused. Out of memory ends the program with exit 2.
 * Statistics  Medians and intervals are computed from the repetitions; what the cell says of them is only checked.
 * Checked by  bench/report_test.c, bench/fuzz/report_fuzz.c
 */
#ifndef WEIR_BENCH_REPORT_MODEL_H
#define WEIR_BENCH_REPORT_MODEL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "bench/stats.h"

enum {
    REPORT_BYTES_MAX = 64 << 20, /* of raw.json */
    REPORT_CELLS_MAX = 20000,
    REPORT_REPS_MAX = 1000, /* of one cell */
    REPORT_REPS_TOTAL_MAX = 500000,
    REPORT_PARAMS_MAX = 16, /* of one cell */
    REPORT_WHY = 512
};

typedef enum report_status { REPORT_OK, REPORT_TIMEOUT, REPORT_ABSENT, REPORT_FAILED, REPORT_WRONG } report_status;

enum report_flag { /* of a row; a cell has the same ones */
                   REPORT_DEFAULT = 1,
                   REPORT_PEER = 2,
                   REPORT_WEAKER = 4,
                   REPORT_REFERENCE = 8,
                   REPORT_CONTROL = 16,
                   REPORT_PROVISIONAL = 32
};

typedef struct report_param {
    const char *name, *text;
    double number; /* NAN when the value is a word */
} report_param;

typedef struct report_cell {
    const char *case_name, *variant, *unit, *note, *error; /* note and error: NULL when there is none */
    unsigned flags;
    bool higher_is_better;
    report_status status;
    report_param params[REPORT_PARAMS_MAX];
    size_t params_n;
    double *reps;
    size_t reps_n;                   /* 0 unless the status is ok */
    stats_interval median;           /* all NAN without repetitions */
    double ops_per_s, cpu_ns_per_op; /* NAN when not given */
    json_t *extra;                   /* object of numbers, or NULL */
} report_cell;

typedef struct report_column {
    const report_cell *like; /* any cell of the column: its parameters are the column's */
    char *label;             /* "4p4c", "size 65536 sorted90": the parameters that vary within the case */
    unsigned threads;        /* 0: not told */
    bool oversubscribed;     /* more threads than processors */
} report_column;

typedef struct report_row {
    const char *name, *note;
    unsigned flags;
} report_row;

typedef struct report_case report_case;

typedef struct report_panel {
    const report_case *of;
    const char *load; /* NULL: the case has no such axis */
    report_column *columns;
    size_t columns_n;
    const report_cell **grid; /* rows x columns; NULL: no such cell */
} report_panel;

struct report_case {
    const char *name, *unit;
    bool higher_is_better;
    char *constant; /* parameters that do not vary: "capacity 1024, batch 1"; "" when all do */
    report_row *rows;
    size_t rows_n;
    report_panel *panels;
    size_t panels_n;
    const report_cell **cells; /* of this case, in order of the file */
    size_t cells_n;
};

typedef struct report_doc {
    json_t *root;
    const json_t *machine; /* object */
    const char *command;
    unsigned processors; /* 0: not told */
    const json_t *noise; /* checked array of {case, load, floor}, or NULL */
    report_cell *cells;
    size_t cells_n;
    report_case *cases;
    size_t cases_n;
    const char **warnings; /* found while reading */
    size_t warnings_n;
    char **kept; /* strings that live as long as the document */
    size_t kept_n;
} report_doc;

/* Path of a raw.json: `path` itself, or the file in the folder `path`. Truncated to size. */
void report_path(const char *path, char *out, size_t size);

bool report_load(const char *path, report_doc *doc, char why[REPORT_WHY]);

/* The same from a buffer; `name` stands for the file in messages. */
bool report_parse(const char *name, const char *text, size_t size, report_doc *doc, char why[REPORT_WHY]);

void report_free(report_doc *doc);

const report_cell *report_at(const report_panel *panel, size_t row, size_t column); /* NULL: no such cell */
/* How far the ratio of a row against itself strays in this case under this load: 1.03 is 3 %. NAN: not measured. */
double report_noise(const report_doc *doc, const char *case_name, const char *load);
double report_noise_worst(const report_doc *doc);

const char *report_status_text(report_status status);
const char *report_param_text(const report_cell *cell, const char *name); /* NULL: it has none of that name */
bool report_same_params(const report_cell *a, const report_cell *b);
bool report_floor(const report_row *row);   /* the row others must beat: `lock`, a reference with a mutex */
bool report_ceiling(const report_row *row); /* every other reference */

/* Rows by name or rank; SIZE_MAX when there is none. */
size_t report_default_row(const report_case *of);
size_t report_floor_row(const report_case *of);
size_t report_best_peer(const report_panel *panel, size_t column); /* contract at least as strong, smallest median */
/* of all rows that are no reference and no control */
size_t report_fastest(const report_panel *panel, size_t column);

/* What may be said of `ours` against `theirs`. speed: how many times as fast, above 1 = ours is faster. */
typedef struct report_claim {
    const report_cell *ours, *theirs;
    bool made; /* false: one of the two is missing or has no repetitions */
    stats_interval speed;
    stats_verdict verdict;
    bool within_noise; /* the noise floor of its case and load is not exceeded */
} report_claim;

report_claim report_judge(const report_doc *doc, const report_cell *ours, const report_cell *theirs);

void *report_alloc(size_t count, size_t size); /* zeroed; ends the program when there is no memory */

#endif
