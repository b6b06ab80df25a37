/* report.html: one file, no script, nothing fetched; readable on a phone, in the dark and without telling colours apart. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report_out.h"
#include "bench/report_p.h"
#include "bench/report_plot.h"
#include "bench/report_say.h"
#include "bench/report_text.h"
#include "bench/svg.h"

static const char page_style[] =
    "*{box-sizing:border-box}\n"
    "body{margin:0 auto;max-width:1256px;padding:24px 24px 64px;background:var(--bg);color:var(--fg);"
    "font:15px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,Arial,'DejaVu Sans',sans-serif}\n"
    "h1{font-size:26px;margin:0 0 4px}h2{font-size:21px;margin:44px 0 6px;padding-top:14px;border-top:2px solid var(--grid)}\n"
    "h3{font-size:16px;margin:26px 0 8px}p{margin:6px 0;max-width:78ch}a{color:var(--default)}\n"
    ".dim,small{color:var(--dim)}small{font-size:12px}code{font-size:13px;overflow-wrap:anywhere}\n"
    "dl{display:grid;grid-template-columns:minmax(120px,max-content) 1fr;gap:2px 18px;margin:10px 0;font-size:14px}\n"
    "dt{color:var(--dim)}dd{margin:0;overflow-wrap:anywhere;max-width:90ch}\n"
    ".warn{border-left:4px solid var(--peer);background:var(--over);padding:8px 14px;margin:14px 0;font-size:14px}\n"
    ".warn ul{margin:4px 0;padding-left:20px}\n"
    "nav{display:flex;flex-wrap:wrap;gap:4px 16px;margin:14px 0;font-size:14px}\n"
    ".wide{overflow-x:auto;margin:10px 0;-webkit-overflow-scrolling:touch}\n"
    "table{border-collapse:collapse;font-size:13px;font-variant-numeric:tabular-nums}\n"
    "th,td{padding:4px 12px 4px 8px;text-align:right;vertical-align:top;border-bottom:1px solid var(--grid);line-height:1.35}\n"
    "th{font-weight:600}thead th{vertical-align:bottom;border-bottom:2px solid var(--grid)}\n"
    "th:first-child{text-align:left;position:sticky;left:0;background:var(--bg);min-width:120px;max-width:250px;"
    "font-weight:400}\n"
    "thead small{white-space:nowrap}table.words td{max-width:430px}table.words th:first-child{white-space:nowrap}\n"
    "td.l,th.l{text-align:left}td small{display:block;white-space:nowrap}th small{display:block;font-weight:400;line-height:1.3}\n"
    "td.best{background:var(--cell);font-weight:700}td.best small{font-weight:400}td.none{color:var(--dim)}\n"
    "tr.verdict th,tr.verdict td{background:var(--cell)}tr.verdict + tr.row th,tr.verdict + tr.row td"
    "{border-top:2px solid var(--grid)}\n"
    "th b{font-weight:700}.mark{display:inline-block;border:1px solid currentColor;border-radius:3px;padding:0 4px;"
    "margin-left:5px;font-size:10.5px;line-height:1.4;color:var(--dim);vertical-align:1px}\n"
    ".v{font-weight:700;white-space:nowrap}.v-ahead{color:var(--ref)}.v-level{color:var(--default)}"
    ".v-behind{color:var(--peer)}.v-not{color:var(--dim)}\n"
    ".tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,370px),1fr));gap:18px 16px;margin:8px 0 4px}\n"
    ".tiles svg,.legend svg{width:100%;height:auto;max-width:430px;display:block}\n"
    ".legend{display:flex;flex-wrap:wrap;gap:2px 16px;font-size:13px;color:var(--dim)}\n"
    ".legend svg{width:20px;display:inline;vertical-align:2px}\n"
    "details{margin:8px 0}summary{cursor:pointer;color:var(--default);font-size:14px}\n"
    "@media(max-width:640px){body{padding:14px 12px 40px}dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:8px}"
    "h1{font-size:22px}th:first-child{max-width:160px;min-width:138px;overflow-wrap:anywhere}}\n"
    "@media print{details{display:none}}\n";

/* Prints text that is ours to free. */
static void put_own(FILE *f, char *text) {
    report_put_html(f, text);
    free(text);
}

static void put_facts(FILE *f, report_facts facts) {
    fputs("<dl>\n", f);
    for (size_t i = 0; i < facts.n; i++) {
        fputs("<dt>", f);
        report_put_html(f, facts.list[i].label);
        fputs("</dt><dd>", f);
        report_put_html(f, facts.list[i].text);
        fputs("</dd>\n", f);
    }
    fputs("</dl>\n", f);
    report_free_facts(facts);
}

static void put_warnings(FILE *f, const report_doc *doc) {
    report_facts w = report_warnings(doc);
    if (w.n) fputs("<div class=\"warn\"><b>Warnings</b><ul>\n", f);
    for (size_t i = 0; i < w.n; i++) {
        fputs("<li>", f);
        report_put_html(f, w.list[i].text);
        fputs("</li>\n", f);
    }
    if (w.n) fputs("</ul></div>\n", f);
    report_free_facts(w);
}

/* ------------------------------------------------------------------------------------------- verdicts */

static const char *verdict_class(stats_verdict v) {
    static const char *const names[] = {"v-ahead", "v-level", "v-behind", "v-not"};
    return names[v];
}

static void put_verdict(FILE *f, const report_claim *claim) {
    fprintf(f, "<span class=\"v %s\">", claim->made ? verdict_class(claim->verdict) : "v-not");
    put_own(f, report_verdict(claim));
    fputs("</span>", f);
}

/* "ahead at 1p1c, 4p4c; behind at 8p8c" */
static void put_tally(FILE *f, const report_doc *doc, const report_panel *p, report_rival rival) {
    report_standing *s = report_standings(doc, p, rival);
    size_t said = 0;
    for (int v = STATS_AHEAD; v <= STATS_UNDECIDED; v++) {
        char *text = report_tally(s, p->columns_n, (stats_verdict)v);
        if (*text) fprintf(f, "%s<span class=\"%s\">", said++ ? "<br>" : "", verdict_class((stats_verdict)v));
        report_put_html(f, text);
        if (*text) fputs("</span>", f);
        free(text);
    }
    if (!said) fputs("<span class=\"dim\">no such row with figures</span>", f);
    free(s);
}

static void put_anchor(FILE *f, const report_doc *doc, const report_panel *p) {
    char name[REPORT_FILE_NAME];
    report_plot_name(doc, p, name);
    report_put_html(f, name);
}

static void put_panel_link(FILE *f, const report_doc *doc, const report_panel *p) {
    fputs("<a href=\"#", f);
    put_anchor(f, doc, p);
    fputs("\">", f);
    put_own(f, report_panel_title(p));
    fputs("</a>", f);
}

static void put_summary_row(FILE *f, const report_doc *doc, const report_panel *p) {
    size_t ours = report_default_row(p->of);
    fputs("<tr><th>", f);
    put_panel_link(f, doc, p);
    fputs("</th><td class=\"l\">", f);
    report_put_html(f, ours == SIZE_MAX ? "not measured" : p->of->rows[ours].name);
    fputs("</td><td class=\"l\">", f);
    put_tally(f, doc, p, REPORT_BEST_PEER);
    fputs("</td><td class=\"l\">", f);
    put_tally(f, doc, p, REPORT_FLOOR);
    fputs("</td></tr>\n", f);
}

static void put_summary(FILE *f, const report_doc *doc) {
    fputs(
        "<h2 id=\"summary\">Summary</h2>\n<p>The default variant of each case, column by column (a column is a shape, a size, "
        "...), against the fastest peer of the same contract and against the floor (<code>lock</code>).</p>\n"
        "<div class=\"wide\"><table class=\"words\"><thead><tr><th>case</th><th class=\"l\">default</th>"
        "<th class=\"l\">against the best peer</th><th class=\"l\">against the floor</th></tr></thead><tbody>\n",
        f);
    for (size_t i = 0; i < doc->cases_n; i++)
        for (size_t j = 0; j < doc->cases[i].panels_n; j++) put_summary_row(f, doc, &doc->cases[i].panels[j]);
    fputs("</tbody></table></div>\n", f);
}

static void put_loss(FILE *f, const report_doc *doc, const report_standing *s) {
    fputs("<tr><th>", f);
    put_panel_link(f, doc, s->panel);
    fputs("</th><td class=\"l\">", f);
    report_put_html(f, s->column->label);
    fputs("</td><td class=\"l\">", f);
    report_put_html(f, s->theirs);
    fputs("</td><td>", f);
    put_own(f, report_speed(&s->claim));
    fputs("</td><td class=\"l\">", f);
    put_verdict(f, &s->claim);
    fputs("</td></tr>\n", f);
}

static void put_losses(FILE *f, const report_doc *doc) {
    size_t n;
    report_standing *s = report_losses(doc, &n);
    fputs("<h2 id=\"losses\">Where we lose, or cannot tell</h2>\n", f);
    if (!n) fputs("<p>Nowhere among the claims this file allows.</p>\n", f);
    else
        fputs(
            "<p>Every column where the default variant is behind or not decided, worst first. Speed: times as fast as the row "
            "named; below 1 we are slower.</p>\n<div class=\"wide\"><table><thead><tr><th>case</th><th class=\"l\">column</th>"
            "<th class=\"l\">against</th><th>speed [95 %]</th><th class=\"l\">verdict</th></tr></thead><tbody>\n",
            f);
    for (size_t i = 0; i < n; i++) put_loss(f, doc, &s[i]);
    if (n) fputs("</tbody></table></div>\n", f);
    free(s);
}

/* ------------------------------------------------------------------------------------------- the table of a panel */

static void put_columns(FILE *f, const report_doc *doc, const report_panel *p, const char *corner) {
    fprintf(f, "<div class=\"wide\"><table><thead><tr><th>%s</th>", corner);
    for (size_t i = 0; i < p->columns_n; i++) {
        fputs("<th>", f);
        report_put_html(f, p->columns[i].label);
        if (p->columns[i].oversubscribed)
            fprintf(f, "<small>%u threads &gt;<br>%u processors</small>", p->columns[i].threads, doc->processors);
        fputs("</th>", f);
    }
    fputs("</tr></thead><tbody>\n", f);
}

static void put_row_name(FILE *f, const report_row *row) {
    const char *marks[7];
    bool strong = row->flags & REPORT_DEFAULT;
    report_marks(row, marks);
    fputs(strong ? "<th><b>" : "<th>", f);
    report_put_html(f, row->name);
    if (strong) fputs("</b>", f);
    for (size_t i = 0; marks[i]; i++) fprintf(f, "<span class=\"mark\">%s</span>", marks[i]);
    if (row->note) {
        fputs("<small>", f);
        report_put_html(f, row->note);
        fputs("</small>", f);
    }
    fputs("</th>", f);
}

static void put_cell(FILE *f, const report_cell *c, bool best) {
    char mid[REPORT_NUMBER], lo[REPORT_NUMBER], hi[REPORT_NUMBER];
    if (!c) fputs("<td class=\"none\">\xc2\xb7</td>", f);
    else if (!c->reps_n) fprintf(f, "<td class=\"none\">%s</td>", report_status_text(c->status));
    else
        fprintf(f, "<td%s>%s<small>%s\xe2\x80\x93%s</small></td>", best ? " class=\"best\"" : "",
                report_number(c->median.mid, mid), report_number(c->median.lo, lo), report_number(c->median.hi, hi));
}

static void put_standing(FILE *f, const report_standing *s) {
    if (!s->claim.made) {
        fputs("<td class=\"none\">\xc2\xb7</td>", f);
        return;
    }
    fputs("<td>", f);
    put_verdict(f, &s->claim);
    fputs("<small>", f);
    put_own(f, report_speed(&s->claim));
    fputs("</small><small>", f);
    report_put_html(f, s->theirs);
    fputs("</small></td>", f);
}

static void put_verdict_row(FILE *f, const report_doc *doc, const report_panel *p, report_rival rival) {
    report_standing *s = report_standings(doc, p, rival);
    fprintf(f, "<tr class=\"verdict\"><th>default against<br>%s</th>",
            rival == REPORT_FLOOR ? "the floor" : "the best peer");
    for (size_t i = 0; i < p->columns_n; i++) put_standing(f, &s[i]);
    fputs("</tr>\n", f);
    free(s);
}

static void put_table(FILE *f, const report_doc *doc, const report_panel *p) {
    put_columns(f, doc, p, "median<small>95 % interval</small>");
    if (report_default_row(p->of) != SIZE_MAX)
        for (int rival = REPORT_BEST_PEER; rival <= REPORT_FLOOR; rival++)
            put_verdict_row(f, doc, p, (report_rival)rival);
    for (size_t r = 0; r < p->of->rows_n; r++) {
        fputs("<tr class=\"row\">", f);
        put_row_name(f, &p->of->rows[r]);
        for (size_t i = 0; i < p->columns_n; i++) put_cell(f, report_at(p, r, i), report_fastest(p, i) == r);
        fputs("</tr>\n", f);
    }
    fputs("</tbody></table></div>\n", f);
}

/* Our default against every other row, references and weaker ones too. */
static void put_ratios(FILE *f, const report_doc *doc, const report_panel *p) {
    size_t ours = report_default_row(p->of);
    if (ours == SIZE_MAX || p->of->rows_n < 2) return;
    fputs("<details><summary>Speed of the default against every row</summary>\n", f);
    put_columns(f, doc, p, "times as fast as");
    for (size_t r = 0; r < p->of->rows_n; r++) {
        if (r == ours) continue;
        fputs("<tr class=\"row\">", f);
        put_row_name(f, &p->of->rows[r]);
        for (size_t i = 0; i < p->columns_n; i++) {
            report_claim claim = report_judge(doc, report_at(p, ours, i), report_at(p, r, i));
            fputs(claim.made ? "<td>" : "<td class=\"none\">", f);
            if (claim.made) put_verdict(f, &claim);
            fputs(claim.made ? "<small>" : "\xc2\xb7", f);
            if (claim.made) put_own(f, report_speed(&claim));
            fputs(claim.made ? "</small></td>" : "</td>", f);
        }
        fputs("</tr>\n", f);
    }
    fputs("</tbody></table></div></details>\n", f);
}

/* ------------------------------------------------------------------------------------------- what else was counted */

enum { EXTRAS_MOST = 24 };

static size_t extra_names(const report_panel *p, const char *names[EXTRAS_MOST]) {
    size_t n = 0;
    for (size_t i = 0; i < p->of->rows_n * p->columns_n; i++) {
        const char *name;
        json_t *v;
        json_object_foreach(p->grid[i] ? p->grid[i]->extra : NULL, name, v) {
            size_t k = 0;
            while (k < n && strcmp(names[k], name) != 0) k++;
            if (k == n && n < EXTRAS_MOST) names[n++] = name;
        }
    }
    return n;
}

static void put_number(FILE *f, double v) {
    char text[REPORT_NUMBER];
    fprintf(f, isfinite(v) ? "<td>%s</td>" : "<td class=\"none\">\xc2\xb7</td>", report_number(v, text));
}

static void put_counts(FILE *f, const report_panel *p, size_t r, size_t i, const char *const *names, size_t names_n) {
    const report_cell *c = report_at(p, r, i);
    unsigned threads = p->columns[i].threads;
    if (!c || !c->reps_n) return;
    fputs("<tr><th>", f);
    report_put_html(f, p->of->rows[r].name);
    fputs("</th><td class=\"l\">", f);
    report_put_html(f, p->columns[i].label);
    fprintf(f, "</td><td>%zu</td>", c->reps_n);
    put_number(f, c->ops_per_s);
    put_number(f, threads && strncmp(p->of->unit, "ns/", 3) == 0 ? c->median.mid * threads : NAN);
    put_number(f, c->cpu_ns_per_op);
    for (size_t k = 0; k < names_n; k++) {
        const json_t *v = json_object_get(c->extra, names[k]);
        put_number(f, json_is_number(v) ? json_number_value(v) : NAN);
    }
    fputs("</tr>\n", f);
}

static void put_extras(FILE *f, const report_panel *p) {
    const char *names[EXTRAS_MOST];
    size_t n = extra_names(p, names);
    fputs(
        "<details><summary>Operations per second, processor time, and what else was counted</summary>\n<div class=\"wide\">"
        "<table><thead><tr><th>row</th><th class=\"l\">column</th><th>repetitions</th><th>ops/s<small>whole team</small></th>"
        "<th>ns/op<small>one thread</small></th><th>CPU ns/op</th>",
        f);
    for (size_t k = 0; k < n; k++) {
        fputs("<th>", f);
        report_put_html(f, names[k]);
        fputs("</th>", f);
    }
    fputs("</tr></thead><tbody>\n", f);
    for (size_t r = 0; r < p->of->rows_n; r++)
        for (size_t i = 0; i < p->columns_n; i++) put_counts(f, p, r, i, names, n);
    fputs("</tbody></table></div></details>\n", f);
}

static void put_troubles(FILE *f, const report_panel *p) {
    bool any = false;
    for (size_t i = 0; i < p->of->rows_n * p->columns_n; i++) {
        const report_cell *c = p->grid[i];
        if (!c || c->status == REPORT_OK || !c->error) continue;
        if (!any) fputs("<details><summary>Rows without figures, and why</summary><ul>\n", f);
        any = true;
        fputs("<li>", f);
        report_put_html(f, c->variant);
        fputs(", ", f);
        report_put_html(f, p->columns[i % p->columns_n].label);
        fprintf(f, ": %s: ", report_status_text(c->status));
        report_put_html(f, c->error);
        fputs("</li>\n", f);
    }
    if (any) fputs("</ul></details>\n", f);
}

/* ------------------------------------------------------------------------------------------- plots, cases, page */

static void put_tiles(FILE *f, const report_doc *doc, const report_panel *p) {
    double height = report_tile_height(p);
    size_t first = report_has_overview(p);
    report_legend_html(f, p);
    fputs("<div class=\"tiles\">\n", f);
    for (size_t i = 0; i < p->columns_n + first; i++) {
        fprintf(f, "<svg class=\"plot\" viewBox=\"0 0 %d %.0f\" role=\"img\">\n", REPORT_TILE_WIDTH, height);
        if (i < first) report_overview(f, doc, p);
        else report_tile(f, doc, p, i - first);
        fputs("</svg>\n", f);
    }
    fputs("</div>\n<p><small>Plot as a file: <a href=\"", f);
    put_anchor(f, doc, p);
    fputs("\">", f);
    put_anchor(f, doc, p);
    fputs("</a></small></p>\n", f);
}

static void put_better_variants(FILE *f, const report_doc *doc, const report_panel *p) {
    char *text = report_better_variants(doc, p);
    if (*text) fputs("<p>Of ours, faster than the default: ", f);
    report_put_html(f, text);
    if (*text) fputs(" times as fast.</p>\n", f);
    free(text);
}

static void put_panel(FILE *f, const report_doc *doc, const report_panel *p) {
    double noise = report_noise(doc, p->of->name, p->load);
    fputs("<h3 id=\"", f);
    put_anchor(f, doc, p);
    fputs("\">", f);
    put_own(f, report_panel_title(p));
    fputs("</h3>\n", f);
    if (!isnan(noise)) {
        fputs("<p class=\"dim\">Noise floor (A/A): ", f);
        put_own(f, report_noise_text(noise));
        fputs(".</p>\n", f);
    }
    put_table(f, doc, p);
    put_better_variants(f, doc, p);
    put_tiles(f, doc, p);
    put_ratios(f, doc, p);
    put_extras(f, p);
    put_troubles(f, p);
}

static void put_case(FILE *f, const report_doc *doc, const report_case *c) {
    fputs("<h2>", f);
    report_put_html(f, c->name);
    fputs("</h2>\n<p>", f);
    report_put_html(f, c->unit);
    fprintf(f, ", %s is better. The fastest row of a column is bold on a tinted ground.",
            c->higher_is_better ? "higher" : "lower");
    if (*c->constant) {
        fputs(" Throughout: ", f);
        report_put_html(f, c->constant);
        fputs(".", f);
    }
    fputs("</p>\n", f);
    for (size_t i = 0; i < c->panels_n; i++) put_panel(f, doc, &c->panels[i]);
}

static void put_nav(FILE *f, const report_doc *doc) {
    fputs("<nav><a href=\"#summary\">Summary</a><a href=\"#losses\">Where we lose</a>\n", f);
    for (size_t i = 0; i < doc->cases_n; i++) {
        if (!doc->cases[i].panels_n) continue;
        fputs("<a href=\"#", f);
        put_anchor(f, doc, &doc->cases[i].panels[0]);
        fputs("\">", f);
        report_put_html(f, doc->cases[i].name);
        fputs("</a>\n", f);
    }
    fputs("<a href=\"#guide\">How to read it</a><a href=\"raw.json\">raw.json</a></nav>\n", f);
}

static void put_page_head(FILE *f, const report_doc *doc) {
    fputs("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
          "content=\"width=device-width,initial-scale=1\"><title>Weir bench report</title>\n<style>\n",
          f);
    svg_style(f);
    fputs(page_style, f);
    fputs("</style></head><body>\n<h1>Weir bench report</h1>\n", f);
    put_facts(f, report_head(doc));
    put_warnings(f, doc);
    fputs("<details><summary>The rest of the machine and the build</summary>\n", f);
    put_facts(f, report_machine(doc));
    fputs("</details>\n", f);
}

void report_html(const report_doc *doc, FILE *f) {
    put_page_head(f, doc);
    put_nav(f, doc);
    put_summary(f, doc);
    put_losses(f, doc);
    for (size_t i = 0; i < doc->cases_n; i++) put_case(f, doc, &doc->cases[i]);
    fputs("<h2 id=\"guide\">How to read it</h2>\n", f);
    put_facts(f, report_guide(doc));
    fputs("<p>All of this was computed from <a href=\"raw.json\">raw.json</a>, which holds every repetition.</p>\n"
          "</body></html>\n",
          f);
}
