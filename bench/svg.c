#include "bench/svg.h"

#include <math.h>

#include "bench/report_text.h"

svg_scale svg_fit(double lo, double hi, double from, double to) {
    svg_scale s = {0, 1, from, to, false};
    if (!(hi > 0)) return s;
    s.log = lo > 0 && hi / lo > 12;
    s.lo = s.log ? lo / 1.25 : 0;
    s.hi = s.log ? hi * 1.25 : hi * 1.06;
    return s;
}

double svg_at(const svg_scale *s, double v) {
    double share = s->log ? (log10(v) - log10(s->lo)) / (log10(s->hi) - log10(s->lo)) : (v - s->lo) / (s->hi - s->lo);
    if (!(share > 0)) share = 0;
    return s->from + (share > 1 ? 1 : share) * (s->to - s->from);
}

/* 1, 2 and 5 times powers of ten while they fit, then powers of ten, then every second, third ... */
static size_t log_ticks(const svg_scale *s, size_t most, double *ticks) {
    static const double steps[] = {1, 2, 5};
    for (int stride = 0;; stride++) {
        size_t n = 0, per_decade = stride ? 1 : 3;
        int every = stride ? stride : 1, last = (int)floor(log10(s->hi));
        for (int e = (int)floor(log10(s->lo)); e <= last && n <= most; e++)
            for (size_t i = 0; i < per_decade && n <= most; i++) {
                double v = steps[i] * pow(10, e);
                if (e % every || v < s->lo || v > s->hi) continue;
                if (n < most) ticks[n] = v;
                n++;
            }
        if (n <= most) return n;
    }
}

static size_t linear_ticks(const svg_scale *s, size_t most, double *ticks) {
    double raw = s->hi / (double)most, ten = pow(10, floor(log10(raw)));
    double step = raw <= ten ? ten : raw <= 2 * ten ? 2 * ten : raw <= 5 * ten ? 5 * ten : 10 * ten;
    size_t n = 0;
    while (n < most && (double)n * step <= s->hi) {
        ticks[n] = (double)n * step;
        n++;
    }
    return n;
}

size_t svg_ticks(const svg_scale *s, size_t most, double ticks[SVG_TICKS]) {
    return s->log ? log_ticks(s, most, ticks) : linear_ticks(s, most, ticks);
}

void svg_tick_text(double v, char *out, size_t size) {
    static const struct {
        double from;
        const char *suffix;
    } units[] = {{1e9, "G"}, {1e6, "M"}, {1e3, "k"}};
    const char *suffix = "";
    double shown = v;
    for (size_t i = 0; i < 3 && !*suffix; i++)
        if (v >= units[i].from) shown = v / units[i].from, suffix = units[i].suffix;
    snprintf(out, size, "%.3g%s", shown, suffix);
}

void svg_text(FILE *f, const char *css, double x, double y, const char *text, size_t most) {
    fprintf(f, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\">", css, x, y);
    if (report_length(text) > most) {
        fputs("<title>", f);
        report_put_html(f, text);
        fputs("</title>", f);
    }
    report_put_html_cut(f, text, most);
    fputs("</text>\n", f);
}

void svg_line(FILE *f, const char *css, double x1, double y1, double x2, double y2) {
    fprintf(f, "<path class=\"%s\" d=\"M%.1f %.1fL%.1f %.1f\"/>\n", css, x1, y1, x2, y2);
}

void svg_rect(FILE *f, const char *css, double x, double y, double width, double height) {
    fprintf(f, "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>\n", css, x, y, width, height);
}

/* Hues after Okabe and Ito (Color Universal Design, 2008), darkened or lightened until text in them is legible. */
static const char colours[] =
    ":root{color-scheme:light dark;--bg:#ffffff;--fg:#1b1f24;--dim:#59636e;--grid:#e4e7eb;--over:#f5efe3;--cell:#f6f8fa;"
    "--default:#0064ad;--ours:#5b9fd0;--peer:#bf4d00;--weaker:#a98c6a;--ref:#007a5a;--control:#a3478f;--floor:#50565c}\n"
    "@media (prefers-color-scheme:dark){:root{--bg:#14171b;--fg:#e6e8ea;--dim:#9ba5af;--grid:#2b3138;--over:#272216;"
    "--cell:#1c2026;--default:#5cb3f5;--ours:#6f93ad;--peer:#f19a5b;--weaker:#a58f74;--ref:#45c79c;--control:#df8fcf;"
    "--floor:#b4bac0}}\n";

static const char rules[] =
    ".plot{font:11px system-ui,-apple-system,'Segoe UI',Roboto,Arial,'DejaVu Sans',sans-serif;fill:var(--fg)}\n"
    ".plot .bg{fill:var(--bg)}.plot .area{fill:var(--cell)}.plot .over{fill:var(--over)}\n"
    ".plot .grid{stroke:var(--grid);stroke-width:1;fill:none}.plot .dim{fill:var(--dim)}\n"
    ".plot .head{font-weight:600;font-size:12px}.plot .title{font-weight:700;font-size:15px}\n"
    ".plot .end{text-anchor:end}.plot .mid{text-anchor:middle}.plot .tick{font-size:10px;fill:var(--dim)}\n"
    ".plot .dots{fill:none;stroke-width:3.2;stroke-linecap:round;stroke-opacity:.7}\n"
    ".plot .bar{fill:none;stroke-width:8;stroke-opacity:.32}.plot .median{fill:none;stroke-width:2;stroke:var(--fg)}\n"
    ".plot .trend{fill:none;stroke-width:2.2;stroke-linejoin:round}.plot .ghost{fill:none;stroke:var(--dim);"
    "stroke-width:1;stroke-opacity:.45}\n"
    ".plot .guide{fill:none;stroke-width:1.3}.plot .s-floor.guide,.plot .s-floor.trend{stroke-dasharray:5 3}"
    ".plot .s-ref.guide,.plot .s-ref.trend{stroke-dasharray:1.5 2.5}\n"
    ".plot .halo{paint-order:stroke;stroke:var(--cell);stroke-width:4px;stroke-linejoin:round}"
    ".plot .wall{stroke:var(--dim);stroke-width:1;stroke-dasharray:2 3;fill:none}\n"
    ".plot .s-default{stroke:var(--default)}.plot .s-ours{stroke:var(--ours)}.plot .s-peer{stroke:var(--peer)}"
    ".plot .s-weaker{stroke:var(--weaker)}.plot .s-ref{stroke:var(--ref)}.plot .s-control{stroke:var(--control)}"
    ".plot .s-floor{stroke:var(--floor)}\n"
    ".plot .t-default{fill:var(--default);font-weight:700}.plot .t-ours{fill:var(--fg)}.plot .t-peer{fill:var(--peer)}"
    ".plot .t-weaker{fill:var(--weaker);font-style:italic}.plot .t-ref{fill:var(--ref)}"
    ".plot .t-control{fill:var(--control);font-style:italic}.plot .t-floor{fill:var(--floor);font-weight:600}\n";

void svg_style(FILE *f) {
    fputs(colours, f);
    fputs(rules, f);
}
