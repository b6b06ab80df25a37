/* report_say - what a report says in words, before it is HTML or Markdown.
 *
 * Ownership   lists are allocated; free them with report_free_facts and free. Strings of the document are borrowed.
 */
#ifndef WEIR_BENCH_REPORT_SAY_H
#define WEIR_BENCH_REPORT_SAY_H

#include "bench/report_model.h"

typedef struct report_fact {
    char *label, *text;
} report_fact;

typedef struct report_facts {
    report_fact *list;
    size_t n;
} report_facts;

/* machine, command, oversubscription, noise floor, what is missing */
report_facts report_head(const report_doc *doc);
report_facts report_machine(const report_doc *doc);  /* the rest of what the file says of the machine */
report_facts report_warnings(const report_doc *doc); /* of the machine, and what reading the file found */
report_facts report_guide(const report_doc *doc);    /* how to read it: unit, interval, verdict, fairness, rows */
void report_free_facts(report_facts facts);

typedef enum report_rival { REPORT_BEST_PEER, REPORT_FLOOR } report_rival;

/* One claim of the default variant against a rival at one column. */
typedef struct report_standing {
    const report_panel *panel;
    const report_column *column;
    const char *theirs; /* name of the rival row; NULL: there is none with figures */
    report_claim claim;
} report_standing;

/* columns_n of them, in order of the columns; the caller frees. */
report_standing *report_standings(const report_doc *doc, const report_panel *panel, report_rival rival);

/* "ahead at 1p1c, 4p4c", "behind everywhere"; "" when no column has that verdict. The caller frees. */
char *report_tally(const report_standing *standings, size_t n, stats_verdict verdict);

/* Where another variant of ours beats the default, and how many times: "scq at 2p2c (1.31)"; "" when nowhere. The caller
 * frees. */
char *report_better_variants(const report_doc *doc, const report_panel *panel);

/* Every standing that is behind or not decided, worst first; the caller frees. */
report_standing *report_losses(const report_doc *doc, size_t *n);

/* A noise floor in words: "3.0 %", "a factor of 19"; the caller frees. */
char *report_noise_text(double ratio);

/* Speed as in "2.31 [2.20-2.44]"; the caller frees. "no ratio (a value is 0)" when there is none. */
char *report_speed(const report_claim *claim);

/* "ahead", "not decided", ... and, after a comma, why or how far to trust it. The caller frees. */
char *report_verdict(const report_claim *claim);

/* "cubby.handoff, busy" */
char *report_panel_title(const report_panel *panel);

/* Names of the marks of a row, in a fixed order; NULL-terminated, at most 6. */
void report_marks(const report_row *row, const char *marks[7]);

#endif
