/* report.md: the tables of report.html for readers who look at the repository. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "bench/report_out.h"
#include "bench/report_say.h"
#include "bench/report_text.h"

static void put_facts(FILE *f, report_facts facts) {
    for (size_t i = 0; i < facts.n; i++) {
        fputs("- **", f);
        report_put_markdown(f, facts.list[i].label);
        fputs("**: ", f);
        report_put_markdown(f, facts.list[i].text);
        fputc('\n', f);
    }
    report_free_facts(facts);
}

/* A piece of text that is ours to free. */
static void put_own(FILE *f, char *text) {
    report_put_markdown(f, text);
    free(text);
}

static void put_interval(FILE *f, const report_cell *cell) {
    char mid[REPORT_NUMBER], lo[REPORT_NUMBER], hi[REPORT_NUMBER];
    fprintf(f, "%s [%s\xe2\x80\x93%s]", report_number(cell->median.mid, mid), report_number(cell->median.lo, lo),
            report_number(cell->median.hi, hi));
}

static void put_cell(FILE *f, const report_cell *cell, bool fastest) {
    if (!cell) fputs("\xc2\xb7", f);
    else if (!cell->reps_n) fprintf(f, "_%s_", report_status_text(cell->status));
    else {
        if (fastest) fputs("**", f);
        put_interval(f, cell);
        if (fastest) fputs("**", f);
    }
}

static void put_row_name(FILE *f, const report_row *row) {
    const char *marks[7];
    report_put_markdown(f, row->name);
    report_marks(row, marks);
    for (size_t i = 0; marks[i]; i++) fprintf(f, "%s%s%s", i ? ", " : " (", marks[i], marks[i + 1] ? "" : ")");
    if (row->note) {
        fputs("<br>_", f);
        report_put_markdown(f, row->note);
        fputc('_', f);
    }
}

static void put_head_row(FILE *f, const char *corner, const report_panel *p) {
    fprintf(f, "\n| %s |", corner);
    for (size_t i = 0; i < p->columns_n; i++) {
        fputc(' ', f);
        report_put_markdown(f, p->columns[i].label);
        fputs(p->columns[i].oversubscribed ? " \xe2\x80\xa1 |" : " |", f);
    }
    fputs("\n|---|", f);
    for (size_t i = 0; i < p->columns_n; i++) fputs("---:|", f);
    fputc('\n', f);
}

static void put_table(FILE *f, const report_panel *p) {
    put_head_row(f, "row", p);
    for (size_t r = 0; r < p->of->rows_n; r++) {
        fputs("| ", f);
        put_row_name(f, &p->of->rows[r]);
        fputs(" |", f);
        for (size_t i = 0; i < p->columns_n; i++) {
            fputc(' ', f);
            put_cell(f, report_at(p, r, i), report_fastest(p, i) == r);
            fputs(" |", f);
        }
        fputc('\n', f);
    }
}

static void put_standing(FILE *f, const report_standing *s) {
    if (!s->claim.made) {
        fputs(" \xc2\xb7 |", f);
        return;
    }
    fputs(s->claim.verdict == STATS_AHEAD || s->claim.verdict == STATS_LEVEL ? " " : " **", f);
    put_own(f, report_verdict(&s->claim));
    fputs(s->claim.verdict == STATS_AHEAD || s->claim.verdict == STATS_LEVEL ? "<br>" : "**<br>", f);
    put_own(f, report_speed(&s->claim));
    fputs(" \xc3\x97 ", f);
    report_put_markdown(f, s->theirs);
    fputs(" |", f);
}

static void put_verdicts(FILE *f, const report_doc *doc, const report_panel *p) {
    static const char *const name[] = {"against the best peer", "against the floor"};
    if (report_default_row(p->of) == SIZE_MAX) {
        fputs("\nThe default variant was not measured: no verdict.\n", f);
        return;
    }
    put_head_row(f, "default variant", p);
    for (int rival = REPORT_BEST_PEER; rival <= REPORT_FLOOR; rival++) {
        report_standing *s = report_standings(doc, p, (report_rival)rival);
        fprintf(f, "| %s |", name[rival]);
        for (size_t i = 0; i < p->columns_n; i++) put_standing(f, &s[i]);
        fputc('\n', f);
        free(s);
    }
}

static void put_troubles(FILE *f, const report_case *c) {
    for (size_t i = 0; i < c->cells_n; i++) {
        const report_cell *cell = c->cells[i];
        if (cell->status == REPORT_OK || !cell->error) continue;
        fputs("\n- ", f);
        report_put_markdown(f, cell->variant);
        fprintf(f, ": %s: ", report_status_text(cell->status));
        report_put_markdown(f, cell->error);
    }
    fputc('\n', f);
}

static void put_panel(FILE *f, const report_doc *doc, const report_panel *p) {
    char file[REPORT_FILE_NAME];
    report_plot_name(doc, p, file);
    fputs("\n### ", f);
    put_own(f, report_panel_title(p));
    fprintf(f, "\n\n[plot: every repetition](%s)", file);
    double noise = report_noise(doc, p->of->name, p->load);
    if (!isnan(noise)) fputs(". Noise floor (A/A): ", f);
    if (!isnan(noise)) put_own(f, report_noise_text(noise));
    fputc('\n', f);
    put_verdicts(f, doc, p);
    put_table(f, p);
    char *better = report_better_variants(doc, p);
    if (*better) fputs("\nOf ours, faster than the default: ", f);
    report_put_markdown(f, better);
    fputs(*better ? " times as fast.\n" : "", f);
    free(better);
}

static void put_case(FILE *f, const report_doc *doc, const report_case *c) {
    fputs("\n## ", f);
    report_put_markdown(f, c->name);
    fputs("\n\n", f);
    report_put_markdown(f, c->unit);
    fprintf(f, ", %s is better. Median [95 %% interval]; the fastest row of a column is bold.",
            c->higher_is_better ? "higher" : "lower");
    if (*c->constant) {
        fputs(" Throughout: ", f);
        report_put_markdown(f, c->constant);
        fputc('.', f);
    }
    fputc('\n', f);
    for (size_t i = 0; i < c->panels_n; i++) put_panel(f, doc, &c->panels[i]);
    put_troubles(f, c);
}

static void put_tally(FILE *f, const report_doc *doc, const report_panel *p, report_rival rival) {
    report_standing *s = report_standings(doc, p, rival);
    size_t said = 0;
    for (int v = STATS_AHEAD; v <= STATS_UNDECIDED; v++) {
        char *text = report_tally(s, p->columns_n, (stats_verdict)v);
        if (*text) fputs(said++ ? "<br>" : "", f);
        put_own(f, text);
    }
    fputs(said ? " |" : "no such row with figures |", f);
    free(s);
}

static void put_summary(FILE *f, const report_doc *doc) {
    fputs("\n## Summary\n\nThe default variant of each case, column by column.\n\n"
          "| case | default | against the best peer | against the floor |\n|---|---|---|---|\n",
          f);
    for (size_t i = 0; i < doc->cases_n; i++)
        for (size_t j = 0; j < doc->cases[i].panels_n; j++) {
            const report_panel *p = &doc->cases[i].panels[j];
            size_t ours = report_default_row(p->of);
            fputs("| ", f);
            put_own(f, report_panel_title(p));
            fputs(" | ", f);
            report_put_markdown(f, ours == SIZE_MAX ? "not measured" : p->of->rows[ours].name);
            fputs(" | ", f);
            put_tally(f, doc, p, REPORT_BEST_PEER);
            fputc(' ', f);
            put_tally(f, doc, p, REPORT_FLOOR);
            fputc('\n', f);
        }
}

static void put_losses(FILE *f, const report_doc *doc) {
    size_t n;
    report_standing *s = report_losses(doc, &n);
    fputs("\n## Where we lose, or cannot tell\n\n", f);
    if (!n) fputs("Nowhere among the claims this file allows.\n", f);
    else fputs("| case | column | against | speed | verdict |\n|---|---|---|---:|---|\n", f);
    for (size_t i = 0; i < n; i++) {
        fputs("| ", f);
        put_own(f, report_panel_title(s[i].panel));
        fputs(" | ", f);
        report_put_markdown(f, s[i].column->label);
        fputs(" | ", f);
        report_put_markdown(f, s[i].theirs);
        fputs(" | ", f);
        put_own(f, report_speed(&s[i].claim));
        fputs(" | ", f);
        put_own(f, report_verdict(&s[i].claim));
        fputs(" |\n", f);
    }
    free(s);
}

void report_markdown(const report_doc *doc, FILE *f) {
    fputs("# Weir bench report\n\n", f);
    put_facts(f, report_head(doc));
    report_facts warnings = report_warnings(doc);
    if (warnings.n) fputs("\n**Warnings**\n\n", f);
    put_facts(f, warnings);
    fputs("\n<details><summary>The rest of the machine and the build</summary>\n\n", f);
    put_facts(f, report_machine(doc));
    fputs("\n</details>\n", f);
    fputs("\n\xe2\x80\xa1 marks columns with more threads than processors. Data: [raw.json](raw.json).\n", f);
    put_summary(f, doc);
    put_losses(f, doc);
    for (size_t i = 0; i < doc->cases_n; i++) put_case(f, doc, &doc->cases[i]);
    fputs("\n## How to read it\n\n", f);
    put_facts(f, report_guide(doc));
}
