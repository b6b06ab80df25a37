#include "bench/report_plot.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report_p.h"
#include "bench/report_out.h"
#include "bench/report_say.h"
#include "bench/report_text.h"
#include "bench/svg.h"

/* Places within a tile, from left: names, plot, medians; from top: heading, rows, ticks. */
static const double name_end = 132, plot_from = 138, plot_to = 326, value_end = REPORT_TILE_WIDTH - 4;
static const double head_height = 24, row_height = 17, foot_height = 20;
enum { NAME_MOST = 20, OVERVIEW_ROWS_MIN = 9 };

static const char *kind_of(const report_row *row) {
    if (row->flags & REPORT_CONTROL) return "control";
    if (row->flags & REPORT_DEFAULT) return "default";
    if (report_floor(row)) return "floor";
    if (row->flags & REPORT_REFERENCE) return "ref";
    if (row->flags & REPORT_WEAKER) return "weaker";
    return row->flags & REPORT_PEER ? "peer" : "ours";
}

static void css(char out[32], const char *what, const char *prefix, const report_row *row) {
    snprintf(out, 32, "%s %s-%s", what, prefix, kind_of(row));
}

/* A row without any cell in this panel takes no room in it. */
static bool in_panel(const report_panel *p, size_t row) {
    for (size_t i = 0; i < p->columns_n; i++)
        if (report_at(p, row, i)) return true;
    return false;
}

static size_t rows_shown(const report_panel *p) {
    size_t n = 0;
    for (size_t r = 0; r < p->of->rows_n; r++) n += in_panel(p, r);
    return n;
}

static void widen(double v, double *lo, double *hi) {
    if (v < *lo) *lo = v;
    if (v > *hi) *hi = v;
}

/* Over all repetitions when `all`, else over the medians. */
static svg_scale scale_of(const report_panel *p, bool all, double from, double to) {
    double lo = INFINITY, hi = 0;
    for (size_t i = 0; i < p->of->rows_n * p->columns_n; i++) {
        const report_cell *c = p->grid[i];
        for (size_t k = 0; c && all && k < c->reps_n; k++) widen(c->reps[k], &lo, &hi);
        if (c && c->reps_n) widen(c->median.mid, &lo, &hi);
    }
    return svg_fit(lo, hi, from, to);
}

static double rows_height(const report_panel *p) {
    size_t n = rows_shown(p), least = report_has_overview(p) ? OVERVIEW_ROWS_MIN : 1;
    return row_height * (double)(n > least ? n : least);
}

double report_tile_height(const report_panel *p) { return head_height + rows_height(p) + foot_height; }

/* ------------------------------------------------------------------------------------------- one column */

static void put_heading(FILE *f, const report_doc *doc, const report_panel *p, const report_column *column) {
    char note[80] = "";
    svg_text(f, "head", 0, 15, column->label, 30);
    if (column->oversubscribed)
        snprintf(note, sizeof note, "%u threads on %u processors: oversubscribed", column->threads, doc->processors);
    else if (column->threads > 1) snprintf(note, sizeof note, "%u threads, %s", column->threads, p->of->unit);
    else snprintf(note, sizeof note, "%s", p->of->unit);
    svg_text(f, "tick end", value_end, 15, note, 50);
}

static void put_grid(FILE *f, const svg_scale *s, double top, double bottom) {
    double ticks[SVG_TICKS];
    size_t n = svg_ticks(s, 5, ticks);
    for (size_t i = 0; i < n; i++) {
        char text[16];
        double x = svg_at(s, ticks[i]);
        svg_tick_text(ticks[i], text, sizeof text);
        svg_line(f, "grid", x, top, x, bottom);
        svg_text(f, "tick mid", x, bottom + 13, text, 8);
    }
}

static void put_guides(FILE *f, const report_panel *p, size_t column, const svg_scale *s, double top, double bottom) {
    for (size_t r = 0; r < p->of->rows_n; r++) {
        const report_row *row = &p->of->rows[r];
        const report_cell *c = report_at(p, r, column);
        char class[32];
        if (!c || !c->reps_n || !(row->flags & REPORT_DEFAULT || report_floor(row) || report_ceiling(row))) continue;
        css(class, "guide", "s", row);
        svg_line(f, class, svg_at(s, c->median.mid), top, svg_at(s, c->median.mid), bottom);
    }
}

/* One path of zero-length strokes with round ends: a tenth of the bytes of circles. Spread over the height of the row so
 * that equal values stay countable. */
static void put_dots(FILE *f, const report_cell *c, const char *class, const svg_scale *s, double y) {
    fprintf(f, "<path class=\"%s\" d=\"", class);
    for (size_t i = 0; i < c->reps_n; i++)
        fprintf(f, "M%.1f %.1fh0", svg_at(s, c->reps[i]), y + ((double)(i * 5 % 9) - 4) * 1.2);
    fputs("\"/>\n", f);
}

static void put_figures(FILE *f, const report_cell *c, const report_row *row, const svg_scale *s, double y) {
    char class[32], text[REPORT_NUMBER];
    double x = svg_at(s, c->median.mid);
    css(class, "bar", "s", row);
    svg_line(f, class, svg_at(s, c->median.lo), y, svg_at(s, c->median.hi), y);
    css(class, "dots", "s", row);
    put_dots(f, c, class, s, y);
    svg_line(f, "median", x, y - 5.5, x, y + 5.5);
    css(class, "end", "t", row);
    svg_text(f, class, value_end, y + 4, report_number(c->median.mid, text), REPORT_NUMBER);
}

static void put_row(FILE *f, const report_panel *p, size_t r, size_t column, const svg_scale *s, double y) {
    const report_cell *c = report_at(p, r, column);
    const report_row *row = &p->of->rows[r];
    char class[32];
    css(class, "end", "t", row);
    svg_text(f, class, name_end, y + 4, row->name, NAME_MOST);
    if (c && c->reps_n) put_figures(f, c, row, s, y);
    else svg_text(f, "tick halo", plot_from + 4, y + 4, c ? report_status_text(c->status) : "not in this column", 20);
}

void report_tile(FILE *f, const report_doc *doc, const report_panel *p, size_t column) {
    svg_scale s = scale_of(p, true, plot_from, plot_to);
    double bottom = head_height + rows_height(p), y = head_height + row_height / 2;
    put_heading(f, doc, p, &p->columns[column]);
    svg_rect(f, p->columns[column].oversubscribed ? "over" : "area", plot_from, head_height, plot_to - plot_from,
             bottom - head_height);
    put_grid(f, &s, head_height, bottom);
    put_guides(f, p, column, &s, head_height, bottom);
    for (size_t r = 0; r < p->of->rows_n; r++) {
        if (!in_panel(p, r)) continue;
        put_row(f, p, r, column, &s, y);
        y += row_height;
    }
}

/* ------------------------------------------------------------------------------------------- all columns */

static const double trend_from = 44, trend_to = 276;

static double step_of(const report_panel *p) { return (trend_to - trend_from) / (double)p->columns_n; }

bool report_has_overview(const report_panel *p) {
    bool threads = p->columns_n > 1;
    for (size_t i = 0; i < p->columns_n; i++)
        threads =
            threads && p->columns[i].threads && (double)report_length(p->columns[i].label) * 6.5 + 4 <= step_of(p);
    return threads;
}

static double trend_x(const report_panel *p, size_t column) { return trend_from + ((double)column + 0.5) * step_of(p); }

static void put_trend(FILE *f, const report_panel *p, size_t row, const char *class, const svg_scale *s) {
    char move = 'M';
    fprintf(f, "<path class=\"%s\" d=\"", class);
    for (size_t i = 0; i < p->columns_n; i++) {
        const report_cell *c = report_at(p, row, i);
        if (c && c->reps_n) fprintf(f, "%c%.1f %.1f", move, trend_x(p, i), svg_at(s, c->median.mid));
        move = c && c->reps_n ? 'L' : 'M';
    }
    fputs("\"/>\n", f);
}

static void put_trend_axes(FILE *f, const report_doc *doc, const report_panel *p, const svg_scale *s, double bottom) {
    double ticks[SVG_TICKS], over = trend_to;
    size_t n = svg_ticks(s, 7, ticks);
    for (size_t i = p->columns_n; i-- > 0 && p->columns[i].oversubscribed;) over = trend_from + (double)i * step_of(p);
    svg_rect(f, "area", trend_from, head_height, over - trend_from, bottom - head_height);
    svg_rect(f, "over", over, head_height, trend_to - over, bottom - head_height);
    for (size_t i = 0; i < n; i++) {
        char text[16];
        svg_tick_text(ticks[i], text, sizeof text);
        svg_line(f, "grid", trend_from, svg_at(s, ticks[i]), trend_to, svg_at(s, ticks[i]));
        svg_text(f, "tick end", trend_from - 5, svg_at(s, ticks[i]) + 3.5, text, 8);
    }
    for (size_t i = 0; i < p->columns_n; i++)
        svg_text(f, "tick mid", trend_x(p, i), bottom + 13, p->columns[i].label, 12);
    if (over < trend_to) {
        char text[64];
        snprintf(text, sizeof text, "shaded: more threads than %u processors", doc->processors);
        svg_line(f, "wall", over, head_height - 4, over, bottom);
        svg_text(f, "tick end", value_end, 15, text, 50);
    }
}

/* The peer with the most columns won; it gets a line of its own. */
static size_t strongest_peer(const report_panel *p) {
    size_t best = SIZE_MAX, most = 0;
    for (size_t r = 0; r < p->of->rows_n; r++) {
        size_t won = 0;
        for (size_t i = 0; i < p->columns_n; i++) won += report_best_peer(p, i) == r;
        if (won > most) best = r, most = won;
    }
    return best;
}

static bool named(const report_row *row) {
    return row->flags & REPORT_DEFAULT || report_floor(row) || report_ceiling(row);
}

typedef struct trend_label {
    size_t row;
    double y;
} trend_label;

static double last_y(const report_panel *p, size_t row, const svg_scale *s) {
    for (size_t i = p->columns_n; i-- > 0;) {
        const report_cell *c = report_at(p, row, i);
        if (c && c->reps_n) return svg_at(s, c->median.mid);
    }
    return NAN;
}

static int by_y(const void *a, const void *b) {
    double x = ((const trend_label *)a)->y, y = ((const trend_label *)b)->y;
    return (x > y) - (x < y);
}

/* Labels stand where their lines end, pushed apart downwards, then upwards from the bottom. */
static void spread(trend_label *l, size_t n, double bottom) {
    qsort(l, n, sizeof *l, by_y);
    for (size_t i = 1; i < n; i++)
        if (l[i].y < l[i - 1].y + 13) l[i].y = l[i - 1].y + 13;
    for (size_t i = n; i-- > 0; bottom = l[i].y - 13)
        if (l[i].y > bottom) l[i].y = bottom;
}

static void put_trend_labels(FILE *f, const report_panel *p, trend_label *l, size_t n, double bottom) {
    spread(l, n, bottom);
    for (size_t i = 0; i < n; i++) {
        char class[32];
        css(class, "label", "t", &p->of->rows[l[i].row]);
        svg_text(f, class, trend_to + 6, l[i].y + 4, p->of->rows[l[i].row].name, 17);
    }
}

void report_overview(FILE *f, const report_doc *doc, const report_panel *p) {
    double bottom = head_height + rows_height(p);
    svg_scale s = scale_of(p, false, bottom, head_height);
    size_t peer = strongest_peer(p), n = 0, room = (size_t)(rows_height(p) / 13);
    trend_label *labels = report_alloc(p->of->rows_n, sizeof *labels);
    char title[96], class[32];
    snprintf(title, sizeof title, "medians, %s%s", p->of->unit, s.log ? " (log)" : "");
    svg_text(f, "head", 0, 15, title, 26);
    put_trend_axes(f, doc, p, &s, bottom);
    for (size_t r = 0; r < p->of->rows_n; r++)
        if (r != peer && !named(&p->of->rows[r])) put_trend(f, p, r, "ghost", &s);
    for (size_t r = p->of->rows_n; r-- > 0;) {
        if (r != peer && !named(&p->of->rows[r])) continue;
        css(class, "trend", "s", &p->of->rows[r]);
        put_trend(f, p, r, class, &s);
        double y = last_y(p, r, &s);
        if (!isnan(y) && n < room) labels[n++] = (trend_label){r, y};
    }
    put_trend_labels(f, p, labels, n, bottom);
    free(labels);
}

/* ------------------------------------------------------------------------------------------- legend, file */

static bool has_kind(const report_panel *p, const char *kind) {
    for (size_t r = 0; r < p->of->rows_n; r++)
        if (in_panel(p, r) && strcmp(kind_of(&p->of->rows[r]), kind) == 0) return true;
    return false;
}

static const struct {
    const char *kind, *text;
    double width;
} keys[] = {{"default", "default, and its median", 190},
            {"ours", "our other variants", 150},
            {"floor", "floor: a mutex", 138},
            {"peer", "peers", 76},
            {"weaker", "weaker contract", 136},
            {"ref", "reference (ceiling)", 150},
            {"control", "negative control", 130}};
enum { KEYS = sizeof keys / sizeof *keys };

void report_legend_html(FILE *f, const report_panel *p) {
    fputs("<div class=\"legend\">\n", f);
    for (size_t i = 0; i < KEYS; i++)
        if (has_kind(p, keys[i].kind))
            fprintf(
                f,
                "<span><svg class=\"plot\" viewBox=\"0 0 20 6\"><path class=\"trend s-%s\" d=\"M0 3L20 3\"/></svg> %s"
                "</span>\n",
                keys[i].kind, keys[i].text);
    fputs("</div>\n", f);
}

static void put_legend(FILE *f, const report_panel *p) {
    double x = 0, y = 12;
    char class[48];
    for (size_t i = 0; i < KEYS; i++) {
        if (!has_kind(p, keys[i].kind)) continue;
        if (x + keys[i].width > 2 * REPORT_TILE_WIDTH) x = 0, y += 17;
        snprintf(class, sizeof class, "trend s-%s", keys[i].kind);
        svg_line(f, class, x, y - 4, x + 16, y - 4);
        snprintf(class, sizeof class, "t-%s", keys[i].kind);
        svg_text(f, class, x + 21, y, keys[i].text, 40);
        x += keys[i].width;
    }
}

/* Same case and load under another spelling of the same file name: the later one gets a number. */
static void plain_name(const report_panel *p, char out[REPORT_FILE_NAME]) {
    char c[64], load[32];
    report_file_name(p->of->name, c, sizeof c);
    report_file_name(p->load ? p->load : "", load, sizeof load);
    snprintf(out, REPORT_FILE_NAME, p->load ? "%s-%s" : "%s", c, load);
}

void report_plot_name(const report_doc *doc, const report_panel *panel, char out[REPORT_FILE_NAME]) {
    char plain[REPORT_FILE_NAME], other[REPORT_FILE_NAME];
    unsigned before = 0;
    bool found = false;
    plain_name(panel, plain);
    for (size_t i = 0; i < doc->cases_n && !found; i++)
        for (size_t j = 0; j < doc->cases[i].panels_n && !found; j++) {
            plain_name(&doc->cases[i].panels[j], other);
            found = &doc->cases[i].panels[j] == panel;
            before += !found && strcmp(plain, other) == 0;
        }
    if (before) snprintf(out, REPORT_FILE_NAME, "%.100s~%u.svg", plain, before + 1);
    else snprintf(out, REPORT_FILE_NAME, "%.100s.svg", plain);
}

static void put_caption(FILE *f, const report_panel *p, double width) {
    char *title = report_panel_title(p), *more;
    svg_text(f, "title", 16, 28, title, 60);
    more =
        report_format("%s, %s is better; points are repetitions, bars 95 %% intervals of the median%s%s%s", p->of->unit,
                      p->of->higher_is_better ? "higher" : "lower", *p->of->constant ? "; " : "", p->of->constant, "");
    svg_text(f, "dim", 16, 46, more, (size_t)(width / 5.8));
    free(title);
    free(more);
}

void report_plot_file(const report_doc *doc, const report_panel *p, FILE *f) {
    enum { ACROSS = 2, GAP = 24, TOP = 62, LEGEND = 40 };
    size_t tiles = p->columns_n + report_has_overview(p), lines = (tiles + ACROSS - 1) / ACROSS;
    double tile = report_tile_height(p) + GAP, width = ACROSS * REPORT_TILE_WIDTH + (ACROSS - 1) * GAP + 32;
    double height = TOP + LEGEND + (double)lines * tile;
    fprintf(f,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"plot\" width=\"%.0f\" height=\"%.0f\" "
            "viewBox=\"0 0 %.0f %.0f\" role=\"img\">\n<title>",
            width, height, width, height);
    report_put_html(f, p->of->name);
    fputs("</title>\n<style>\n", f);
    svg_style(f);
    fputs("</style>\n", f);
    svg_rect(f, "bg", 0, 0, width, height);
    put_caption(f, p, width);
    fprintf(f, "<g transform=\"translate(16 %d)\">\n", TOP);
    put_legend(f, p);
    fputs("</g>\n", f);
    for (size_t i = 0; i < tiles; i++) {
        fprintf(f, "<g transform=\"translate(%.0f %.0f)\">\n", 16 + (double)(i % ACROSS) * (REPORT_TILE_WIDTH + GAP),
                TOP + LEGEND + (double)(i / ACROSS) * tile);
        if (i == 0 && tiles > p->columns_n) report_overview(f, doc, p);
        else report_tile(f, doc, p, i - (tiles - p->columns_n));
        fputs("</g>\n", f);
    }
    fputs("</svg>\n", f);
}
